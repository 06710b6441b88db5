// SPDX-License-Identifier: Apache-2.0
// A description in the form of its text: models by name, populations and connections in order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "files/members.hpp"

namespace synfire::files {

// One end of a connection: the name of a population; its index, if the name is ambiguous; nothing if the network was
// given an unknown reference.
using End = std::variant<std::monostate, std::uint32_t, std::string>;

struct PopulationEntry {
  std::string name = {};
  Shape shape = {};
  Neuron neuron = {};
  std::optional<Readout> readout = std::nullopt;
  Place place = {};
};

struct ConnectionEntry {
  std::string name = {};
  End source = {};
  End target = {};
  Connectivity connectivity = Dense{};
  Synapse synapse = "delta";
  std::optional<double> max_delay = std::nullopt;
  SynapseStorage storage = SynapseStorage::automatic;
  bool round_delays = false;
  std::uint32_t latency = 1;
  Place place = {};
};

inline constexpr const char* format_name = "synfire-network";
inline constexpr std::uint32_t format_version = 1;

struct Document {
  std::optional<std::string> schema = std::nullopt;  // for editors
  std::string format = format_name;
  std::uint32_t version = format_version;
  std::optional<std::string> tensors = std::nullopt;  // the .npz beside the text
  std::vector<ModelEntry> models = {};
  DefaultParameters defaults = {};
  std::vector<PopulationEntry> populations = {};
  std::vector<ConnectionEntry> connections = {};
  std::vector<InputPreparation> inputs = {};
  std::optional<CompileSettings> compile = std::nullopt;
  std::optional<TrainSettings> train = std::nullopt;
  std::vector<Problem> problems = {};  // found while the network was built, which does not show them itself
};

template <class Visit>
void members(Type<PopulationEntry>, Visit&& visit) {
  visit("name", &PopulationEntry::name, always);
  visit("shape", &PopulationEntry::shape);
  visit("neuron", &PopulationEntry::neuron, required);
  visit("readout", &PopulationEntry::readout);
}

template <class Visit>
void members(Type<ConnectionEntry>, Visit&& visit) {
  visit("name", &ConnectionEntry::name, always);
  visit("source", &ConnectionEntry::source, required);
  visit("target", &ConnectionEntry::target, required);
  visit("connectivity", &ConnectionEntry::connectivity, required);
  visit("synapse", &ConnectionEntry::synapse, always);
  visit("max_delay", &ConnectionEntry::max_delay);
  visit("storage", &ConnectionEntry::storage);
  visit("round_delays", &ConnectionEntry::round_delays);
  visit("latency", &ConnectionEntry::latency);
}

template <class Visit>
void members(Type<Document>, Visit&& visit) {
  visit("$schema", &Document::schema);
  visit("format", &Document::format, required);
  visit("version", &Document::version, required);
  visit("tensors", &Document::tensors);
  visit("models", &Document::models);
  visit("defaults", &Document::defaults);
  visit("populations", &Document::populations, required);
  visit("connections", &Document::connections);
  visit("inputs", &Document::inputs);
  visit("compile", &Document::compile);
  visit("train", &Document::train);
  visit("problems", &Document::problems);
}

}  // namespace synfire::files
