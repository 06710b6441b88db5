// SPDX-License-Identifier: Apache-2.0
// Resource usage of kernels, read from the compiler's log: the maximum over all kernels.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace synfire::codegen {

struct ResourceUsage {
  std::size_t registers = 0;     // per thread
  std::size_t shared_bytes = 0;  // per block, static
  std::size_t stack_bytes = 0;
  std::size_t spill_store_bytes = 0;
  std::size_t spill_load_bytes = 0;
};

// From the log of NVRTC with --ptxas-options=-v; nullopt if it has no such lines (only PTX was generated).
std::optional<ResourceUsage> resource_usage(const std::string& log);

}  // namespace synfire::codegen
