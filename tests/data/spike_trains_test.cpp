// SPDX-License-Identifier: Apache-2.0
// The order of spikes in trains: by time, then by neuron, however they were given.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/scratch_folder.hpp"
#include "synfire/tensor.hpp"

namespace synfire {
namespace {

using Spikes = std::vector<std::pair<float, std::uint32_t>>;  // (time, neuron)

Spikes spikes_of(const SpikeTrains& trains, std::size_t example) {
  Spikes spikes;
  for (std::size_t i = trains.offsets()[example]; i < trains.offsets()[example + 1]; ++i)
    spikes.emplace_back(trains.spike_times()[i], trains.spike_neurons()[i]);
  return spikes;
}

Spikes sorted(const std::vector<std::uint32_t>& neurons, const std::vector<float>& times) {
  Spikes spikes;
  for (std::size_t i = 0; i < times.size(); ++i) spikes.emplace_back(times[i], neurons[i]);
  std::stable_sort(spikes.begin(), spikes.end());
  return spikes;
}

float random_time(std::mt19937& random, int kind) {
  switch (kind) {
    case 0: return static_cast<float>(random() % 4);                                                // many ties
    case 1: return static_cast<float>(random() % 1000) / 7;                                         // some
    case 2: return std::bit_cast<float>(static_cast<std::uint32_t>(random()) % 0x7f800000u);        // any finite one
    case 3: return std::nextafter(1024.0f, random() % 2 == 0 ? 0.0f : 1e9f);                        // two neighbors
    default: return std::bit_cast<float>(static_cast<std::uint32_t>(random()) % (1u << 8) << 12u);  // below normal ones
  }
}

TEST(SpikeTrains, HaveTheirSpikesInOrder) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int trial = 0; trial < 400; ++trial) {
    const std::size_t population = std::array<std::size_t, 4>{1, 300, 100000, std::size_t{1} << 32}[random() % 4];
    SpikeTrains trains(population);
    std::vector<Spikes> expected;
    for (int example = 0; example < 3; ++example) {
      std::vector<std::uint32_t> neurons(std::array{0u, 1u, 63u, 64u, 65u, 700u}[random() % 6]);
      std::vector<float> times(neurons.size());
      const int kind = static_cast<int>(random() % 5);
      for (auto& neuron : neurons) neuron = static_cast<std::uint32_t>(random() % population);
      for (auto& time : times) time = random_time(random, kind);
      if (random() % 3 == 0) std::sort(neurons.begin(), neurons.end());
      if (random() % 3 == 0) std::sort(times.begin(), times.end());
      trains.add_example(neurons, times);
      expected.push_back(sorted(neurons, times));
    }
    for (std::size_t example = 0; example < 3; ++example) ASSERT_EQ(spikes_of(trains, example), expected[example]);
  }
}

TEST(SpikeTrains, HaveNoNegativeZero) {
  SpikeTrains trains(2);
  trains.add_example({1, 0}, {-0.0f, 0.0f});
  trains.add_example({0, 1}, {-0.0f, 0.0f});
  EXPECT_EQ(trains.spike_neurons(), (std::vector<std::uint32_t>{0, 1, 0, 1}));
  for (const float time : trains.spike_times()) EXPECT_FALSE(std::signbit(time));
}

TEST(SpikeTrains, RefuseTheFirstBadSpikeAndKeepTheirs) {
  SpikeTrains trains(3);
  trains.add_example({2}, {1.0f});
  const auto path_of = [&](const std::vector<std::uint32_t>& neurons, const std::vector<float>& times) {
    return test::problems_of<DataError>([&] { trains.add_example(neurons, times); }).at(0).path;
  };
  EXPECT_EQ(path_of({0, 3, 0}, {0.0f, 0.0f, -1.0f}), "spike trains, example 1, spike 1");
  EXPECT_EQ(path_of({0, 1, 3}, {0.0f, NAN, 0.0f}), "spike trains, example 1, spike 1");
  EXPECT_EQ(path_of({0}, {INFINITY}), "spike trains, example 1, spike 0");
  EXPECT_EQ(path_of({0}, {-1e-45f}), "spike trains, example 1, spike 0");
  EXPECT_EQ(path_of({0, 1}, {0.0f}), "spike trains, example 1");
  EXPECT_EQ(spikes_of(trains, 0), (Spikes{{1.0f, 2u}}));
  EXPECT_EQ(trains.examples(), 1u);
  EXPECT_EQ(trains.spikes(), 1u);
}

}  // namespace
}  // namespace synfire
