// SPDX-License-Identifier: Apache-2.0
// The number of a neuron's spikes.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// The number of spikes in the example, of either sign. For neurons that can spike.
struct SpikeCount {
  static ReadoutModel text() {
    return {.name = "spike_count", .state = {{"count", 0.0}}, .on_spike = {"count += 1"}, .value = "count"};
  }
  static std::vector<Member<SpikeCount>> members() { return {}; }
};

}  // namespace synfire
