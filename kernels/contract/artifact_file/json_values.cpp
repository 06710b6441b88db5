// SPDX-License-Identifier: Apache-2.0
#include "artifact_file/json_values.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "artifact_file/json_text.hpp"
#include "synfire/artifact_file.hpp"
#include "synfire/error.hpp"

namespace synfire::artifact {
namespace {

// ---- Words for enumerators

template <class E>
struct Words;

template <>
struct Words<contract::ElementType> {
  using enum contract::ElementType;
  static constexpr std::array all{f32, i32, u32, u16, u8, i8};
  static std::string of(contract::ElementType type) { return to_string(type); }
};

template <>
struct Words<contract::BufferRole> {
  using enum contract::BufferRole;
  static constexpr std::array all{parameter, input_values, input_spike_offsets, input_spike_neurons, example_steps,
                                  readout,   recording,    trial_state,         state_check,         workspace,
                                  step_base};
  static std::string of(contract::BufferRole role) { return to_string(role); }
};

template <>
struct Words<contract::InputKind> {
  using enum contract::InputKind;
  static constexpr std::array all{none, values, spikes};
  static std::string of(contract::InputKind kind) {
    return kind == none ? "none" : kind == values ? "values" : "spikes";
  }
};

template <>
struct Words<contract::DurationUse> {
  using enum contract::DurationUse;
  static constexpr std::array all{none, value, steps};
  static std::string of(contract::DurationUse use) { return use == none ? "none" : use == value ? "value" : "steps"; }
};

template <>
struct Words<contract::CarriedState> {
  static constexpr std::array all{contract::carry_neurons, contract::carry_synapses, contract::carry_spikes,
                                  contract::carry_readouts};
  static std::string of(contract::CarriedState state) {
    switch (state) {
      case contract::carry_neurons: return "neurons";
      case contract::carry_synapses: return "synapses";
      case contract::carry_spikes: return "spikes";
      case contract::carry_readouts: return "readouts";
    }
    return "unknown";
  }
};

// ---- Writing

template <class T>
requires std::is_arithmetic_v<T> || std::same_as<T, std::string> Json write(const T& value) {
  if constexpr (std::same_as<T, float>)
    return static_cast<double>(value);
  else
    return value;
}

template <class E>
requires std::is_enum_v<E> Json write(const E& value) { return Words<E>::of(value); }

template <class T>
Json write(const std::vector<T>& values);
template <class T>
Json write(const std::map<std::string, T>& values);

template <class T>
requires requires(const T& value) {
  visit_members(value, [](const char*, const auto&) {});
}
Json write(const T& value) {
  Json object = Json::object();
  visit_members(value, [&](const char* key, const auto& member) { object[key] = write(member); });
  return object;
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
    visit_members(value, [](const char*, auto&) {});
  }
  void take(const Json& json, T& value, const std::string& path) {
    if (!json.is_object()) return wrong_type(json, path, "an object");
    std::vector<std::string> known;
    visit_members(value, [&](const char* key, auto& member) {
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

// ---- Versions

void check_version(const Json& json, const char* key, std::uint32_t known, const std::string& what,
                   const std::string& path) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number_unsigned() || *found == known) return;  // the reader reports the problem
  const bool newer = found->get<std::uint64_t>() > known;
  throw DataError({.kind = ProblemKind::unsupported,
                   .path = path + ": " + key,
                   .message = "the file has another version of " + what,
                   .hint = newer ? "update Synfire, or compile the network again with this version of it"
                                 : "compile the network again",
                   .expected = std::to_string(known),
                   .given = found->dump()});
}

void check_versions(const Json& json, const std::string& path) {
  if (!json.is_object() || json.value("format", Json()) != format_name) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = path,
                     .message = "the archive is not a Synfire artifact",
                     .expected = std::string("\"format\": \"") + format_name + "\""});
  }
  check_version(json, "version", artifact_version, "the layout of artifacts", path);
  check_version(json, "abi", contract::abi_version, "Synfire's runtime", path);
}

}  // namespace

std::string to_json(const contract::Manifest& manifest) { return json_text(write(manifest)); }
std::string to_json(const Index& index) { return json_text(write(index)); }

contract::Manifest manifest_from_json(std::span<const std::byte> text, const std::string& path) {
  return Reader(path).read<contract::Manifest>(parse_json(text, path));
}

Index index_from_json(std::span<const std::byte> text, const std::string& path) {
  const Json json = parse_json(text, path);
  check_versions(json, path);
  return Reader(path).read<Index>(json);
}

}  // namespace synfire::artifact
