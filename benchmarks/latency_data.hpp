// SPDX-License-Identifier: Apache-2.0
// Synthetic latency-coded images: 784 pixels, ten classes, each pixel at most once.
#pragma once

#include <cstdint>
#include <vector>

#include "synfire/tensor.hpp"

namespace synfire::benchmarks {

inline constexpr std::uint32_t latency_pixels = 784;

struct LatencyImages {
  SpikeTrains spikes = SpikeTrains(latency_pixels);
  std::vector<int> labels = {};
};

struct LatencyImageOptions {
  std::uint32_t examples = 2048;
  std::uint32_t steps = 20;    // at least 4: spikes are in steps 2 to steps − 2
  std::uint32_t active = 150;  // pixels of an example that spike
};

// Each class has its own active pixels, each with its own latency; an example moves a fifth of them. Integers only: the
// same spikes on every machine.
LatencyImages make_latency_images(const LatencyImageOptions& options = {});

}  // namespace synfire::benchmarks
