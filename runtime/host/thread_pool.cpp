// SPDX-License-Identifier: Apache-2.0
#include "host/thread_pool.hpp"

#include <algorithm>

namespace synfire::runtime {

ExampleRange worker_range(std::uint32_t count, unsigned worker, unsigned workers) {
  const auto border = [&](std::uint64_t w) { return static_cast<std::uint32_t>(count * w / workers); };
  return {border(worker), border(worker + std::uint64_t{1})};
}

ThreadPool::ThreadPool(unsigned workers) : workers_(std::max(1u, workers)) {
  threads_.reserve(workers_ - 1);
  for (unsigned worker = 1; worker < workers_; ++worker) {
    threads_.emplace_back([this, worker](const std::stop_token& stop) { work(stop, worker); });
  }
}

ThreadPool::~ThreadPool() = default;

void ThreadPool::run(std::uint32_t count, const Task& task) {
  {
    const std::scoped_lock lock(mutex_);
    task_ = &task;
    count_ = count;
    busy_ = workers_ - 1;
    ++round_;
  }
  started_.notify_all();
  run_part(task, count, 0);
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return busy_ == 0; });
  task_ = nullptr;
}

void ThreadPool::work(const std::stop_token& stop, unsigned worker) {
  std::uint64_t done = 0;
  std::unique_lock lock(mutex_);
  while (started_.wait(lock, stop, [&] { return round_ != done; })) {
    done = round_;
    const Task& task = *task_;
    const std::uint32_t count = count_;
    lock.unlock();
    run_part(task, count, worker);
    lock.lock();
    if (--busy_ == 0) finished_.notify_one();
  }
}

void ThreadPool::run_part(const Task& task, std::uint32_t count, unsigned worker) const noexcept {
  const ExampleRange range = worker_range(count, worker, workers_);
  if (range.begin < range.end) task(worker, range);
}

}  // namespace synfire::runtime
