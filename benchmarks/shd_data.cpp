// SPDX-License-Identifier: Apache-2.0
#include "shd_data.hpp"

#include <array>
#include <numeric>
#include <vector>

namespace synfire::benchmarks {
namespace {

using Thresholds = std::array<std::uint32_t, shd_channels>;  // spike if a random word is below

// A random word for each counter: the finalizer of SplitMix64 (Steele, Lea & Flood 2014).
std::uint64_t random_word(std::uint64_t counter) {
  std::uint64_t z = (counter + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// Rates are products of two uniform draws (many small, few large), scaled to 8.5 · rate spikes per step.
Thresholds class_thresholds(std::uint32_t of_class, double rate) {
  const auto spikes_per_step = static_cast<std::uint64_t>(8.5 * 0x1p32 * rate);
  std::array<std::uint64_t, shd_channels> rates{};
  for (std::uint32_t channel = 0; channel < shd_channels; ++channel) {
    const std::uint64_t word = random_word((std::uint64_t{1} << 63) + std::uint64_t{of_class} * shd_channels + channel);
    rates[channel] = ((word & 0xffff) * ((word >> 16) & 0xffff)) >> 16;
  }
  const std::uint64_t sum = std::accumulate(rates.begin(), rates.end(), std::uint64_t{0});
  Thresholds thresholds{};
  for (std::uint32_t channel = 0; channel < shd_channels; ++channel)
    thresholds[channel] = static_cast<std::uint32_t>(spikes_per_step * rates[channel] / sum);
  return thresholds;
}

}  // namespace

SpikeTrains make_shd_like_spikes(std::uint32_t examples, std::uint32_t steps, double rate) {
  std::vector<Thresholds> classes;
  for (std::uint32_t c = 0; c < shd_classes; ++c) classes.push_back(class_thresholds(c, rate));

  SpikeTrains trains(shd_channels);
  std::vector<std::uint32_t> neurons;
  std::vector<float> times;
  std::uint64_t counter = 0;
  for (std::uint32_t example = 0; example < examples; ++example) {
    const Thresholds& thresholds = classes[example % shd_classes];
    neurons.clear();
    times.clear();
    for (std::uint32_t step = 0; step < steps; ++step) {
      for (std::uint32_t channel = 0; channel < shd_channels; ++channel) {
        if (static_cast<std::uint32_t>(random_word(counter++)) >= thresholds[channel]) continue;
        neurons.push_back(channel);
        times.push_back(static_cast<float>(step));
      }
    }
    trains.add_example(neurons, times);
  }
  return trains;
}

}  // namespace synfire::benchmarks
