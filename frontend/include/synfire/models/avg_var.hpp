// SPDX-License-Identifier: Apache-2.0
// The mean of a neuron's output variable.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// The mean of the output variable over the steps of the example (each with its own number of steps), taken after
// integration and before the reset. One division at the end rounds less than one per step.
struct AvgVar {
  static ReadoutModel text() {
    return {.name = "avg_var", .state = {{"s", 0.0}}, .on_step = {"s += x"}, .value = "s / (duration / dt)"};
  }
  static std::vector<Member<AvgVar>> members() { return {}; }
};

}  // namespace synfire
