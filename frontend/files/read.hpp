// SPDX-License-Identifier: Apache-2.0
// Reads JSON into the structs that the tables of members.hpp describe. If a `read` reports a problem, it leaves its
// result unchanged.
#pragma once

#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "files/cursor.hpp"
#include "files/document.hpp"

namespace synfire::files {

void read(const Cursor& cursor, bool& result);
void read(const Cursor& cursor, double& result);
void read(const Cursor& cursor, std::string& result);
void read(const Cursor& cursor, Value& result);
void read(const Cursor& cursor, Shape& result);
void read(const Cursor& cursor, End& result);
void read(const Cursor& cursor, Size2D& result);
void read(const Cursor& cursor, Padding& result);
void read(const Cursor& cursor, DefaultParameters& result);
void read(const Cursor& cursor, LossSetting& result);
void read(const Cursor& cursor, LossSettings& result);
void read(const Cursor& cursor, SurrogateSetting& result);
void read(const Cursor& cursor, SurrogateSettings& result);
void read(const Cursor& cursor, ClassWeightSettings& result);
void read(const Cursor& cursor, MetricSettings& result);
// Losses and surrogates among the models are then known to settings.
void read(const Cursor& cursor, std::vector<ModelEntry>& result);
void read(const Cursor& cursor, LearningRate& result);
void read(const Cursor& cursor, Optimizer& result);
// Indices of neurons.
void read(const Cursor& cursor, std::vector<std::uint32_t>& result);

// Integers. If the number does not fit, reports a problem and returns false.
bool read_whole(const Cursor& cursor, std::int64_t least, std::uint64_t most, std::uint64_t& result);
template <std::integral T>
requires(!std::same_as<T, bool>) void read(const Cursor& cursor, T& result);
template <class T>
void read(const Cursor& cursor, std::optional<T>& result);
template <class T>
void read(const Cursor& cursor, std::vector<T>& result);
template <class Enum>
requires std::is_enum_v<Enum>
void read(const Cursor& cursor, Enum& result);
template <Struct T>
void read(const Cursor& cursor, T& result);
template <class... Alternatives>
void read(const Cursor& cursor, std::variant<Alternatives...>& result);
template <class Model>
void read(const Cursor& cursor, ModelChoice<Model>& result);

// Values by names: an object, or a list of assignments. `passed_over`: keys of the object to be ignored.
std::vector<Assignment> read_assignments(const Cursor& cursor, const std::vector<std::string>& passed_over = {});

void check_rule(const Cursor& cursor, double number, const Rule& rule);
void check_rule(const Cursor& cursor, const std::string& text, const Rule& rule);

// ----

template <std::integral T>
requires(!std::same_as<T, bool>) void read(const Cursor& cursor, T& result) {
  std::uint64_t bits = 0;
  if (read_whole(cursor, static_cast<std::int64_t>(std::numeric_limits<T>::min()),
                 static_cast<std::uint64_t>(std::numeric_limits<T>::max()), bits))
    result = static_cast<T>(bits);
}

template <class T>
void read(const Cursor& cursor, std::optional<T>& result) {
  T value{};
  const std::size_t before = cursor.reading().problems.size();
  read(cursor, value);
  if (cursor.reading().problems.size() == before) result = std::move(value);
}

template <class T>
void read_list(const Cursor& cursor, std::vector<T>& result) {
  const json::List* list = cursor.list();
  if (!list) return;
  result.resize(list->size());
  for (std::size_t i = 0; i < list->size(); ++i) read(cursor.element(i, (*list)[i]), result[i]);
}

template <class T>
void read(const Cursor& cursor, std::vector<T>& result) {
  read_list(cursor, result);
}

template <class Enum>
requires std::is_enum_v<Enum>
void read(const Cursor& cursor, Enum& result) {
  const std::string* text = cursor.text();
  if (!text) return;
  std::vector<std::string> known;
  for (const auto& [name, value] : enumerators(Type<Enum>{})) {
    if (name == *text) return void(result = value);
    known.push_back(name);
  }
  if (const std::optional<Enum> value = older_name(Type<Enum>{}, *text)) return void(result = *value);
  cursor.unknown_name(*text, known);
}

// The members of an object that may have other keys.
template <Struct T>
void read_members(const Cursor& cursor, T& result, std::vector<std::string> other_keys = {}) {
  const json::Object* object = cursor.object();
  if (!object) return;
  members(Type<T>{}, [&](const char* key, auto member, const Rule& rule = {}) {
    other_keys.emplace_back(key);
    const json::Node* node = json::find(*object, key);
    if (!node) {
      if (rule.required) cursor.missing_key(key);
      return;
    }
    const Cursor inner = cursor.member(key, *node);
    const std::size_t before = cursor.reading().problems.size();
    auto& value = result.*member;
    read(inner, value);
    if (cursor.reading().problems.size() != before) return;
    if constexpr (std::is_arithmetic_v<std::remove_reference_t<decltype(value)>>) {
      check_rule(inner, static_cast<double>(value), rule);
    } else if constexpr (std::same_as<std::remove_reference_t<decltype(value)>, std::string>) {
      check_rule(inner, value, rule);
    }
  });
  cursor.refuse_other_keys(other_keys);
}

template <Struct T>
void read(const Cursor& cursor, T& result) {
  read_members(cursor, result);
  if constexpr (requires { result.place = Place{}; } && !std::same_as<T, Problem>) result.place = cursor.place();
}

// Reads the alternative that `name` names; `cursor` may have its members.
template <class... Alternatives>
void read_alternative(const Cursor& cursor, const Cursor& name, std::variant<Alternatives...>& result) {
  using Variant = std::variant<Alternatives...>;
  const std::string* given = name.text();
  if (!given) return;
  std::vector<std::string> known;
  bool found = false;
  alternatives(Type<Variant>{}, [&]<class Each>(Type<Each> type) {
    known.push_back(name_of(type));
    if (known.back() != *given) return;
    found = true;
    Each value{};
    if (cursor.node().object()) read_members(cursor, value, {tag<Variant>});
    result = std::move(value);
  });
  if (!found) name.unknown_name(*given, known);
}

template <class... Alternatives>
void read(const Cursor& cursor, std::variant<Alternatives...>& result) {
  using Variant = std::variant<Alternatives...>;
  if (std::same_as<std::variant_alternative_t<0, Variant>, std::monostate> && cursor.node().is_null()) return;
  const json::Object* object = cursor.object();
  if (!object) return;
  const json::Node* which = json::find(*object, tag<Variant>);
  if (!which) return cursor.missing_key(tag<Variant>);
  read_alternative(cursor, cursor.member(tag<Variant>, *which), result);
}

template <class Model>
void read(const Cursor& cursor, ModelChoice<Model>& result) {
  if (const std::string* name = cursor.node().text()) return void(result.name = *name);
  if (!cursor.node().object()) return cursor.wrong_type("the name of a model, or an object with the key \"model\"");
  const json::Node* model = json::find(*cursor.node().object(), "model");
  if (!model) return cursor.missing_key("model");
  const Cursor inner = cursor.member("model", *model);
  if (model->object()) {
    read(inner, result.model.emplace());
  } else if (model->text()) {
    result.name = *model->text();
  } else {
    inner.wrong_type("the name of a model, or a model");
  }
  result.assignments = read_assignments(cursor, {"model"});
}

}  // namespace synfire::files
