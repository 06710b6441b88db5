// SPDX-License-Identifier: Apache-2.0
// An input population that replays spike trains.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// A neuron spikes in the first step whose time t ≥ the time of its spike (ms). Several spikes of one neuron in one step
// queue into the following steps, one per step; those after the last step never fire.
struct SpikeInput {
  static NeuronModel text() { return {.name = "spike_input", .threshold = "input_spike"}; }
  static std::vector<Member<SpikeInput>> members() { return {}; }
};

}  // namespace synfire
