// SPDX-License-Identifier: Apache-2.0
// A plain network simulator, independent of the compiler: example by example, step by step, neuron by neuron, from the
// model texts. It defines the meaning of a network; compiled networks must agree with it to the last bit.
//
// It shares with the compiler the network's description, the parser of the model language, the elementary functions and
// random numbers of kernels/device, and the connection patterns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "synfire/network.hpp"
#include "synfire/tensor.hpp"

namespace synfire::testing::reference {

// The data of one input population; silent if null.
struct Input {
  std::size_t population = 0;
  const Tensor<float>* values = nullptr;
  const SpikeTrains* spikes = nullptr;
};

struct Options {
  double dt = 1.0;          // ms
  double nominal_dt = 0.0;  // ms; 0: dt
  std::uint32_t timesteps = 0;
  std::vector<std::uint32_t> example_timesteps = {};  // empty: all examples have `timesteps`
  std::size_t examples = 1;
  std::uint64_t seed = 0;      // of draws before the first step
  std::uint64_t run_seed = 0;  // of draws in steps
  // The state that example e continues with from example e − batch_size.
  std::uint32_t batch_size = 1;
  bool carry_neurons = false, carry_synapses = false, carry_spikes = false;
};

struct Spike {
  std::uint32_t step = 0;
  std::uint32_t neuron = 0;
  bool negative = false;
  bool operator==(const Spike&) const = default;
};

struct ExampleResult {
  std::vector<std::vector<Spike>> spikes;    // by population, in order of (step, neuron)
  std::vector<std::vector<float>> readouts;  // by population; empty without a readout
  // By population or connection and variable: the state after each step, steps × neurons.
  std::map<std::pair<std::size_t, std::string>, std::vector<float>> neuron_states, synapse_states;
};

// `network` must be resolved.
std::vector<ExampleResult> simulate(const ir::Network& network, const std::vector<Input>& inputs,
                                    const Options& options);

}  // namespace synfire::testing::reference
