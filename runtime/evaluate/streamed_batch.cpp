// SPDX-License-Identifier: Apache-2.0
#include "evaluate/streamed_batch.hpp"

#include <optional>
#include <string>

#include "evaluate/data_check.hpp"

namespace synfire::runtime {
namespace {

void read_values(const ValueSource& source, const std::string& path, std::span<const std::uint32_t> examples,
                 std::vector<float>& values) {
  const std::size_t size = source.examples() == 0 ? 0 : element_count(source.shape()) / source.examples();
  values.resize(examples.size() * size);
  source.read(examples, values);
  const std::optional<std::size_t> position = first_non_finite(values);
  if (!position) return;
  throw DataError({.kind = ProblemKind::non_finite_data,
                   .path = path + ", example " + std::to_string(examples[*position / size]) + ", element " +
                           std::to_string(*position % size),
                   .message = "the data must be finite",
                   .given = std::to_string(values[*position])});
}

}  // namespace

SpikeTrains read_streamed(const SpikeSource& source, const std::string& path, std::span<const std::uint32_t> examples) {
  SpikeTrains trains = source.read(examples);
  if (trains.examples() == examples.size() && trains.neurons() == source.neurons()) return trains;
  throw DataError(
      {.kind = ProblemKind::wrong_data_size,
       .path = path,
       .message = "the source of spikes returned other than was asked for",
       .expected = std::to_string(examples.size()) + " examples of " + std::to_string(source.neurons()) + " neurons",
       .given = std::to_string(trains.examples()) + " of " + std::to_string(trains.neurons())});
}

void read_streamed(const BoundTarget& target, const contract::Manifest& manifest,
                   std::span<const std::uint32_t> examples, std::vector<float>& values) {
  read_values(*target.value_source, "target \"" + manifest.populations[target.population].name + '"', examples, values);
}

void read_streamed_inputs(const BoundData& data, const contract::Manifest& manifest,
                          std::span<const std::uint32_t> examples, StreamedBatch& batch) {
  batch.inputs.resize(data.inputs.size());
  batch.spikes.resize(data.inputs.size());
  for (std::size_t i = 0; i < data.inputs.size(); ++i) {
    const BoundInput& input = data.inputs[i];
    const std::string path = "input \"" + manifest.populations[input.population].name + '"';
    if (input.value_source != nullptr) read_values(*input.value_source, path, examples, batch.inputs[i]);
    if (input.spike_source != nullptr) batch.spikes[i] = read_streamed(*input.spike_source, path, examples);
  }
}

void read_streamed(const BoundData& data, const contract::Manifest& manifest, std::span<const std::uint32_t> examples,
                   StreamedBatch& batch) {
  read_streamed_inputs(data, manifest, examples, batch);
  batch.targets.resize(data.targets.size());
  for (std::size_t i = 0; i < data.targets.size(); ++i) {
    if (data.targets[i].value_source != nullptr) read_streamed(data.targets[i], manifest, examples, batch.targets[i]);
  }
}

}  // namespace synfire::runtime
