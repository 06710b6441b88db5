// SPDX-License-Identifier: Apache-2.0
// Spike trains sorted into steps once, for runs that take their examples again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "synfire/runtime/device.hpp"
#include "synfire/tensor.hpp"

namespace synfire::runtime {

class BinnedSpikes {
 public:
  // All examples of the trains, as bin_spikes has each, sorted on the host threads of `device` if there is one; nothing where that is not worth its
  // memory: where there are few spikes for many steps, or more than a gigabyte of them.
  static std::optional<BinnedSpikes> of(const SpikeTrains& trains, double dt, std::uint32_t steps,
                                        Device* device = nullptr);

  // How many spikes an example has in its steps.
  std::size_t spikes(std::size_t example) const;
  // Writes the spikes of an example to `room`, which has as many entries and lies at position `base` of a list, and fills its
  // offsets.
  void copy(std::size_t example, std::size_t base, std::span<std::uint32_t> room,
            std::span<std::uint32_t> offsets) const;

 private:
  std::size_t offsets_per_example_ = 0;
  std::vector<std::size_t> begins_;     // of each example in neurons_, with room for those that no step takes
  std::vector<std::uint32_t> offsets_;  // of each example, from the example's own begin
  std::vector<std::uint32_t> neurons_;
};

}  // namespace synfire::runtime
