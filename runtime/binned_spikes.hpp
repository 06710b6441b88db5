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
  // Whether a list of every step saves what it takes: not where there are few spikes for many steps.
  static bool saves_work(const SpikeTrains& trains, std::uint32_t steps);

  // All examples of the trains, as bin_spikes has each, sorted on the host threads of `device` if there is one; nothing where they
  // would take more than a gigabyte.
  static std::optional<BinnedSpikes> of(const SpikeTrains& trains, double dt, std::uint32_t steps,
                                        Device* device = nullptr);

  // How many spikes an example has in its steps.
  std::size_t spikes(std::size_t example) const;
  // As a program reads them: for each example steps + 1 offsets into the list of neurons.
  const std::vector<std::uint32_t>& offsets() const { return offsets_; }
  const std::vector<std::uint32_t>& neurons() const { return neurons_; }
  // Writes the spikes of an example to `room`, which has as many entries and lies at position `base` of a list, and fills its
  // offsets.
  void copy(std::size_t example, std::size_t base, std::span<std::uint32_t> room,
            std::span<std::uint32_t> offsets) const;

 private:
  std::size_t offsets_per_example_ = 0;
  std::vector<std::uint32_t> offsets_, neurons_;  // the list has gaps where no step takes a spike
};

}  // namespace synfire::runtime
