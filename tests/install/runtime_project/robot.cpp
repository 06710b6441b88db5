// SPDX-License-Identifier: Apache-2.0
// Packs the program running_sum.cpp into an artifact file and runs a session from it: robot <shared object> <file>.
#include <array>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <synfire/runtime.hpp>

using namespace synfire;

namespace {

constexpr std::size_t neurons = 3;
constexpr std::array<float, neurons> weights{1.0f, 0.5f, -2.0f};

std::vector<std::byte> read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(file), {});
  const auto bytes = std::as_bytes(std::span(content));
  return {bytes.begin(), bytes.end()};
}

contract::Buffer buffer(const char* name, contract::ElementType type, Extents shape, contract::BufferRole role,
                        const char* population) {
  contract::Buffer result;
  result.name = name;
  result.type = type;
  result.shape = std::move(shape);
  result.role = role;
  result.per_example = role != contract::BufferRole::parameter && role != contract::BufferRole::input_spike_neurons;
  result.population = population;
  return result;
}

contract::Manifest manifest() {
  using contract::BufferRole;
  using contract::ElementType;
  contract::Manifest result;
  result.timesteps = 8;
  result.resumable = true;
  result.populations.resize(3);
  contract::PopulationInfo& values = result.populations[0];
  values.name = "values";
  values.shape = {neurons};
  values.input = contract::InputKind::values;
  contract::PopulationInfo& spikes = result.populations[1];
  spikes.name = "spikes";
  spikes.shape = {2};
  spikes.input = contract::InputKind::spikes;
  contract::PopulationInfo& sums = result.populations[2];
  sums.name = "sums";
  sums.shape = {neurons};
  sums.readout = "var";
  result.buffers = {
      buffer("weight", ElementType::f32, {neurons}, BufferRole::parameter, ""),
      buffer("values", ElementType::f32, {1, neurons}, BufferRole::input_values, "values"),
      buffer("offsets", ElementType::u32, {result.timesteps + 1}, BufferRole::input_spike_offsets, "spikes"),
      buffer("spikes", ElementType::u32, {0}, BufferRole::input_spike_neurons, "spikes"),
      buffer("steps", ElementType::u32, {1}, BufferRole::example_steps, ""),
      buffer("readout", ElementType::f32, {neurons}, BufferRole::readout, "sums"),
      buffer("state", ElementType::f32, {neurons}, BufferRole::trial_state, "sums"),
  };
  return result;
}

contract::Artifact artifact(const char* program) {
  contract::Artifact result;
  result.manifest = manifest();
  const auto bytes = std::as_bytes(std::span(weights));
  result.parameters.push_back({"weight", {bytes.begin(), bytes.end()}});
  contract::Binary& binary = result.binaries.emplace_back();
  binary.target = "host";
#if defined(__aarch64__)
  binary.architecture = "aarch64";
#else
  binary.architecture = "x86-64";
#endif
  binary.bytes = read(program);
  return result;
}

}  // namespace

int main(int, char** arguments) {
  save_artifact(arguments[2], {.programs = {artifact(arguments[1])}});
  const Model model = Model::load(arguments[2], {.device = "host"});
  Session session = model.session();
  Session::Input values = session.input("values");
  Session::Input spikes = session.input("spikes");
  const Session::Output sums = session.output("sums");

  bool ok = values.set(std::array{1.0f, 2.0f, 3.0f}) == Status::ok;
  ok = spikes.push({.neuron = 1, .step = 4}) == Status::ok && ok;
  ok = session.advance(3) == Status::ok && ok;
  ok = session.advance(2) == Status::ok && ok;
  std::cout << "sums after " << session.step() << " steps:";
  for (const float sum : sums.readout()) std::cout << ' ' << sum;
  std::cout << '\n';
  return ok ? 0 : 1;
}
