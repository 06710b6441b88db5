// SPDX-License-Identifier: Apache-2.0
// Spikes as sort keys, and sorting them.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace synfire::base {

// By time, then by neuron: the bits of non-negative floats sort as the floats do. -0 counts as 0.
inline std::uint64_t spike_key(std::uint32_t neuron, float time) {
  return std::uint64_t{std::bit_cast<std::uint32_t>(time + 0.0f)} << 32 | neuron;
}
inline std::uint32_t neuron_of(std::uint64_t key) { return static_cast<std::uint32_t>(key); }
inline float time_of(std::uint64_t key) { return std::bit_cast<float>(static_cast<std::uint32_t>(key >> 32)); }

// Sorts keys in ascending order; by counting, so in linear time, unless there are few.
void sort_spikes(std::vector<std::uint64_t>& keys);

}  // namespace synfire::base
