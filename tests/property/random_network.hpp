// SPDX-License-Identifier: Apache-2.0
// Random networks with data and settings, as plain lists from which parts can be removed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "property/random_models.hpp"

namespace synfire::testing::property {

struct PopulationCase {
  std::string name;
  RandomNeuron neuron;
  std::uint32_t count = 1;
  std::optional<ReadoutModel> readout = std::nullopt;
  Tensor<float> values = {};  // examples × frames × count, for value inputs
  SpikeTrains trains{};       // for spike inputs
};

struct ConnectionCase {
  std::string name;
  std::size_t source = 0, target = 0;
  Connectivity connectivity;
  SynapseModel synapse = {};
  ConnectionOptions options = {};
};

// Each part has its own name, which keys its draws: removing one part does not change the others.
struct Case {
  std::uint32_t number = 0;  // the seed of the case
  std::vector<PopulationCase> populations;
  std::vector<ConnectionCase> connections;
  double dt = 1.0;          // ms
  double nominal_dt = 0.0;  // ms; 0: dt
  std::uint32_t timesteps = 1;
  std::vector<std::uint32_t> example_timesteps = {};
  std::size_t examples = 1;
  std::uint32_t batch_size = 1;
  std::uint64_t seed = 0;
  std::optional<std::uint64_t> run_seed = std::nullopt;
  CarryOver carry_over = {};
  unsigned threads = 1;
  bool records_states = true;                           // of neurons and synapses; else only spikes
  std::size_t recording_memory = std::size_t{1} << 28;  // bytes; little memory makes runs use windows
};

// Deterministic in the number.
Case random_case(std::uint32_t number);

Network build(const Case& given);
// The settings, then the network.
std::string to_string(const Case& given);

}  // namespace synfire::testing::property
