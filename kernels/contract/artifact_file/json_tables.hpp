// SPDX-License-Identifier: Apache-2.0
// Converts what has a table of members (`visit_members`) to JSON and back. Numbers are read back exactly as written.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "artifact_file/json_text.hpp"
#include "artifact_file/members.hpp"
#include "synfire/error.hpp"

namespace synfire::artifact {

// The words of an enumeration: specialized where it is used.
template <class E>
struct Words;

// A number that may be NaN, which is written as null: visit("value", or_null(object.value)).
template <Is<double> T>
struct OrNull {
  T& value;
};
template <Is<double> T>
OrNull<T> or_null(T& value) {
  return {value};
}

// ---- Writing

template <class T>
requires std::is_arithmetic_v<T> || std::same_as<T, std::string> Json write(const T& value) {
  if constexpr (std::same_as<T, float>)
    return static_cast<double>(value);
  else
    return value;
}

template <class T>
Json write(const OrNull<T>& number) {
  return std::isnan(number.value) ? Json() : Json(number.value);
}

template <class E>
requires std::is_enum_v<E> Json write(const E& value) { return Words<E>::of(value); }

template <class T>
Json write(const std::optional<T>& value);
template <class T>
Json write(const std::vector<T>& values);
template <class T>
Json write(const std::map<std::string, T>& values);

template <class T>
requires requires(const T& value) {
  visit_members(value, [](const char*, auto&&) {});
}
Json write(const T& value) {
  Json object = Json::object();
  visit_members(value, [&](const char* key, auto&& member) { object[key] = write(member); });
  return object;
}

template <class T>
Json write(const std::optional<T>& value) {
  return value ? write(*value) : Json();
}

template <class T>
Json write(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(write(value));
  return list;
}

template <class T>
Json write(const std::map<std::string, T>& values) {
  Json object = Json::object();
  for (const auto& [key, value] : values) object[key] = write(value);
  return object;
}

// ---- Reading

// Throws DataError with every key that is missing, unknown or of the wrong type.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  template <class T>
  T read(const Json& json) {
    T value{};
    take(json, value, "");
    if (!problems_.empty()) throw DataError(std::move(problems_));
    return value;
  }

 private:
  void report(const std::string& path, std::string message, std::string expected = {}, std::string given = {}) {
    problems_.push_back({.kind = ProblemKind::malformed_file,
                         .path = file_ + (path.empty() ? "" : ": " + path),
                         .message = std::move(message),
                         .expected = std::move(expected),
                         .given = std::move(given)});
  }
  void wrong_type(const Json& json, const std::string& path, std::string expected) {
    constexpr std::size_t shown = 40;
    std::string given =
        json.is_structured() ? json.type_name() : json.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (given.size() > shown) given = given.substr(0, shown) + "…";
    report(path, "unexpected value", std::move(expected), std::move(given));
  }

  void take(const Json& json, bool& value, const std::string& path) {
    if (!json.is_boolean()) return wrong_type(json, path, "true or false");
    value = json.get<bool>();
  }
  void take(const Json& json, std::string& value, const std::string& path) {
    if (!json.is_string()) return wrong_type(json, path, "a string");
    value = json.get<std::string>();
  }
  template <std::unsigned_integral T>
  void take(const Json& json, T& value, const std::string& path) {
    if (!json.is_number_unsigned() || json.get<std::uint64_t>() > std::numeric_limits<T>::max()) {
      return wrong_type(json, path, "0 to " + std::to_string(std::numeric_limits<T>::max()));
    }
    value = static_cast<T>(json.get<std::uint64_t>());
  }
  template <std::floating_point T>
  void take(const Json& json, T& value, const std::string& path) {
    const double number = json.is_number() ? json.get<double>() : std::numeric_limits<double>::infinity();
    if (!(std::abs(number) <= std::numeric_limits<T>::max())) return wrong_type(json, path, "a finite number");
    value = static_cast<T>(number);
  }
  void take(const Json& json, const OrNull<double>& number, const std::string& path) {
    number.value = std::numeric_limits<double>::quiet_NaN();
    if (!json.is_null()) take(json, number.value, path);
  }
  template <class E>
  requires std::is_enum_v<E>
  void take(const Json& json, E& value, const std::string& path) {
    std::string known;
    for (const E each : Words<E>::all) {
      const std::string word = Words<E>::of(each);
      known += (known.empty() ? "" : ", ") + word;
      if (!json.is_string() || json.get_ref<const std::string&>() != word) continue;
      value = each;
      return;
    }
    wrong_type(json, path, "one of " + known);
  }
  template <class T>
  void take(const Json& json, std::optional<T>& value, const std::string& path) {
    if (!json.is_null()) take(json, value.emplace(), path);
  }
  template <class T>
  void take(const Json& json, std::vector<T>& values, const std::string& path) {
    if (!json.is_array()) return wrong_type(json, path, "a list");
    for (std::size_t i = 0; i < json.size(); ++i)
      take(json[i], values.emplace_back(), path + "[" + std::to_string(i) + "]");
  }
  template <class T>
  void take(const Json& json, std::map<std::string, T>& values, const std::string& path) {
    if (!json.is_object()) return wrong_type(json, path, "an object");
    for (const auto& [key, value] : json.items()) take(value, values[key], below(path, "\"" + key + "\""));
  }
  template <class T>
  requires requires(T& value) {
    visit_members(value, [](const char*, auto&&) {});
  }
  void take(const Json& json, T& value, const std::string& path) {
    if (!json.is_object()) return wrong_type(json, path, "an object");
    std::vector<std::string> known;
    visit_members(value, [&](const char* key, auto&& member) {
      known.emplace_back(key);
      const auto found = json.find(key);
      if (found == json.end()) return report(below(path, key), "the key is missing");
      take(*found, member, below(path, key));
    });
    if (json.size() != known.size()) refuse_unknown(json, known, path);
  }

  void refuse_unknown(const Json& json, const std::vector<std::string>& known, const std::string& path) {
    for (const auto& [key, value] : json.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) report(below(path, key), "the key is unknown");
    }
  }

  static std::string below(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  std::string file_;
  std::vector<Problem> problems_;
};

}  // namespace synfire::artifact
