// SPDX-License-Identifier: Apache-2.0
#include "binned_spikes.hpp"

#include <algorithm>

#include "shared_binning.hpp"
#include "spike_binning.hpp"

namespace synfire::runtime {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 30;

std::size_t offsets_of(const SpikeTrains& trains, std::uint32_t steps) {
  return (std::size_t{steps} + 1) * trains.examples();
}

}  // namespace

bool BinnedSpikes::saves_work(const SpikeTrains& trains, std::uint32_t steps) {
  return offsets_of(trains, steps) <= trains.spikes();
}

std::optional<BinnedSpikes> BinnedSpikes::of(const SpikeTrains& trains, double dt, std::uint32_t steps,
                                             Device* device) {
  const std::size_t per_example = std::size_t{steps} + 1;
  if ((offsets_of(trains, steps) + trains.spikes()) * sizeof(std::uint32_t) > most_bytes) return std::nullopt;
  BinnedSpikes binned;
  binned.offsets_per_example_ = per_example;
  binned.offsets_.resize(per_example * trains.examples());
  binned.neurons_.resize(trains.spikes());
  SharedBinning binning(dt, steps, device);
  binning.each(trains.examples(), trains.spikes(), [&](SpikeBinner& binner, std::size_t example) {
    const std::size_t begin = trains.offsets()[example];
    const auto room = std::span(binned.neurons_).subspan(begin, spikes_of(trains, example));
    binner.bin(trains, example, begin, room, std::span(binned.offsets_).subspan(example * per_example, per_example));
  });
  return binned;
}

std::size_t BinnedSpikes::spikes(std::size_t example) const {
  return offsets_[(example + 1) * offsets_per_example_ - 1] - offsets_[example * offsets_per_example_];
}

void BinnedSpikes::copy(std::size_t example, std::size_t base, std::span<std::uint32_t> room,
                        std::span<std::uint32_t> offsets) const {
  const std::uint32_t* const own = offsets_.data() + example * offsets_per_example_;
  for (std::size_t step = 0; step < offsets.size(); ++step)
    offsets[step] = static_cast<std::uint32_t>(base) + own[step] - own[0];
  std::copy_n(neurons_.data() + own[0], room.size(), room.data());
}

}  // namespace synfire::runtime
