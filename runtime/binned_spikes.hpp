// SPDX-License-Identifier: Apache-2.0
// Spike trains sorted into steps once, for runs that use their examples repeatedly.
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
  // Whether lists for every step save more than they cost: not with few spikes in many steps.
  static bool saves_work(const SpikeTrains& trains, std::uint32_t steps);

  // All examples of the trains, each as by bin_spikes, sorted on the host threads of `device` if there is one; nothing
  // if they would need more than a gigabyte.
  static std::optional<BinnedSpikes> of(const SpikeTrains& trains, double dt, std::uint32_t steps,
                                        Device* device = nullptr);

  // The number of spikes of an example within its steps.
  std::size_t spikes(std::size_t example) const;
  // As a program reads them: for each example, steps + 1 offsets into the list of neurons.
  const std::vector<std::uint32_t>& offsets() const { return offsets_; }
  const std::vector<std::uint32_t>& neurons() const { return neurons_; }
  // Writes the spikes of an example to `room`, which has that many entries and is at position `base` of a list, and
  // fills the offsets.
  void copy(std::size_t example, std::size_t base, std::span<std::uint32_t> room,
            std::span<std::uint32_t> offsets) const;

 private:
  std::size_t offsets_per_example_ = 0;
  std::vector<std::uint32_t> offsets_, neurons_;  // the list has gaps for spikes outside all steps
};

}  // namespace synfire::runtime
