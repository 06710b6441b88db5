// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <tuple>

#include "synfire/codegen/fix_draws.hpp"
#include "synfire/patches.hpp"
#include "training_parts.hpp"

namespace synfire {
namespace {

using runtime::StoredSynapse;

std::uint32_t neurons_of(const ir::Network& network, std::uint32_t population) {
  return static_cast<std::uint32_t>(network.populations[population].neurons());
}

// The place of the synapse from `source` to `target`; if there are several, of the one with this delay.
std::size_t place_of(const std::vector<StoredSynapse>& stored, std::uint32_t source, std::uint32_t target,
                     std::uint32_t delay) {
  const auto key = [](const StoredSynapse& s) { return std::pair(s.source, s.target); };
  const auto [begin, end] =
      std::equal_range(stored.begin(), stored.end(), StoredSynapse{source, target, 0, 0},
                       [&](const StoredSynapse& a, const StoredSynapse& b) { return key(a) < key(b); });
  if (end - begin == 1) return begin->place;
  const auto found = std::find_if(begin, end, [&](const StoredSynapse& s) { return s.delay_steps == delay; });
  if (found == end) throw std::logic_error("the program does not have this synapse");
  return found->place;
}

struct Positions {
  const std::vector<StoredSynapse>& stored;
  std::uint32_t sources, targets;
  double dt;
  const ir::Connection& connection;

  std::vector<std::size_t> operator()(const Dense&) const {
    std::vector<std::size_t> places;
    for (std::uint32_t source = 0; source < sources; ++source) {
      for (std::uint32_t target = 0; target < targets; ++target) places.push_back(place_of(stored, source, target, 0));
    }
    return places;
  }
  std::vector<std::size_t> operator()(const OneToOne&) const {
    std::vector<std::size_t> places;
    for (std::uint32_t neuron = 0; neuron < sources; ++neuron) places.push_back(place_of(stored, neuron, neuron, 0));
    return places;
  }
  std::vector<std::size_t> operator()(const Sparse& list) const {
    const std::vector<std::uint32_t> delays = codegen::delays_in_steps(list, dt, connection.max_delay);
    std::vector<std::size_t> places;
    for (std::size_t k = 0; k < list.sources.size(); ++k)
      places.push_back(place_of(stored, list.sources[k], list.targets[k], delays[k]));
    return places;
  }
  std::vector<std::size_t> operator()(const FixedProbability&) const { return not_drawn(); }
  std::vector<std::size_t> operator()(const FixedInputs&) const { return not_drawn(); }
  std::vector<std::size_t> operator()(const FixedOutputs&) const { return not_drawn(); }
  // Stored synapse by synapse, a kernel is not trained.
  template <KernelKind Kind>
  std::vector<std::size_t> operator()(const Kind&) const {
    throw std::logic_error("the weights are not trained");
  }

  [[noreturn]] static std::vector<std::size_t> not_drawn() { throw std::logic_error("the pattern has not been drawn"); }
};

}  // namespace

namespace {

template <class Model>
auto* value_in(Model& model, const std::string& variable) {
  constexpr std::string_view initial = "(0)";
  const bool is_initial = variable.ends_with(initial);
  if (is_initial) {
    const std::string_view state = std::string_view(variable).substr(0, variable.size() - initial.size());
    for (auto& each : model.state) {
      if (each.name == state) return &each.initial;
    }
  }
  for (auto& each : model.parameters) {
    if (each.name == variable) return &each.value;
  }
  throw std::logic_error("the network does not have the value " + variable);
}

template <class Network>
auto* value_in_network(Network& network, const contract::TrainedValue& value) {
  constexpr std::string_view of_readout = "readout.";
  for (auto& connection : network.connections) {
    if (!value.connection.empty() && connection.name == value.connection)
      return value_in(connection.synapse, value.variable);
  }
  for (auto& population : network.populations) {
    if (value.population.empty() || population.name != value.population) continue;
    if (!value.variable.starts_with(of_readout)) return value_in(population.neuron, value.variable);
    if (population.readout) return value_in(*population.readout, value.variable.substr(of_readout.size()));
  }
  throw std::logic_error("the network does not have the value " + value.name());
}

}  // namespace

Value& trained_parameter(ir::Network& network, const contract::TrainedValue& value) {
  return *value_in_network(network, value);
}

const Value& trained_parameter(const ir::Network& network, const contract::TrainedValue& value) {
  return *value_in_network(network, value);
}

const ir::Network& TrainingNetwork::Parts::fixed_network() const {
  if (!fixed) fixed = codegen::fix_draws(network->resolve(), seed, trainer.artifact().manifest.dt);
  return *fixed;
}

Extents shape_of_weights(const ir::Network& fixed, std::size_t connection) {
  const ir::Connection& described = fixed.connections[connection];
  const std::size_t sources = neurons_of(fixed, described.source), targets = neurons_of(fixed, described.target);
  if (std::holds_alternative<Dense>(described.connectivity)) return {sources, targets};
  if (std::holds_alternative<OneToOne>(described.connectivity)) return {sources};
  if (is_kernel(described.connectivity))
    return patches_of(described.connectivity, fixed.populations[described.source].shape.extents(), targets)
        .kernel_shape;
  return {std::get<Sparse>(described.connectivity).sources.size()};
}

std::vector<std::size_t> places_of_weights(const contract::Artifact& artifact, const ir::Network& fixed,
                                           std::size_t connection) {
  const ir::Connection& described = fixed.connections[connection];
  const std::string& storage = artifact.manifest.connections[connection].storage;
  const std::uint32_t targets = neurons_of(fixed, described.target);
  if (const auto* list = std::get_if<Sparse>(&described.connectivity); list != nullptr && storage == "dense") {
    std::vector<std::size_t> places;
    for (std::size_t k = 0; k < list->sources.size(); ++k)
      places.push_back(std::size_t{list->sources[k]} * targets + list->targets[k]);
    return places;
  }
  if (storage != "rows") {
    std::vector<std::size_t> places(element_count(shape_of_weights(fixed, connection)));
    std::iota(places.begin(), places.end(), std::size_t{0});
    return places;
  }
  const std::vector<StoredSynapse> stored = runtime::stored_synapses(artifact, connection);
  return std::visit(Positions{stored, neurons_of(fixed, described.source), targets, artifact.manifest.dt, described},
                    described.connectivity);
}

}  // namespace synfire
