// SPDX-License-Identifier: Apache-2.0
// Input spikes of one population waiting for their step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "synfire/session.hpp"

namespace synfire::runtime {

// A ring of bit masks, one for each step up to the horizon. So the order in which spikes are added does not matter, a
// neuron spikes at most once per step, and lists are in ascending order. Each spike waits for the first free step of
// its neuron; the resulting steps do not depend on the order either. bin_spikes (executor.hpp) has the same rule.
class SpikeInputQueue {
 public:
  // `most_waiting`: spikes that can wait at the same time; 0: limited only by neurons and steps.
  SpikeInputQueue(std::uint32_t neurons, std::uint32_t horizon, std::uint32_t most_steps, std::size_t most_waiting);

  std::uint32_t neurons() const noexcept { return neurons_; }

  // Queues a spike for `step` or the first free step after it; `now` ≤ step is the next step to run. Returns ok,
  // beyond_horizon or overflow.
  Status add(std::uint32_t neuron, std::uint32_t step, std::uint32_t now) noexcept;
  // Moves the spikes of steps [now, now + steps) to the lists below.
  void take(std::uint32_t now, std::uint32_t steps) noexcept;
  void clear() noexcept;

  // Spikes of step now + k are entries [offsets[k], offsets[k + 1]) of `list`, ascending. The memory does not move.
  std::span<const std::uint32_t> offsets() const noexcept { return offsets_; }
  std::span<const std::uint32_t> list() const noexcept { return list_; }

  // All waiting spikes, by step and neuron.
  std::vector<Spike> waiting(std::uint32_t now) const;

 private:
  std::span<std::uint64_t> mask(std::uint32_t step) noexcept;
  std::span<const std::uint64_t> mask(std::uint32_t step) const noexcept;

  std::uint32_t neurons_;
  std::uint32_t horizon_;
  std::size_t words_;  // of a mask
  std::size_t most_waiting_;
  std::size_t waiting_ = 0;
  std::vector<std::uint64_t> masks_;
  std::vector<std::uint32_t> counts_;  // of each mask
  std::vector<std::uint32_t> offsets_;
  std::vector<std::uint32_t> list_;
};

}  // namespace synfire::runtime
