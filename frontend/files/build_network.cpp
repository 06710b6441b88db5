// SPDX-License-Identifier: Apache-2.0
#include "files/build_network.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "files/find_places.hpp"

namespace synfire::files {
namespace {

// The models of the file, by name.
template <class Model>
std::map<std::string, Model> models_of(const Document& document) {
  std::map<std::string, Model> models;
  for (const ModelEntry& entry : document.models) {
    if (const auto* model = std::get_if<Model>(&entry)) models.emplace(model->name, *model);
  }
  return models;
}

// Prefers the models of the file over those of the registry.
template <class Model>
class Chosen {
 public:
  explicit Chosen(const Document& document) : models_(models_of<Model>(document)) {}

  ModelChoice<Model> operator()(ModelChoice<Model> choice) const {
    const auto found = choice.model ? models_.end() : models_.find(choice.name);
    if (found != models_.end()) choice.model = found->second;
    return choice;
  }

 private:
  std::map<std::string, Model> models_;
};

class LoadedNetwork : public Network {
 public:
  explicit LoadedNetwork(Document document) : Network(std::move(document.defaults)) {
    const Chosen<NeuronModel> neuron(document);
    const Chosen<SynapseModel> synapse(document);
    const Chosen<ReadoutModel> readout(document);
    for (PopulationEntry& entry : document.populations) {
      PopulationOptions options{.readout = std::nullopt, .name = std::move(entry.name)};
      if (entry.readout) options.readout = readout(std::move(*entry.readout));
      const PopulationId id =
          add_at(std::move(entry.place), neuron(std::move(entry.neuron)), std::move(entry.shape), std::move(options));
      named_.emplace(name_of(id), id);
    }
    for (ConnectionEntry& entry : document.connections) {
      connect_at(std::move(entry.place), reference(entry.source), reference(entry.target),
                 std::move(entry.connectivity),
                 {.synapse = synapse(std::move(entry.synapse)),
                  .name = std::move(entry.name),
                  .max_delay = entry.max_delay,
                  .storage = entry.storage,
                  .round_delays = entry.round_delays,
                  .latency = entry.latency});
    }
    restore_problems(std::move(document.problems));
  }

  using Network::set_places;

 private:
  // An unknown end is reported by `connect_at`.
  PopulationReference reference(const End& end) const {
    if (const auto* name = std::get_if<std::string>(&end)) {
      const auto found = named_.find(*name);
      if (found == named_.end()) return *name;
      return found->second;
    }
    const auto* index = std::get_if<std::uint32_t>(&end);
    return PopulationId{index ? *index : ir::no_population, identity()};
  }

  // Problems from the file go first, and replace those found again now.
  void restore_problems(std::vector<Problem> problems) {
    std::set<std::string> known;
    for (const Problem& problem : problems) known.insert(problem.path);
    for (const Problem& problem : building_problems()) {
      if (!known.contains(problem.path)) problems.push_back(problem);
    }
    set_building_problems(std::move(problems));
  }

  std::unordered_map<std::string, PopulationId> named_;  // the first of each name
};

}  // namespace

Network build_network(Document document, const json::Node& root, const Source& source) {
  LoadedNetwork network(std::move(document));
  network.set_places(find_places(network.description(), root, source));
  return network;
}

}  // namespace synfire::files
