// SPDX-License-Identifier: Apache-2.0
#include "thread_block.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <string_view>
#include <utility>

namespace synfire::simt {
namespace {

constexpr std::uint32_t warp_size = 32;

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

BarrierSite to_site(int line, const char* file) { return {std::string(base_name(file)), line}; }

}  // namespace

ThreadBlock::ThreadBlock(std::uint32_t threads, State& state, ReportList& reports, std::function<void()> kernel)
    : threads_(threads),
      state_(state),
      reports_(reports),
      kernel_(std::move(kernel)),
      thread_states_(threads),
      warps_(threads / warp_size + 1),
      running_(threads),
      stacks_(threads),
      fibers_(threads + 1) {
  for (std::uint32_t thread = 0; thread < threads; ++thread) start_fiber(thread);
}

// Destroying a suspended fiber unwinds its stack.
ThreadBlock::~ThreadBlock() { fibers_.clear(); }

void ThreadBlock::begin_launch(std::uint64_t seed, const std::optional<BarrierSite>& skipped) {
  random_ = seed * 0x9e3779b97f4a7c15ull | 1;  // never 0, a fixed point of xorshift
  skipped_ = skipped;
  barrier_epochs_.clear();
  sites_.clear();
  last_site_ = 0;
}

bool ThreadBlock::run() {
  begin_block();
  switch_to(next_thread());
  if (!given_up_) report_stuck();
  return !given_up_;
}

std::vector<BarrierSite> ThreadBlock::barrier_sites() const {
  std::vector<BarrierSite> sites;
  for (const Site& site : sites_) sites.push_back(to_site(site.place.line, site.place.file));
  return sites;
}

std::uint32_t ThreadBlock::barriers_between(std::uint32_t first, std::uint32_t last) const {
  const auto begin = std::upper_bound(barrier_epochs_.begin(), barrier_epochs_.end(), first);
  return static_cast<std::uint32_t>(std::upper_bound(begin, barrier_epochs_.end(), last) - begin);
}

void ThreadBlock::begin_block() {
  advance_epoch();
  state_.block_epoch = state_.barrier_epoch = epoch_of(state_.now);
  std::fill(warps_.begin(), warps_.end(), Warp{});
  std::fill(thread_states_.begin(), thread_states_.end(), Thread{});
  at_barrier_ = 0;
  ready_.clear();
  position_ = 0;
  next_.resize(threads_);
  std::iota(next_.begin(), next_.end(), 0u);
}

// ---- Switching ----------------------------------------------------------------------------------

// Each fiber lives as long as this object and waits for the next block in between.
void ThreadBlock::start_fiber(std::uint32_t thread) {
  const boost::context::stack_context stack = stacks_.stack(thread);
  fibers_[thread] =
      boost::context::fiber(std::allocator_arg, boost::context::preallocated(stack.sp, stack.size, stack), KeepStack{},
                            [this, thread](boost::context::fiber&& caller) -> boost::context::fiber {
                              fibers_[left_] = std::move(caller);
                              for (;;) {
                                kernel_();
                                thread_states_[thread].waiting = Waiting::returned;
                                wait();
                              }
                            });
}

// Returns when another fiber switches back to the caller.
void ThreadBlock::switch_to(std::uint32_t thread) {
  state_.thread = thread;
  state_.warp_epoch = warps_[thread / warp_size].epoch;
  state_.now = make_stamp(epoch_of(state_.now), thread);
  if (thread == running_) return;
  left_ = std::exchange(running_, thread);
  boost::context::fiber caller = std::move(fibers_[thread]).resume();
  fibers_[left_] = std::move(caller);
}

std::uint32_t ThreadBlock::next_thread() {
  if (position_ == ready_.size()) {
    std::swap(ready_, next_);
    next_.clear();
    position_ = 0;
    shuffle();
  }
  return position_ < ready_.size() ? ready_[position_++] : threads_;
}

void ThreadBlock::shuffle() {
  for (std::size_t i = ready_.size(); i > 1; --i) {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    const std::size_t other = (random_ >> 32) * i >> 32;
    std::swap(ready_[i - 1], ready_[other]);
  }
}

void ThreadBlock::give_up() {
  given_up_ = true;
  switch_to(threads_);
}

void ThreadBlock::advance_epoch() { state_.now = make_stamp(epoch_of(state_.now) + 1, thread_of(state_.now)); }

// ---- Barriers and ballots -----------------------------------------------------------------------

void ThreadBlock::barrier(int line, const char* file) {
  const Place place{line, file};
  if (site_at(place).skipped) return;
  thread_states_[running_] = {Waiting::barrier, place};
  if (at_barrier_ == 0) first_at_barrier_ = running_;
  if (place != thread_states_[first_at_barrier_].place) {
    report_divergence(ReportKind::divergent_barrier, running_, first_at_barrier_);
    give_up();
  }
  if (++at_barrier_ == threads_) complete_barrier();
  wait();
}

const ThreadBlock::Site& ThreadBlock::site_at(const Place& place) {
  if (last_site_ < sites_.size() && sites_[last_site_].place == place) return sites_[last_site_];
  const auto found = std::find_if(sites_.begin(), sites_.end(), [&](const Site& site) { return site.place == place; });
  last_site_ = static_cast<std::size_t>(found - sites_.begin());
  if (found == sites_.end()) {
    sites_.push_back({place, skipped_ && *skipped_ == to_site(place.line, place.file)});
  }
  return sites_[last_site_];
}

void ThreadBlock::complete_barrier() {
  advance_epoch();
  state_.barrier_epoch = epoch_of(state_.now);
  barrier_epochs_.push_back(state_.barrier_epoch);
  at_barrier_ = 0;
  next_.resize(threads_);
  std::iota(next_.begin(), next_.end(), 0u);
}

void ThreadBlock::warp_barrier(int line, const char* file) {
  const Place place{line, file};
  if (site_at(place).skipped) return;
  Warp& warp = arrive_in_warp(Waiting::warp_barrier, place);
  if (!is_complete(warp)) return wait();
  release(warp);
  advance_epoch();
  warp.epoch = state_.warp_epoch = epoch_of(state_.now);
}

std::uint32_t ThreadBlock::ballot(bool predicate, int line, const char* file) {
  Warp& warp = arrive_in_warp(Waiting::ballot, {line, file});
  if (predicate) warp.votes |= 1u << running_ % warp_size;
  if (!is_complete(warp)) {
    wait();
  } else {
    warp.result = warp.votes;
    release(warp);
  }
  return warp.result;
}

std::uint32_t ThreadBlock::exchange(std::uint32_t bits, std::uint32_t mask, int line, const char* file) {
  Warp& warp = arrive_in_warp(Waiting::ballot, {line, file});
  const std::uint32_t lane = running_ % warp_size;
  warp.given[lane] = bits;
  if (!is_complete(warp)) {
    wait();
  } else {
    warp.exchanged = warp.given;
    release(warp);
  }
  return warp.exchanged[lane ^ mask];
}

ThreadBlock::Warp& ThreadBlock::arrive_in_warp(Waiting what, const Place& place) {
  Warp& warp = warps_[running_ / warp_size];
  thread_states_[running_] = {what, place};
  if (warp.arrived == 0) warp.first = running_;
  if (thread_states_[running_] != thread_states_[warp.first]) {
    const bool votes = what == Waiting::ballot;
    report_divergence(votes ? ReportKind::divergent_ballot : ReportKind::divergent_warp_barrier, running_, warp.first);
    give_up();
  }
  warp.arrived |= 1u << running_ % warp_size;
  return warp;
}

bool ThreadBlock::is_complete(const Warp& warp) const {
  return warp.arrived == lanes_of(static_cast<std::uint32_t>(&warp - warps_.data()));
}

// The caller continues immediately; the other lanes in the next round.
void ThreadBlock::release(Warp& warp) {
  const std::uint32_t first_lane = running_ / warp_size * warp_size;
  for (std::uint32_t rest = warp.arrived; rest != 0; rest &= rest - 1) {
    const std::uint32_t thread = first_lane + static_cast<std::uint32_t>(std::countr_zero(rest));
    if (thread != running_) next_.push_back(thread);
  }
  warp.arrived = warp.votes = 0;
}

std::uint32_t ThreadBlock::lanes_of(std::uint32_t warp) const {
  const std::uint32_t lanes = std::min(warp_size, threads_ - warp * warp_size);
  return lanes == warp_size ? ~0u : (1u << lanes) - 1;
}

// ---- Reports ------------------------------------------------------------------------------------

// No thread can run: all have returned, or some wait for threads that will never arrive.
void ThreadBlock::report_stuck() {
  const std::uint32_t at_ballot = first_that(Waiting::ballot);
  const std::uint32_t in_warp = std::min(at_ballot, first_that(Waiting::warp_barrier));
  const std::uint32_t at_barrier = first_that(Waiting::barrier);
  if (in_warp < threads_) {
    const std::uint32_t warp = in_warp / warp_size;
    const std::uint32_t missing = lanes_of(warp) & ~warps_[warp].arrived;
    report_divergence(in_warp == at_ballot ? ReportKind::divergent_ballot : ReportKind::divergent_warp_barrier, in_warp,
                      warp * warp_size + static_cast<std::uint32_t>(std::countr_zero(missing)));
  } else if (at_barrier < threads_) {
    report_divergence(ReportKind::divergent_barrier, at_barrier, first_that(Waiting::returned));
  }
  given_up_ = in_warp < threads_ || at_barrier < threads_;
}

void ThreadBlock::report_divergence(ReportKind kind, std::uint32_t waiting, std::uint32_t elsewhere) {
  Report report;
  report.kind = kind;
  report.file = base_name(thread_states_[waiting].place.file);
  report.thread = participant(waiting);
  report.other = participant(elsewhere);
  reports_.add(std::move(report));
}

Participant ThreadBlock::participant(std::uint32_t thread) const {
  const Thread& state = thread_states_[thread];
  const int line = state.waiting == Waiting::returned ? 0 : state.place.line;
  const std::uint32_t barriers = barriers_between(state_.block_epoch, epoch_of(state_.now));
  return {state_.block, thread, barriers, line, false, state_.row};
}

// threads_ if none.
std::uint32_t ThreadBlock::first_that(Waiting what) const {
  const auto found = std::find_if(thread_states_.begin(), thread_states_.end(),
                                  [&](const Thread& thread) { return thread.waiting == what; });
  return static_cast<std::uint32_t>(found - thread_states_.begin());
}

}  // namespace synfire::simt
