// SPDX-License-Identifier: Apache-2.0
#include "evaluate/results.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace synfire::runtime {
namespace {

constexpr const char* spikes_variable = "spikes";

Extents with_axes(Extents axes, const Extents& shape) {
  axes.insert(axes.end(), shape.begin(), shape.end());
  return axes;
}

std::uint32_t steps_of(std::span<const std::uint32_t> steps, std::size_t example, std::uint32_t timesteps) {
  return steps.empty() ? timesteps : steps[example];
}

// A recorded variable of one example, timesteps × neurons; NaN past the example's last step.
void store_variable(std::span<const std::byte> rows, std::size_t recorded, float* to) {
  const std::size_t values = rows.size() / sizeof(float);
  if (recorded > 0) std::memcpy(to, rows.data(), recorded * sizeof(float));
  std::fill(to + recorded, to + values, std::numeric_limits<float>::quiet_NaN());
}

// Recorded spikes of one example: a sign or 0 for each step and neuron.
std::vector<RecordedSpike> spike_list(std::span<const std::byte> rows, std::uint32_t steps, std::size_t neurons) {
  std::vector<RecordedSpike> spikes;
  for (std::uint32_t step = 0; step < steps; ++step) {
    for (std::size_t neuron = 0; neuron < neurons; ++neuron) {
      const auto sign = std::to_integer<std::int8_t>(rows[step * neurons + neuron]);
      if (sign != 0) spikes.push_back({static_cast<std::uint32_t>(neuron), step, sign});
    }
  }
  return spikes;
}

[[noreturn]] void not_there(const std::string& path, const std::string& message, const std::string& hint) {
  throw ModelError({.kind = ProblemKind::missing_variable, .path = path, .message = message, .hint = hint});
}

std::string recorded_names(const Results& results, std::size_t population) {
  std::string names;
  for (const auto& [key, values] : results.variables) {
    if (key.first == population) names += (names.empty() ? "" : ", ") + key.second;
  }
  if (results.spike_lists.contains(population)) names += (names.empty() ? "" : ", ") + std::string(spikes_variable);
  return "add it to the compiler's option record; recorded: " + (names.empty() ? "nothing" : names);
}

const Results& checked(const auto& content) {
  if (content) return content->results;
  throw ModelError(
      {.kind = ProblemKind::missing_data, .path = "predictions", .message = "these predictions were never filled"});
}

}  // namespace

Results::Results(const PopulationIndex& populations, const contract::Manifest& manifest, std::size_t examples)
    : index(populations) {
  for (const contract::Buffer& buffer : manifest.buffers) {
    if (buffer.role != contract::BufferRole::readout && buffer.role != contract::BufferRole::recording) continue;
    const std::size_t population = population_of(buffer);
    const Extents& shape = index[population].shape;
    if (buffer.role == contract::BufferRole::readout) {
      readouts.emplace(population, Tensor<float>(with_axes({examples}, shape)));
    } else if (buffer.variable == spikes_variable) {
      spike_lists[population].resize(examples);
    } else {
      variables.emplace(std::pair(population, buffer.variable),
                        Tensor<float>(with_axes({examples, manifest.timesteps}, shape)));
    }
  }
}

std::size_t Results::population_of(const contract::Buffer& buffer) const {
  return index.resolve(buffer.population, "buffer \"" + buffer.name + "\"");
}

void Results::store(const Executor& executor, std::size_t first, std::size_t examples,
                    std::span<const std::uint32_t> steps) {
  const contract::Manifest& manifest = executor.manifest();
  for (auto& [population, values] : readouts) {
    const std::vector<float> batch = executor.readout(population);
    std::copy(batch.begin(), batch.end(), values.data() + first * element_count(index[population].shape));
  }
  for (std::size_t i = 0; i < manifest.buffers.size(); ++i) {
    const contract::Buffer& buffer = manifest.buffers[i];
    if (buffer.role != contract::BufferRole::recording) continue;
    const std::size_t population = population_of(buffer);
    const std::size_t neurons = element_count(index[population].shape);
    const std::vector<std::byte> batch = executor.recording(i);
    const std::size_t bytes = buffer_bytes(buffer, 1);
    for (std::size_t e = 0; e < examples; ++e) {
      const std::span<const std::byte> rows = std::span(batch).subspan(e * bytes, bytes);
      const std::uint32_t recorded = steps_of(steps, e, manifest.timesteps);
      if (buffer.variable == spikes_variable) {
        spike_lists[population][first + e] = spike_list(rows, recorded, neurons);
      } else {
        float* const to = variables.at({population, buffer.variable}).data();
        store_variable(rows, recorded * neurons, to + (first + e) * manifest.timesteps * neurons);
      }
    }
  }
}

std::span<const float> Results::readout(std::size_t population, std::size_t example) const {
  const std::size_t neurons = element_count(index[population].shape);
  return std::span(readouts.at(population).values()).subspan(example * neurons, neurons);
}

}  // namespace synfire::runtime

namespace synfire {

const Tensor<float>& Predictions::operator[](const PopulationReference& output) const& {
  const runtime::Results& results = runtime::checked(content_);
  const std::size_t population = results.index.resolve(output, "predictions");
  const auto found = results.readouts.find(population);
  if (found != results.readouts.end()) return found->second;
  runtime::not_there(results.index.path_of(population), "the population is no output", "give it a readout");
}

const Tensor<float>& Predictions::recorded(const PopulationReference& population, const std::string& variable) const& {
  const runtime::Results& results = runtime::checked(content_);
  const std::size_t index = results.index.resolve(population, "predictions");
  const auto found = results.variables.find({index, variable});
  if (found != results.variables.end()) return found->second;
  const bool spikes = variable == runtime::spikes_variable && results.spike_lists.contains(index);
  runtime::not_there(results.index.path_of(index) + "." + variable,
                     spikes ? "spikes are recorded as lists" : "the variable was not recorded",
                     spikes ? "use spikes(population)" : runtime::recorded_names(results, index));
}

const std::vector<std::vector<RecordedSpike>>& Predictions::spikes(const PopulationReference& population) const& {
  const runtime::Results& results = runtime::checked(content_);
  const std::size_t index = results.index.resolve(population, "predictions");
  const auto found = results.spike_lists.find(index);
  if (found != results.spike_lists.end()) return found->second;
  runtime::not_there(results.index.path_of(index) + "." + runtime::spikes_variable, "the spikes were not recorded",
                     runtime::recorded_names(results, index));
}

}  // namespace synfire
