// SPDX-License-Identifier: Apache-2.0
// The derivative of an arctangent.
#pragma once

#include <vector>

#include "synfire/surrogate.hpp"

namespace synfire {

// α/2 / (1 + (π/2·α·x)²), the derivative of arctan(π/2·α·x) / π + 1/2 (Fang et al. 2021), normalized as there: its
// integral is 1, its height α/2.
struct Atan {
  Value alpha = {};  // > 0; 2

  static SurrogateModel text() {
    return {
        .name = "atan",
        .parameters = {{.name = "alpha", .value = 2.0, .min = 0, .exclusive_min = true}},
        .derivative = "alpha / 2 / (1 + (1.5707963267948966 * alpha * x)**2)",
    };
  }
  static std::vector<Member<Atan>> members() { return {{"alpha", &Atan::alpha}}; }
};

}  // namespace synfire
