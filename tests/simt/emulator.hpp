// SPDX-License-Identifier: Apache-2.0
// The implementation of SimtDevice: memory, the running launch, and the functions that kernels call through Hooks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
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

// A kernel and the shape of a row of its grid.
struct Kernel {
  void* function = nullptr;
  std::uint32_t threads = 0;
  std::uint32_t blocks = 1;
};

class Emulator {
 public:
  static constexpr std::size_t most_argument_bytes = 8192;

  explicit Emulator(std::uint64_t seed_of_order) : seed(seed_of_order) {}
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  Hooks hooks();

  // Clears the reports and barriers of earlier kernels, and sets the arguments of the following ones.
  void begin(std::span<const std::byte> arguments);
  // Runs a kernel, which begins after the previous one has ended. Adds errors to `reports` and then stops early.
  void launch(const Kernel& kernel, std::uint32_t rows, std::uint32_t relative_step);

  Memory memory;
  ReportList reports;
  std::uint64_t seed;
  std::vector<BarrierSite> barrier_sites;  // sorted
  std::uint64_t launches = 0;              // of kernels
  std::optional<BarrierSite> skipped;

 private:
  void prepare(const Kernel& kernel, std::uint32_t relative_step);
  ThreadBlock& block_of(std::uint32_t threads);
  void add_barrier_sites();
  void call_kernel() const;
  Binding bind(const void* pointer, std::size_t element_bytes, const char* name);
  void report(AccessFault fault, const Access& access, Stamp other, bool other_write);
  void add_report(Report report);
  Participant participant(Stamp stamp, bool write) const;

  State state_{};
  std::vector<std::uint32_t> block_epochs_;  // first epoch of each block of this launch, row by row
  Kernel kernel_;
  std::uint32_t relative_step_ = 0;
  std::vector<std::uint64_t> arguments_;
  std::uint64_t kernels_ = 0;                                     // since begin()
  ThreadBlock* block_ = nullptr;                                  // of this launch
  std::map<std::uint32_t, std::unique_ptr<ThreadBlock>> blocks_;  // by number of threads; kept for later launches
};

}  // namespace synfire::simt
