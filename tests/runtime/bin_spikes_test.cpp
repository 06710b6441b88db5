// SPDX-License-Identifier: Apache-2.0
// Binning spike times into steps: the rule, its rounding, and agreement with a step-by-step simulation of the
// reference's neuron.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>

#include "neuron_sort.hpp"
#include "spike_binning.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Lists = std::vector<std::vector<std::uint32_t>>;  // neurons of each step

Lists lists(const std::vector<std::uint32_t>& neurons, const std::vector<std::uint32_t>& offsets) {
  Lists steps;
  for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
    steps.emplace_back(neurons.begin() + offsets[s], neurons.begin() + offsets[s + 1]);
  }
  return steps;
}

Lists binned(const SpikeTrains& trains, std::size_t example, double dt, std::uint32_t steps) {
  std::vector<std::uint32_t> neurons;
  std::vector<std::uint32_t> offsets(steps + 1);
  bin_spikes(trains, example, dt, steps, neurons, offsets);
  EXPECT_EQ(offsets.back(), neurons.size());
  return lists(neurons, offsets);
}

Lists binned(std::uint32_t neurons, const std::vector<std::uint32_t>& ids, const std::vector<float>& times, double dt,
             std::uint32_t steps) {
  SpikeTrains trains(neurons);
  trains.add_example(ids, times);
  return binned(trains, 0, dt, steps);
}

// The neuron of the reference (mlgenn.md 2.10): in step t, fire if a spike remains and t·dt ≥ its time.
Lists simulated(const SpikeTrains& trains, std::size_t example, double dt, std::uint32_t steps) {
  Lists result(steps);
  for (std::uint32_t neuron = 0; neuron < trains.neurons(); ++neuron) {
    std::vector<float> times;
    for (std::size_t i = trains.offsets()[example]; i < trains.offsets()[example + 1]; ++i) {
      if (trains.spike_neurons()[i] == neuron) times.push_back(trains.spike_times()[i]);
    }
    std::size_t start = 0;
    for (std::uint32_t step = 0; step < steps; ++step) {
      if (start == times.size() || step * dt < times[start]) continue;
      result[step].push_back(neuron);
      ++start;
    }
  }
  return result;
}

TEST(DueStep, IsTheFirstStepNotBeforeTheTime) {
  EXPECT_EQ(due_step(0.0f, 1.0, 10), 0u);
  EXPECT_EQ(due_step(0.01f, 1.0, 10), 1u);
  EXPECT_EQ(due_step(1.0f, 1.0, 10), 1u);
  EXPECT_EQ(due_step(1.5f, 1.0, 10), 2u);
  EXPECT_EQ(due_step(1.5f, 0.5, 10), 3u);
}

TEST(DueStep, MultiplesOfDtLandOnTheirStepHoweverTheyAreRounded) {
  EXPECT_EQ(due_step(0.3f, 0.1, 10), 3u);  // 0.3f is above 3 · 0.1
  for (const double dt : {0.1, 0.3, 0.7, 1e-3, 1.0 / 3, 2.5}) {
    for (std::uint32_t step = 0; step < 20000; ++step) {
      ASSERT_EQ(due_step(static_cast<float>(step * dt), dt, 30000), step) << "dt " << dt;
      ASSERT_EQ(due_step(static_cast<float>(step) * static_cast<float>(dt), dt, 30000), step) << "dt " << dt;
    }
  }
}

TEST(DueStep, LateSpikesAreNoStepEarly) {
  constexpr std::uint32_t most = 1u << 24;
  for (const std::uint32_t step : {1000000u, 4194304u, 5000000u, 9000000u, 15000000u, 16777215u})
    EXPECT_EQ(due_step(static_cast<float>(step), 1.0, most), step);
  EXPECT_EQ(due_step(4194303.5f, 1.0, most), 4194304u);
  EXPECT_EQ(due_step(4194304.5f, 1.0, most), 4194305u);
}

TEST(DueStep, DoesNotFallWhileTimeRises) {
  for (const double dt : {0.1, 0.3, 0.7, 1.0 / 3}) {
    std::uint32_t last = 0;
    float time = static_cast<float>(4e6 * dt);
    for (int i = 0; i < 200000; ++i, time = std::nextafter(time, 1e9f)) {
      const std::uint32_t due = due_step(time, dt, 1u << 30);
      ASSERT_GE(due, last) << time << ", dt " << dt;
      last = due;
    }
  }
}

TEST(DueStep, NeverExceedsTheNumberOfSteps) {
  EXPECT_EQ(due_step(9.5f, 1.0, 10), 10u);
  EXPECT_EQ(due_step(3e38f, 1e-6, 10), 10u);
}

TEST(BinSpikes, ListsAreAscendingWithinAStep) {
  EXPECT_THAT(binned(4, {3, 0, 2}, {0.2f, 0.9f, 0.5f}, 1.0, 3),
              ElementsAre(IsEmpty(), ElementsAre(0, 2, 3), IsEmpty()));
}

TEST(BinSpikes, SpikesOfOneNeuronDueInOneStepQueueOnePerStep) {
  EXPECT_THAT(binned(2, {1, 1, 1, 0}, {0.0f, 0.0f, 0.0f, 1.0f}, 1.0, 4),
              ElementsAre(ElementsAre(1), ElementsAre(0, 1), ElementsAre(1), IsEmpty()));
}

TEST(BinSpikes, AQueueHoldsBackLaterSpikesOfItsNeuronOnly) {
  EXPECT_THAT(binned(2, {0, 0, 0, 1}, {0.0f, 0.0f, 1.0f, 1.0f}, 1.0, 3),
              ElementsAre(ElementsAre(0), ElementsAre(0, 1), ElementsAre(0)));
}

TEST(BinSpikes, WhatIsLaterThanTheLastStepIsDropped) {
  EXPECT_THAT(binned(1, {0, 0, 0}, {1.0f, 1.0f, 2.5f}, 1.0, 2), ElementsAre(IsEmpty(), ElementsAre(0)));
}

TEST(BinSpikes, AppendsExamplesWithAbsolutePositions) {
  SpikeTrains trains(3);
  trains.add_example({0, 1}, {0.0f, 1.0f});
  trains.add_example({2}, {1.0f});
  std::vector<std::uint32_t> neurons;
  std::vector<std::uint32_t> first(3), second(3);
  bin_spikes(trains, 0, 1.0, 2, neurons, first);
  bin_spikes(trains, 1, 1.0, 2, neurons, second);
  EXPECT_THAT(neurons, ElementsAre(0, 1, 2));
  EXPECT_THAT(first, ElementsAre(0, 1, 2));
  EXPECT_THAT(second, ElementsAre(2, 2, 3));
}

TEST(BinSpikes, RefusesAnExampleThatDoesNotExist) {
  SpikeTrains trains(1);
  std::vector<std::uint32_t> neurons, offsets(2);
  EXPECT_THROW(bin_spikes(trains, 0, 1.0, 1, neurons, offsets), DataError);
}

TEST(BinSpikes, RefusesOffsetsOfTheWrongLength) {
  SpikeTrains trains(1);
  trains.add_example({}, {});
  std::vector<std::uint32_t> neurons, offsets(1);
  EXPECT_THROW(bin_spikes(trains, 0, 1.0, 1, neurons, offsets), DataError);
}

// The expected result of bin_spikes, from due_step alone.
Lists by_the_rule(const SpikeTrains& trains, std::size_t example, double dt, std::uint32_t steps) {
  Lists result(steps);
  std::map<std::uint32_t, std::uint32_t> free;  // by neuron: the first free step
  for (std::size_t i = trains.offsets()[example]; i < trains.offsets()[example + 1]; ++i) {
    const std::uint32_t neuron = trains.spike_neurons()[i];
    const std::uint32_t step = std::max(free[neuron], due_step(trains.spike_times()[i], dt, steps));
    free[neuron] = step + 1;
    if (step < steps) result[step].push_back(neuron);
  }
  for (auto& list : result) std::sort(list.begin(), list.end());
  return result;
}

// Few and many neurons for a step, at most one spike of a neuron and several, any dt; times next to step boundaries.
TEST(BinSpikes, FollowsTheRuleForAnyTimes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int trial = 0; trial < 400; ++trial) {
    const std::uint32_t neurons = std::array{3u, 64u, 65u, 784u, 100000u}[random() % 5];
    const auto steps = static_cast<std::uint32_t>(1 + random() % 30);
    const double dt = std::array{0.1, 0.3, 1.0 / 3, 1.0, 2.5}[random() % 5];
    const bool once = random() % 2 == 0;
    std::vector<std::uint32_t> ids(once ? std::min(neurons, 500u) : random() % 600);
    std::vector<float> times(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      ids[i] = static_cast<std::uint32_t>(once ? i : random() % neurons);
      const auto border = static_cast<float>(static_cast<double>(random() % (steps + 3)) * dt);
      const int ulps = static_cast<int>(random() % 9) - 4;
      times[i] = border;
      for (int n = 0; n < std::abs(ulps); ++n) times[i] = std::nextafter(times[i], ulps < 0 ? 0.0f : 1e9f);
      if (random() % 4 == 0) times[i] += static_cast<float>(random() % 1000) / 999;
    }
    SpikeTrains trains(neurons);
    trains.add_example(ids, times);
    ASSERT_EQ(binned(trains, 0, dt, steps), by_the_rule(trains, 0, dt, steps)) << neurons << " neurons, dt " << dt;
  }
}

TEST(NeuronSorter, SortsAndFindsWhatComesTwice) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  NeuronSorter sorter;
  for (int trial = 0; trial < 2000; ++trial) {
    const std::size_t neurons = 1 + random() % (trial % 2 == 0 ? 200 : 20000);
    std::vector<std::uint32_t> list(random() % 40);
    for (auto& neuron : list) neuron = static_cast<std::uint32_t>(random() % neurons);
    std::vector<std::uint32_t> expected = list;
    std::sort(expected.begin(), expected.end());
    const bool once = std::adjacent_find(expected.begin(), expected.end()) == expected.end();
    ASSERT_EQ(sorter.sort(list, neurons), once);
    if (!once) continue;
    ASSERT_EQ(list, expected);
  }
}

// Times are multiples of an eighth and dt a power of two, so that the simulation's comparisons are exact.
TEST(BinSpikes, AgreesWithTheReferenceNeuron) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int trial = 0; trial < 300; ++trial) {
    const auto neurons = static_cast<std::uint32_t>(1 + random() % 12);
    const auto steps = static_cast<std::uint32_t>(1 + random() % 40);
    const double dt = std::array{0.25, 0.5, 1.0, 2.0}[random() % 4];
    SpikeTrains trains(neurons);
    for (int example = 0; example < 2; ++example) {
      std::vector<std::uint32_t> ids(random() % 120);
      std::vector<float> times(ids.size());
      for (auto& id : ids) id = static_cast<std::uint32_t>(random() % neurons);
      for (auto& time : times) time = static_cast<float>(random() % 400) / 8;
      trains.add_example(ids, times);
      ASSERT_EQ(binned(trains, example, dt, steps), simulated(trains, example, dt, steps));
    }
  }
}

}  // namespace
}  // namespace synfire::runtime
