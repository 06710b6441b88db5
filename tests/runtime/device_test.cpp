// SPDX-License-Identifier: Apache-2.0
// The registry of devices, and the memory of the host device.
#include "synfire/runtime/device.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <thread>

#include "synfire/error.hpp"

namespace synfire::runtime {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

Problem problem_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const DeviceError& error) {
    return error.problems().front();
  }
  ADD_FAILURE() << "no DeviceError";
  return {};
}

std::unique_ptr<Device> no_device(const DeviceOptions&) { return nullptr; }

TEST(DeviceRegistry, KnowsTheBuiltInDevices) {
  EXPECT_THAT(device_names(), Contains("host"));
  EXPECT_THAT(device_names(), Contains("cuda"));
  EXPECT_THAT(available_devices(), Contains("host"));
  EXPECT_THAT(available_devices(), Contains(default_device()));
}

TEST(DeviceRegistry, SuggestsTheNearestName) {
  const Problem problem = problem_of([] { open_device("hots"); });
  EXPECT_EQ(problem.kind, ProblemKind::unknown_name);
  EXPECT_EQ(problem.given, "hots");
  EXPECT_THAT(problem.hint, HasSubstr("\"host\""));
}

TEST(DeviceRegistry, SaysWhyADeviceIsNotAvailable) {
  register_device("broken", no_device, [](std::string* reason) {
    *reason = "it is unplugged";
    return false;
  });
  EXPECT_THAT(device_names(), Contains("broken"));
  EXPECT_THAT(available_devices(), Not(Contains("broken")));
  const Problem problem = problem_of([] { open_device("broken"); });
  EXPECT_EQ(problem.kind, ProblemKind::no_device);
  EXPECT_THAT(problem.message, HasSubstr("unplugged"));
}

TEST(DeviceRegistry, PassesOptionsToTheFactory) {
  unsigned threads = 0;
  register_device(
      "spy",
      [&](const DeviceOptions& options) {
        threads = options.threads;
        return nullptr;
      },
      [](std::string*) { return true; });
  open_device("spy", {.threads = 7});
  EXPECT_EQ(threads, 7u);
  register_device("spy", no_device, [](std::string*) { return false; });  // drops the reference to `threads`
}

TEST(DeviceRegistry, MayBeUsedByManyThreads) {
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 20; ++i) {
        register_device("thread " + std::to_string(t), no_device, [](std::string*) { return false; });
        device_names();
      }
    });
  }
}

TEST(HostDevice, DescribesItself) {
  const auto device = open_device("host", {.threads = 2});
  EXPECT_EQ(device->name(), "host");
  EXPECT_THAT(device->description(), HasSubstr("2 threads"));
  EXPECT_TRUE(device->shares_host_memory());
  EXPECT_GT(device->free_bytes(), 0u);
}

TEST(HostDevice, AllocatesAlignedMemory) {
  const auto device = open_device("host", {.threads = 1});
  for (const std::size_t bytes : {0, 1, 255, 257, 1 << 20}) {
    void* const memory = device->allocate(bytes, "test");
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 256, 0u);
    device->fill_zero(memory, bytes);
    device->release(memory);
  }
}

TEST(HostDevice, CopiesBothWays) {
  const auto device = open_device("host", {.threads = 1});
  const std::vector<int> values = {1, 2, 3};
  std::vector<int> back(3);
  void* const memory = device->allocate(12, "test");
  device->copy_to_device(memory, values.data(), 12);
  device->copy_to_host(back.data(), memory, 12);
  device->release(memory);
  EXPECT_EQ(back, values);
}

TEST(HostDevice, SaysHowMuchMemoryIsMissingForWhat) {
  const auto device = open_device("host", {.threads = 1});
  for (const std::size_t bytes : {std::size_t{1} << 50, std::numeric_limits<std::size_t>::max()}) {
    const Problem problem = problem_of([&] { device->allocate(bytes, "the recording of \"v\""); });
    EXPECT_EQ(problem.kind, ProblemKind::out_of_memory);
    EXPECT_EQ(problem.given, std::to_string(bytes) + " bytes");
    EXPECT_THAT(problem.expected, HasSubstr("at most "));
    EXPECT_THAT(problem.message, HasSubstr("the recording of \"v\""));
  }
}

}  // namespace
}  // namespace synfire::runtime
