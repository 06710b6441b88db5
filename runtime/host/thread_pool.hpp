// SPDX-License-Identifier: Apache-2.0
// A small pool of threads that shares a range of examples in a fixed way.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace synfire::runtime {

// The part of [0, count) that falls to one of `workers`: contiguous, in order of the workers, sizes differing
// by at most one. It depends on nothing else, so a run is repeatable down to which thread does what.
struct ExampleRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const ExampleRange&) const = default;
};
ExampleRange worker_range(std::uint32_t count, unsigned worker, unsigned workers);

class ThreadPool {
 public:
  // Must not throw.
  using Task = std::function<void(unsigned worker, ExampleRange range)>;

  // Starts workers − 1 threads; the caller of `run` is worker 0.
  explicit ThreadPool(unsigned workers);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned workers() const noexcept { return workers_; }

  // Calls `task` on each worker whose range of [0, count) is not empty, and returns when all are done. One
  // thread at a time may call it.
  void run(std::uint32_t count, const Task& task);

 private:
  void work(const std::stop_token& stop, unsigned worker);
  void run_part(const Task& task, std::uint32_t count, unsigned worker) const noexcept;

  unsigned workers_;
  std::mutex mutex_;
  std::condition_variable_any started_;
  std::condition_variable finished_;
  // Guarded by mutex_:
  const Task* task_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint64_t round_ = 0;  // of `run`: tells a worker that there is something new to do
  unsigned busy_ = 0;        // threads that have not finished this round

  std::vector<std::jthread> threads_;  // last, so that they end before what they use
};

}  // namespace synfire::runtime
