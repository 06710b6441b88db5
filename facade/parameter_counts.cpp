// SPDX-License-Identifier: Apache-2.0
#include "synfire/parameter_counts.hpp"

#include "synfire/patches.hpp"

namespace synfire {
namespace {

std::size_t count_of(const Value& value, std::size_t elements) {
  if (!value.is_set() || value.is_flag()) return 0;
  return value.is_number() ? 1 : elements;
}

void add(ParameterCount& count, const std::vector<Parameter>& parameters, std::size_t elements) {
  for (const Parameter& parameter : parameters)
    count.add(count_of(parameter.value, elements), parameter.value.training().has_value());
}

// Initial values count if they are trained.
void add(ParameterCount& count, const std::vector<StateVariable>& states, std::size_t elements) {
  for (const StateVariable& state : states) {
    if (state.initial.training()) count.add(count_of(state.initial, elements), true);
  }
}

ParameterCount parameters_of(const ir::Population& population) {
  ParameterCount count;
  const std::size_t neurons = population.neurons();
  add(count, population.neuron.parameters, neurons);
  add(count, population.neuron.state, neurons);
  if (population.readout) add(count, population.readout->parameters, neurons);
  return count;
}

// `weights`: how many an array or initializer has; `targets`: neurons that have the states of the synapses.
ParameterCount parameters_of(const ir::Connection& connection, std::size_t synapses, std::size_t weights,
                             std::size_t targets) {
  ParameterCount count;
  const Value& weight = weight_of(connection.connectivity);
  const Value& delay = delay_of(connection.connectivity);
  count.add(count_of(weight, weights), !weight.is_frozen());
  const bool no_delay = delay.is_number() && delay.number() == 0 && !delay.training();
  if (!no_delay) count.add(count_of(delay, synapses), delay.training().has_value());
  add(count, connection.synapse.parameters, targets);
  add(count, connection.synapse.state, targets);
  return count;
}

}  // namespace

NetworkParameters count_parameters(const ir::Network& network, const contract::Manifest& manifest) {
  NetworkParameters counts;
  for (const ir::Population& population : network.populations)
    counts.populations[population.name] = parameters_of(population);
  for (std::size_t i = 0; i < network.connections.size(); ++i) {
    const ir::Connection& connection = network.connections[i];
    const std::size_t targets = network.populations[connection.target].neurons();
    const std::size_t synapses = i < manifest.connections.size() ? manifest.connections[i].synapses : 0;
    std::size_t weights = synapses;
    if (is_kernel(connection.connectivity)) {
      const Extents source = network.populations[connection.source].shape.extents();
      weights = patches_of(connection.connectivity, source, targets).kernel_elements();
    }
    counts.connections[connection.name] = parameters_of(connection, synapses, weights, targets);
  }
  return counts;
}

}  // namespace synfire
