// SPDX-License-Identifier: Apache-2.0
// The spikes of one population in flight: a ring of lists, one per step, for schedules that step the whole grid. (The
// schedule `trial` keeps its spikes in shared memory and needs no such queue.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "synfire/runtime/device_buffer.hpp"

namespace synfire::runtime {

// A spike in a queue: the neuron's index with the sign of the spike in the top bit, so at most 2³¹ neurons.
inline constexpr std::uint32_t negative_spike = 1u << 31;
constexpr std::uint32_t spike_neuron(std::uint32_t spike) { return spike & ~negative_spike; }
constexpr bool is_negative(std::uint32_t spike) { return (spike & negative_spike) != 0; }

// Layout of the queue of one population and one example; all in 32-bit words, from the start of the queue.
//
//   [0] dropped   [1] overflow   … | count of each slot … | entries of slot 0 … | entries of slot 1 … | …
//
// Delay ring: slot s mod slots holds the spikes of step s. A connection reads in step s the spikes fired in step s − d,
// where d is the total delay in steps, latency included. With max_delay + 1 slots, the step being written never shares
// a slot with one that can still be read. Order within a step: clear its slot, read with d > 0, push, read with d = 0.
//
// Capacity: a neuron fires at most once per step, so `neurons` entries per slot never overflow; that is the default. A
// network with sparse activity can use less. Overflow rule: a spike that finds its slot full is dropped and counted in
// `dropped`, and `overflow` keeps the first such step, plus one. Both stay until the queue is reset, and the run ends
// with a RunError: results with missing spikes are never returned.
class SpikeQueueLayout {
 public:
  // Sections begin at multiples of this (128 bytes), so that a warp reads whole cache lines.
  static constexpr std::size_t alignment_words = 32;

  // `capacity` 0: as many as neurons. Throws ModelError (invalid_value) unless 0 < neurons ≤ 2³¹ and capacity ≤
  // neurons.
  SpikeQueueLayout(std::uint32_t neurons, std::uint32_t max_delay, std::uint32_t capacity = 0);

  std::uint32_t neurons() const noexcept { return neurons_; }
  std::uint32_t max_delay() const noexcept { return slots_ - 1; }
  std::uint32_t slots() const noexcept { return slots_; }
  std::uint32_t capacity() const noexcept { return capacity_; }
  bool can_overflow() const noexcept { return capacity_ < neurons_; }

  // The slot of the spikes fired `delay` ≤ max_delay steps before `step`. Nothing fired before step 0: if delay exceeds
  // step, it is a slot that has been empty since the reset.
  std::uint32_t slot_of(std::uint32_t step, std::uint32_t delay = 0) const noexcept {
    return (step % slots_ + slots_ - delay) % slots_;
  }

  static constexpr std::size_t dropped_word() noexcept { return 0; }
  static constexpr std::size_t overflow_word() noexcept { return 1; }
  std::size_t count_word(std::uint32_t slot) const noexcept { return alignment_words + slot; }
  std::size_t entries_word(std::uint32_t slot) const noexcept;
  // Of one queue; the queues of the examples of a batch are contiguous.
  std::size_t words() const noexcept { return entries_word(slots_); }
  std::size_t bytes() const noexcept { return words() * sizeof(std::uint32_t); }

  bool operator==(const SpikeQueueLayout&) const = default;

 private:
  std::uint32_t neurons_;
  std::uint32_t slots_;
  std::uint32_t capacity_;
};

// A queue in this machine's memory: the operations of device code, in their simplest form.
class SpikeQueueView {
 public:
  // `words` must be layout.words() words; reset() initializes them. Throws DataError for another number.
  SpikeQueueView(const SpikeQueueLayout& layout, std::span<std::uint32_t> words);

  // As before step 0: no spikes, nothing dropped.
  void reset();
  // Empties the slot of `step`, which held the spikes of max_delay + 1 steps before.
  void clear(std::uint32_t step);
  // Adds a spike of `step`. Returns false if it was dropped.
  bool push(std::uint32_t step, std::uint32_t neuron, bool negative = false);
  // The spikes that arrive in `step` after `delay` steps, in the order they were pushed.
  std::span<const std::uint32_t> read(std::uint32_t step, std::uint32_t delay) const;

  std::uint32_t dropped() const noexcept { return words_[SpikeQueueLayout::dropped_word()]; }

 private:
  void drop(std::uint32_t step);

  SpikeQueueLayout layout_;
  std::span<std::uint32_t> words_;
};

// Owns the queues of one population for a batch, on a device.
class SpikeQueue {
 public:
  // Reset queues. `population` names it in messages. Throws DeviceError (out_of_memory).
  SpikeQueue(const std::shared_ptr<Device>& device, std::string population, const SpikeQueueLayout& layout,
             std::uint32_t examples);

  const SpikeQueueLayout& layout() const noexcept { return layout_; }
  std::uint32_t examples() const noexcept { return examples_; }
  // The first queue's address.
  void* data() const noexcept { return buffer_.data(); }
  std::size_t bytes() const noexcept { return buffer_.bytes(); }

  void reset();
  // Call after each run. Throws RunError (run_failed) if a spike was dropped: how many, since which step, and the
  // capacity.
  void check() const;

  // Whole queues, for tests and inspection.
  std::vector<std::uint32_t> download() const;
  void upload(std::span<const std::uint32_t> words);

 private:
  std::string population_;
  SpikeQueueLayout layout_;
  std::uint32_t examples_;
  DeviceBuffer buffer_;
};

}  // namespace synfire::runtime
