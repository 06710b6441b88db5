// SPDX-License-Identifier: Apache-2.0
// Writes the structs that the tables of members.hpp describe as JSON. Defaults are omitted unless a rule requires them.
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "files/document.hpp"
#include "files/json.hpp"
#include "synfire/npz.hpp"

namespace synfire::files {

// State shared while a description is written.
struct Writing {
  Arrays tensors = {};
  // The definitions that settings refer to, by name.
  std::map<std::string, LossModel> losses = {};
  std::map<std::string, SurrogateModel> surrogates = {};
  std::string owner = {};  // the object and the member being written, after which tensors are named
  std::string member = {};
};

json::Node write(Writing& writing, bool value);
json::Node write(Writing& writing, double value);
json::Node write(Writing& writing, const std::string& value);
json::Node write(Writing& writing, const Value& value);
json::Node write(Writing& writing, const Shape& value);
json::Node write(Writing& writing, const End& value);
json::Node write(Writing& writing, const Size2D& value);
json::Node write(Writing& writing, const Padding& value);
json::Node write(Writing& writing, const DefaultParameters& value);
json::Node write(Writing& writing, const LossSetting& value);
json::Node write(Writing& writing, const LossSettings& value);
json::Node write(Writing& writing, const SurrogateSetting& value);
json::Node write(Writing& writing, const SurrogateSettings& value);
json::Node write(Writing& writing, const ClassWeightSettings& value);
json::Node write(Writing& writing, const MetricSettings& value);
json::Node write(Writing& writing, const LearningRate& value);
json::Node write(Writing& writing, const Optimizer& value);
json::Node write(Writing& writing, const std::vector<std::uint32_t>& value);
template <std::integral T>
requires(!std::same_as<T, bool>) json::Node write(Writing& writing, T value);
template <class T>
json::Node write(Writing& writing, const std::optional<T>& value);
template <class T>
json::Node write(Writing& writing, const std::vector<T>& value);
template <class Enum>
requires std::is_enum_v<Enum> json::Node write(Writing& writing, Enum value);
template <Struct T>
json::Node write(Writing& writing, const T& value);
template <class... Alternatives>
json::Node write(Writing& writing, const std::variant<Alternatives...>& value);
template <class Model>
json::Node write(Writing& writing, const ModelChoice<Model>& value);

// Writes assignments as members of an object, in order.
void write_assignments(Writing& writing, const std::vector<Assignment>& assignments, json::Object& object);
// Whether that can represent them: no name occurs twice or is `taken`.
bool are_members(const std::vector<Assignment>& assignments, const std::string& taken);

// ----

template <std::integral T>
requires(!std::same_as<T, bool>) json::Node write(Writing&, T value) {
  if (value < 0) return {static_cast<std::int64_t>(value)};
  return {static_cast<std::uint64_t>(value)};
}

template <class T>
json::Node write(Writing& writing, const std::optional<T>& value) {
  return value ? write(writing, *value) : json::Node{};
}

template <class T>
json::Node write_list(Writing& writing, const std::vector<T>& value) {
  json::List list;
  for (const T& each : value) list.push_back(write(writing, each));
  return {std::move(list)};
}

template <class T>
json::Node write(Writing& writing, const std::vector<T>& value) {
  return write_list(writing, value);
}

template <class Enum>
requires std::is_enum_v<Enum> json::Node write(Writing& writing, Enum value) {
  for (const auto& [name, each] : enumerators(Type<Enum>{})) {
    if (each == value) return write(writing, name);
  }
  return {};
}

// Lists and optionals are empty by default.
template <class T>
bool has_default(const T& value, [[maybe_unused]] const T& standard) {
  if constexpr (requires { value.empty(); } && !std::same_as<T, std::string>) {
    return value.empty();
  } else if constexpr (requires { value.has_value(); }) {
    return !value.has_value();
  } else if constexpr (std::equality_comparable<T>) {
    return value == standard;
  } else {
    return false;
  }
}

// What tensors are named after: an object, and the named value in it, or else its key.
template <class T>
inline constexpr bool is_owner =
    std::same_as<T, PopulationEntry> || std::same_as<T, ConnectionEntry> || std::same_as<T, NeuronModel> ||
    std::same_as<T, SynapseModel> || std::same_as<T, ReadoutModel> || std::same_as<T, OptimizerModel>;
template <class T>
inline constexpr bool is_named_value =
    std::same_as<T, Parameter> || std::same_as<T, StateVariable> || std::same_as<T, Assignment>;

template <Struct T>
void write_members(Writing& writing, const T& value, json::Object& object) {
  [[maybe_unused]] static const T standard{};
  if constexpr (is_owner<T>) writing.owner = value.name;
  if constexpr (is_named_value<T>) writing.member = value.name;
  members(Type<T>{}, [&](const char* key, auto member, const Rule& rule = {}) {
    const auto& each = value.*member;
    if (!rule.required && !rule.always && has_default(each, standard.*member)) return;
    if constexpr (!is_named_value<T>) writing.member = key;
    object.push_back({key, write(writing, each)});
  });
}

template <Struct T>
json::Node write(Writing& writing, const T& value) {
  json::Object object;
  write_members(writing, value, object);
  return {std::move(object)};
}

template <class... Alternatives>
json::Node write(Writing& writing, const std::variant<Alternatives...>& value) {
  using Variant = std::variant<Alternatives...>;
  json::Node node;
  alternatives(Type<Variant>{}, [&]<class Each>(Type<Each> type) {
    const Each* each = std::get_if<Each>(&value);
    if (!each) return;
    json::Object object;
    object.push_back({tag<Variant>, write(writing, name_of(type))});
    write_members(writing, *each, object);
    node.content = std::move(object);
  });
  return node;
}

template <class Model>
json::Node write(Writing& writing, const ModelChoice<Model>& value) {
  const std::string owner = writing.owner;
  json::Node model = value.model ? write(writing, *value.model) : write(writing, value.name);
  writing.owner = owner;
  if (!value.model && value.assignments.empty()) return model;
  json::Object object;
  object.push_back({"model", std::move(model)});
  write_assignments(writing, value.assignments, object);
  return {std::move(object)};
}

}  // namespace synfire::files
