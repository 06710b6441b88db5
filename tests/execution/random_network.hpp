// SPDX-License-Identifier: Apache-2.0
// Small random networks, to compare devices.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "execution/networks.hpp"

namespace synfire::testing {

struct RandomNetwork {
  Network network;
  std::vector<Recording> record;  // spikes and the first variable of all populations that have them
  std::vector<PopulationId> outputs;
  std::vector<PopulationId> spiking;
  std::size_t examples = 0;
  // Data for each input; lists keep views valid.
  std::list<Tensor<float>> values;
  std::list<SpikeTrains> spikes;
  std::vector<NamedData> inputs;

  RandomNetwork() = default;
  RandomNetwork(RandomNetwork&&) = default;  // moves the lists' nodes, not the data
};

// Inputs of all kinds; hidden populations of built-in and users' models, with parameters per neuron,
// refractory periods and noise, joined by dense and one-to-one connections of several delays and synapses,
// forward, across, back and to themselves; two outputs. The same seed makes the same network.
RandomNetwork random_network(std::uint32_t seed, std::size_t examples, std::uint32_t timesteps);

}  // namespace synfire::testing
