// SPDX-License-Identifier: Apache-2.0
#include "session/spike_input_queue.hpp"

#include <algorithm>
#include <bit>

namespace synfire::runtime {
namespace {

constexpr std::uint32_t word_bits = 64;

// Calls `visit` with the position of each set bit, ascending.
template <class Visit>
void for_each_bit(std::span<const std::uint64_t> words, const Visit& visit) {
  for (std::size_t w = 0; w < words.size(); ++w) {
    for (std::uint64_t bits = words[w]; bits != 0; bits &= bits - 1) {
      visit(static_cast<std::uint32_t>(w) * word_bits + static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
  }
}

}  // namespace

SpikeInputQueue::SpikeInputQueue(std::uint32_t neurons, std::uint32_t horizon, std::uint32_t most_steps,
                                 std::size_t most_waiting)
    : neurons_(neurons),
      horizon_(horizon),
      words_((neurons + std::size_t{word_bits} - 1) / word_bits),
      most_waiting_(most_waiting != 0 ? most_waiting : std::size_t{neurons} * horizon),
      masks_(words_ * horizon),
      counts_(horizon),
      offsets_(std::size_t{most_steps} + 1),
      list_(std::max<std::size_t>(1, std::min(most_waiting_, std::size_t{neurons} * most_steps))) {}

std::span<std::uint64_t> SpikeInputQueue::mask(std::uint32_t step) noexcept {
  return std::span(masks_).subspan(step % horizon_ * words_, words_);
}

std::span<const std::uint64_t> SpikeInputQueue::mask(std::uint32_t step) const noexcept {
  return std::span(masks_).subspan(step % horizon_ * words_, words_);
}

Status SpikeInputQueue::add(std::uint32_t neuron, std::uint32_t step, std::uint32_t now) noexcept {
  if (step - now >= horizon_) return Status::beyond_horizon;
  if (waiting_ == most_waiting_) return Status::overflow;
  const std::uint64_t bit = std::uint64_t{1} << (neuron % word_bits);
  for (; step - now < horizon_; ++step) {
    std::uint64_t& word = mask(step)[neuron / word_bits];
    if ((word & bit) != 0) continue;
    word |= bit;
    ++counts_[step % horizon_];
    ++waiting_;
    return Status::ok;
  }
  return Status::overflow;
}

void SpikeInputQueue::take(std::uint32_t now, std::uint32_t steps) noexcept {
  std::uint32_t position = 0;
  for (std::uint32_t k = 0; k < steps; ++k) {
    offsets_[k] = position;
    std::uint32_t& count = counts_[(now + k) % horizon_];
    if (count == 0) continue;
    const std::span<std::uint64_t> spiking = mask(now + k);
    for_each_bit(spiking, [&](std::uint32_t neuron) { list_[position++] = neuron; });
    std::fill(spiking.begin(), spiking.end(), 0u);
    waiting_ -= count;
    count = 0;
  }
  offsets_[steps] = position;
}

void SpikeInputQueue::clear() noexcept {
  std::fill(masks_.begin(), masks_.end(), 0u);
  std::fill(counts_.begin(), counts_.end(), 0u);
  waiting_ = 0;
}

std::vector<Spike> SpikeInputQueue::waiting(std::uint32_t now) const {
  std::vector<Spike> spikes;
  spikes.reserve(waiting_);
  for (std::uint32_t k = 0; k < horizon_; ++k) {
    for_each_bit(mask(now + k), [&](std::uint32_t neuron) { spikes.push_back({neuron, now + k}); });
  }
  return spikes;
}

}  // namespace synfire::runtime
