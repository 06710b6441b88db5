// SPDX-License-Identifier: Apache-2.0
#include "host/thread_pool.hpp"

#include <algorithm>
#include <chrono>

#include "host/processor.hpp"

namespace synfire::runtime {
namespace {

// The next launch often follows within tens of microseconds, and waking a sleeping thread takes about as long.
constexpr std::chrono::microseconds patience{50};
// Polls before a waiting thread yields its processor, perhaps to the thread it waits for: some microseconds.
constexpr int looks = 100;
// Pieces of a worker's range. More balance better when threads lose time to other work; fewer synchronize less often.
constexpr std::uint32_t pieces_of_a_range = 4;

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

}  // namespace

// Polls the condition for a while.
template <class Condition>
bool ThreadPool::comes_soon(const Condition& condition) const {
  if (!patient_) return condition();
  for (int i = 0; i < looks; ++i) {
    if (condition()) return true;
    pause_briefly();
  }
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return condition();
}

ExampleRange worker_range(std::uint32_t count, unsigned worker, unsigned workers) {
  const auto border = [&](std::uint64_t w) { return static_cast<std::uint32_t>(count * w / workers); };
  return {border(worker), border(worker + std::uint64_t{1})};
}

ThreadPool::ThreadPool(unsigned workers) : workers_(std::max(1u, workers)), patient_(workers_ <= usable_processors()) {
  round_.waiting.resize(workers_);
  threads_.reserve(workers_ - 1);
  for (unsigned worker = 1; worker < workers_; ++worker) {
    threads_.emplace_back([this, worker](const std::stop_token& stop) { work(stop, worker); });
  }
}

ThreadPool::~ThreadPool() = default;

void ThreadPool::run(std::uint32_t count, const Task& task) {
  if (count == 0) return;
  begin(count, task, false);
  take_part(0);
  finish();
}

void ThreadPool::share(std::uint32_t count, const Task& task) {
  if (count == 0) return;
  if (workers_ == 1 || count == 1) return task(0, {0, count});
  begin(count, task, true);
  take_part(0);
  finish();
}

void ThreadPool::begin(std::uint32_t count, const Task& task, bool shared) {
  const std::scoped_lock lock(mutex_);
  round_.task = &task;
  round_.shared = shared;
  round_.piece = shared ? std::max(1u, count / workers_ / pieces_of_a_range) : count;
  for (unsigned worker = 0; worker < workers_; ++worker) round_.waiting[worker] = worker_range(count, worker, workers_);
  unfinished_.store(count, std::memory_order_relaxed);
  rounds_.fetch_add(1, std::memory_order_release);
  if (sleeping_ != 0) started_.notify_all();
}

// Runs pieces until none is left to take; does not wait for the pieces of other workers.
void ThreadPool::take_part(unsigned worker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    const ExampleRange piece = next_piece(worker);
    if (piece.size() == 0) return;
    const Task& task = *round_.task;
    lock.unlock();
    task(worker, piece);
    lock.lock();
    const std::uint32_t left = unfinished_.load(std::memory_order_relaxed) - piece.size();
    unfinished_.store(left, std::memory_order_release);
    if (left == 0 && caller_sleeps_) finished_.notify_one();
  }
}

// From the worker's own range, then from those of the next workers.
ExampleRange ThreadPool::next_piece(unsigned worker) {
  const unsigned ranges = round_.shared ? workers_ : 1;
  for (unsigned i = 0; i < ranges; ++i) {
    ExampleRange& waiting = round_.waiting[(worker + i) % workers_];
    if (waiting.size() == 0) continue;
    const ExampleRange piece{waiting.begin, waiting.begin + std::min(waiting.size(), round_.piece)};
    waiting.begin = piece.end;
    return piece;
  }
  return {};
}

void ThreadPool::finish() {
  const auto finished = [this] { return unfinished_.load(std::memory_order_acquire) == 0; };
  if (finished() || comes_soon(finished)) return;
  std::unique_lock lock(mutex_);
  caller_sleeps_ = true;
  finished_.wait(lock, finished);
  caller_sleeps_ = false;
}

void ThreadPool::work(const std::stop_token& stop, unsigned worker) {
  std::uint64_t done = 0;
  const auto begun = [&] { return rounds_.load(std::memory_order_acquire) != done; };
  while (!stop.stop_requested()) {
    if (done == 0 || !comes_soon(begun)) {  // at first, no work is expected soon
      std::unique_lock lock(mutex_);
      ++sleeping_;
      const bool woken = started_.wait(lock, stop, begun);
      --sleeping_;
      if (!woken) return;
    }
    done = rounds_.load(std::memory_order_acquire);
    take_part(worker);
  }
}

}  // namespace synfire::runtime
