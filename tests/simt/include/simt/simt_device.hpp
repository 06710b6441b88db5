// SPDX-License-Identifier: Apache-2.0
// The device `simt` of the tests: runs generated CUDA source, compiled for the processor by compile_for_simt(), with
// each thread as a fiber, and detects races, overruns, reads of unwritten memory and barriers missed by part of a
// block.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simt/report.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::simt {

class Emulator;

struct SimtOptions {
  // Of the thread order; default: the environment variable SYNFIRE_SIMT_SEED, or 1.
  std::optional<std::uint64_t> seed;
};

// A source line with a block or warp barrier. Two barriers on one line are one site.
struct BarrierSite {
  std::string file;  // base name
  int line = 0;
  auto operator<=>(const BarrierSite&) const = default;  // NOLINT(modernize-use-nullptr): it means the 0 of <=>
};

// Blocks run one after the other on the calling thread. A launch with errors throws a RunError with a problem for each
// of the first 10 reports: kind run_failed, path `view[index]`, or `kernel` for barriers and ballots. Its outputs are
// then undefined.
class SimtDevice final : public runtime::Device {
 public:
  explicit SimtDevice(const SimtOptions& options = {});
  ~SimtDevice() override;

  std::string name() const override;
  std::string description() const override;
  std::vector<std::string> architectures() const override;
  std::size_t free_bytes() const override;

  void* allocate(std::size_t bytes, const std::string& what) override;
  void release(void* memory) noexcept override;
  void copy_to_device(void* device, const void* host, std::size_t bytes) override;
  void copy_to_host(void* host, const void* device, std::size_t bytes) override;
  void fill_zero(void* device, std::size_t bytes) override;

  // The binary's bytes are a shared object from compile_for_simt().
  std::unique_ptr<runtime::LoadedProgram> load(const contract::Binary& binary, const contract::Entry& entry) override;
  void launch(runtime::LoadedProgram& program, const contract::Entry& entry, std::span<const std::byte> arguments,
              std::uint32_t examples) override;
  void synchronize() override;
  std::uint64_t launches() const override;

  // The seed of the thread order of the following launches.
  void set_seed(std::uint64_t seed);
  std::uint64_t seed() const;

  // Of the last launch, even if it failed.
  const std::vector<Report>& reports() const;
  // The block and warp barriers that the last launch reached, including skipped ones, by file and line.
  const std::vector<BarrierSite>& barrier_sites() const;

  // Later launches skip the barriers at barrier_sites()[n] of the last launch. Throws std::out_of_range.
  void skip_barrier(std::size_t n);
  void skip_no_barrier();

 private:
  void launch_stage(runtime::LoadedProgram& program, const contract::Stage& stage, std::uint32_t rows,
                    std::uint32_t relative_step);
  void launch_steps(runtime::LoadedProgram& program, const contract::Entry& entry, std::span<const std::byte> arguments,
                    std::uint32_t rows);

  std::unique_ptr<Emulator> emulator_;
};

// Registers the device `simt` for runtime::open_device().
void register_simt_device();

}  // namespace synfire::simt
