// SPDX-License-Identifier: Apache-2.0
// Which binaries a GPU and this processor run, in which order.
#include <gmock/gmock.h>

#include "cuda/architectures.hpp"
#include "host/processor.hpp"

namespace synfire::runtime {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
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

}  // namespace
}  // namespace synfire::runtime
