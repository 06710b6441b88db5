// SPDX-License-Identifier: Apache-2.0
// What kernels take of a multiprocessor, read from the compiler's log: of several, the most of each.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace synfire::codegen {

struct ResourceUsage {
  std::size_t registers = 0;     // of a thread
  std::size_t shared_bytes = 0;  // of a block, static
  std::size_t stack_bytes = 0;
  std::size_t spill_store_bytes = 0;
  std::size_t spill_load_bytes = 0;
};

// From the log of NVRTC with --ptxas-options=-v; nothing if it has no such lines (PTX alone was made).
std::optional<ResourceUsage> resource_usage(const std::string& log);

}  // namespace synfire::codegen
