// SPDX-License-Identifier: Apache-2.0
// The class, kind and hint reported for each CUDA runtime error.
#include <gmock/gmock.h>

#include "base/scratch_folder.hpp"
#include "cuda/kernel_timer.hpp"
#include "cudart/stand_in.hpp"
#include "synfire/runtime/device.hpp"
#include "synfire/warning.hpp"

namespace synfire::cudart {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Cudart : public ::testing::Test {
 protected:
  void SetUp() override { reset(); }
  void TearDown() override { reset(); }
};

// The reason why the device cannot be opened.
std::string reason() {
  const auto problems = test::problems_of<DeviceError>([] { runtime::open_device("cuda"); });
  return problems.empty() ? "" : problems.front().message;
}

TEST_F(Cudart, TheStandInIsAGpu) {
  EXPECT_EQ(runtime::default_device(), "cuda");
  EXPECT_EQ(runtime::open_device("cuda")->architectures().front(), "sm_90");
}

TEST_F(Cudart, AMachineWithoutADriverSaysSo) {
  machine().driver_version = 0;
  machine().error_of_count = cudaErrorInsufficientDriver;
  EXPECT_THAT(reason(), HasSubstr("no NVIDIA driver is installed"));
}

TEST_F(Cudart, AnOldDriverIsNamedWithWhatIsNeeded) {
  machine().driver_version = 11040;
  machine().error_of_count = cudaErrorInsufficientDriver;
  EXPECT_THAT(reason(), HasSubstr("the NVIDIA driver is for CUDA 11.4, but this build of Synfire is for CUDA"));
  EXPECT_THAT(reason(), HasSubstr("or later: update the driver"));
}

TEST_F(Cudart, NoGpuIsNoError) {
  machine().error_of_count = cudaErrorNoDevice;
  EXPECT_THAT(reason(), HasSubstr("no GPU was found"));
  machine().error_of_count = cudaSuccess;
  machine().devices = 0;
  EXPECT_THAT(reason(), HasSubstr("no GPU was found"));
}

// With a driver present, falling back to the processor warns, once per process: hence a single test.
TEST_F(Cudart, TheProcessorIsNotTakenSilently) {
  std::vector<Problem> heard;
  const WarningHandler before = set_warning_handler([&](const Problem& problem) { heard.push_back(problem); });
  machine().error_of_count = cudaErrorNoDevice;
  EXPECT_EQ(runtime::default_device(), "host");
  machine().driver_version = 0;
  machine().error_of_count = cudaErrorInsufficientDriver;
  EXPECT_EQ(runtime::default_device(), "host");
  EXPECT_THAT(heard, IsEmpty());
  machine().driver_version = 11040;
  EXPECT_EQ(runtime::default_device(), "host");
  EXPECT_EQ(runtime::default_device(), "host");
  set_warning_handler(before);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].kind, ProblemKind::unusable_device);
  EXPECT_THAT(heard[0].message, HasSubstr("CUDA 11.4"));
}

struct Injected {
  const char* function;
  cudaError_t error;
  const char* type;  // of the expected exception
  ProblemKind kind;
  const char* hint;  // a part of the hint
};

std::string type_of(const Error& error) {
  if (dynamic_cast<const RunError*>(&error) != nullptr) return "RunError";
  if (dynamic_cast<const BuildError*>(&error) != nullptr) return "BuildError";
  if (dynamic_cast<const DeviceError*>(&error) != nullptr) return "DeviceError";
  return "another";
}

const std::string source =
    "#include \"trial_arguments.cuh\"\nusing namespace synfire::device;\n"
    "SYNFIRE_KERNEL(32) add_one(const TrialArguments<1> arguments) { ++static_cast<u32*>(arguments.buffers[0])[0]; }\n";

contract::Entry entry() { return {.name = "add_one", .threads = 32}; }

contract::Binary binary() {
  contract::Binary result;
  result.target = "cuda";
  result.architecture = "sm_90";
  const auto* const bytes = reinterpret_cast<const std::byte*>(source.data());
  result.bytes.assign(bytes, bytes + source.size());
  return result;
}

void launch(runtime::Device& device, runtime::LoadedProgram& program, void* memory) {
  struct {
    contract::TrialHeader header;
    void* buffers[1];
  } arguments{{0, 0, 1, 0, 1, 0, 0, 0, 0}, {memory}};
  device.launch(program, entry(), std::as_bytes(std::span(&arguments, 1)), 1);
}

// Exercises all calls of a device.
std::uint32_t live() {
  const auto device = runtime::open_device("cuda");
  const auto program = device->load(binary(), entry());
  void* const memory = device->allocate(sizeof(std::uint32_t), "a number");
  const std::shared_ptr<void> release(memory, [&](void* each) { device->release(each); });
  device->fill_zero(memory, sizeof(std::uint32_t));
  EXPECT_TRUE(device->time_kernels(true));
  launch(*device, *program, memory);
  device->synchronize();
  std::uint32_t number = 0;
  device->copy_to_host(&number, memory, sizeof number);
  device->copy_to_device(memory, &number, sizeof number);
  EXPECT_EQ(device->kernel_seconds(), 1e-3 * double{kernel_milliseconds});
  EXPECT_FALSE(device->description().empty());
  EXPECT_GT(device->free_bytes(), 0u);
  return number;
}

class CudartErrors : public ::testing::TestWithParam<Injected> {
 protected:
  void SetUp() override { reset(); }
  void TearDown() override { reset(); }
};

TEST_P(CudartErrors, HaveTheirClass) {
  EXPECT_EQ(live(), 32u);
  const auto& [function, error, type, kind, hint] = GetParam();
  fail(function, error);
  try {
    live();
    FAIL() << "nothing was thrown";
  } catch (const Error& thrown) {
    const Problem& problem = thrown.problems().front();
    EXPECT_EQ(type_of(thrown), type) << to_string(problem);
    EXPECT_EQ(problem.kind, kind) << to_string(problem);
    EXPECT_EQ(problem.path, "device \"cuda\"");
    if (kind != ProblemKind::out_of_memory) {
      EXPECT_THAT(problem.message, HasSubstr(cudaGetErrorName(error)));
    }
    EXPECT_THAT(problem.hint, HasSubstr(hint));
  }
  reset();
  EXPECT_EQ(live(), 32u);  // only the driver's own sticky errors persist
}

INSTANTIATE_TEST_SUITE_P(
    Each, CudartErrors,
    ::testing::Values(
        Injected{"cudaLibraryLoadData", cudaErrorInvalidPtx, "BuildError", ProblemKind::build_failed, ""},
        Injected{"cudaLibraryLoadData", cudaErrorUnsupportedPtxVersion, "BuildError", ProblemKind::build_failed,
                 "update"},
        Injected{"cudaLibraryLoadData", cudaErrorMemoryAllocation, "DeviceError", ProblemKind::out_of_memory, ""},
        Injected{"cudaLibraryGetKernel", cudaErrorSymbolNotFound, "BuildError", ProblemKind::build_failed, ""},
        // Reported here with lazy loading.
        Injected{"cudaFuncGetAttributes", cudaErrorNoKernelImageForDevice, "BuildError", ProblemKind::build_failed,
                 "compile for this GPU"},
        Injected{"cudaFuncGetAttributes", cudaErrorJitCompilerNotFound, "BuildError", ProblemKind::build_failed,
                 "libnvidia-ptxjitcompiler"},
        Injected{"cudaLaunchKernel", cudaErrorInvalidPtx, "BuildError", ProblemKind::build_failed, ""},
        Injected{"cudaLaunchKernel", cudaErrorLaunchOutOfResources, "DeviceError", ProblemKind::unsupported,
                 "registers"},
        Injected{"cudaStreamSynchronize", cudaErrorIllegalAddress, "RunError", ProblemKind::run_failed, ""},
        Injected{"cudaStreamSynchronize", cudaErrorLaunchTimeout, "RunError", ProblemKind::run_failed, "watchdog"},
        Injected{"cudaStreamSynchronize", cudaErrorECCUncorrectable, "RunError", ProblemKind::run_failed, "wrong bits"},
        Injected{"cudaMemcpyAsync", cudaErrorIllegalAddress, "RunError", ProblemKind::run_failed, ""},
        Injected{"cudaMemcpyAsync", cudaErrorUnknown, "DeviceError", ProblemKind::run_failed, ""},
        Injected{"cudaMemsetAsync", cudaErrorInvalidValue, "DeviceError", ProblemKind::run_failed, ""},
        Injected{"cudaMalloc", cudaErrorMemoryAllocation, "DeviceError", ProblemKind::out_of_memory, ""},
        Injected{"cudaMalloc", cudaErrorIllegalAddress, "RunError", ProblemKind::run_failed, ""},
        Injected{"cudaMemGetInfo", cudaErrorUnknown, "DeviceError", ProblemKind::run_failed, ""},
        Injected{"cudaSetDevice", cudaErrorDevicesUnavailable, "DeviceError", ProblemKind::no_device,
                 "another process"},
        Injected{"cudaStreamCreateWithFlags", cudaErrorMemoryAllocation, "DeviceError", ProblemKind::out_of_memory, ""},
        Injected{"cudaGetDeviceProperties", cudaErrorUnknown, "DeviceError", ProblemKind::run_failed, ""},
        Injected{"cudaEventCreate", cudaErrorMemoryAllocation, "DeviceError", ProblemKind::out_of_memory, ""},
        Injected{"cudaEventRecord", cudaErrorUnknown, "DeviceError", ProblemKind::run_failed, ""},
        Injected{"cudaEventRecord", cudaErrorIllegalAddress, "RunError", ProblemKind::run_failed, ""},
        Injected{"cudaEventElapsedTime", cudaErrorUnknown, "DeviceError", ProblemKind::run_failed, ""},
        Injected{"cudaEventElapsedTime", cudaErrorLaunchFailure, "RunError", ProblemKind::run_failed, ""}),
    [](const auto& test) { return std::string(test.param.function) + "_" + cudaGetErrorName(test.param.error); });

// What a destructor finds cannot be thrown.
TEST_F(Cudart, AnEventThatCannotBeDestroyedIsPrinted) {
  ::testing::internal::CaptureStderr();
  fail("cudaEventDestroy", cudaErrorUnknown);
  EXPECT_EQ(live(), 32u);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("cudaEventDestroy"));
}

// More launches than events are kept for, as in an epoch of training.
TEST_F(Cudart, AnyNumberOfLaunchesIsTimed) {
  constexpr std::size_t launches = runtime::KernelTimer::most_spans + 10;
  const auto device = runtime::open_device("cuda");
  const auto program = device->load(binary(), entry());
  void* const memory = device->allocate(sizeof(std::uint32_t), "a number");
  device->fill_zero(memory, sizeof(std::uint32_t));
  device->time_kernels(true);
  for (std::size_t i = 0; i < launches; ++i) launch(*device, *program, memory);
  EXPECT_NEAR(device->kernel_seconds().value(), 1e-3 * double{kernel_milliseconds} * launches, 1e-9);
  EXPECT_LE(counts().of("cudaEventCreate"), 2 * runtime::KernelTimer::most_spans);
  device->release(memory);
}

TEST_F(Cudart, EveryEventIsDestroyed) {
  live();
  EXPECT_EQ(counts().of("cudaEventCreate"), 2u);
  EXPECT_EQ(counts().of("cudaEventDestroy"), 2u);
}

TEST_F(Cudart, AProgramWithMoreArgumentsThanAKernelTakesIsRefused) {
  const auto device = runtime::open_device("cuda");
  const auto program = device->load(binary(), entry());
  const std::vector<std::byte> arguments(40000);
  const auto problems = test::problems_of<DeviceError>([&] { device->launch(*program, entry(), arguments, 1); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::unsupported);
  EXPECT_EQ(problems[0].given, "40000 bytes");
}

}  // namespace
}  // namespace synfire::cudart
