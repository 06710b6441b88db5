// SPDX-License-Identifier: Apache-2.0
// The balanced network of Vogels and Abbott (2005), as in benchmarks 1 and 2 of Brette et al. (2007): 4,000 neurons,
// 2 % of all pairs connected, and any neuron and synapse models.
#pragma once

#include <synfire/synfire.hpp>

namespace synfire::examples {

struct BalancedSynapses {
  Synapse synapse;
  double weight = 0;
};

inline Network balanced_network(const NeuronModel& neuron, const BalancedSynapses& excitatory,
                                const BalancedSynapses& inhibitory) {
  constexpr double probability = 0.02;
  Network network;
  const auto exc = network.add(neuron, 3200, {.name = "exc"});
  const auto inh = network.add(neuron, 800, {.name = "inh"});
  for (const auto& [source, synapses] : {std::pair{exc, excitatory}, {inh, inhibitory}}) {
    for (const PopulationId target : {exc, inh}) {
      network.connect(source, target,
                      FixedProbability{.p = probability, .weight = synapses.weight, .allow_self_connections = true},
                      {.synapse = synapses.synapse});
    }
  }
  return network;
}

}  // namespace synfire::examples
