// SPDX-License-Identifier: Apache-2.0
#include "host/thread_pool.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

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

TEST(ThreadPool, AllWorkersOfARunWorkAtTheSameTime) {
  ThreadPool pool(3);
  for (int round = 0; round < 100; ++round) {
    std::atomic<unsigned> here = 0;
    pool.run(3, [&](unsigned, ExampleRange) {
      ++here;
      while (here != 3) std::this_thread::yield();
    });
  }
}

TEST(ThreadPool, SharesEachExampleOnceInEachRound) {
  for (const unsigned workers : {1u, 2u, 5u}) {
    ThreadPool pool(workers);
    for (const std::uint32_t count : {0u, 1u, 2u, 3u, 100u}) {
      std::vector<int> runs(count);
      for (int round = 1; round <= 200; ++round) {
        pool.share(count, [&](unsigned worker, ExampleRange range) {
          if (worker >= workers || range.begin >= range.end || range.end > count) return;
          for (std::uint32_t e = range.begin; e < range.end; ++e) ++runs[e];
        });
        ASSERT_THAT(runs, Each(round)) << workers << " workers, " << count << " examples";
      }
    }
  }
}

TEST(ThreadPool, AWorkerHasOnePieceAtATime) {
  ThreadPool pool(3);
  std::vector<std::atomic<int>> busy(3);
  std::atomic<int> clashes = 0;
  for (int round = 0; round < 200; ++round) {
    pool.share(50, [&](unsigned worker, ExampleRange) {
      if (busy[worker]++ != 0) ++clashes;
      --busy[worker];
    });
  }
  EXPECT_EQ(clashes, 0);
}

// The worker of the first example waits until the other worker has done all other examples, including those of its
// range.
TEST(ThreadPool, NobodyWaitsForAWorkerThatIsHeldUp) {
  constexpr std::uint32_t count = 16;
  constexpr std::chrono::seconds long_enough{20};  // gives up instead of hanging
  ThreadPool pool(2);
  std::atomic<std::uint32_t> done = 0;
  bool given_up = false;
  pool.share(count, [&](unsigned, ExampleRange range) {
    const auto end = std::chrono::steady_clock::now() + long_enough;
    while (range.begin == 0 && done != count - range.size() && !given_up) {
      given_up = std::chrono::steady_clock::now() > end;
      std::this_thread::yield();
    }
    done += range.size();
  });
  EXPECT_FALSE(given_up);
  EXPECT_EQ(done, count);
}

TEST(ThreadPool, RunsAndSharesInTurn) {
  ThreadPool pool(4);
  std::vector<int> runs(30);
  const ThreadPool::Task count = [&](unsigned, ExampleRange range) {
    for (std::uint32_t e = range.begin; e < range.end; ++e) ++runs[e];
  };
  for (int round = 0; round < 300; ++round) {
    pool.share(30, count);
    pool.run(30, count);
    if (round % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // until all are asleep
  }
  EXPECT_THAT(runs, Each(600));
}

TEST(ThreadPool, EndsWithoutHavingRun) {
  for (int i = 0; i < 50; ++i) ThreadPool pool(4);
}

}  // namespace
}  // namespace synfire::runtime
