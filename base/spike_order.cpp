// SPDX-License-Identifier: Apache-2.0
#include "spike_order.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace synfire::base {
namespace {

constexpr std::size_t digit_values = 256;
// Below this, comparing is faster than clearing and summing the counts.
constexpr std::size_t fewest_counted = 64;

constexpr std::uint64_t neuron_bits = 0xffffffffu;

// The bits that keys differ in and that are not in order yet. The sort is stable, so neurons that already ascend stay
// in order within a time.
std::uint64_t bits_to_sort(const std::vector<std::uint64_t>& keys) {
  std::uint64_t different = 0;
  bool neurons_ascend = true;
  for (std::size_t i = 1; i < keys.size(); ++i) {
    different |= keys[i] ^ keys[0];
    neurons_ascend = neurons_ascend && neuron_of(keys[i - 1]) <= neuron_of(keys[i]);
  }
  return neurons_ascend ? different & ~neuron_bits : different;
}

// A stable counting sort by the digit that begins at bit `shift`.
void sort_by_digit(const std::vector<std::uint64_t>& keys, unsigned shift, std::vector<std::uint64_t>& sorted) {
  const auto digit = [shift](std::uint64_t key) { return static_cast<std::size_t>(key >> shift) % digit_values; };
  std::array<std::size_t, digit_values> places{};
  for (const std::uint64_t key : keys) ++places[digit(key)];
  std::size_t place = 0;
  for (std::size_t& each : places) {
    const std::size_t count = each;
    each = place;
    place += count;
  }
  for (const std::uint64_t key : keys) sorted[places[digit(key)]++] = key;
}

}  // namespace

void sort_spikes(std::vector<std::uint64_t>& keys) {
  if (keys.size() < fewest_counted) {
    std::sort(keys.begin(), keys.end());
    return;
  }
  std::vector<std::uint64_t> sorted(keys.size());
  // From the lowest digit to the highest, without the bits that all keys share.
  for (std::uint64_t left = bits_to_sort(keys); left != 0;) {
    const auto shift = static_cast<unsigned>(std::countr_zero(left));
    sort_by_digit(keys, shift, sorted);
    keys.swap(sorted);
    left &= ~(std::uint64_t{digit_values - 1} << shift);
  }
}

}  // namespace synfire::base
