// SPDX-License-Identifier: Apache-2.0
// The last value of a neuron's output variable.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// The output variable after the last step, after the reset if the neuron spiked in it.
struct Var {
  static ReadoutModel text() { return {.name = "var", .value = "x"}; }
  static std::vector<Member<Var>> members() { return {}; }
};

}  // namespace synfire
