// SPDX-License-Identifier: Apache-2.0
// Counts what the calling thread asks of the allocator and of locks. This program has its own malloc, operator new and
// pthread functions, which count and pass on, so that whatever it links is counted too.
#pragma once

#include <cstdint>

namespace synfire::testing {

struct Counts {
  std::uint64_t allocations = 0;  // and releases
  std::uint64_t locks = 0;        // and waits
  bool operator==(const Counts&) const = default;
};

// Of this thread so far.
Counts counts() noexcept;

}  // namespace synfire::testing
