// SPDX-License-Identifier: Apache-2.0
// The sum of a neuron's output variable.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// The sum over the steps of the output variable, each taken after integration and before the reset.
struct SumVar {
  static ReadoutModel text() { return {.name = "sum_var", .state = {{"s", 0.0}}, .on_step = {"s += x"}, .value = "s"}; }
  static std::vector<Member<SumVar>> members() { return {}; }
};

}  // namespace synfire
