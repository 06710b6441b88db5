// SPDX-License-Identifier: Apache-2.0
// Batches of input spikes: contents, growth, and both ways to the device.
#include "synfire/runtime/input_spikes.hpp"

#include <gmock/gmock.h>

#include "binned_spikes.hpp"
#include "separate_memory_device.hpp"
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
  EXPECT_FALSE(BinnedSpikes::of(trains, 1.0, 1000)) << "few spikes for many steps";
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
