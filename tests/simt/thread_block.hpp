// SPDX-License-Identifier: Apache-2.0
// Runs the threads of a block as fibers on the calling OS thread, and their barriers and ballots.
#pragma once

#include <array>
#include <boost/context/fiber.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "fiber_stacks.hpp"
#include "simt/report.hpp"
#include "simt/simt_device.hpp"
#include "simt/simt_interface.hpp"

namespace synfire::simt {

// A kernel's threads, reused for each block. A waiting fiber switches directly to the next runnable one; the order is
// redrawn for each round, which is all threads of the block after a barrier, or those whose warp is complete at a
// ballot or warp barrier.
class ThreadBlock {
 public:
  // `kernel` is called once by each thread. `state` is its state as visible to kernels.
  ThreadBlock(std::uint32_t threads, State& state, ReportList& reports, std::function<void()> kernel);
  ~ThreadBlock();
  ThreadBlock(const ThreadBlock&) = delete;
  ThreadBlock& operator=(const ThreadBlock&) = delete;

  std::uint32_t threads() const { return threads_; }

  // Clears the barriers seen so far. Barriers at `skipped` are ignored.
  void begin_launch(std::uint64_t seed, const std::optional<BarrierSite>& skipped);
  // Runs the block state.block. False: the launch is aborted because of errors in `reports`; run no more blocks.
  bool run();
  // Of this launch.
  std::vector<BarrierSite> barrier_sites() const;
  // The number of block barriers of this launch passed after epoch `first`, up to and including epoch `last`.
  std::uint32_t barriers_between(std::uint32_t first, std::uint32_t last) const;

  // Called by the running thread. The last function does not return.
  void barrier(int line, const char* file);
  void warp_barrier(int line, const char* file);
  std::uint32_t ballot(bool predicate, int line, const char* file);
  // The bits from lane (own ^ mask). Treated as a ballot by the emulator.
  std::uint32_t exchange(std::uint32_t bits, std::uint32_t mask, int line, const char* file);
  void give_up();

 private:
  enum class Waiting : std::uint8_t { nothing, barrier, warp_barrier, ballot, returned };
  struct Place {
    int line = 0;
    const char* file = "";
    bool operator==(const Place&) const = default;
  };
  struct Thread {
    Waiting waiting = Waiting::nothing;
    Place place;
    bool operator==(const Thread&) const = default;
  };
  struct Warp {
    std::uint32_t arrived = 0;  // lanes, one bit each
    std::uint32_t votes = 0;
    std::uint32_t result = 0;                            // of the last complete ballot
    std::array<std::uint32_t, 32> given{}, exchanged{};  // by lane
    std::uint32_t first = 0;                             // thread that arrived first
    std::uint32_t epoch = 0;                             // first after the last barrier of the warp
  };
  struct Site {
    Place place;
    bool skipped = false;
  };

  void start_fiber(std::uint32_t thread);
  void begin_block();
  std::uint32_t next_thread();
  void shuffle();
  void switch_to(std::uint32_t thread);
  void wait() { switch_to(next_thread()); }
  void advance_epoch();

  const Site& site_at(const Place& place);
  void complete_barrier();
  Warp& arrive_in_warp(Waiting what, const Place& place);
  bool is_complete(const Warp& warp) const;
  void release(Warp& warp);
  std::uint32_t lanes_of(std::uint32_t warp) const;

  void report_stuck();
  void report_divergence(ReportKind kind, std::uint32_t waiting, std::uint32_t elsewhere);
  Participant participant(std::uint32_t thread) const;
  std::uint32_t first_that(Waiting what) const;

  std::uint32_t threads_;
  State& state_;
  ReportList& reports_;
  std::function<void()> kernel_;
  std::uint64_t random_ = 1;
  bool given_up_ = false;

  std::vector<Thread> thread_states_;
  std::vector<Warp> warps_;                  // with room for the caller of run(), which is thread threads_
  std::vector<std::uint32_t> ready_, next_;  // threads of this round, and of the next
  std::size_t position_ = 0;                 // in ready_
  std::uint32_t at_barrier_ = 0;             // threads
  std::uint32_t first_at_barrier_ = 0;

  std::vector<std::uint32_t> barrier_epochs_;  // first epoch after each block barrier of this launch

  std::vector<Site> sites_;
  std::size_t last_site_ = 0;
  std::optional<BarrierSite> skipped_;

  std::uint32_t running_;   // fiber; threads_ is the caller of run()
  std::uint32_t left_ = 0;  // fiber from which the running one was switched to
  FiberStacks stacks_;
  std::vector<boost::context::fiber> fibers_;  // suspended ones
};

}  // namespace synfire::simt
