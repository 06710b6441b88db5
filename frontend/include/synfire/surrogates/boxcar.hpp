// SPDX-License-Identifier: Apache-2.0
// The same derivative everywhere near the threshold.
#pragma once

#include <vector>

#include "synfire/surrogate.hpp"

namespace synfire {

// height where |x| < width, else 0 (Wu et al. 2018; height = 1 / (2·width) has the integral 1). The cheapest one.
struct Boxcar {
  Value width = {};   // > 0; 0.5: from the threshold to either end
  Value height = {};  // > 0; 1

  static SurrogateModel text() {
    return {
        .name = "boxcar",
        .parameters = {{.name = "width", .value = 0.5, .min = 0, .exclusive_min = true},
                       {.name = "height", .value = 1.0, .min = 0, .exclusive_min = true}},
        .derivative = "height if abs(x) < width else 0",
        .support = "width",
    };
  }
  static std::vector<Member<Boxcar>> members() { return {{"width", &Boxcar::width}, {"height", &Boxcar::height}}; }
};

}  // namespace synfire
