// SPDX-License-Identifier: Apache-2.0
#include "files/text_setting.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "files/read.hpp"
#include "synfire/registry.hpp"

namespace synfire::files {
namespace {

// What is said about each kind of text, and where it is found.
struct LossKind {
  using Setting = LossSetting;
  using Model = LossModel;
  static constexpr const char *key = "losses", *several = "losses", *text = "loss";
  static const LossModel* find(const std::string& name) { return find_loss(name); }
  static std::vector<std::string> names() { return loss_names(); }
  static auto& entries(Reading& reading) { return reading.losses; }
  static auto& definitions(Writing& writing) { return writing.losses; }
};
struct SurrogateKind {
  using Setting = SurrogateSetting;
  using Model = SurrogateModel;
  static constexpr const char *key = "surrogate", *several = "surrogates", *text = "derivative";
  static const SurrogateModel* find(const std::string& name) { return find_surrogate(name); }
  static std::vector<std::string> names() { return surrogate_names(); }
  static auto& entries(Reading& reading) { return reading.surrogates; }
  static auto& definitions(Writing& writing) { return writing.surrogates; }
};

// ---- Reading

template <class Kind>
void add_entries(const Cursor& cursor, const std::vector<ModelEntry>& models) {
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto* model = std::get_if<typename Kind::Model>(&models[i]);
    if (!model) continue;
    const json::Node& node = (*cursor.node().list())[i];
    const json::Node* text = node.object() ? json::find(*node.object(), Kind::text) : nullptr;
    Kind::entries(cursor.reading())
        .emplace(model->name, TextEntry<typename Kind::Model>{*model, cursor.element(i, text ? *text : node).place()});
  }
}

// The text of the file or of the registry that a node names.
template <class Kind>
std::optional<TextEntry<typename Kind::Model>> find_entry(const Cursor& name) {
  const std::string* given = name.text();
  if (!given) return std::nullopt;
  const auto& own = Kind::entries(name.reading());
  if (const auto found = own.find(*given); found != own.end()) return found->second;
  if (const auto* known = Kind::find(*given)) return TextEntry<typename Kind::Model>{*known, name.place()};
  std::vector<std::string> known = Kind::names();
  for (const auto& each : own) known.push_back(each.first);
  name.unknown_name(*given, known);
  return std::nullopt;
}

// The value of a parameter, which stays a number or a flag.
void read_parameter(const Cursor& cursor, Parameter& parameter) {
  const std::size_t before = cursor.reading().problems.size();
  if (parameter.value.is_flag()) {
    bool flag = false;
    read(cursor, flag);
    if (cursor.reading().problems.size() == before) parameter.value = flag;
    return;
  }
  double number = 0;
  read(cursor, number);
  if (cursor.reading().problems.size() != before) return;
  check_rule(cursor, number, {.min = parameter.min, .exclusive_min = parameter.exclusive_min, .single = true});
  parameter.value = number;
}

// The text and its values. Returns the keys of an object that belong to these; nothing for a name, which has no others.
template <class Kind>
std::optional<std::vector<std::string>> read_text(const Cursor& cursor, typename Kind::Setting& result) {
  const json::Object* object = cursor.node().text() ? nullptr : cursor.object();
  if (!object && !cursor.node().text()) return std::nullopt;
  const json::Node* type = object ? json::find(*object, "type") : &cursor.node();
  if (!type) {
    cursor.missing_key("type");
    return std::nullopt;
  }
  const auto entry = find_entry<Kind>(object ? cursor.member("type", *type) : cursor);
  if (!entry) return std::nullopt;
  result = typename Kind::Setting(entry->model);
  result.place = cursor.place();
  result.text = entry->text;
  if (!object) return std::nullopt;
  std::vector<std::string> known{"type"};
  for (Parameter& parameter : result.model.parameters) {
    known.push_back(parameter.name);
    if (const json::Node* node = json::find(*object, parameter.name))
      read_parameter(cursor.member(parameter.name, *node), parameter);
  }
  return known;
}

template <class Settings>
void read_one_or_list(const Cursor& cursor, Settings& result, Problem empty) {
  if (!cursor.node().list()) return read(cursor, result.for_all);
  read_list(cursor, result.list);
  if (cursor.node().list()->empty()) cursor.fail(std::move(empty));
}

// ---- Writing

// Whether two texts differ only in their values.
template <class Model>
bool same_text(Model a, const Model& b) {
  for (std::size_t i = 0; i < std::min(a.parameters.size(), b.parameters.size()); ++i)
    a.parameters[i].value = b.parameters[i].value;
  return a == b;
}

template <class Kind>
void add_definition(const typename Kind::Model& model, Writing& writing) {
  const auto* registered = Kind::find(model.name);
  const bool is_registered = registered && same_text(*registered, model);
  const auto [found, is_first] = Kind::definitions(writing).emplace(model.name, is_registered ? *registered : model);
  if (is_first || same_text(found->second, model)) return;
  throw ModelError(
      {.kind = ProblemKind::duplicate_name,
       .path = std::string("compile.") + Kind::key,
       .message = std::string("two ") + Kind::several + " with different texts are named \"" + model.name + '"',
       .hint = "give one of them another name",
       .given = model.name});
}

// The name and all values; nothing if all are those of the definition.
template <class Kind>
json::Object text_and_values(Writing& writing, const typename Kind::Model& model) {
  const auto found = Kind::definitions(writing).find(model.name);
  const auto* definition = found == Kind::definitions(writing).end() ? Kind::find(model.name) : &found->second;
  json::Object object{{"type", write(writing, model.name)}};
  if (definition && *definition == model) return object;
  for (const Parameter& each : model.parameters) object.push_back({each.name, write(writing, each.value)});
  return object;
}

}  // namespace

void read(const Cursor& cursor, std::vector<ModelEntry>& result) {
  read_list(cursor, result);
  add_entries<LossKind>(cursor, result);
  add_entries<SurrogateKind>(cursor, result);
}

void read(const Cursor& cursor, LossSetting& result) {
  std::optional<std::vector<std::string>> known = read_text<LossKind>(cursor, result);
  if (!known) return;
  known->emplace_back("weight");
  if (const json::Node* weight = json::find(*cursor.node().object(), "weight")) {
    const Cursor inner = cursor.member("weight", *weight);
    const std::size_t before = cursor.reading().problems.size();
    read(inner, result.weight);
    if (cursor.reading().problems.size() == before) check_rule(inner, result.weight, at_least(0));
  }
  cursor.refuse_other_keys(*known);
}

void read(const Cursor& cursor, SurrogateSetting& result) {
  if (const auto known = read_text<SurrogateKind>(cursor, result)) cursor.refuse_other_keys(*known);
}

void read(const Cursor& cursor, LossSettings& result) {
  read_one_or_list(cursor, result,
                   {.kind = ProblemKind::invalid_value,
                    .message = "the list of losses is empty",
                    .expected = "one loss for all outputs, or a list of outputs with their losses"});
}

void read(const Cursor& cursor, SurrogateSettings& result) {
  read_one_or_list(cursor, result,
                   {.kind = ProblemKind::invalid_value,
                    .message = "the list of surrogates is empty",
                    .expected = "one surrogate for all populations, or a list of populations with their surrogates"});
}

json::Node write(Writing& writing, const LossSetting& value) {
  json::Object object = text_and_values<LossKind>(writing, value.model);
  if (value.weight != 1) object.push_back({"weight", write(writing, value.weight)});
  return object.size() == 1 ? object.front().value : json::Node{std::move(object)};
}

json::Node write(Writing& writing, const SurrogateSetting& value) {
  json::Object object = text_and_values<SurrogateKind>(writing, value.model);
  return object.size() == 1 ? object.front().value : json::Node{std::move(object)};
}

json::Node write(Writing& writing, const LossSettings& value) {
  return value.list.empty() ? write(writing, value.for_all) : write_list(writing, value.list);
}

json::Node write(Writing& writing, const SurrogateSettings& value) {
  return value.list.empty() ? write(writing, value.for_all) : write_list(writing, value.list);
}

void add_definitions(const CompileSettings& settings, Writing& writing, std::vector<ModelEntry>& models) {
  const LossSettings& losses = settings.losses;
  if (losses != LossSettings{}) {
    if (losses.list.empty()) add_definition<LossKind>(losses.for_all.model, writing);
    for (const OutputLossSetting& each : losses.list) add_definition<LossKind>(each.loss.model, writing);
  }
  const SurrogateSettings& surrogates = settings.surrogate;
  if (surrogates != SurrogateSettings{}) {
    if (surrogates.list.empty()) add_definition<SurrogateKind>(surrogates.for_all.model, writing);
    for (const PopulationSurrogateSetting& each : surrogates.list)
      add_definition<SurrogateKind>(each.surrogate.model, writing);
  }
  for (const auto& each : writing.losses) models.emplace_back(each.second);
  for (const auto& each : writing.surrogates) models.emplace_back(each.second);
}

}  // namespace synfire::files
