// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/resource_usage.hpp"

#include <gtest/gtest.h>

namespace synfire::codegen {
namespace {

TEST(ResourceUsage, ReadsWhatPtxasSays) {
  const auto usage = resource_usage(
      "ptxas info    : 0 bytes gmem\n"
      "ptxas info    : Compiling entry function 'synfire_trial' for 'sm_90'\n"
      "ptxas info    : Function properties for synfire_trial\n"
      "ptxas         .     16 bytes stack frame, 24 bytes spill stores, 32 bytes spill loads\n"
      "ptxas info    : Used 64 registers, used 1 barriers, 16 bytes cumulative stack size, 3020 bytes smem\n"
      "ptxas info    : Compile time = 46.937 ms\n");
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->registers, 64u);
  EXPECT_EQ(usage->shared_bytes, 3020u);
  EXPECT_EQ(usage->stack_bytes, 16u);
  EXPECT_EQ(usage->spill_store_bytes, 24u);
  EXPECT_EQ(usage->spill_load_bytes, 32u);
}

TEST(ResourceUsage, TakesTheMostOfSeveralKernels) {
  const auto usage = resource_usage(
      "ptxas info    : Used 40 registers, 900 bytes smem\n"
      "ptxas info    : Used 100 registers, 80 bytes smem\n");
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->registers, 100u);
  EXPECT_EQ(usage->shared_bytes, 900u);
}

TEST(ResourceUsage, TakesMissingNumbersForZero) {
  const auto usage = resource_usage("ptxas info    : Used 8 registers, 368 bytes cmem[0]\n");
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->registers, 8u);
  EXPECT_EQ(usage->shared_bytes, 0u);
  EXPECT_EQ(usage->spill_store_bytes, 0u);
}

TEST(ResourceUsage, FindsNothingInOtherLogs) {
  EXPECT_FALSE(resource_usage(""));
  EXPECT_FALSE(resource_usage("trial.cu(3): warning: x was never referenced"));
}

}  // namespace
}  // namespace synfire::codegen
