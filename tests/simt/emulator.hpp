// SPDX-License-Identifier: Apache-2.0
// What is behind SimtDevice: memory, the running launch, and the functions that kernels reach through Hooks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "memory.hpp"
#include "simt/report.hpp"
#include "simt/simt_device.hpp"
#include "simt/simt_interface.hpp"
#include "thread_block.hpp"

namespace synfire::simt {

class Emulator {
 public:
  static constexpr std::size_t most_argument_bytes = 8192;

  explicit Emulator(std::uint64_t seed_of_order) : seed(seed_of_order) {}
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  Hooks hooks();

  // Runs `blocks` blocks of `threads` threads. Reports what is wrong to `reports`, and stops early then.
  void launch(void* kernel, std::uint32_t threads, std::uint32_t blocks, std::span<const std::byte> arguments);

  Memory memory;
  ReportList reports;
  std::uint64_t seed;
  std::vector<BarrierSite> barrier_sites;
  std::optional<BarrierSite> skipped;

 private:
  void prepare(void* kernel, std::uint32_t threads, std::span<const std::byte> arguments);
  void call_kernel() const;
  Binding bind(const void* pointer, std::size_t element_bytes, const char* name);
  void report(AccessFault fault, const Access& access, Stamp other, bool other_write);
  void add_report(Report report);
  Participant participant(Stamp stamp, bool write) const;

  State state_{};
  std::vector<std::uint32_t> block_epochs_;  // first epoch of each block of this launch
  void* kernel_ = nullptr;
  std::vector<std::uint64_t> arguments_;
  std::unique_ptr<ThreadBlock> block_;  // kept for the next launch with as many threads
};

}  // namespace synfire::simt
