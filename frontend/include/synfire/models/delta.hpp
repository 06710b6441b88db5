// SPDX-License-Identifier: Apache-2.0
// The simplest synapse: no time course.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// The current of a step is the sum of the weights of the spikes that arrive in it.
struct Delta {
  static SynapseModel text() { return {.name = "delta", .current = "arriving"}; }
  static std::vector<Member<Delta>> members() { return {}; }
};

}  // namespace synfire
