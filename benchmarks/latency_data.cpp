// SPDX-License-Identifier: Apache-2.0
#include "latency_data.hpp"

#include <cstddef>
#include <random>
#include <utility>

namespace synfire::benchmarks {

LatencyImages make_latency_images(const LatencyImageOptions& options) {
  constexpr std::uint32_t classes = 10;
  std::mt19937 random(20261126);
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>((std::uint64_t{random()} * limit) >> 32);
  };
  const auto shuffled = [&] {
    std::vector<std::uint32_t> all(latency_pixels);
    for (std::uint32_t i = 0; i < latency_pixels; ++i) all[i] = i;
    for (std::uint32_t i = latency_pixels - 1; i > 0; --i) std::swap(all[i], all[below(i + 1)]);
    return all;
  };
  std::vector<std::vector<std::uint32_t>> patterns;
  for (std::uint32_t c = 0; c < classes; ++c) patterns.push_back(shuffled());
  std::vector<std::uint32_t> latencies(std::size_t{classes} * latency_pixels);
  for (std::uint32_t& each : latencies) each = 2 + below(options.steps - 3);

  LatencyImages images;
  for (std::uint32_t e = 0; e < options.examples; ++e) {
    const std::uint32_t label = e % classes;
    std::vector<std::uint32_t> neurons = patterns[label];
    for (std::uint32_t i = 0; i < options.active / 5; ++i)
      std::swap(neurons[below(options.active)], neurons[below(latency_pixels)]);
    neurons.resize(options.active);
    std::vector<float> times;
    times.reserve(neurons.size());
    for (const std::uint32_t i : neurons) times.push_back(static_cast<float>(latencies[label * latency_pixels + i]));
    images.spikes.add_example(neurons, times);
    images.labels.push_back(static_cast<int>(label));
  }
  return images;
}

}  // namespace synfire::benchmarks
