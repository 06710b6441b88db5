// SPDX-License-Identifier: Apache-2.0
#include "recording/recorder.hpp"

#include <algorithm>
#include <cstring>

namespace synfire::test {
namespace {

constexpr std::size_t cell_count = 6;

enum RecorderBuffer { recorder_steps, v, spikes, g, out, weight, recorder_state };

void run_example(const Launch& launch, std::size_t e, std::uint32_t rows) {
  const contract::TrialHeader& header = launch.header;
  const std::size_t example = header.first_example + e;
  const std::uint32_t end = std::min(header.last_step, *launch.array<std::uint32_t>(recorder_steps, e, 1));
  float* const saved = launch.buffers[recorder_state] != nullptr ? launch.array<float>(recorder_state, e, 1) : nullptr;
  float x = (header.load & contract::carry_neurons) != 0 ? *saved : 0.0f;
  for (std::uint32_t step = header.first_step; step < end; ++step, ++x) {
    const std::size_t row = (step - header.recording_origin) * cell_count;
    for (std::uint32_t i = 0; i < cell_count; ++i) {
      const float value = recorded_v(example, static_cast<std::uint32_t>(x), i);
      launch.array<float>(v, e, rows * cell_count)[row + i] = value;
      launch.array<float>(g, e, rows * cell_count)[row + i] = -value;
      launch.array<std::int8_t>(spikes, e, rows * cell_count)[row + i] =
          static_cast<std::int8_t>(recorded_sign(example, static_cast<std::uint32_t>(x), i));
    }
  }
  *launch.array<float>(out, e, 1) = x;
  if (header.save != 0) *saved = x;
}

contract::Buffer recorded(const std::string& name, contract::ElementType type, std::uint32_t rows) {
  return {.name = name,
          .type = type,
          .shape = {rows, cell_count},
          .role = contract::BufferRole::recording,
          .per_example = true,
          .population = "cells",
          .variable = name};
}

contract::ParameterValues weights() {
  std::vector<float> values(cell_count * cell_count);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  contract::ParameterValues parameter{"weight", std::vector<std::byte>(values.size() * sizeof(float))};
  std::memcpy(parameter.bytes.data(), values.data(), parameter.bytes.size());
  return parameter;
}

std::vector<contract::Buffer> recorder_buffers(std::uint32_t rows) {
  using enum contract::BufferRole;
  using enum contract::ElementType;
  contract::Buffer of_connection = recorded("g", f32, rows);
  of_connection.population.clear();
  of_connection.connection = "loop";
  const auto buffer = [](const char* name, contract::ElementType type, Extents shape, contract::BufferRole role,
                         const char* population) {
    return contract::Buffer{.name = name,
                            .type = type,
                            .shape = std::move(shape),
                            .role = role,
                            .per_example = role != parameter,
                            .population = population,
                            .variable = ""};
  };
  return {buffer("steps", u32, {1}, example_steps, ""),
          recorded("v", f32, rows),
          recorded("spikes", i8, rows),
          of_connection,
          buffer("out_readout", f32, {1}, readout, "out"),
          buffer("weight", f32, {cell_count, cell_count}, parameter, ""),
          buffer("state", f32, {1}, trial_state, "cells")};
}

contract::ConnectionInfo connection(const char* name, const char* target) {
  return {.name = name, .source = "cells", .target = target, .synapse = "toy", .connectivity = "dense"};
}

contract::Manifest recorder_manifest(const RecorderOptions& options) {
  contract::Manifest manifest;
  manifest.dt = 0.5;
  manifest.timesteps = recorder_timesteps;
  manifest.recording_steps = options.recording_steps;
  manifest.batch_size = options.batch_size;
  manifest.resumable = options.resumable;
  manifest.populations = {{.name = "cells", .shape = {2, 3}, .model = "toy", .readout = ""},
                          {.name = "out", .shape = {1}, .model = "toy", .readout = "var"}};
  manifest.connections = {connection("loop", "cells"), connection("cells", "out")};
  manifest.connections[0].storage = manifest.connections[1].storage = "dense";
  manifest.connections[0].weight_buffer = "weight";
  manifest.connections[0].delay_steps = 4;
  manifest.connections[1].weight = 0.5f;
  manifest.static_recordings = {{"loop", "weight"}, {"loop", "delay"}, {"cells", "weight"}};
  manifest.buffers = recorder_buffers(options.recording_steps);
  return manifest;
}

}  // namespace

CompiledNetwork recorder(const RecorderOptions& options) {
  auto artifact = std::make_shared<contract::Artifact>();
  artifact->manifest = recorder_manifest(options);
  artifact->parameters.push_back(weights());
  artifact->binaries.push_back(
      {.target = "lambda", .architecture = "any", .bytes = {}, .source = "", .log = "", .cached_path = ""});
  auto device = make_lambda_device([options](const Launch& launch) {
    if (options.on_launch) options.on_launch(launch.header);
    for (std::size_t e = 0; e < launch.header.examples; ++e) run_example(launch, e, options.recording_steps);
  });
  return {artifact, std::move(device), {.neurons = options.carries}, recorder_identity};
}

float recorded_v(std::size_t example, std::uint32_t step, std::uint32_t neuron) {
  return 1000.0f * static_cast<float>(example) + 10.0f * static_cast<float>(step) + static_cast<float>(neuron);
}

int recorded_sign(std::size_t example, std::uint32_t step, std::uint32_t neuron) {
  if ((example + step + neuron) % 3 != 0) return 0;
  return neuron % 2 == 1 ? -1 : 1;
}

std::vector<RecordedSpike> recorded_spikes(std::size_t example, std::uint32_t steps) {
  std::vector<RecordedSpike> spikes;
  for (std::uint32_t step = 0; step < steps; ++step) {
    for (std::uint32_t i = 0; i < cell_count; ++i) {
      const int sign = recorded_sign(example, step, i);
      if (sign != 0) spikes.push_back({i, step, static_cast<std::int8_t>(sign)});
    }
  }
  return spikes;
}

}  // namespace synfire::test
