// SPDX-License-Identifier: Apache-2.0
#include "synfire/runtime/spike_queue.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "synfire/error.hpp"

namespace synfire::runtime {
namespace {

constexpr std::size_t align(std::size_t words) {
  constexpr std::size_t alignment = SpikeQueueLayout::alignment_words;
  return (words + alignment - 1) / alignment * alignment;
}

[[noreturn]] void refuse(const std::string& message, const std::string& expected, std::uint32_t given) {
  throw ModelError({.kind = ProblemKind::invalid_value,
                    .path = "spike queue",
                    .message = message,
                    .expected = expected,
                    .given = std::to_string(given)});
}

}  // namespace

SpikeQueueLayout::SpikeQueueLayout(std::uint32_t neurons, std::uint32_t max_delay, std::uint32_t capacity)
    : neurons_(neurons), slots_(max_delay + 1), capacity_(capacity != 0 ? capacity : neurons) {
  if (neurons == 0 || neurons > negative_spike) {
    refuse("the number of neurons is out of range", "1 to " + std::to_string(negative_spike), neurons);
  }
  if (capacity > neurons) {
    refuse("the capacity of a slot exceeds the number of neurons", "at most " + std::to_string(neurons), capacity);
  }
  constexpr std::uint32_t longest = std::numeric_limits<std::uint32_t>::max() / 2;
  if (max_delay > longest) refuse("the delay is too long", "at most " + std::to_string(longest), max_delay);
}

std::size_t SpikeQueueLayout::entries_word(std::uint32_t slot) const noexcept {
  return align(count_word(slots_)) + slot * align(capacity_);
}

SpikeQueueView::SpikeQueueView(const SpikeQueueLayout& layout, std::span<std::uint32_t> words)
    : layout_(layout), words_(words) {
  if (words.size() == layout.words()) return;
  throw DataError({.kind = ProblemKind::wrong_data_size,
                   .path = "spike queue",
                   .message = "the size of the memory does not match the layout",
                   .expected = std::to_string(layout.words()) + " words",
                   .given = std::to_string(words.size())});
}

void SpikeQueueView::reset() { std::fill(words_.begin(), words_.end(), 0u); }

void SpikeQueueView::clear(std::uint32_t step) { words_[layout_.count_word(layout_.slot_of(step))] = 0; }

bool SpikeQueueView::push(std::uint32_t step, std::uint32_t neuron, bool negative) {
  const std::uint32_t slot = layout_.slot_of(step);
  std::uint32_t& count = words_[layout_.count_word(slot)];
  if (count == layout_.capacity()) {
    drop(step);
    return false;
  }
  words_[layout_.entries_word(slot) + count++] = neuron | (negative ? negative_spike : 0);
  return true;
}

// The counter saturates instead of wrapping to 0, which would mean that nothing was dropped.
void SpikeQueueView::drop(std::uint32_t step) {
  std::uint32_t& dropped = words_[SpikeQueueLayout::dropped_word()];
  if (dropped == 0) words_[SpikeQueueLayout::overflow_word()] = step + 1;
  if (dropped < std::numeric_limits<std::uint32_t>::max()) ++dropped;
}

std::span<const std::uint32_t> SpikeQueueView::read(std::uint32_t step, std::uint32_t delay) const {
  const std::uint32_t slot = layout_.slot_of(step, delay);
  return words_.subspan(layout_.entries_word(slot), words_[layout_.count_word(slot)]);
}

SpikeQueue::SpikeQueue(const std::shared_ptr<Device>& device, std::string population, const SpikeQueueLayout& layout,
                       std::uint32_t examples)
    : population_(std::move(population)),
      layout_(layout),
      examples_(examples),
      buffer_(device, layout.bytes() * examples, "the spike queue of \"" + population_ + "\"") {
  reset();
}

void SpikeQueue::reset() { buffer_.fill_zero(); }

void SpikeQueue::check() const {
  if (!layout_.can_overflow()) return;
  for (std::uint32_t example = 0; example < examples_; ++example) {
    std::array<std::uint32_t, 2> state{};
    buffer_.copy_to(std::span<std::uint32_t>(state), example * layout_.bytes());
    const auto [dropped, overflow] = state;
    if (dropped == 0) continue;
    throw RunError({.kind = ProblemKind::run_failed,
                    .path = "population \"" + population_ + "\"",
                    .message = "the spike queue overflowed: example " + std::to_string(example) +
                               " of the batch lost " + std::to_string(dropped) + " spikes from step " +
                               std::to_string(overflow - 1) + " on",
                    .hint = "raise the queue's capacity; " + std::to_string(layout_.neurons()) + " is always enough",
                    .expected = "at most " + std::to_string(layout_.capacity()) + " spikes in a step"});
  }
}

std::vector<std::uint32_t> SpikeQueue::download() const {
  std::vector<std::uint32_t> words(buffer_.bytes() / sizeof(std::uint32_t));
  buffer_.copy_to(std::span(words));
  return words;
}

void SpikeQueue::upload(std::span<const std::uint32_t> words) { buffer_.copy_from(words); }

}  // namespace synfire::runtime
