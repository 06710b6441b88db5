// SPDX-License-Identifier: Apache-2.0
#include "data/byte_latency.hpp"

#include <algorithm>
#include <cmath>

namespace synfire {

void ByteLatencies::rank(const std::array<float, values>& times, const std::array<bool, values>& spikes) {
  for (std::size_t x = 0; x < values; ++x) {
    if (!spikes[x]) continue;
    valid_ = valid_ && std::isfinite(times[x]) && times[x] >= 0;
    times_.push_back(times[x]);
  }
  if (!valid_) return;
  std::sort(times_.begin(), times_.end());
  times_.erase(std::unique(times_.begin(), times_.end()), times_.end());
  for (std::size_t x = 0; x < values; ++x) {
    const auto place = spikes[x] ? std::lower_bound(times_.begin(), times_.end(), times[x]) : times_.end();
    ranks_[x] = static_cast<std::uint16_t>(place - times_.begin());
  }
}

void ByteEncoder::add_example(std::span<const std::uint8_t> example, SpikeTrains& trains) {
  const std::size_t spikes = find_spikes(example);
  places_.assign(latencies_.times().size(), 0);
  for (std::size_t i = 0; i < spikes; ++i) ++places_[ranks_[i]];
  std::uint32_t place = 0;
  for (std::uint32_t& each : places_) {
    const std::uint32_t count = each;
    each = place;
    place += count;
  }
  // Neurons ascend, and the sort is stable.
  neurons_.resize(spikes);
  times_.resize(spikes);
  for (std::size_t i = 0; i < spikes; ++i) {
    const std::uint32_t position = places_[ranks_[i]]++;
    neurons_[position] = found_[i];
    times_[position] = latencies_.times()[ranks_[i]];
  }
  trains.add_example(neurons_, times_);
}

// Without a branch per byte: which half of an image is dark cannot be predicted.
std::size_t ByteEncoder::find_spikes(std::span<const std::uint8_t> example) {
  found_.resize(example.size() + 1);
  ranks_.resize(example.size() + 1);
  const std::size_t silent = latencies_.times().size();
  std::size_t spikes = 0;
  for (std::size_t i = 0; i < example.size(); ++i) {
    const std::uint16_t rank = latencies_.rank_of(example[i]);
    found_[spikes] = static_cast<std::uint32_t>(i);
    ranks_[spikes] = rank;
    spikes += rank != silent ? 1 : 0;
  }
  return spikes;
}

}  // namespace synfire
