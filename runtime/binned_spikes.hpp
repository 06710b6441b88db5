// SPDX-License-Identifier: Apache-2.0
// Spike trains sorted into steps once, for runs that take their examples again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "synfire/tensor.hpp"

namespace synfire::runtime {

class BinnedSpikes {
 public:
  // All examples of the trains, as bin_spikes has each; nothing where that is not worth its memory: where there are few spikes
  // for many steps, or more than a gigabyte of them.
  static std::optional<BinnedSpikes> of(const SpikeTrains& trains, double dt, std::uint32_t steps);

  // Appends the spikes of an example to `neurons`, and fills its offsets.
  void append(std::size_t example, std::vector<std::uint32_t>& neurons, std::span<std::uint32_t> offsets) const;

 private:
  std::size_t offsets_per_example_ = 0;
  std::vector<std::size_t> begins_;     // of each example in neurons_
  std::vector<std::uint32_t> offsets_;  // of each example, from the example's own begin
  std::vector<std::uint32_t> neurons_;
};

}  // namespace synfire::runtime
