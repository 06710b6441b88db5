// SPDX-License-Identifier: Apache-2.0
// The device `cuda`: memory, copies, and the order of the kernels of the schedule `step`. (tests/execution runs
// generated programs on it.)
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
  device->release(device->allocate(1000, "memory that fits"));  // the error does not stick
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

// Three kernels like those of the schedule `step`: `begin` sets each thread's number to 1000 + step, `mix` makes it 3 *
// number + step, `end` adds 100000 * step.
#ifdef SYNFIRE_CUDART_STAND_IN

std::string steps_program() {
  std::string source = "#include \"trial_arguments.cuh\"\nusing namespace synfire::device;\n";
  for (const auto& [name, value] :
       {std::pair{"begin", "step + 1000"}, {"mix", "number * 3 + step"}, {"end", "step * 100000 + number"}}) {
    source += std::string("SYNFIRE_KERNEL(32) ") + name + R"((const TrialArguments<2> arguments, u32 relative_step) {
  const u32 step = relative_step + *static_cast<const u32*>(arguments.buffers[1]);
  u32& number = static_cast<u32*>(arguments.buffers[0])[(grid_row() * 3 + block_index()) * 32 + thread_index()];
  number = )" +
              value + ";\n}\n";
  }
  return source;
}

#else

std::string steps_program() {
  const std::string head = ".version 6.4\n.target sm_75\n.address_size 64\n";
  const auto kernel = [](const std::string& name, const std::string& body) {
    return ".visible .entry " + name + R"((.param .align 8 .b8 arguments[56], .param .u32 relative_step) {
  .reg .u32 %step, %base, %thread, %number, %size, %column, %columns, %row;
  .reg .u64 %output, %step_base, %offset;
  ld.param.u64 %output, [arguments+40];
  ld.param.u64 %step_base, [arguments+48];
  ld.param.u32 %step, [relative_step];
  cvta.to.global.u64 %output, %output;
  cvta.to.global.u64 %step_base, %step_base;
  ld.global.u32 %base, [%step_base];
  add.u32 %step, %step, %base;
  mov.u32 %thread, %tid.x;
  mov.u32 %size, %ntid.x;
  mov.u32 %column, %ctaid.x;
  mov.u32 %columns, %nctaid.x;
  mov.u32 %row, %ctaid.y;
  mad.lo.u32 %column, %row, %columns, %column;
  mad.lo.u32 %thread, %column, %size, %thread;
  mul.wide.u32 %offset, %thread, 4;
  add.u64 %output, %output, %offset;
)" + body + "  st.global.u32 [%output], %number;\n  ret;\n}\n";
  };
  return head + kernel("begin", "  add.u32 %number, %step, 1000;\n") +
         kernel("mix", "  ld.global.u32 %number, [%output];\n  mad.lo.u32 %number, %number, 3, %step;\n") +
         kernel("end", "  ld.global.u32 %number, [%output];\n  mad.lo.u32 %number, %step, 100000, %number;\n");
}

#endif

class CudaSteps : public CudaTest {
 protected:
  static constexpr std::uint32_t blocks = 3, threads = 32, examples = 2;
  static constexpr std::size_t numbers = std::size_t{blocks} * threads * examples;

  void SetUp() override {
    CudaTest::SetUp();
    if (IsSkipped()) return;
    entry.before = {{"begin", blocks, threads}};
    entry.step = {{"mix", blocks, threads}, {"mix", blocks, threads}};
    entry.after = {{"end", blocks, threads}};
    const std::string code = steps_program();
    contract::Binary binary;
    binary.target = "cuda";
    binary.architecture = "compute_75";
    const auto bytes = std::as_bytes(std::span(code));
    binary.bytes.assign(bytes.begin(), bytes.end());
    program = device->load(binary, entry);
    output = DeviceBuffer(device, numbers * sizeof(std::uint32_t), "output");
    step_base = DeviceBuffer(device, sizeof(contract::StepBase), "step_base");
  }

  void launch(std::uint32_t first, std::uint32_t last) {
    struct {
      contract::TrialHeader header;
      void* buffers[2];
    } arguments{{0, 0, examples, first, last, 0, 0, 0, 0}, {output.data(), step_base.data()}};
    device->launch(*program, entry, std::as_bytes(std::span(&arguments, 1)), examples);
  }

  void expect_steps(std::uint32_t first, std::uint32_t last) {
    std::uint32_t expected = 1000 + first;
    for (std::uint32_t step = first; step < last; ++step) expected = (expected * 3 + step) * 3 + step;
    expected += 100000 * last;
    std::vector<std::uint32_t> found(numbers);
    output.copy_to(std::span(found));
    EXPECT_THAT(found, ::testing::Each(expected)) << first << " to " << last;
  }

  contract::Entry entry;
  std::unique_ptr<LoadedProgram> program;
  DeviceBuffer output, step_base;
};

TEST_F(CudaSteps, KernelsFollowOneAnother) {
  for (const std::uint32_t steps : {0u, 1u, 31u, 127u, 128u, 129u, 1000u}) {
    launch(7, 7 + steps);
    expect_steps(7, 7 + steps);
  }
}

TEST_F(CudaSteps, AGraphServesLaunchesOfAnySteps) {
  for (const std::uint32_t first : {0u, 0u, 50u, 50u, 0u}) {
    launch(first, 500);
    launch(first, 500);  // while the first may still be running
    expect_steps(first, 500);
  }
}

TEST_F(CudaSteps, CountsALaunchForManySteps) {
  const std::uint64_t before = device->launches();
  launch(0, 320);
  EXPECT_EQ(device->launches() - before, 2 + 320 / 32u);
  launch(0, 10);
  EXPECT_EQ(device->launches() - before, 2 + 320 / 32u + 2 + 2 * 10u);
}

TEST_F(CudaSteps, TimesLaunches) {
  EXPECT_EQ(device->kernel_seconds(), std::nullopt);
  ASSERT_TRUE(device->time_kernels(true));
  EXPECT_EQ(device->kernel_seconds(), 0.0);
  launch(0, 320);
  const double once = device->kernel_seconds().value();
  EXPECT_GT(once, 0);
  launch(0, 320);
  EXPECT_GT(device->kernel_seconds().value(), once);
  expect_steps(0, 320);
  ASSERT_TRUE(device->time_kernels(false));
  EXPECT_EQ(device->kernel_seconds(), std::nullopt);
}

TEST_F(CudaSteps, RefusesMoreExamplesThanAGridHasRows) {
  struct {
    contract::TrialHeader header;
    void* buffers[2];
  } arguments{{0, 0, 70000, 0, 1, 0, 0, 0, 0}, {output.data(), step_base.data()}};
  EXPECT_THROW(device->launch(*program, entry, std::as_bytes(std::span(&arguments, 1)), 70000), DeviceError);
}

}  // namespace
}  // namespace synfire::runtime
