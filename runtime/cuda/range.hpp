// SPDX-License-Identifier: Apache-2.0
// What profilers show of the device: named ranges (NVTX), which cost nothing where no profiler looks.
#pragma once

#if __has_include(<nvtx3/nvToolsExt.h>)
#include <nvtx3/nvToolsExt.h>
#define SYNFIRE_HAS_NVTX 1
#else
#define SYNFIRE_HAS_NVTX 0
#endif

namespace synfire::runtime {

// From its making to its end, on this thread.
class Range {
 public:
#if SYNFIRE_HAS_NVTX
  explicit Range(const char* name) { nvtxRangePushA(name); }
  ~Range() { nvtxRangePop(); }
#else
  explicit Range(const char* /*name*/) {}
  ~Range() = default;
#endif
  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;
};

}  // namespace synfire::runtime
