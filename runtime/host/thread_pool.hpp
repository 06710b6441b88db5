// SPDX-License-Identifier: Apache-2.0
// A small thread pool that distributes a range of examples.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace synfire::runtime {

struct ExampleRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t size() const noexcept { return end - begin; }
  bool operator==(const ExampleRange&) const = default;
};
// The part of [0, count) for one of `workers`: contiguous, in order of the workers, sizes differing by at most one.
ExampleRange worker_range(std::uint32_t count, unsigned worker, unsigned workers);

class ThreadPool {
 public:
  // Must not throw.
  using Task = std::function<void(unsigned worker, ExampleRange range)>;

  // Starts workers − 1 threads; the caller of `run` and `share` is worker 0. If there are processors for all of them,
  // idle workers poll for work for some microseconds before they sleep.
  explicit ThreadPool(unsigned workers);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned workers() const noexcept { return workers_; }

  // Both return when all work is done. Only one thread at a time may call them.
  //
  // Calls `task` on each worker whose worker_range of [0, count) is not empty: once, and all at the same time, so they
  // can wait for each other.
  void run(std::uint32_t count, const Task& task);
  // Calls `task` for pieces of [0, count), one at a time on each worker. Each worker takes the pieces of its own
  // worker_range first, then those left of others, so no worker waits for a thread that is slow to wake or has lost its
  // processor. Which worker gets which piece is unspecified.
  void share(std::uint32_t count, const Task& task);

 private:
  struct Round {
    const Task* task = nullptr;
    bool shared = false;
    std::uint32_t piece = 0;            // the largest piece handed out at a time
    std::vector<ExampleRange> waiting;  // of each worker's range, the part not handed out yet
  };

  void begin(std::uint32_t count, const Task& task, bool shared);
  void take_part(unsigned worker);
  ExampleRange next_piece(unsigned worker);
  void finish();
  void work(const std::stop_token& stop, unsigned worker);
  template <class Condition>
  bool comes_soon(const Condition& condition) const;

  unsigned workers_;
  bool patient_;  // whether workers poll before they sleep
  std::mutex mutex_;
  std::condition_variable_any started_;
  std::condition_variable finished_;
  // Written under mutex_, read without it by workers that poll before they sleep.
  std::atomic<std::uint64_t> rounds_ = 0;      // begun: tells a worker that there is new work
  std::atomic<std::uint32_t> unfinished_ = 0;  // examples of this round
  // Guarded by mutex_:
  Round round_;
  unsigned sleeping_ = 0;  // threads that must be woken
  bool caller_sleeps_ = false;

  std::vector<std::jthread> threads_;  // last, so they end before the members they use
};

}  // namespace synfire::runtime
