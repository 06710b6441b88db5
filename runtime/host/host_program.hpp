// SPDX-License-Identifier: Apache-2.0
// A program for the host device: a shared object, and working memory per worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "host/shared_object.hpp"
#include "host/thread_pool.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

class HostProgram final : public LoadedProgram {
 public:
  // Throws BuildError if the binary cannot be loaded, DeviceError if there is no memory for the scratch: one per
  // worker, or one that the workers share (schedule `step`).
  HostProgram(const contract::Binary& binary, const contract::Entry& entry, unsigned workers);

  // Runs a batch on the threads of the pool, which must have as many workers as the constructor was given, and returns
  // when all is done. Either each thread runs some of the examples, or up to Entry::parts threads share the network at
  // the same time. They always run in the default floating-point environment: rounding modes or flushed subnormals set
  // by the caller would change the results. Does not throw.
  void launch(std::span<const std::byte> arguments, std::uint32_t examples, ThreadPool& pool);

  bool is_callable() const noexcept override { return true; }
  void call(std::span<const std::byte> arguments, std::uint32_t examples, void* scratch) const noexcept override;

 private:
  // The entry points of the kernel ABI, see synfire/contract/trial_arguments.hpp.
  using TrialFunction = void (*)(const void* arguments, std::uint32_t example_begin, std::uint32_t example_end,
                                 void* scratch);
  using StepsFunction = void (*)(const void* arguments, std::uint32_t worker, std::uint32_t workers, void* scratch,
                                 void* team);
  struct Release {
    void operator()(void* memory) const noexcept;
  };

  void share(std::span<const std::byte> arguments, std::uint32_t examples, ThreadPool& pool);

  SharedObject object_;
  TrialFunction trial_ = nullptr;                        // of the schedule `trial`, or …
  StepsFunction steps_ = nullptr;                        // … of `step`
  std::uint32_t parts_;                                  // the most threads that can share the network
  std::vector<std::unique_ptr<void, Release>> scratch_;  // one per worker, or one shared
  alignas(64) std::byte team_[contract::team_bytes];     // memory of their barrier
};

}  // namespace synfire::runtime
