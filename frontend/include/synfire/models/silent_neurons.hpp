// SPDX-License-Identifier: Apache-2.0
// A regularizer that draws silent neurons to their threshold.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// strength · Σ max(0, threshold − v), with v the readout, such as max_var of the membrane: neurons that stay below the
// threshold are drawn towards it, by −strength for each; those above it are left alone. Takes no targets. For hidden
// populations, whose silent neurons have no gradient of their own.
struct SilentNeurons {
  Value strength = {};   // ≥ 0; 1
  Value threshold = {};  // of the membrane; 1

  static LossModel text() {
    return {
        .name = "silent_neurons",
        .parameters = {{.name = "strength", .value = 1.0, .min = 0.0}, {"threshold", 1.0}},
        .targets = Targets::none,
        .loss = "strength * sum(max(0, threshold - v))",
    };
  }
  static std::vector<Member<SilentNeurons>> members() {
    return {{"strength", &SilentNeurons::strength}, {"threshold", &SilentNeurons::threshold}};
  }
};

}  // namespace synfire
