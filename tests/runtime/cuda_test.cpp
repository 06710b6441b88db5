// SPDX-License-Identifier: Apache-2.0
// The cuda device: memory and copies. (Programs run on it in tests/execution, where there is a compiler for
// them.)
#include <gmock/gmock.h>

#include <numeric>

#include "synfire/error.hpp"
#include "synfire/runtime/device.hpp"
#include "synfire/runtime/device_buffer.hpp"

namespace synfire::runtime {
namespace {

using ::testing::HasSubstr;

bool is_present() {
  const auto names = available_devices();
  return std::find(names.begin(), names.end(), "cuda") != names.end();
}

std::string reason_of_absence() {
  try {
    open_device("cuda");
  } catch (const DeviceError& error) {
    return error.problems().front().message;
  }
  return {};
}

class CudaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_present()) GTEST_SKIP() << reason_of_absence();
    device = open_device("cuda");
  }

  std::shared_ptr<Device> device;
};

TEST(Cuda, AnAbsentDeviceSaysWhy) {
  if (is_present()) GTEST_SKIP() << "there is a GPU";
  EXPECT_EQ(default_device(), "host");
  EXPECT_GT(reason_of_absence().size(), std::string("the device cannot be used here: ").size());
}

TEST_F(CudaTest, DescribesItself) {
  EXPECT_EQ(device->name(), "cuda");
  EXPECT_THAT(device->description(), HasSubstr("compute capability"));
  EXPECT_THAT(device->architectures().front(), ::testing::StartsWith("sm_"));
  EXPECT_FALSE(device->shares_host_memory());
  EXPECT_EQ(default_device(), "cuda");
}

TEST_F(CudaTest, AllocatesAlignedMemory) {
  for (const std::size_t bytes : {0, 1, 1000}) {
    void* const memory = device->allocate(bytes, "test");
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 256, 0u);
    device->release(memory);
  }
}

TEST_F(CudaTest, CopiesBothWays) {
  std::vector<float> values(1 << 20);
  std::iota(values.begin(), values.end(), 0.0f);
  DeviceBuffer buffer(device, values.size() * sizeof(float), "values");
  buffer.copy_from(std::span<const float>(values));
  std::vector<float> back(values.size());
  buffer.copy_to(std::span(back));
  EXPECT_EQ(back, values);
  buffer.fill_zero();
  buffer.copy_to(std::span(back));
  EXPECT_THAT(back, ::testing::Each(0.0f));
}

TEST_F(CudaTest, SaysHowMuchMemoryIsMissingForWhat) {
  try {
    device->allocate(std::size_t{1} << 46, "the recording");
    FAIL();
  } catch (const DeviceError& error) {
    EXPECT_EQ(error.problems().front().kind, ProblemKind::out_of_memory);
    EXPECT_EQ(error.problems().front().given, std::to_string(std::size_t{1} << 46) + " bytes");
    EXPECT_THAT(error.problems().front().message, HasSubstr("the recording"));
  }
  device->release(device->allocate(1000, "what does fit"));  // the error does not stick
}

TEST_F(CudaTest, RefusesAGpuThatDoesNotExist) {
  EXPECT_THROW(open_device("cuda", {.ordinal = 1000}), DeviceError);
  EXPECT_THROW(open_device("cuda", {.ordinal = -1}), DeviceError);
}

TEST_F(CudaTest, RefusesABinaryThatDoesNotLoad) {
  const contract::Binary binary{.target = "cuda",
                                .architecture = "sm_90",
                                .bytes = std::vector<std::byte>(100),
                                .source = "",
                                .log = "",
                                .cached_path = ""};
  EXPECT_THROW(device->load(binary, {.threads = 32}), BuildError);
}

TEST_F(CudaTest, RefusesMoreSharedMemoryThanABlockHas) {
  EXPECT_THROW(device->load({}, {.threads = 32, .shared_bytes = 65536}), DeviceError);
}

}  // namespace
}  // namespace synfire::runtime
