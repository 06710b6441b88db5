// SPDX-License-Identifier: Apache-2.0
#include "train/data_checksum.hpp"

#include "synfire/base/checksum.hpp"

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

void add(base::Checksum& sum, const SpikeTrains& trains) {
  add(sum, std::span<const std::size_t>(trains.offsets()));
  add(sum, std::span<const std::uint32_t>(trains.spike_neurons()));
  add(sum, std::span<const float>(trains.spike_times()));
}

void add(base::Checksum& sum, const BoundData& data, const contract::Manifest& manifest) {
  for (const BoundInput& input : data.inputs) {
    sum.add("input " + manifest.populations[input.population].name);
    if (input.values != nullptr) add(sum, *input.values);
    if (input.spikes != nullptr) add(sum, *input.spikes);
  }
  for (const BoundTarget& target : data.targets) {
    sum.add("target " + manifest.populations[target.population].name);
    if (target.values != nullptr) add(sum, *target.values);
    add(sum, std::span<const std::size_t>(target.labels));
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
