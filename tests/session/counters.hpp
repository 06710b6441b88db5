// SPDX-License-Identifier: Apache-2.0
// Counts the calling thread's allocations and locks. This program has its own malloc, operator new and pthread
// functions, which count and forward, so that linked libraries are counted too.
#pragma once

#include <cstdint>

namespace synfire::testing {

struct Counts {
  std::uint64_t allocations = 0;  // and releases
  std::uint64_t locks = 0;        // and waits
  bool operator==(const Counts&) const = default;
};

// The counts of this thread so far.
Counts counts() noexcept;

}  // namespace synfire::testing
