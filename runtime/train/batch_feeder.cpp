// SPDX-License-Identifier: Apache-2.0
#include "train/batch_feeder.hpp"

#include <algorithm>

namespace synfire::runtime {
namespace {

std::size_t values_of_example(const Tensor<float>& values) {
  return values.shape().empty() || values.shape().front() == 0 ? 0 : values.size() / values.shape().front();
}

bool is_consecutive(std::span<const std::uint32_t> examples) {
  return std::adjacent_find(examples.begin(), examples.end(),
                            [](std::uint32_t a, std::uint32_t b) { return b != a + 1; }) == examples.end();
}

}  // namespace

BatchFeeder::BatchFeeder(const contract::Manifest& manifest, const BoundData& data, bool again, Device* device)
    : data_(data), binned_(data.inputs.size()) {
  if (data.is_streamed()) reader_.emplace(data, manifest);
  for (const BoundInput& input : data.inputs) {
    Rows rows;
    if (input.values != nullptr) rows = {input.values->values().data(), values_of_example(*input.values)};
    if (input.values == nullptr && input.spikes == nullptr &&
        !input.is_streamed()) {  // silent: the same zeros for every example
      const contract::PopulationInfo& population = manifest.populations[input.population];
      rows.size = population.frames * element_count(population.shape);
    }
    inputs_.push_back(std::move(rows));
  }
  for (std::size_t i = 0; i < data.inputs.size() && again; ++i) {
    const SpikeTrains* const spikes = data.inputs[i].spikes;
    if (spikes != nullptr && BinnedSpikes::saves_work(*spikes, manifest.timesteps))
      binned_[i] = BinnedSpikes::of(*spikes, manifest.dt, manifest.timesteps, device);
  }
  for (const BoundTarget& target : data.targets) {
    Rows rows;
    if (target.values != nullptr) rows = {target.values->values().data(), values_of_example(*target.values)};
    targets_.push_back(std::move(rows));
  }
  labels_.resize(data.targets.size());
  weights_.resize(data.targets.size());
}

std::span<const float> BatchFeeder::take(Rows& rows, std::span<const std::uint32_t> examples) {
  if (rows.data != nullptr && is_consecutive(examples) && !examples.empty())
    return {rows.data + examples.front() * rows.size, examples.size() * rows.size};
  rows.gathered.resize(examples.size() * rows.size);
  if (rows.data == nullptr) return rows.gathered;
  for (std::size_t i = 0; i < examples.size(); ++i)
    std::copy_n(rows.data + examples[i] * rows.size, rows.size, rows.gathered.data() + i * rows.size);
  return rows.gathered;
}

const TrainingBatch& BatchFeeder::batch(const BatchPlace& place) {
  const StreamedBatch* const streamed = reader_ ? &reader_->read(place.examples, place.next) : nullptr;
  fill_targets(place, streamed);
  if (data_.is_weighted()) fill_weights(place);
  for (std::size_t i = 0; i < data_.inputs.size(); ++i) {
    BatchInput input{.population = data_.inputs[i].population};
    input.spikes = data_.inputs[i].spikes;
    if (data_.inputs[i].value_source != nullptr) {
      input.values = streamed->inputs[i];
    } else if (data_.inputs[i].spike_source != nullptr) {
      input.spikes = &streamed->spikes[i];
    } else if (input.spikes != nullptr) {
      input.spike_examples = place.examples;
      input.binned = binned_[i] ? &*binned_[i] : nullptr;
    } else {
      input.values = take(inputs_[i], place.examples);
    }
    batch_.batch.inputs.push_back(input);
  }
  if (!data_.steps.empty()) {
    steps_.clear();
    for (const std::uint32_t example : place.examples) steps_.push_back(data_.steps[example]);
    batch_.batch.steps = steps_;
  }
  return batch_;
}

void BatchFeeder::fill_weights(const BatchPlace& place) {
  batch_.is_weighted = true;
  for (std::size_t i = 0; i < data_.targets.size(); ++i) {
    const BoundWeights& weights = data_.targets[i].weights;
    weights_[i].resize(place.examples.size() * weights.row);
    for (std::size_t e = 0; e < place.examples.size(); ++e)
      weights.write(place.examples[e], weights_[i].data() + e * weights.row);
    batch_.targets[i].weights = weights_[i];
  }
}

const TrainingBatch& BatchFeeder::targets(const BatchPlace& place) { return fill_targets(place, nullptr); }

const TrainingBatch& BatchFeeder::fill_targets(const BatchPlace& place, const StreamedBatch* streamed) {
  batch_.examples = place.examples;
  batch_.batch = {
      .examples = static_cast<std::uint32_t>(place.examples.size()), .first_example = place.first, .seed = place.seed};
  batch_.targets.assign(data_.targets.size(), {});
  batch_.is_weighted = false;
  for (std::size_t i = 0; i < data_.targets.size(); ++i) {
    const BoundTarget& target = data_.targets[i];
    if (target.value_source != nullptr) {
      batch_.targets[i].values = streamed->targets[i];
      continue;
    }
    if (target.values != nullptr) {
      batch_.targets[i].values = take(targets_[i], place.examples);
      continue;
    }
    labels_[i].clear();
    if (target.labels.empty()) continue;
    for (const std::uint32_t example : place.examples)
      labels_[i].push_back(static_cast<std::uint32_t>(target.labels[example]));
    batch_.targets[i].labels = labels_[i];
  }
  return batch_;
}

}  // namespace synfire::runtime
