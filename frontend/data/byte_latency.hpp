// SPDX-License-Identifier: Apache-2.0
// Bytes as spike times: at most 256 distinct ones, so the spikes of an example are sorted by counting.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "synfire/tensor.hpp"

namespace synfire {

// The spike time for each value of a byte.
class ByteLatencies {
 public:
  static constexpr std::size_t values = 256;

  // A value above `threshold` and at most `most` spikes at time(value).
  template <class Time>
  ByteLatencies(double threshold, double most, const Time& time) {
    std::array<float, values> times{};
    std::array<bool, values> spikes{};
    for (std::size_t x = 0; x < values; ++x) {
      const auto value = static_cast<double>(x);
      spikes[x] = value > threshold && value <= most;
      if (spikes[x]) times[x] = static_cast<float>(time(value));
    }
    rank(times, spikes);
  }

  // Whether all times are valid in spike trains.
  bool valid() const noexcept { return valid_; }
  // Distinct times, ascending.
  const std::vector<float>& times() const noexcept { return times_; }
  // The index of a value's time in times(); times().size() for values without a spike.
  std::uint16_t rank_of(std::uint8_t value) const noexcept { return ranks_[value]; }

 private:
  void rank(const std::array<float, values>& times, const std::array<bool, values>& spikes);

  bool valid_ = true;
  std::vector<float> times_;
  std::array<std::uint16_t, values> ranks_{};
};

// Encodes examples of bytes as spike trains; reuses its buffers. `latencies` must outlive it.
class ByteEncoder {
 public:
  explicit ByteEncoder(const ByteLatencies& latencies) : latencies_(latencies) {}

  void add_example(std::span<const std::uint8_t> example, SpikeTrains& trains);

 private:
  std::size_t find_spikes(std::span<const std::uint8_t> example);

  const ByteLatencies& latencies_;
  std::vector<std::uint32_t> found_;   // neurons that spike, ascending
  std::vector<std::uint16_t> ranks_;   // of their times
  std::vector<std::uint32_t> places_;  // of the spikes of each rank, in time order
  std::vector<std::uint32_t> neurons_;
  std::vector<float> times_;
};

}  // namespace synfire
