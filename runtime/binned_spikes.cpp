// SPDX-License-Identifier: Apache-2.0
#include "binned_spikes.hpp"

#include "spike_binning.hpp"

namespace synfire::runtime {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 30;

bool is_worth_it(const SpikeTrains& trains, std::size_t offsets) {
  return offsets <= trains.spikes() && (offsets + trains.spikes()) * sizeof(std::uint32_t) <= most_bytes;
}

}  // namespace

std::optional<BinnedSpikes> BinnedSpikes::of(const SpikeTrains& trains, double dt, std::uint32_t steps) {
  const std::size_t per_example = std::size_t{steps} + 1;
  if (!is_worth_it(trains, per_example * trains.examples())) return std::nullopt;
  BinnedSpikes binned;
  binned.offsets_per_example_ = per_example;
  binned.offsets_.resize(per_example * trains.examples());
  binned.neurons_.reserve(trains.spikes());
  SpikeBinner binner(dt, steps);
  std::vector<std::uint32_t> example_spikes;
  for (std::size_t example = 0; example < trains.examples(); ++example) {
    example_spikes.clear();
    binner.append(trains, example, example_spikes,
                  std::span(binned.offsets_).subspan(example * per_example, per_example));
    binned.begins_.push_back(binned.neurons_.size());
    binned.neurons_.insert(binned.neurons_.end(), example_spikes.begin(), example_spikes.end());
  }
  binned.begins_.push_back(binned.neurons_.size());
  return binned;
}

void BinnedSpikes::append(std::size_t example, std::vector<std::uint32_t>& neurons,
                          std::span<std::uint32_t> offsets) const {
  const auto base = static_cast<std::uint32_t>(neurons.size());
  const std::uint32_t* const own = offsets_.data() + example * offsets_per_example_;
  for (std::size_t step = 0; step < offsets.size(); ++step) offsets[step] = base + own[step];
  neurons.insert(neurons.end(), neurons_.begin() + static_cast<std::ptrdiff_t>(begins_[example]),
                 neurons_.begin() + static_cast<std::ptrdiff_t>(begins_[example + 1]));
}

}  // namespace synfire::runtime
