// SPDX-License-Identifier: Apache-2.0
// The simplest synapse: no time course.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// The summed weights of the spikes that arrive in a step are the current of that step.
struct Delta {
  static SynapseModel text() { return {.name = "delta", .current = "arriving"}; }
  static std::vector<Member<Delta>> members() { return {}; }
};

}  // namespace synfire
