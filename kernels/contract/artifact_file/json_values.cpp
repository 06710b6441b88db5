// SPDX-License-Identifier: Apache-2.0
#include "artifact_file/json_values.hpp"

#include <array>

#include "artifact_file/json_tables.hpp"
#include "synfire/artifact_file.hpp"
#include "synfire/error.hpp"

namespace synfire::artifact {

// ---- Words for enumerators

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

namespace {

// ---- Versions

void check_versions(const Json& json, const std::string& path) {
  if (!json.is_object() || json.value("format", Json()) != format_name) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = path,
                     .message = "the archive is not a Synfire artifact",
                     .expected = std::string("\"format\": \"") + format_name + "\""});
  }
  const char* const remedy = "compile the network again";
  check_version(json, {"version", artifact_version, "the layout of artifacts", remedy}, path);
  check_version(json, {"abi", contract::abi_version, "Synfire's runtime", remedy}, path);
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
