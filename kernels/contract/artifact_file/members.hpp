// SPDX-License-Identifier: Apache-2.0
// The members of everything kept as JSON, in one table per type for both writing and reading: visit(key, member).
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "synfire/contract/artifact.hpp"

namespace synfire::artifact {

// T, const or not.
template <class Object, class T>
concept Is = std::same_as<std::remove_const_t<Object>, T>;

// ---- Manifests

template <Is<contract::Manifest> Object, class Visit>
void visit_members(Object& manifest, Visit&& visit) {
  visit("abi", manifest.abi);
  visit("network", manifest.network);
  visit("schedule", manifest.schedule);
  visit("dt", manifest.dt);
  visit("timesteps", manifest.timesteps);
  visit("recording_steps", manifest.recording_steps);
  visit("seed", manifest.seed);
  visit("batch_size", manifest.batch_size);
  visit("resumable", manifest.resumable);
  visit("entry", manifest.entry);
  visit("populations", manifest.populations);
  visit("connections", manifest.connections);
  visit("buffers", manifest.buffers);
  visit("static_recordings", manifest.static_recordings);
  visit("notes", manifest.notes);
}

template <Is<contract::Entry> Object, class Visit>
void visit_members(Object& entry, Visit&& visit) {
  visit("name", entry.name);
  visit("threads", entry.threads);
  visit("shared_bytes", entry.shared_bytes);
  visit("scratch_bytes", entry.scratch_bytes);
  visit("barriers_per_step", entry.barriers_per_step);
  visit("before", entry.before);
  visit("step", entry.step);
  visit("after", entry.after);
  visit("parts", entry.parts);
}

template <Is<contract::Stage> Object, class Visit>
void visit_members(Object& stage, Visit&& visit) {
  visit("name", stage.name);
  visit("blocks", stage.blocks);
  visit("threads", stage.threads);
  visit("shared_bytes", stage.shared_bytes);
}

template <Is<contract::PopulationInfo> Object, class Visit>
void visit_members(Object& population, Visit&& visit) {
  visit("name", population.name);
  visit("shape", population.shape);
  visit("model", population.model);
  visit("input", population.input);
  visit("frames", population.frames);
  visit("frame_timesteps", population.frame_timesteps);
  visit("readout", population.readout);
  visit("readout_duration", population.readout_duration);
}

template <Is<contract::ConnectionInfo> Object, class Visit>
void visit_members(Object& connection, Visit&& visit) {
  visit("name", connection.name);
  visit("source", connection.source);
  visit("target", connection.target);
  visit("synapse", connection.synapse);
  visit("connectivity", connection.connectivity);
  visit("synapses", connection.synapses);
  visit("delay_steps", connection.delay_steps);
  visit("longest_delay_steps", connection.longest_delay_steps);
  visit("latency_steps", connection.latency_steps);
  visit("storage", connection.storage);
  visit("weight", connection.weight);
  visit("weight_buffer", connection.weight_buffer);
  visit("offset_buffer", connection.offset_buffer);
  visit("target_buffer", connection.target_buffer);
  visit("delay_buffer", connection.delay_buffer);
  visit("tiles", connection.tiles);
}

template <Is<contract::Buffer> Object, class Visit>
void visit_members(Object& buffer, Visit&& visit) {
  visit("name", buffer.name);
  visit("role", buffer.role);
  visit("type", buffer.type);
  visit("shape", buffer.shape);
  visit("per_example", buffer.per_example);
  visit("population", buffer.population);
  visit("connection", buffer.connection);
  visit("variable", buffer.variable);
  visit("carried", buffer.carried);
}

template <Is<contract::StaticRecording> Object, class Visit>
void visit_members(Object& recording, Visit&& visit) {
  visit("connection", recording.connection);
  visit("variable", recording.variable);
}

// ---- The index: the first entry of a file, which describes the others

inline constexpr const char* format_name = "synfire-artifact";
inline constexpr const char* index_entry = "manifest.json";

struct EntryRecord {
  std::uint64_t bytes = 0;  // unpacked
  std::string checksum;     // XXH3, 128 bits, hexadecimal
};

struct BinaryRecord {
  std::string target, architecture;
  std::string binary, source, log;  // entries; the log may be empty: none
};

struct ProgramRecord {
  std::string manifest;                           // an entry
  std::map<std::string, std::string> parameters;  // entries, by buffer
  std::vector<BinaryRecord> binaries;
};

struct Index {
  std::string format = format_name;
  std::uint32_t version = 0;
  std::uint32_t abi = 0;
  std::string synfire;  // the version that wrote the file
  std::string description;
  std::map<std::string, std::string> tensors;  // entries, by name
  std::map<std::string, std::string> notes;
  std::vector<ProgramRecord> programs;
  std::map<std::string, EntryRecord> entries;  // all but this one
};

template <Is<Index> Object, class Visit>
void visit_members(Object& index, Visit&& visit) {
  visit("format", index.format);
  visit("version", index.version);
  visit("abi", index.abi);
  visit("synfire", index.synfire);
  visit("description", index.description);
  visit("tensors", index.tensors);
  visit("notes", index.notes);
  visit("programs", index.programs);
  visit("entries", index.entries);
}

template <Is<ProgramRecord> Object, class Visit>
void visit_members(Object& program, Visit&& visit) {
  visit("manifest", program.manifest);
  visit("parameters", program.parameters);
  visit("binaries", program.binaries);
}

template <Is<BinaryRecord> Object, class Visit>
void visit_members(Object& binary, Visit&& visit) {
  visit("target", binary.target);
  visit("architecture", binary.architecture);
  visit("binary", binary.binary);
  visit("source", binary.source);
  visit("log", binary.log);
}

template <Is<EntryRecord> Object, class Visit>
void visit_members(Object& entry, Visit&& visit) {
  visit("bytes", entry.bytes);
  visit("xxh3_128", entry.checksum);
}

}  // namespace synfire::artifact
