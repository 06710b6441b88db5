// SPDX-License-Identifier: Apache-2.0
#include "files/overrides.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "files/read.hpp"
#include "files/write.hpp"
#include "model_values.hpp"
#include "synfire/base/text.hpp"
#include "synfire/event_prop_defaults.hpp"
#include "synfire/registry.hpp"

namespace synfire::files {
namespace {

using Keys = std::vector<std::string>;

const std::vector<std::string> sections = {"compile", "defaults", "inputs", "train"};

Keys split_path(std::string_view path) {
  Keys keys;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    keys.emplace_back(path.substr(0, dot));
    path.remove_prefix(dot + 1);
  }
  keys.emplace_back(path);
  return keys;
}

// All nodes of a value come from the same override.
void set_origin(json::Node& node, std::size_t origin) {
  node.position = {.origin = origin};
  if (auto* list = std::get_if<json::List>(&node.content)) {
    for (json::Node& each : *list) set_origin(each, origin);
  } else if (auto* object = std::get_if<json::Object>(&node.content)) {
    for (json::Member& each : *object) {
      each.position = node.position;
      set_origin(each.value, origin);
    }
  }
}

// JSON, or else a name without quotation marks.
std::optional<json::Node> value_of(const std::string& text) {
  try {
    return json::parse(text, "value");
  } catch (const DataError&) {
    const bool is_name = base::is_object_name(text) && (text.front() == '_' || std::isalpha(text.front()) != 0);
    if (is_name) return json::Node{text};
    return std::nullopt;
  }
}

json::Node* find_member(json::Node& node, const std::string& key) {
  auto* object = std::get_if<json::Object>(&node.content);
  if (!object) return nullptr;
  const auto found = std::find_if(object->begin(), object->end(), [&](const auto& each) { return each.key == key; });
  return found == object->end() ? nullptr : &found->value;
}

// Nothing for a key that these settings do not have.
template <class Settings>
std::optional<json::Node> default_setting(const std::string& key) {
  std::optional<json::Node> result;
  Writing writing;
  members(Type<Settings>{}, [&](const char* known, auto member, const Rule& = {}) {
    if (key == known) result = write(writing, Settings{}.*member);
  });
  return result;
}

// The keys of the connectivity in the node, which may be invalid.
Keys keys_of_connectivity(const json::Node& node) {
  Keys keys{"type"};
  const json::Node* type = node.object() ? json::find(*node.object(), "type") : nullptr;
  alternatives(Type<Connectivity>{}, [&]<class Each>(Type<Each> each) {
    if (!type || !type->text() || *type->text() != name_of(each)) return;
    for (std::string& key : keys_of<Each>()) keys.push_back(std::move(key));
  });
  return keys;
}

bool contains(const Keys& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

Keys joined(Keys first, const Keys& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

class Overriding {
 public:
  Overriding(const Network& network, const std::vector<ModelEntry>& models, json::Node& root)
      : network_(network.description()), models_(models), root_(root) {}

  void apply(const Override& each, std::size_t origin) {
    given_ = &each;
    origin_ = origin;
    std::optional<json::Node> value = value_of(each.value);
    if (!value) {
      fail({.kind = ProblemKind::invalid_value,
            .message = "the value is neither JSON nor a name",
            .expected = "a number, true, false, a name, or JSON in quotation marks of the shell",
            .given = each.value});
      return;
    }
    set_origin(*value, origin);
    if (json::Node* place = find_place(each.path)) *place = std::move(*value);
  }

  std::vector<Problem> problems;

 private:
  std::nullptr_t fail(Problem problem) {
    problem.path = given_->path;
    problem.place = places_of({*given_}).front();
    problems.push_back(std::move(problem));
    return nullptr;
  }

  std::nullptr_t unknown(const std::string& owner, const std::string& given, const Keys& known) {
    return fail({.kind = ProblemKind::unknown_name,
                 .message = owner + " no \"" + given + '"',
                 .hint = suggest(given, known),
                 .expected = nearest_name(given, known),
                 .given = given});
  }

  // ---- From the root

  json::Node* find_place(const std::string& path) {
    if (contains(split_path(path), "")) {
      return fail({.kind = ProblemKind::unknown_name,
                   .message = "a name in the path is empty",
                   .expected = "POPULATION.PARAMETER, CONNECTION.PARAMETER, compile.OPTION or train.OPTION",
                   .given = path});
    }
    const Keys keys = split_path(path);
    if (contains(sections, keys.front())) return in_section(keys);
    for (const char* list : {"populations", "connections"}) {
      if (keys.front() == list) return in_object(path.substr(std::min(path.size(), keys.front().size() + 1)), list);
    }
    return in_object(path, "");
  }

  json::Node* in_section(const Keys& keys) {
    auto& root = std::get<json::Object>(root_.content);
    json::Node* section = find_member(root_, keys.front());
    if (!section && keys.front() == "inputs" && keys.size() > 1) return no_members(json::Node{}, keys.back());
    if (!section) section = &root.emplace_back(json::Member{keys.front(), new_object(), here()}).value;
    if (keys.front() == "defaults" && section->text()) {
      Writing writing;
      *section = write(writing, event_prop_defaults);
    }
    if (keys.size() == 1) return section;
    const bool is_compile = keys.front() == "compile", has_settings = is_compile || keys.front() == "train";
    if (has_settings && section->object() && !find_member(*section, keys[1])) {
      std::optional<json::Node> standard =
          is_compile ? default_setting<CompileSettings>(keys[1]) : default_setting<TrainSettings>(keys[1]);
      if (standard && !standard->is_null()) {
        set_origin(*standard, origin_);
        add_member(*section, keys[1], std::move(*standard));
      }
    }
    return descend(*section, keys, 1, true);
  }

  // The longest name of a population or connection at the begin of the path. `list`: only these objects.
  json::Node* in_object(const std::string& path, const std::string& list) {
    std::string name;
    const auto longest = [&](const auto& things) {
      for (const auto& each : things) {
        if (each.name.size() > name.size() && path.starts_with(each.name + '.')) name = each.name;
      }
    };
    if (list != "connections") longest(network_.populations);
    if (list != "populations") longest(network_.connections);
    if (name.empty()) return unknown_object(path, list);
    json::Node* population = list == "connections" ? nullptr : entry("populations", network_.populations, name);
    json::Node* connection = list == "populations" ? nullptr : entry("connections", network_.connections, name);
    if (population && connection) {
      return fail({.kind = ProblemKind::duplicate_name,
                   .message = "both a population and a connection have the name \"" + name + '"',
                   .hint = "write populations." + path + " or connections." + path,
                   .given = name});
    }
    const Keys keys = split_path(path.substr(name.size() + 1));
    return population ? in_population(*population, name, keys) : in_connection(*connection, name, keys);
  }

  std::nullptr_t unknown_object(const std::string& path, const std::string& list) {
    Keys known;
    if (list != "connections") known = joined(known, names_of(network_.populations));
    if (list != "populations") known = joined(known, names_of(network_.connections));
    if (contains(known, path)) {
      return fail({.kind = ProblemKind::unknown_name,
                   .message = "the path names no value of \"" + path + '"',
                   .expected = path + ".PARAMETER",
                   .given = path});
    }
    return unknown("the network has", split_path(path).front(), list.empty() ? joined(known, sections) : known);
  }

  template <class Thing>
  static Keys names_of(const std::vector<Thing>& things) {
    Keys names;
    for (const Thing& each : things) names.push_back(each.name);
    return names;
  }

  template <class Thing>
  json::Node* entry(const char* list, const std::vector<Thing>& things, const std::string& name) {
    for (std::size_t i = 0; i < things.size(); ++i) {
      if (things[i].name == name) return &std::get<json::List>(find_member(root_, list)->content)[i];
    }
    return nullptr;
  }

  // ---- In an object

  json::Node* in_population(json::Node& node, const std::string& name, const Keys& keys) {
    const std::string owner = "population \"" + name + "\" has";
    const Keys own{"shape", "neuron", "readout"};
    if (keys.front() == "readout") return in_model<ReadoutModel>(node, owner, keys, "readout");
    if (keys.front() == "neuron") return in_model<NeuronModel>(node, owner, keys, "neuron");
    if (keys.front() == "shape") return descend(node, keys, 0);
    return in_model<NeuronModel>(node, owner, joined({"neuron"}, keys), "neuron", own);
  }

  json::Node* in_connection(json::Node& node, const std::string& name, const Keys& keys) {
    const std::string owner = "connection \"" + name + "\" has";
    const Keys own{"connectivity", "synapse", "max_delay", "storage", "round_delays", "latency"};
    const Keys connectivity = keys_of_connectivity(*find_member(node, "connectivity"));
    if (keys.front() == "synapse") return in_model<SynapseModel>(node, owner, keys, "synapse");
    if (keys.front() == "connectivity" && keys.size() > 1 && !contains(connectivity, keys[1]))
      return unknown(owner, keys[1], connectivity);
    if (contains(own, keys.front())) return descend(node, keys, 0);
    if (contains(connectivity, keys.front())) return descend(node, joined({"connectivity"}, keys), 0);
    return in_model<SynapseModel>(node, owner, joined({"synapse"}, keys), "synapse", joined(connectivity, own));
  }

  // keys[0]: `neuron`, `synapse` or `readout`; then a parameter or an initial value of the model, and what is in it.
  // `also`: for suggestions.
  template <class Model>
  json::Node* in_model(json::Node& node, const std::string& owner, const Keys& keys, const std::string& kind,
                       const Keys& also = {}) {
    json::Node* choice = find_member(node, kind);
    if (keys.size() == 1) return descend(node, keys, 0);
    if (!choice && kind == "synapse") choice = &add_member(node, kind, json::Node{std::string("delta")});
    if (!choice || choice->is_null()) return unknown(owner, kind, {"neuron", "shape"});
    const std::optional<Keys> known = names_in<Model>(*choice);
    if (known && keys[1] != "model" && !contains(*known, keys[1])) return unknown(owner, keys[1], joined(*known, also));
    return descend(node, keys, 0);
  }

  // What can be set in a model; nothing if the model is unknown or malformed, which is reported later.
  template <class Model>
  std::optional<Keys> names_in(const json::Node& node) const {
    const Source source{.file = {}, .overrides = std::vector<Place>(origin_)};  // its problems are not shown
    const Arrays none;
    Reading reading{.source = source, .tensors = none};
    ModelChoice<Model> choice;
    read(Cursor(reading, node), choice);
    if (choice.model) return assignable_names(*choice.model);
    for (const ModelEntry& each : models_) {
      const auto* model = std::get_if<Model>(&each);
      if (model && model->name == choice.name) return assignable_names(*model);
    }
    const Model* registered = find_registered(choice);
    if (!registered) return std::nullopt;
    return assignable_names(*registered);
  }
  static const NeuronModel* find_registered(const Neuron& choice) { return find_neuron(choice.name); }
  static const SynapseModel* find_registered(const Synapse& choice) { return find_synapse(choice.name); }
  static const ReadoutModel* find_registered(const Readout& choice) { return find_readout(choice.name); }

  // ---- In values

  json::Position here() const { return {.origin = origin_}; }
  json::Node new_object() const { return {json::Object{}, here()}; }

  json::Node& add_member(json::Node& node, const std::string& key, json::Node value) const {
    value.position = here();
    return std::get<json::Object>(node.content).emplace_back(json::Member{key, std::move(value), here()}).value;
  }

  // The node at keys[at], keys[at + 1], … below `node`. The last one is added if it is not there; with `adds` all are.
  json::Node* descend(json::Node& node, const Keys& keys, std::size_t at, bool adds = false) {
    json::Node* place = &node;
    for (; at < keys.size(); ++at) {
      if (const std::string* name = place->text()) expand(*place, *name, at == 0 ? "" : keys[at - 1]);
      if (auto* list = std::get_if<json::List>(&place->content)) {
        place = element(*list, keys[at]);
        if (!place) return nullptr;
        continue;
      }
      if (!place->object()) return no_members(*place, keys[at]);
      if (at > 0 && !contains({"neuron", "synapse", "readout", "connectivity"}, keys[at - 1])) place->position = here();
      json::Node* member = find_member(*place, keys[at]);
      const bool last = at + 1 == keys.size();
      if (!member && !adds && !last) return no_members(json::Node{}, keys[at + 1]);
      place = member ? member : &add_member(*place, keys[at], new_object());
    }
    return place;
  }

  // A name stands for an object with nothing but the name.
  static void expand(json::Node& node, std::string name, const std::string& key) {
    const bool is_model = key == "neuron" || key == "synapse" || key == "readout";
    const json::Position position = node.position;
    json::Object object;
    object.push_back({is_model ? "model" : "type", json::Node{std::move(name), position}, position});
    node.content = std::move(object);
  }

  json::Node* element(json::List& list, const std::string& key) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error == std::errc{} && end == key.data() + key.size() && index < list.size()) return &list[index];
    return fail({.kind = ProblemKind::unknown_name,
                 .message = "the list has no such element",
                 .expected = list.empty() ? "a list that is not empty" : "0 to " + std::to_string(list.size() - 1),
                 .given = key});
  }

  std::nullptr_t no_members(const json::Node& node, const std::string& key) {
    const std::string whole = given_->path.substr(0, given_->path.size() - key.size() - 1);
    return fail({.kind = ProblemKind::unknown_name,
                 .message = "the value has no \"" + key + '"',
                 .hint = given_->path.ends_with('.' + key) ? "set all of it: " + whole + "=…" : "set all of it",
                 .given = node.is_null() ? "no value in the description" : json::describe(node)});
  }

  const ir::Network& network_;
  const std::vector<ModelEntry>& models_;
  json::Node& root_;
  const Override* given_ = nullptr;
  std::size_t origin_ = 0;
};

}  // namespace

std::vector<Place> places_of(const std::vector<Override>& overrides) {
  std::vector<Place> places;
  places.reserve(overrides.size());
  for (const Override& each : overrides)
    places.push_back(each.place.file.empty() ? Place{.file = each.path + '=' + each.value} : each.place);
  return places;
}

void apply_overrides(const std::vector<Override>& overrides, const Network& network,
                     const std::vector<ModelEntry>& models, json::Node& root) {
  Overriding overriding(network, models, root);
  for (std::size_t i = 0; i < overrides.size(); ++i) overriding.apply(overrides[i], i + 1);
  if (!overriding.problems.empty()) throw DataError(std::move(overriding.problems));
}

}  // namespace synfire::files
