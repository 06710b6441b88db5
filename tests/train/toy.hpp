// SPDX-License-Identifier: Apache-2.0
// Small tasks for small networks.
#pragma once

#include <cstdint>
#include <string>
#include <synfire/synfire.hpp>
#include <vector>

namespace synfire::testing {

// Spike trains of four neurons in two classes, with some jitter: in class 0 neurons 0 and 1 spike early and 2 and 3
// late, in class 1 the other way round.
struct Toy {
  SpikeTrains spikes{4};
  std::vector<int> labels;
};
Toy make_toy(std::size_t examples, std::uint64_t seed = 1);

// 4-8-2, leaky neurons, exponential synapses, a classifier by average membrane.
struct ToyNetwork {
  Network network{event_prop_defaults};
  PopulationId input, hidden, output;
  ConnectionId in, out;
};
ToyNetwork make_toy_network();

inline constexpr std::uint32_t toy_timesteps = 30;

EventPropCompiler toy_compiler(const std::string& device = "host", std::uint32_t batch_size = 8);

}  // namespace synfire::testing
