// SPDX-License-Identifier: Apache-2.0
#include "host/thread_pool.hpp"

#include <gmock/gmock.h>

namespace synfire::runtime {
namespace {

using ::testing::Each;

TEST(WorkerRange, CoversEachExampleOnceInOrder) {
  for (const unsigned workers : {1u, 2u, 3u, 16u}) {
    for (const std::uint32_t count : {0u, 1u, 2u, 15u, 16u, 1000u, 4294967295u}) {
      std::uint32_t next = 0;
      for (unsigned worker = 0; worker < workers; ++worker) {
        const ExampleRange range = worker_range(count, worker, workers);
        EXPECT_EQ(range.begin, next);
        EXPECT_LE(range.end - range.begin, std::uint64_t{count} / workers + 1);
        next = range.end;
      }
      EXPECT_EQ(next, count);
    }
  }
}

TEST(ThreadPool, RunsEachExampleOnceInEachRound) {
  for (const unsigned workers : {1u, 2u, 5u}) {
    ThreadPool pool(workers);
    std::vector<int> runs(100);
    for (int round = 1; round <= 200; ++round) {
      pool.run(100, [&](unsigned, ExampleRange range) {
        for (std::uint32_t e = range.begin; e < range.end; ++e) ++runs[e];
      });
      ASSERT_THAT(runs, Each(round));
    }
  }
}

TEST(ThreadPool, TheSameWorkerAlwaysHasTheSameExamples) {
  ThreadPool pool(3);
  std::vector<ExampleRange> ranges(3);
  for (int round = 0; round < 10; ++round) {
    pool.run(10, [&](unsigned worker, ExampleRange range) { ranges[worker] = range; });
    for (unsigned worker = 0; worker < 3; ++worker) EXPECT_EQ(ranges[worker], worker_range(10, worker, 3));
  }
}

TEST(ThreadPool, WorkersWithoutExamplesAreNotCalled) {
  ThreadPool pool(4);
  std::vector<int> calls(4);
  pool.run(2, [&](unsigned worker, ExampleRange) { ++calls[worker]; });
  EXPECT_EQ(std::count(calls.begin(), calls.end(), 1), 2);
  pool.run(0, [&](unsigned, ExampleRange) { FAIL(); });
}

TEST(ThreadPool, EndsWithoutHavingRun) {
  for (int i = 0; i < 50; ++i) ThreadPool pool(4);
}

}  // namespace
}  // namespace synfire::runtime
