// SPDX-License-Identifier: Apache-2.0
#include "synfire/runtime/device_buffer.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "synfire/error.hpp"

namespace synfire::runtime {
namespace {

using ::testing::Each;

class DeviceBufferTest : public ::testing::Test {
 protected:
  std::shared_ptr<Device> device = open_device("host", {.threads = 1});
};

TEST_F(DeviceBufferTest, ReturnsWhatWasCopiedIn) {
  std::vector<float> values(100);
  std::iota(values.begin(), values.end(), 0.0f);
  DeviceBuffer buffer(device, values.size() * sizeof(float), "values");
  buffer.copy_from(std::span<const float>(values));
  std::vector<float> back(values.size());
  buffer.copy_to(std::span(back));
  EXPECT_EQ(back, values);
}

TEST_F(DeviceBufferTest, CopiesAtAnOffset) {
  DeviceBuffer buffer(device, 4 * sizeof(int), "values");
  buffer.fill_zero();
  const std::vector<int> value = {7};
  buffer.copy_from(std::span<const int>(value), 2 * sizeof(int));
  std::vector<int> back(2);
  buffer.copy_to(std::span(back), sizeof(int));
  EXPECT_EQ(back, (std::vector<int>{0, 7}));
}

TEST_F(DeviceBufferTest, FillsWithZeros) {
  DeviceBuffer buffer(device, 1000, "values");
  buffer.fill_zero();
  std::vector<std::uint8_t> back(1000, 1);
  buffer.copy_to(std::span(back));
  EXPECT_THAT(back, Each(0));
}

TEST_F(DeviceBufferTest, RefusesCopiesPastItsEnd) {
  DeviceBuffer buffer(device, 8, "the weights");
  std::vector<float> values(3);
  EXPECT_THROW(buffer.copy_from(std::span<const float>(values)), DataError);
  EXPECT_THROW(buffer.copy_to(std::span(values)), DataError);
  EXPECT_THROW(buffer.copy_to(std::span(values).first(1), 5), DataError);
  EXPECT_THROW(buffer.copy_to(std::span(values).first(1), static_cast<std::size_t>(-1)), DataError);
  try {
    buffer.copy_from(std::span<const float>(values));
  } catch (const DataError& error) {
    EXPECT_EQ(error.problems().front().kind, ProblemKind::wrong_data_size);
    EXPECT_EQ(error.problems().front().path, "the weights");
  }
}

TEST_F(DeviceBufferTest, OfNoBytesOwnsNothing) {
  const DeviceBuffer buffer(device, 0, "nothing");
  EXPECT_EQ(buffer.data(), nullptr);
}

TEST_F(DeviceBufferTest, MovesItsMemory) {
  DeviceBuffer first(device, 64, "first");
  void* const memory = first.data();
  DeviceBuffer second(std::move(first));
  EXPECT_EQ(second.data(), memory);
  EXPECT_EQ(first.data(), nullptr);  // NOLINT(bugprone-use-after-move): the moved-from state is documented
  DeviceBuffer third(device, 64, "third");
  third = std::move(second);
  EXPECT_EQ(third.data(), memory);
  EXPECT_EQ(third.what(), "first");
}

TEST_F(DeviceBufferTest, KeepsItsDeviceAlive) {
  DeviceBuffer buffer(device, 64, "values");
  device.reset();
  buffer.fill_zero();
}

}  // namespace
}  // namespace synfire::runtime
