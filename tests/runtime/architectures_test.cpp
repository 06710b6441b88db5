// SPDX-License-Identifier: Apache-2.0
// The binaries that a GPU and this processor run, in order of preference.
#include <gmock/gmock.h>

#include "cuda/architectures.hpp"
#include "executor/binary_choice.hpp"
#include "host/host_device.hpp"
#include "host/processor.hpp"
#include "host/x86_64_levels.hpp"

namespace synfire::runtime {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> first(std::vector<std::string> names, std::size_t count) {
  names.resize(count);
  return names;
}

TEST(CudaArchitectures, OwnMachineCodeComesBeforePtx) {
  EXPECT_THAT(first(cuda_architectures(9, 0), 3), ElementsAre("sm_90", "compute_90", "compute_89"));
}

TEST(CudaArchitectures, MachineCodeOfLowerMinorVersionsRuns) {
  EXPECT_THAT(first(cuda_architectures(8, 6), 9),
              ElementsAre("sm_86", "sm_85", "sm_84", "sm_83", "sm_82", "sm_81", "sm_80", "compute_86", "compute_85"));
}

TEST(CudaArchitectures, MachineCodeOfIntegratedGpusIsTheirsAlone) {
  EXPECT_THAT(cuda_architectures(8, 9), Not(Contains("sm_87")));
  EXPECT_THAT(first(cuda_architectures(8, 7), 2), ElementsAre("sm_87", "compute_87"));
}

TEST(CudaArchitectures, NeverNewerPtxThanTheGpu) {
  EXPECT_THAT(cuda_architectures(7, 5), Contains("compute_75"));
  EXPECT_THAT(cuda_architectures(7, 5), Not(Contains("compute_80")));
}

TEST(CudaArchitectures, GpusNewerThanThisCodeRunOlderPtx) {
  EXPECT_EQ(cuda_architectures(15, 0).front(), "sm_150");
  EXPECT_THAT(cuda_architectures(15, 0), Contains("compute_120"));
}

TEST(Processor, NativeComesFirstAndTheBaseLevelLast) {
  const std::vector<std::string> names = processor_architectures();
  EXPECT_EQ(names.front(), "native");
#if defined(__x86_64__)
  EXPECT_EQ(names.back(), "x86-64");
#endif
}

TEST(Processor, HasProcessorsAndAName) {
  EXPECT_GE(usable_processors(), 1u);
  EXPECT_FALSE(processor_name().empty());
}

// ---- x86-64 levels of any processor

const ProcessorFeatures second{"CMPXCHG16B", "LAHF", "POPCNT", "SSE3", "SSSE3", "SSE4.1", "SSE4.2"};

ProcessorFeatures with(ProcessorFeatures features, const ProcessorFeatures& more) {
  features.insert(more.begin(), more.end());
  return features;
}

const ProcessorFeatures third = with(second, {"AVX", "AVX2", "BMI1", "BMI2", "F16C", "FMA", "LZCNT", "MOVBE"});
const ProcessorFeatures fourth = with(third, {"AVX512F", "AVX512BW", "AVX512CD", "AVX512DQ", "AVX512VL"});

TEST(ProcessorLevels, FollowFromFeatures) {
  EXPECT_THAT(x86_64_levels({}), ElementsAre("x86-64"));
  EXPECT_THAT(x86_64_levels(second), ElementsAre("x86-64-v2", "x86-64"));
  EXPECT_THAT(x86_64_levels(third), ElementsAre("x86-64-v3", "x86-64-v2", "x86-64"));
  EXPECT_THAT(x86_64_levels(fourth), ElementsAre("x86-64-v4", "x86-64-v3", "x86-64-v2", "x86-64"));
}

TEST(ProcessorLevels, NeedEachOfTheirFeatures) {
  for (const std::string& missing : fourth) {
    ProcessorFeatures features = fourth;
    features.erase(missing);
    EXPECT_THAT(x86_64_levels(features), Not(Contains("x86-64-v4"))) << missing;
    EXPECT_EQ(missing_features("x86-64-v4", features), missing);
  }
}

TEST(ProcessorLevels, NameWhatIsMissing) {
  EXPECT_EQ(missing_features("x86-64-v4", third), "AVX512F, AVX512BW, AVX512CD, AVX512DQ, AVX512VL");
  EXPECT_EQ(missing_features("x86-64-v3", third), "");
  EXPECT_EQ(missing_features("riscv64", third), "");
}

// ---- Selection of an artifact's binary

// A level-3 processor with one feature missing.
class ThirdLevel : public HostDevice {
 public:
  ThirdLevel() : HostDevice({.threads = 1}) {}
  std::vector<std::string> architectures() const override { return x86_64_levels(third); }
  std::string lacks(const std::string& architecture) const override { return missing_features(architecture, third); }
};

TEST(BinaryChoice, TheBestThatTheProcessorRuns) {
  const ThirdLevel device;
  using Kinds = std::vector<BinaryKind>;
  EXPECT_EQ(best_binary(Kinds{{"host", "x86-64-v2"}, {"host", "x86-64-v3"}, {"host", "x86-64-v4"}}, device), 1u);
  EXPECT_EQ(best_binary(Kinds{{"host", "x86-64-v4"}, {"cuda", "x86-64-v3"}, {"host", "x86-64-v2"}}, device), 2u);
  EXPECT_EQ(best_binary(Kinds{{"host", "x86-64-v4"}, {"host", "aarch64"}, {"host", "native"}}, device), std::nullopt);
}

TEST(BinaryChoice, SaysWhatIsNeededAndWhatThereIs) {
  const Problem problem = no_binary({{"host", "x86-64-v4"}, {"host", "aarch64"}}, ThirdLevel());
  EXPECT_EQ(problem.kind, ProblemKind::unsupported);
  EXPECT_EQ(problem.expected, "host for one of x86-64-v3, x86-64-v2, x86-64");
  EXPECT_EQ(problem.given, "host x86-64-v4, host aarch64");
  EXPECT_THAT(problem.hint, HasSubstr("x86-64-v4 needs AVX512F, AVX512BW, AVX512CD, AVX512DQ, AVX512VL"));
}

// The order of the device `cuda`: machine code first, then PTX, which the driver compiles.
TEST(BinaryChoice, MachineCodeComesBeforePtx) {
  class Gpu : public HostDevice {
   public:
    explicit Gpu(int major, int minor) : HostDevice({.threads = 1}), names_(cuda_architectures(major, minor)) {}
    std::string name() const override { return "cuda"; }
    std::vector<std::string> architectures() const override { return names_; }
    std::string lacks(const std::string&) const override { return {}; }

   private:
    std::vector<std::string> names_;
  };
  const std::vector<BinaryKind> file{{"cuda", "sm_80"}, {"cuda", "sm_90"}, {"cuda", "compute_90"}};
  EXPECT_EQ(best_binary(file, Gpu(9, 0)), 1u);
  EXPECT_EQ(best_binary(file, Gpu(8, 6)), 0u);
  EXPECT_EQ(best_binary(file, Gpu(12, 0)), 2u);
  EXPECT_EQ(best_binary(file, Gpu(7, 5)), std::nullopt);
}

}  // namespace
}  // namespace synfire::runtime
