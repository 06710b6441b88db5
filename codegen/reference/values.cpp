// SPDX-License-Identifier: Apache-2.0
#include "reference/values.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "lower/draw.hpp"
#include "lower/pattern.hpp"

namespace synfire::codegen::reference {
namespace {

std::uint32_t neurons_of(const ir::Population& population) { return static_cast<std::uint32_t>(population.neurons()); }

std::vector<double> drawn(const Value& value, std::uint32_t count, std::uint64_t seed, const std::string& stream) {
  if (value.is_number()) return std::vector<double>(count, value.number());
  const std::vector<float> elements = elements_of(value, count, {seed, stream, 1, 1});
  return {elements.begin(), elements.end()};
}

// Where a variable or parameter of a hybrid system is defined.
struct Origin {
  const std::vector<Parameter>* parameters;
  const std::vector<StateVariable>* states;
  std::string stream;
};

Origin origin_of(const ir::Network& network, const ir::Population& population, HybridOwner owner,
                 std::uint32_t connection) {
  if (owner == HybridOwner::synapse) {
    const ir::Connection& from = network.connections[connection];
    return {&from.synapse.parameters, &from.synapse.state, "connection " + from.name};
  }
  if (owner == HybridOwner::readout)
    return {&population.readout->parameters, &population.readout->state, "readout " + population.name};
  return {&population.neuron.parameters, &population.neuron.state, "population " + population.name};
}

const Value& parameter_value(const Origin& origin, const std::string& name) {
  return std::find_if(origin.parameters->begin(), origin.parameters->end(),
                      [&](const Parameter& each) { return each.name == name; })
      ->value;
}

// Null for a variable that no model has, such as a running loss.
const Value* initial_value(const Origin& origin, const std::string& name) {
  const auto found = std::find_if(origin.states->begin(), origin.states->end(),
                                  [&](const StateVariable& each) { return each.name == name; });
  return found == origin.states->end() ? nullptr : &found->initial;
}

Origin origin_of(const ir::Network& network, std::size_t population, const HybridVariable& variable) {
  const ir::Population& target = network.populations[population];
  const bool no_readout = variable.owner == HybridOwner::readout && !target.readout;
  return origin_of(network, target, no_readout ? HybridOwner::neuron : variable.owner, variable.connection);
}

Origin origin_of(const ir::Network& network, std::size_t population, const HybridParameter& parameter) {
  return origin_of(network, network.populations[population], parameter.owner, parameter.connection);
}

Values::Population draw_population(const ir::Network& network, std::size_t index, const HybridSystem& system,
                                   std::uint64_t seed) {
  Values::Population result;
  const std::uint32_t count = neurons_of(network.populations[index]);
  for (const HybridParameter& parameter : system.parameters) {
    const Origin origin = origin_of(network, index, parameter);
    result.parameters.push_back(
        drawn(parameter_value(origin, parameter.parameter), count, seed, origin.stream + "." + parameter.parameter));
  }
  for (const HybridVariable& variable : system.variables) {
    const Origin origin = origin_of(network, index, variable);
    const Value* initial = initial_value(origin, variable.variable);
    result.initial.push_back(initial ? drawn(*initial, count, seed, origin.stream + "." + variable.variable)
                                     : std::vector<double>(count, 0.0));
  }
  return result;
}

std::vector<std::uint32_t> first_sources(const PatternContext& context, const Synapses& synapses) {
  std::vector<std::uint32_t> first(context.targets);
  for (std::uint32_t source = context.sources; source-- > 0;) {
    for (std::uint32_t s = synapses.offsets[source]; s < synapses.offsets[source + 1]; ++s)
      first[synapses.targets[s]] = source;
  }
  return first;
}

// The weights of a kernel are its entries, from which those of the synapses follow. Pools have none.
void share_kernel(const Connectivity& connectivity, const PatternContext& context, const Synapses& synapses,
                  Values::Connection& values, Wiring& wiring) {
  const PatchGeometry patches = patches_of(connectivity, context.source_shape, context.targets);
  if (!patches.has_kernel) return;
  const std::vector<float> kernel = kernel_of(connectivity, context, patches);
  values.weights.assign(kernel.begin(), kernel.end());
  wiring.entries = synapses.entries;
  wiring.scale = static_cast<double>(scale_of(patches));
}

void draw_connection(const ir::Network& network, std::size_t index, double dt, std::uint64_t seed,
                     DrawnNetwork& result) {
  const ir::Connection& connection = network.connections[index];
  const PatternContext context{.seed = seed,
                               .connection = connection.name,
                               .sources = neurons_of(network.populations[connection.source]),
                               .targets = neurons_of(network.populations[connection.target]),
                               .recurrent = connection.source == connection.target,
                               .dt = dt,
                               .max_delay = connection.max_delay,
                               .source_shape = network.populations[connection.source].shape.extents()};
  const Synapses synapses = draw_synapses(connection.connectivity, context);
  Values::Connection values;
  for (std::size_t s = 0; s < synapses.targets.size(); ++s) {
    values.weights.push_back(synapses.weights.empty() ? synapses.weight : synapses.weights[s]);
    values.delays.push_back(dt * (synapses.delays.empty() ? synapses.delay : synapses.delays[s]));
  }
  Wiring wiring{synapses.offsets, synapses.targets};
  if (const auto* windows = std::get_if<MaxPool2D>(&connection.connectivity)) {
    wiring.first_sources = first_sources(context, synapses);
    wiring.first_spike = windows->first_spike;
  }
  if (is_kernel(connection.connectivity)) share_kernel(connection.connectivity, context, synapses, values, wiring);
  result.values.connections.push_back(std::move(values));
  result.wiring.push_back(std::move(wiring));
}

std::vector<double>& array_of(Values& values, const TensorId& id) {
  switch (id.kind) {
    case TensorId::Kind::weight: return values.connections[id.owner].weights;
    case TensorId::Kind::delay: return values.connections[id.owner].delays;
    case TensorId::Kind::parameter: return values.populations[id.owner].parameters[id.which];
    case TensorId::Kind::initial: break;
  }
  return values.populations[id.owner].initial[id.which];
}

const std::vector<double>& array_of(const Values& values, const TensorId& id) {
  return array_of(const_cast<Values&>(values), id);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

TensorInfo tensor(TensorId::Kind kind, std::size_t owner, std::size_t which, std::string name, const Value& value,
                  const Values& values, bool trainable) {
  TensorInfo info{{kind, owner, which}, std::move(name), 0, false, trainable};
  const std::vector<double>& array = array_of(values, info.id);
  // Even a single given weight is not shared if synapses between the same neurons were merged.
  info.shared = value.is_number() && !array.empty() &&
                std::adjacent_find(array.begin(), array.end(), std::not_equal_to<>()) == array.end();
  info.size = info.shared ? 1 : array.size();
  return info;
}

}  // namespace

void add(Values& to, const Values& values, double factor) {
  const auto accumulate = [&](std::vector<double>& a, const std::vector<double>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += factor * b[i];
  };
  for (std::size_t i = 0; i < to.populations.size(); ++i) {
    for (std::size_t k = 0; k < to.populations[i].parameters.size(); ++k)
      accumulate(to.populations[i].parameters[k], values.populations[i].parameters[k]);
    for (std::size_t k = 0; k < to.populations[i].initial.size(); ++k)
      accumulate(to.populations[i].initial[k], values.populations[i].initial[k]);
  }
  for (std::size_t i = 0; i < to.connections.size(); ++i) {
    accumulate(to.connections[i].weights, values.connections[i].weights);
    accumulate(to.connections[i].delays, values.connections[i].delays);
  }
}

DrawnNetwork draw(const ir::Network& network, const std::vector<const HybridSystem*>& systems, double dt,
                  std::uint64_t seed) {
  DrawnNetwork result;
  for (std::size_t i = 0; i < network.populations.size(); ++i)
    result.values.populations.push_back(systems[i] ? draw_population(network, i, *systems[i], seed)
                                                   : Values::Population{});
  for (std::size_t i = 0; i < network.connections.size(); ++i) draw_connection(network, i, dt, seed, result);
  return result;
}

std::vector<TensorInfo> tensors_of(const ir::Network& network, const std::vector<const HybridSystem*>& systems,
                                   const DrawnNetwork& drawn) {
  std::vector<TensorInfo> result;
  for (std::size_t i = 0; i < network.connections.size(); ++i) {
    const ir::Connection& connection = network.connections[i];
    if (!systems[connection.target]) continue;
    const Value& weight = weight_of(connection.connectivity);
    const Value& delay = delay_of(connection.connectivity);
    result.push_back(
        tensor(TensorId::Kind::weight, i, 0, connection.name + ".weight", weight, drawn.values, !weight.is_frozen()));
    TensorInfo delays = tensor(TensorId::Kind::delay, i, 0, connection.name + ".delay", delay, drawn.values,
                               delay.training().has_value());
    if (!delay.training()) {
      delays.shared = false;
      delays.size = drawn.values.connections[i].delays.size();
    }
    result.push_back(std::move(delays));
  }
  for (std::size_t i = 0; i < network.populations.size(); ++i) {
    if (!systems[i]) continue;
    const std::string prefix = network.populations[i].name + ".";
    for (std::size_t k = 0; k < systems[i]->parameters.size(); ++k) {
      const HybridParameter& parameter = systems[i]->parameters[k];
      const Value& value = parameter_value(origin_of(network, i, parameter), parameter.parameter);
      const std::string name = parameter.owner == HybridOwner::synapse ? parameter.name : prefix + parameter.name;
      result.push_back(
          tensor(TensorId::Kind::parameter, i, k, name, value, drawn.values, value.training().has_value()));
    }
    for (std::size_t k = 0; k < systems[i]->variables.size(); ++k) {
      const HybridVariable& variable = systems[i]->variables[k];
      const Value* value = initial_value(origin_of(network, i, variable), variable.variable);
      if (!value || variable.owner == HybridOwner::readout) continue;
      const std::string name = variable.owner == HybridOwner::synapse ? variable.name : prefix + variable.name;
      result.push_back(
          tensor(TensorId::Kind::initial, i, k, name + "(0)", *value, drawn.values, value->training().has_value()));
    }
  }
  return result;
}

double value_of(const Values& values, const TensorInfo& tensor, std::size_t entry) {
  return array_of(values, tensor.id)[entry];
}

void set_value(Values& values, const TensorInfo& tensor, std::size_t entry, double value) {
  std::vector<double>& array = array_of(values, tensor.id);
  if (tensor.shared)
    std::fill(array.begin(), array.end(), value);
  else
    array[entry] = value;
}

double gradient_of(const Values& gradient, const TensorInfo& tensor, std::size_t entry) {
  const std::vector<double>& array = array_of(gradient, tensor.id);
  return tensor.shared ? std::accumulate(array.begin(), array.end(), 0.0) : array[entry];
}

}  // namespace synfire::codegen::reference
