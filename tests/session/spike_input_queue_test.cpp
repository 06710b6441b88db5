// SPDX-License-Identifier: Apache-2.0
#include "session/spike_input_queue.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {
namespace {

using ::testing::ElementsAre;

std::vector<std::uint32_t> step_of(const SpikeInputQueue& queue, std::uint32_t k) {
  const auto list = queue.list().subspan(queue.offsets()[k], queue.offsets()[k + 1] - queue.offsets()[k]);
  return {list.begin(), list.end()};
}

TEST(SpikeInputQueue, ListsAscendInEachStep) {
  SpikeInputQueue queue(200, 4, 3, 0);
  for (const std::uint32_t neuron : {150u, 3u, 199u, 64u, 63u}) EXPECT_EQ(queue.add(neuron, 7, 6), Status::ok);
  EXPECT_EQ(queue.add(5, 6, 6), Status::ok);
  queue.take(6, 3);
  EXPECT_THAT(step_of(queue, 0), ElementsAre(5));
  EXPECT_THAT(step_of(queue, 1), ElementsAre(3, 63, 64, 150, 199));
  EXPECT_THAT(step_of(queue, 2), ElementsAre());
  queue.take(6, 3);
  EXPECT_THAT(step_of(queue, 1), ElementsAre());
}

TEST(SpikeInputQueue, KeepsSpikesUpToTheHorizon) {
  SpikeInputQueue queue(2, 4, 4, 0);
  EXPECT_EQ(queue.add(1, 13, 10), Status::ok);
  EXPECT_EQ(queue.add(1, 14, 10), Status::beyond_horizon);
  EXPECT_EQ(queue.add(0, 0xfffffff0, 10), Status::beyond_horizon);
  EXPECT_EQ(queue.add(1, 14, 11), Status::ok);
  EXPECT_THAT(queue.waiting(11), ElementsAre(Spike{1, 13}, Spike{1, 14}));
}

TEST(SpikeInputQueue, OverflowsWhereANeuronIsFreeInNoStep) {
  SpikeInputQueue queue(2, 3, 3, 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.add(0, 5, 5), Status::ok);
  EXPECT_EQ(queue.add(0, 5, 5), Status::overflow);
  EXPECT_EQ(queue.add(1, 5, 5), Status::ok);
}

TEST(SpikeInputQueue, OverflowsWhereTooManyWait) {
  SpikeInputQueue queue(9, 8, 2, 2);
  EXPECT_EQ(queue.add(0, 0, 0), Status::ok);
  EXPECT_EQ(queue.add(8, 7, 0), Status::ok);
  EXPECT_EQ(queue.add(4, 3, 0), Status::overflow);
  queue.take(0, 1);
  EXPECT_EQ(queue.add(4, 3, 1), Status::ok);
  EXPECT_EQ(queue.add(4, 3, 1), Status::overflow);
  queue.clear();
  EXPECT_TRUE(queue.waiting(1).empty());
  EXPECT_EQ(queue.add(4, 3, 1), Status::ok);
}

// Several spikes of a neuron in a step queue as they do in batches, in whatever order they are pushed.
TEST(SpikeInputQueue, QueuesAsBatchesDo) {
  constexpr std::uint32_t steps = 70, neurons = 5;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 engine(seed);
    std::vector<std::uint32_t> who;
    std::vector<float> when;
    for (int i = 0; i < 120; ++i) {
      who.push_back(static_cast<std::uint32_t>(engine() % neurons));
      when.push_back(static_cast<float>(engine() % (steps / 2)));
    }
    SpikeTrains trains(neurons);
    trains.add_example(who, when);
    std::vector<std::uint32_t> list, offsets(steps + 1);
    bin_spikes(trains, 0, 1.0, steps, list, offsets);

    SpikeInputQueue queue(neurons, steps, steps, 0);
    for (std::size_t i = 0; i < who.size(); ++i) {
      ASSERT_EQ(queue.add(who[i], static_cast<std::uint32_t>(when[i]), 0), Status::ok);
    }
    queue.take(0, steps);
    EXPECT_THAT(queue.offsets(), ::testing::ElementsAreArray(offsets));
    EXPECT_THAT(queue.list().first(list.size()), ::testing::ElementsAreArray(list));
  }
}

}  // namespace
}  // namespace synfire::runtime
