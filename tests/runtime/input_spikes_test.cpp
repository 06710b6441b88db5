// SPDX-License-Identifier: Apache-2.0
// Batches of input spikes: contents, growth, and both ways of passing them to the device.
#include "synfire/runtime/input_spikes.hpp"

#include <gmock/gmock.h>

#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "binned_spikes.hpp"
#include "separate_memory_device.hpp"
#include "shared_binning.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

std::vector<std::uint32_t> read(Device& device, const void* memory, std::size_t count) {
  std::vector<std::uint32_t> words(count);
  device.copy_to_host(words.data(), memory, count * sizeof(std::uint32_t));
  return words;
}

// Example e has e spikes of neuron e, one in each of its first e steps.
SpikeTrains staircase(std::uint32_t examples) {
  SpikeTrains trains(examples);
  for (std::uint32_t e = 0; e < examples; ++e) {
    std::vector<float> times(e);
    for (std::uint32_t i = 0; i < e; ++i) times[i] = static_cast<float>(i);
    trains.add_example(std::vector<std::uint32_t>(e, e), times);
  }
  return trains;
}

// Whether the device reads the lists where they are built, or copies of them.
class InputSpikesTest : public ::testing::TestWithParam<bool> {
 protected:
  std::shared_ptr<Device> device = GetParam() ? std::shared_ptr<Device>(open_device("host", {.threads = 1}))
                                              : std::make_shared<testing::SeparateMemoryDevice>();
};

TEST_P(InputSpikesTest, HoldsTheStepsOfEachExample) {
  InputSpikeBuffer buffer(device, "spikes", 1.0, 3, 2);
  buffer.fill(staircase(4), 1, 2);
  EXPECT_THAT(buffer.host_offsets(), ElementsAre(0, 1, 1, 1, /**/ 1, 2, 3, 3));
  EXPECT_THAT(buffer.host_neurons(), ElementsAre(1, 2, 2));
  EXPECT_THAT(read(*device, buffer.offsets(), 8), ElementsAreArray(buffer.host_offsets()));
  EXPECT_THAT(read(*device, buffer.neurons(), 3), ElementsAreArray(buffer.host_neurons()));
}

TEST_P(InputSpikesTest, KeepsNothingOfTheBatchBefore) {
  InputSpikeBuffer buffer(device, "spikes", 1.0, 3, 2);
  buffer.fill(staircase(4), 2, 2);
  buffer.fill(staircase(4), 1, 1);
  EXPECT_THAT(buffer.host_offsets(), ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(buffer.host_neurons(), ElementsAre(1));
}

TEST_P(InputSpikesTest, TakesExamplesInAnyOrder) {
  InputSpikeBuffer buffer(device, "spikes", 1.0, 3, 3);
  const std::vector<std::uint32_t> order{3, 1, 2};
  buffer.fill(staircase(4), order);
  EXPECT_THAT(buffer.host_offsets(), ElementsAre(0, 1, 2, 3, /**/ 3, 4, 4, 4, /**/ 4, 5, 6, 6));
  EXPECT_THAT(buffer.host_neurons(), ElementsAre(3, 3, 3, 1, 2, 2));
  EXPECT_THAT(read(*device, buffer.neurons(), 6), ElementsAreArray(buffer.host_neurons()));
}

TEST_P(InputSpikesTest, TakesWhatWasSortedBefore) {
  const SpikeTrains trains = staircase(40);
  const std::vector<std::uint32_t> order{39, 0, 7, 38, 7};
  InputSpikeBuffer sorted_now(device, "spikes", 1.0, 10, 5), sorted_before(device, "spikes", 1.0, 10, 5);
  const auto binned = BinnedSpikes::of(trains, 1.0, 10);
  ASSERT_TRUE(binned);
  sorted_now.fill(trains, order);
  sorted_before.fill(*binned, order);
  EXPECT_THAT(sorted_before.host_offsets(), ElementsAreArray(sorted_now.host_offsets()));
  EXPECT_THAT(sorted_before.host_neurons(), ElementsAreArray(sorted_now.host_neurons()));
  EXPECT_TRUE(BinnedSpikes::saves_work(trains, 10));
  EXPECT_FALSE(BinnedSpikes::saves_work(trains, 1000)) << "few spikes for many steps";
  EXPECT_FALSE(BinnedSpikes::of(trains, 1.0, 10'000'000)) << "more than a gigabyte";
}

TEST_P(InputSpikesTest, GrowsByDoublingAndNeverShrinks) {
  InputSpikeBuffer buffer(device, "spikes", 1.0, 3000, 1);
  EXPECT_EQ(buffer.capacity(), InputSpikeBuffer::least_capacity);
  const SpikeTrains trains = staircase(2501);
  buffer.fill(trains, 1024, 1);
  EXPECT_EQ(buffer.capacity(), 1024u);
  buffer.fill(trains, 2500, 1);
  EXPECT_GE(buffer.capacity(), 2500u);
  EXPECT_LE(buffer.capacity(), 4096u);
  EXPECT_THAT(read(*device, buffer.neurons(), 2500), ElementsAreArray(buffer.host_neurons()));
  const std::size_t grown = buffer.capacity();
  buffer.fill(trains, 1, 1);
  EXPECT_EQ(buffer.capacity(), grown);
}

TEST_P(InputSpikesTest, CountsTheMemoryOfTheDevice) {
  const InputSpikeBuffer buffer(device, "spikes", 1.0, 9, 5);
  EXPECT_EQ(buffer.device_bytes(), GetParam() ? 0u : 4 * (50 + InputSpikeBuffer::least_capacity));
}

TEST_P(InputSpikesTest, RefusesALargerBatchAndExamplesThatDoNotExist) {
  InputSpikeBuffer buffer(device, "spikes", 1.0, 3, 2);
  EXPECT_THROW(buffer.fill(staircase(4), 0, 3), DataError);
  EXPECT_THROW(buffer.fill(staircase(4), 3, 2), DataError);
}

INSTANTIATE_TEST_SUITE_P(Memory, InputSpikesTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "shared" : "separate"; });

// Examples without spikes, with spikes after the last step, with several of a neuron in a step; 50,000 spikes in total,
// so that threads share them.
SpikeTrains mixed(std::mt19937& random, std::uint32_t examples) {
  SpikeTrains trains(300);
  for (std::uint32_t e = 0; e < examples; ++e) {
    std::vector<std::uint32_t> ids(random() % 8 == 0 ? 0 : 500 + random() % 1000);
    std::vector<float> times(ids.size());
    for (auto& id : ids) id = static_cast<std::uint32_t>(random() % 300);
    for (auto& time : times) time = static_cast<float>(random() % 2400) / 100;
    trains.add_example(ids, times);
  }
  return trains;
}

TEST(InputSpikes, ThreadsMakeTheListsOfOneThread) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const SpikeTrains trains = mixed(random, 80);
  ASSERT_GE(trains.spikes(), SharedBinning::least_shared);
  std::vector<std::uint32_t> order(80);
  for (auto& example : order) example = static_cast<std::uint32_t>(random() % 80);
  const std::shared_ptr<Device> one = open_device("host", {.threads = 1});
  for (const unsigned threads : {2u, 3u, 8u}) {
    const std::shared_ptr<Device> several = open_device("host", {.threads = threads});
    for (const std::uint32_t steps : {20u, 40u}) {  // some spikes are late, or none are
      InputSpikeBuffer expected(one, "spikes", 1.0, steps, 80), shared(several, "spikes", 1.0, steps, 80);
      for (int round = 0; round < 3; ++round) {
        expected.fill(trains, 0, 80);
        shared.fill(trains, 0, 80);
        ASSERT_THAT(shared.host_offsets(), ElementsAreArray(expected.host_offsets()));
        ASSERT_THAT(shared.host_neurons(), ElementsAreArray(expected.host_neurons()));
        expected.fill(trains, order);
        shared.fill(*BinnedSpikes::of(trains, 1.0, steps, several.get()), order);
        ASSERT_THAT(shared.host_offsets(), ElementsAreArray(expected.host_offsets()));
        ASSERT_THAT(shared.host_neurons(), ElementsAreArray(expected.host_neurons()));
      }
    }
  }
}

TEST(InputSpikes, ThreadsRefuseWhatOneThreadRefuses) {
  std::mt19937 random(1);
  const SpikeTrains trains = mixed(random, 80);
  const std::shared_ptr<Device> device = open_device("host", {.threads = 4});
  InputSpikeBuffer buffer(device, "spikes", 1.0, 20, 81);
  EXPECT_THROW(buffer.fill(trains, 0, 81), DataError);
  EXPECT_THROW(buffer.fill(trains, 0, 82), DataError);
  buffer.fill(trains, 0, 80);  // still usable
}

TEST(SharedBinning, ThrowsWhatTheFirstExampleThrows) {
  const std::shared_ptr<Device> device = open_device("host", {.threads = 4});
  SharedBinning binning(1.0, 20, device.get());
  ASSERT_TRUE(binning.is_shared(100, SharedBinning::least_shared));
  for (int round = 0; round < 20; ++round) {
    try {
      binning.each(100, SharedBinning::least_shared, [](SpikeBinner&, std::size_t example) {
        if (example % 10 == 7) throw std::runtime_error(std::to_string(example));
      });
      FAIL();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "7");
    }
  }
}

TEST(InputSpikes, SaysWhatCannotGrow) {
  const auto device = std::make_shared<testing::SeparateMemoryDevice>();
  InputSpikeBuffer buffer(device, "input spikes of \"a\"", 1.0, 3000, 1);
  device->limit = device->used + 1000;
  try {
    buffer.fill(staircase(2501), 2500, 1);
    FAIL();
  } catch (const DeviceError& error) {
    EXPECT_EQ(error.problems().front().kind, ProblemKind::out_of_memory);
    EXPECT_THAT(error.problems().front().message, ::testing::HasSubstr("input spikes of \"a\""));
  }
  device->limit = static_cast<std::size_t>(-1);
  buffer.fill(staircase(3), 2, 1);  // still usable
  EXPECT_THAT(read(*device, buffer.neurons(), 2), ElementsAre(2, 2));
}

}  // namespace
}  // namespace synfire::runtime
