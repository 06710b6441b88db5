// SPDX-License-Identifier: Apache-2.0
// Synthetic spike trains modeled on the Spiking Heidelberg Digits (Cramer et al. 2020): 700 channels, 20 classes, 1000
// steps.
#pragma once

#include <cstdint>

#include "synfire/tensor.hpp"

namespace synfire::benchmarks {

inline constexpr std::uint32_t shd_channels = 700;
inline constexpr std::uint32_t shd_classes = 20;

// Each class has a fixed rate per channel, and example e (of class e mod 20) draws its spikes from these rates
// independently, at most one per 1 ms step and channel: 8.5 · `rate` per step on average, where `rate` is at most 8.
// Integers only: the same spikes on every machine.
SpikeTrains make_shd_like_spikes(std::uint32_t examples, std::uint32_t steps, double rate = 1);

}  // namespace synfire::benchmarks
