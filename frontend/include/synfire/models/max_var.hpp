// SPDX-License-Identifier: Apache-2.0
// The largest value of a neuron's output variable.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// The largest value, over the steps, of the output variable after integration and before the reset. A true maximum: it
// is negative if all values are. (The search starts from the lowest finite float.)
struct MaxVar {
  static ReadoutModel text() {
    return {.name = "max_var",
            .state = {{"largest", -3.4028234663852886e38}},
            .on_step = {"largest = max(largest, x)"},
            .value = "largest"};
  }
  static std::vector<Member<MaxVar>> members() { return {}; }
};

}  // namespace synfire
