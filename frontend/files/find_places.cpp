// SPDX-License-Identifier: Apache-2.0
#include "files/find_places.hpp"

#include <utility>

#include "ir/validate.hpp"

namespace synfire::files {
namespace {

const json::Node* find(const json::Node& node, std::string_view key) {
  return node.object() ? json::find(*node.object(), key) : nullptr;
}

class Finder {
 public:
  Finder(const json::Node& root, const Source& source) : root_(root), source_(source) {}

  std::shared_ptr<const Places> find_all(const ir::Network& network) {
    for (std::size_t i = 0; i < network.populations.size(); ++i) {
      const ir::Population& population = network.populations[i];
      const json::Node& node = (*find(root_, "populations")->list())[i];
      const std::string path = ir::path_of(network, population);
      add_members(path, node);
      add_model(path, node, "neuron", population.neuron.name);
      if (population.readout) add_model(path, node, "readout", population.readout->name);
    }
    for (std::size_t i = 0; i < network.connections.size(); ++i) {
      const ir::Connection& connection = network.connections[i];
      const json::Node& node = (*find(root_, "connections")->list())[i];
      const std::string path = ir::path_of(network, connection);
      add_members("connections[" + std::to_string(i) + ']', node);
      add_members(path, node);
      add_members(path, *find(node, "connectivity"));
      add_model(path, node, "synapse", connection.synapse.name);
    }
    if (const json::Node* defaults = find(root_, "defaults")) add_defaults(*defaults);
    return std::make_shared<const Places>(std::move(places_));
  }

 private:
  void add(const std::string& path, const json::Node& node) { places_.add(path, source_.place(node.position)); }

  // `.shape`, `.weight`, …
  void add_members(const std::string& path, const json::Node& node) {
    if (!node.object()) return;
    for (const json::Member& member : *node.object()) add(path + '.' + member.key, member.value);
  }

  // Under `.neuron "lif"`: the values in the object, then those of the model definition, then its texts.
  void add_model(const std::string& owner, const json::Node& node, const std::string& key, const std::string& name) {
    const json::Node* choice = find(node, key);
    if (!choice) return;
    const std::string path = owner + '.' + key + " \"" + name + '"';
    add(path, *choice);
    const json::Node* model = choice->object() ? find(*choice, "model") : choice;
    add_members(path, *choice);
    if (model->text()) model = model_called(key, *model->text());
    if (model) add_text(path, *model);
  }

  const json::Node* model_called(const std::string& kind, const std::string& name) const {
    const json::Node* models = find(root_, "models");
    if (!models) return nullptr;
    for (const json::Node& model : *models->list()) {
      if (*find(model, "kind")->text() == kind && *find(model, "name")->text() == name) return &model;
    }
    return nullptr;
  }

  void add_text(const std::string& path, const json::Node& model) {
    for (const json::Member& member : *model.object()) {
      if (member.value.text()) add(path + ", " + member.key, member.value);
      if (member.value.is_number()) add(path + '.' + member.key, member.value);
      if (member.value.object()) add_parts(path + ", " + member.key + ' ', member.value);
      if (member.value.list()) add_list(path, member);
    }
  }

  void add_parts(const std::string& path, const json::Node& node) {
    for (const json::Member& member : *node.object()) add(path + member.key, member.value);
  }

  // `, dynamics 2`; for parameters and state, `.tau`.
  void add_list(const std::string& path, const json::Member& member) {
    const json::List& list = *member.value.list();
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].text()) add(path + ", " + member.key + ' ' + std::to_string(i + 1), list[i]);
      const json::Node* name = find(list[i], "name");
      if (name) add(path + '.' + *name->text(), list[i]);
    }
  }

  void add_defaults(const json::Node& defaults) {
    if (!defaults.object()) return add("defaults", defaults);
    for (const json::Member& model : *defaults.object()) {
      const std::string path = "defaults \"" + model.key + '"';
      add(path, model.value);
      add_members(path, model.value);
    }
  }

  const json::Node& root_;
  const Source& source_;
  Places places_;
};

}  // namespace

std::shared_ptr<const Places> find_places(const ir::Network& network, const json::Node& root, const Source& source) {
  return Finder(root, source).find_all(network);
}

}  // namespace synfire::files
