// SPDX-License-Identifier: Apache-2.0
// The barriers of training programs are sufficient, and each is necessary.
#include <gtest/gtest.h>

#include "gradients/training_run.hpp"
#include "simt/simt_device.hpp"
#include "synfire/error.hpp"

namespace synfire::testing {
namespace {

constexpr std::uint64_t seeds[] = {1, 2};

// With and without a backward pass: some barriers are needed in only one of the cases.
bool is_found(TrainingRun& run) {
  for (const bool backward : {true, false}) {
    try {
      run.train(backward);
    } catch (const RunError&) {
      return true;
    }
  }
  return false;
}

class TrainingBarriers : public ::testing::TestWithParam<std::string> {};

TEST_P(TrainingBarriers, SufficeAndAreAllNeeded) {
  TrainingCase learned = training_case(GetParam()).learned;
  learned.options.batch_size = 3;
  learned.options.threads_per_block = 64;
  const auto device = std::make_shared<simt::SimtDevice>();
  TrainingRun run(learned, "simt", device);
  give_data(run, 1);
  for (const std::uint64_t seed : seeds) {
    device->set_seed(seed);
    ASSERT_NO_THROW(run.train(false)) << "seed " << seed;
    ASSERT_NO_THROW(run.train()) << "seed " << seed;
  }
  const std::vector<simt::BarrierSite> sites = device->barrier_sites();
  ASSERT_FALSE(sites.empty());
  for (std::size_t n = 0; n < sites.size(); ++n) {
    for (const std::uint64_t seed : seeds) {
      device->set_seed(seed);
      device->skip_no_barrier();
      run.train();
      device->skip_barrier(n);
      EXPECT_TRUE(is_found(run)) << "without the barrier of line " << sites[n].line << ", seed " << seed << "\n"
                                 << run.source();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, TrainingBarriers,
                         ::testing::Values("feed_forward", "recurrent", "sparse", "triggered", "joint_steps",
                                           "parameters", "delays", "surrogate_everywhere", "surrogate_nearby",
                                           "surrogate_parameters", "graded", "convolution", "graded_convolution"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace synfire::testing
