// SPDX-License-Identifier: Apache-2.0
// Small networks of every kind that can be trained, by the names of their parts.
#pragma once

#include <string>
#include <vector>

#include "synfire/codegen/gradcheck.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen::test {

// Readout and loss of an output.
struct Goal {
  std::string readout;
  Loss loss;
  bool spiking = false;  // the output has the hidden neurons' model instead of a leaky integrator
};

struct Case {
  std::string neuron, synapse, wiring;
  Goal goal;
  std::uint64_t seed = 0;
};

const std::vector<std::string>& neuron_names();
const std::vector<std::string>& synapse_names();
const std::vector<std::string>& wiring_names();
// Lookup by name; throws std::out_of_range.
const NeuronModel& neuron_model(const std::string& name);
const SynapseModel& synapse_model(const std::string& name);
const std::vector<Goal>& goals();

std::string to_string(const Case& which);

// Three inputs, three hidden neurons, two or three outputs.
ir::Network network_of(const Case& which);
// 30 ms of 1 ms steps.
GradientCheckOptions options_of(const Case& which);

}  // namespace synfire::codegen::test
