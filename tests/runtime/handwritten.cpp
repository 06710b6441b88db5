// SPDX-License-Identifier: Apache-2.0
#include "handwritten.hpp"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>

namespace synfire::testing {
namespace {

using contract::Buffer;
using contract::BufferRole;
using contract::ElementType;

std::vector<contract::PopulationInfo> populations() {
  return {{.name = "in", .shape = {neurons}, .model = "current", .input = contract::InputKind::values, .readout = ""},
          {.name = "spikes", .shape = {2, 2}, .model = "replay", .input = contract::InputKind::spikes, .readout = ""},
          {.name = "out", .shape = {neurons}, .model = "sum", .readout = "var"}};
}

Buffer buffer(std::string name, ElementType type, Extents shape, BufferRole role, std::string population) {
  return {.name = std::move(name),
          .type = type,
          .shape = std::move(shape),
          .role = role,
          .per_example = role != BufferRole::parameter && role != BufferRole::input_spike_neurons,
          .population = std::move(population),
          .variable = role == BufferRole::recording ? "trace" : ""};
}

}  // namespace

std::vector<std::byte> compile_program(const std::string& source, const std::string& include_folder) {
  const auto object = std::filesystem::temp_directory_path() / ("synfire_test_" + std::to_string(getpid()) + ".so");
  const std::string include = include_folder.empty() ? "" : " -I '" + include_folder + "'";
  const std::string command = std::string(SYNFIRE_TEST_COMPILER) + " -std=c++20 -O2 -ffp-contract=off -shared -fPIC" +
                              include + " -o '" + object.string() + "' '" + source + "'";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  std::ifstream file(object, std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(object);
  std::vector<std::byte> bytes(content.size());
  std::memcpy(bytes.data(), content.data(), content.size());
  return bytes;
}

const std::vector<std::byte>& compiled_program() {
  static const std::vector<std::byte> bytes = compile_program(SYNFIRE_TEST_PROGRAM);
  return bytes;
}

contract::Artifact handwritten_artifact() {
  contract::Artifact artifact;
  contract::Manifest& manifest = artifact.manifest;
  manifest.network = "handwritten";
  manifest.dt = dt;
  manifest.timesteps = timesteps;
  manifest.resumable = true;
  manifest.populations = populations();
  manifest.buffers = {
      buffer("weight", ElementType::f32, {neurons}, BufferRole::parameter, ""),
      buffer("in_values", ElementType::f32, {1, neurons}, BufferRole::input_values, "in"),
      buffer("spikes_offsets", ElementType::u32, {timesteps + 1}, BufferRole::input_spike_offsets, "spikes"),
      buffer("spikes_neurons", ElementType::u32, {0}, BufferRole::input_spike_neurons, "spikes"),
      buffer("steps", ElementType::u32, {1}, BufferRole::example_steps, ""),
      buffer("out_readout", ElementType::f32, {neurons}, BufferRole::readout, "out"),
      buffer("out_trace", ElementType::f32, {timesteps, 1}, BufferRole::recording, "out"),
      buffer("out_state", ElementType::f32, {neurons}, BufferRole::trial_state, "out"),
  };
  manifest.entry.scratch_bytes = neurons * sizeof(float);
  const auto bytes = std::as_bytes(std::span(weights));
  artifact.parameters.push_back({"weight", {bytes.begin(), bytes.end()}});
  artifact.binaries.push_back({.target = "host",
                               .architecture = "native",
                               .bytes = compiled_program(),
                               .source = "",
                               .log = "",
                               .cached_path = ""});
  return artifact;
}

}  // namespace synfire::testing
