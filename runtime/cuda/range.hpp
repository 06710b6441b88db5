// SPDX-License-Identifier: Apache-2.0
// Named ranges that profilers show (NVTX); they cost nothing without a profiler.
#pragma once

#if __has_include(<nvtx3/nvToolsExt.h>)
#include <nvtx3/nvToolsExt.h>
#define SYNFIRE_HAS_NVTX 1
#else
#define SYNFIRE_HAS_NVTX 0
#endif

namespace synfire::runtime {

// Spans its lifetime, on this thread.
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
