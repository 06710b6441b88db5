// SPDX-License-Identifier: Apache-2.0
// Turns a network into a document: model definitions, and the values in which models differ from them.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "files/build_network.hpp"
#include "files/write.hpp"
#include "settle.hpp"

namespace synfire::files {
namespace {

const NeuronModel* find_registered(const NeuronModel& model) { return find_neuron(model.name); }
const SynapseModel* find_registered(const SynapseModel& model) { return find_synapse(model.name); }
const ReadoutModel* find_registered(const ReadoutModel& model) { return find_readout(model.name); }

// Equal to the last bit: 0 is not -0.
bool identical(const Value& a, const Value& b) {
  if (a.is_array() && b.is_array()) return a == b && Array(a.array()) == Array(b.array());
  return a == b && to_string(a) == to_string(b);
}

// The models of one kind: one definition for each name, and the values that differ from it.
template <class Model>
class Texts {
 public:
  explicit Texts(const DefaultParameters& defaults) : defaults_(defaults) {}

  // Must be called for all models before `choice` is called for any.
  void collect(const Model& model) {
    if (is_unknown(model) || texts_.contains(model.name)) return;
    const Model* registered = find_registered(model);
    Model text = registered && values_beside(*registered, model) ? *registered : model;
    text.surplus.clear();
    text.assigned.clear();
    order_.push_back(model.name);
    texts_.emplace(model.name, std::move(text));
  }

  ModelChoice<Model> choice(const Model& model) const {
    const auto text = texts_.find(model.name);
    ModelChoice<Model> result(model.name);
    if (text == texts_.end()) {
      if (!find_registered(model)) return result;
    } else if (auto values = values_beside(text->second, model)) {
      result.assignments = std::move(*values);
      return result;
    }
    return whole(model);
  }

  void add_to(std::vector<ModelEntry>& models) const {
    for (const std::string& name : order_) models.emplace_back(texts_.at(name));
  }

 private:
  // A model that the definition of its name cannot represent, with nothing left to defaults.
  ModelChoice<Model> whole(Model model) const {
    if (defaults_.contains(model.name)) model.assigned = assignable_names(model);
    return ModelChoice<Model>(std::move(model));
  }

  bool is_default(const std::string& model, const std::string& name) const {
    const auto found = defaults_.find(model);
    return found != defaults_.end() && std::any_of(found->second.begin(), found->second.end(),
                                                   [&](const Assignment& each) { return each.name == name; });
  }

  // The values that turn the definition into the model; nothing if none can.
  std::optional<std::vector<Assignment>> values_beside(const Model& text, const Model& model) const {
    std::vector<Assignment> values;
    const std::vector<std::string> names = assignable_names(model);
    for (const std::string& name : names) {
      const Value& value = *find_value(model, name);
      const Value* present = find_value(text, name);
      if (!present || !identical(*present, value) || is_default(model.name, name)) values.push_back({name, value});
    }
    values.insert(values.end(), model.surplus.begin(), model.surplus.end());
    if (!are_members(values, "model")) return std::nullopt;
    const Model same = settle(ModelChoice<Model>(text.with(values)), find_none, defaults_);
    return same == model ? std::optional(std::move(values)) : std::nullopt;
  }

  static const Model* find_none(const std::string&) { return nullptr; }

  const DefaultParameters& defaults_;
  std::map<std::string, Model> texts_;
  std::vector<std::string> order_;
};

// How connections refer to their ends.
class Ends {
 public:
  explicit Ends(const ir::Network& network) {
    for (std::uint32_t i = 0; i < network.populations.size(); ++i) {
      const std::string& name = network.populations[i].name;
      ends_.emplace_back(first_.emplace(name, i).second ? End(name) : End(i));
    }
  }
  End end(std::uint32_t index) const { return index < ends_.size() ? ends_[index] : End(); }

 private:
  std::map<std::string, std::uint32_t> first_;
  std::vector<End> ends_;
};

// The definitions of all models of a network.
struct AllTexts {
  Texts<NeuronModel> neurons;
  Texts<SynapseModel> synapses;
  Texts<ReadoutModel> readouts;

  explicit AllTexts(const Network& network)
      : neurons(network.defaults()), synapses(network.defaults()), readouts(network.defaults()) {
    for (const ir::Population& population : network.description().populations) {
      neurons.collect(population.neuron);
      if (population.readout) readouts.collect(*population.readout);
    }
    for (const ir::Connection& connection : network.description().connections) synapses.collect(connection.synapse);
  }

  std::vector<ModelEntry> entries() const {
    std::vector<ModelEntry> models;
    neurons.add_to(models);
    synapses.add_to(models);
    readouts.add_to(models);
    return models;
  }
};

PopulationEntry entry_of(const ir::Population& population, const AllTexts& texts) {
  PopulationEntry entry{
      .name = population.name, .shape = population.shape, .neuron = texts.neurons.choice(population.neuron)};
  if (population.readout) entry.readout = texts.readouts.choice(*population.readout);
  return entry;
}

ConnectionEntry entry_of(const ir::Connection& connection, const AllTexts& texts, const Ends& ends) {
  return {.name = connection.name,
          .source = ends.end(connection.source),
          .target = ends.end(connection.target),
          .connectivity = connection.connectivity,
          .synapse = texts.synapses.choice(connection.synapse),
          .max_delay = connection.max_delay,
          .storage = connection.storage,
          .round_delays = connection.round_delays,
          .latency = connection.latency};
}

}  // namespace

Document document_of(const Network& network) {
  const ir::Network& described = network.description();
  const AllTexts texts(network);
  const Ends ends(described);
  Document document;
  document.defaults = network.defaults();
  document.problems = network.building_problems();
  document.models = texts.entries();
  for (const ir::Population& each : described.populations) document.populations.push_back(entry_of(each, texts));
  for (const ir::Connection& each : described.connections) document.connections.push_back(entry_of(each, texts, ends));
  return document;
}

}  // namespace synfire::files
