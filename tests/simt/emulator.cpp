// SPDX-License-Identifier: Apache-2.0
#include "emulator.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "synfire/error.hpp"

namespace synfire::simt {
namespace {

// A kernel's argument, by maximum size. The System V ABI passes any trivially copyable struct of more than two words in
// memory, unchanged, so a callee finds its own struct at the start of a larger one. The following number is in a
// register, which kernels of the schedule `trial` do not read.
template <std::size_t words>
struct Words {
  std::uint64_t data[words];
};

template <std::size_t words>
void call(void* kernel, const std::vector<std::uint64_t>& arguments, std::uint32_t relative_step) {
  if constexpr (sizeof(Words<words>) < Emulator::most_argument_bytes) {
    if (arguments.size() > words) return call<words * 4>(kernel, arguments, relative_step);
  }
  Words<words> block;
  std::memcpy(block.data, arguments.data(), arguments.size() * sizeof(std::uint64_t));
  reinterpret_cast<void (*)(Words<words>, std::uint32_t)>(kernel)(block, relative_step);
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

ReportKind to_kind(AccessFault fault) {
  switch (fault) {
    case AccessFault::out_of_bounds: return ReportKind::out_of_bounds;
    case AccessFault::unwritten_read: return ReportKind::unwritten_read;
    case AccessFault::race: return ReportKind::race;
    case AccessFault::mixed_elements: return ReportKind::mixed_elements;
  }
  return ReportKind::race;
}

}  // namespace

Hooks Emulator::hooks() {
  Hooks hooks{};
  hooks.state = &state_;
  hooks.emulator = this;
  hooks.block_barrier = [](void* self, int line, const char* file) {
    static_cast<Emulator*>(self)->block_->barrier(line, file);
  };
  hooks.warp_barrier = [](void* self, int line, const char* file) {
    static_cast<Emulator*>(self)->block_->warp_barrier(line, file);
  };
  hooks.warp_ballot = [](void* self, bool predicate, int line, const char* file) {
    return static_cast<Emulator*>(self)->block_->ballot(predicate, line, file);
  };
  hooks.warp_exchange = [](void* self, unsigned bits, unsigned mask, int line, const char* file) {
    return static_cast<Emulator*>(self)->block_->exchange(bits, mask, line, file);
  };
  hooks.bind = [](void* self, const void* pointer, unsigned long long element_bytes, const char* name) {
    return static_cast<Emulator*>(self)->bind(pointer, element_bytes, name);
  };
  hooks.report = [](void* self, AccessFault fault, const Access& access, Stamp other, bool other_write) {
    static_cast<Emulator*>(self)->report(fault, access, other, other_write);
  };
  return hooks;
}

void Emulator::begin(std::span<const std::byte> arguments) {
  arguments_.assign((arguments.size() + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t), 0);
  if (!arguments.empty()) std::memcpy(arguments_.data(), arguments.data(), arguments.size());
  reports.clear();
  barrier_sites.clear();
  kernels_ = 0;
}

void Emulator::launch(const Kernel& kernel, std::uint32_t rows, std::uint32_t relative_step) {
  prepare(kernel, relative_step);
  bool going_on = true;
  for (std::uint32_t block = 0; block < rows * kernel.blocks && going_on; ++block) {
    state_.block = block % kernel.blocks;
    state_.row = block / kernel.blocks;
    block_epochs_.push_back(epoch_of(state_.now) + 1);
    going_on = block_->run();
  }
  add_barrier_sites();
  if (!going_on) blocks_.erase(kernel.threads);  // its fibers stopped halfway
}

void Emulator::prepare(const Kernel& kernel, std::uint32_t relative_step) {
  kernel_ = kernel;
  relative_step_ = relative_step;
  ++launches;
  memory.begin_launch();
  block_epochs_.clear();
  block_ = &block_of(kernel.threads);
  block_->begin_launch(seed + kernels_++, skipped);
  state_.launch_epoch = epoch_of(state_.now) + 1;
}

ThreadBlock& Emulator::block_of(std::uint32_t threads) {
  std::unique_ptr<ThreadBlock>& block = blocks_[threads];
  if (!block) block = std::make_unique<ThreadBlock>(threads, state_, reports, [this] { call_kernel(); });
  return *block;
}

void Emulator::add_barrier_sites() {
  for (BarrierSite& site : block_->barrier_sites()) {
    const auto place = std::lower_bound(barrier_sites.begin(), barrier_sites.end(), site);
    if (place == barrier_sites.end() || *place != site) barrier_sites.insert(place, std::move(site));
  }
}

void Emulator::call_kernel() const { call<16>(kernel_.function, arguments_, relative_step_); }

Binding Emulator::bind(const void* pointer, std::size_t element_bytes, const char* name) {
  bool mixed = false;
  const Binding binding = memory.bind(pointer, element_bytes, &mixed);
  if (mixed) report(AccessFault::mixed_elements, {name, 0, 0, 0, "", false}, 0, false);
  return binding;
}

void Emulator::report(AccessFault fault, const Access& access, Stamp other, bool other_write) {
  Report report;
  report.kind = to_kind(fault);
  report.view = access.view;
  report.index = access.index;
  report.extent = access.extent;
  report.file = file_name(access.file);
  report.thread = participant(state_.now | static_cast<std::uint32_t>(access.line), access.write);
  if (other != 0) report.other = participant(other, other_write);
  add_report(std::move(report));
}

void Emulator::add_report(Report report) {
  reports.add(std::move(report));
  if (reports.full()) block_->give_up();
}

Participant Emulator::participant(Stamp stamp, bool write) const {
  const std::uint32_t epoch = epoch_of(stamp);
  const auto after = std::upper_bound(block_epochs_.begin(), block_epochs_.end(), epoch);
  const auto block = static_cast<std::uint32_t>(after - block_epochs_.begin()) - 1;
  const std::uint32_t barriers = block_->barriers_between(block_epochs_[block], epoch);
  return {block % kernel_.blocks, thread_of(stamp), barriers, line_of(stamp), write, block / kernel_.blocks};
}

}  // namespace synfire::simt
