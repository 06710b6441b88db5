// SPDX-License-Identifier: Apache-2.0
// Spike trains in the manner of the Spiking Heidelberg Digits (Cramer et al. 2020): 700 channels, 20 classes,
// 1000 steps.
#pragma once

#include <cstdint>

#include "synfire/tensor.hpp"

namespace synfire::benchmarks {

inline constexpr std::uint32_t shd_channels = 700;
inline constexpr std::uint32_t shd_classes = 20;

// Each class has a fixed rate for each channel, and each example (of class e mod 20) draws spikes from these
// rates: at most one in a step of 1 ms, independently, 8,500 in 1000 steps on average. Integers only: the
// same spikes on every machine.
SpikeTrains make_shd_like_spikes(std::uint32_t examples, std::uint32_t steps);

}  // namespace synfire::benchmarks
