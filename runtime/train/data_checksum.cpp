// SPDX-License-Identifier: Apache-2.0
#include "train/data_checksum.hpp"

#include <cstdint>
#include <span>
#include <vector>

#include "synfire/base/checksum.hpp"
#include "synfire/base/example_blocks.hpp"
#include "synfire/example_source.hpp"

namespace synfire::runtime {
namespace {

template <class T>
void add(base::Checksum& sum, std::span<const T> values) {
  const std::uint64_t count = values.size();
  sum.add(std::as_bytes(std::span(&count, 1)));
  sum.add(std::as_bytes(values));
}

void add(base::Checksum& sum, const Tensor<float>& values) {
  add(sum, std::span<const std::size_t>(values.shape()));
  add(sum, std::span<const float>(values.values()));
}

// Of spikes, in any number of parts: each list has a checksum of its own, so that one pass makes all of them.
class SpikeChecksum {
 public:
  void add(const SpikeTrains& trains) {
    for (std::size_t e = 1; e <= trains.examples(); ++e) {
      const std::uint64_t offset = spikes_ + trains.offsets()[e];
      offsets_.add(std::as_bytes(std::span(&offset, 1)));
    }
    spikes_ += trains.spikes();
    neurons_.add(std::as_bytes(std::span(trains.spike_neurons())));
    times_.add(std::as_bytes(std::span(trains.spike_times())));
  }
  void add_to(base::Checksum& sum) const {
    for (const base::Checksum* each : {&offsets_, &neurons_, &times_}) sum.add(each->text());
  }

 private:
  std::uint64_t spikes_ = 0;
  base::Checksum offsets_, neurons_, times_;
};

void add(base::Checksum& sum, const SpikeTrains& trains) {
  SpikeChecksum spikes;
  spikes.add(trains);
  spikes.add_to(sum);
}

// As the values in memory would be added.
void add(base::Checksum& sum, const ValueSource& source) {
  add(sum, std::span<const std::size_t>(source.shape()));
  const std::uint64_t count = element_count(source.shape());
  sum.add(std::as_bytes(std::span(&count, 1)));
  const std::size_t size = source.examples() == 0 ? 0 : count / source.examples();
  std::vector<float> values;
  base::for_blocks(source.examples(), bytes_of_example(source), [&](std::span<const std::uint32_t> examples) {
    values.resize(examples.size() * size);
    source.read(examples, values);
    sum.add(std::as_bytes(std::span<const float>(values)));
  });
}

void add(base::Checksum& sum, const SpikeSource& source) {
  SpikeChecksum spikes;
  base::for_blocks(source.examples(), bytes_of_example(source),
                   [&](std::span<const std::uint32_t> examples) { spikes.add(source.read(examples)); });
  spikes.add_to(sum);
}

void add(base::Checksum& sum, const BoundData& data, const contract::Manifest& manifest) {
  for (const BoundInput& input : data.inputs) {
    sum.add("input " + manifest.populations[input.population].name);
    if (input.values != nullptr) add(sum, *input.values);
    if (input.spikes != nullptr) add(sum, *input.spikes);
    if (input.value_source != nullptr) add(sum, *input.value_source);
    if (input.spike_source != nullptr) add(sum, *input.spike_source);
  }
  for (const BoundTarget& target : data.targets) {
    sum.add("target " + manifest.populations[target.population].name);
    if (target.values != nullptr) add(sum, *target.values);
    if (target.value_source != nullptr) add(sum, *target.value_source);
    add(sum, std::span<const std::size_t>(target.labels));
    if (!target.weights.are_given()) continue;
    sum.add("weights");
    add(sum, std::span<const float>(target.weights.examples));
    add(sum, target.weights.steps);
  }
  sum.add("steps");
  add(sum, data.steps);
}

}  // namespace

std::string data_checksum(const BoundData& training, const BoundData* validation, const contract::Manifest& manifest) {
  base::Checksum sum;
  add(sum, training, manifest);
  if (validation != nullptr) {
    sum.add("validation");
    add(sum, *validation, manifest);
  }
  return sum.text();
}

}  // namespace synfire::runtime
