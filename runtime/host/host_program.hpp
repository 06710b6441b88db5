// SPDX-License-Identifier: Apache-2.0
// A program for the host device: a shared object, and working memory for each worker.
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
  // Throws BuildError when the binary does not load, DeviceError when there is no memory for the scratch of
  // `workers`.
  HostProgram(const contract::Binary& binary, const contract::Entry& entry, unsigned workers);

  // Runs a range of the examples in the caller's thread, always in the default floating-point environment:
  // rounding modes or flushed subnormals that the caller has set would change the results. Throws nothing.
  void run(unsigned worker, ExampleRange range, std::span<const std::byte> arguments) const noexcept;

 private:
  // The entry point of the kernel ABI, see synfire/contract/trial_arguments.hpp.
  using TrialFunction = void (*)(const void* arguments, std::uint32_t example_begin, std::uint32_t example_end,
                                 void* scratch);
  struct Release {
    void operator()(void* memory) const noexcept;
  };

  SharedObject object_;
  TrialFunction trial_;
  std::vector<std::unique_ptr<void, Release>> scratch_;  // of each worker
};

}  // namespace synfire::runtime
