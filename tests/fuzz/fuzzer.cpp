// SPDX-License-Identifier: Apache-2.0
// A libFuzzer program for the target named by SYNFIRE_FUZZ_TARGET.
#include "fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  synfire::fuzz::SYNFIRE_FUZZ_TARGET({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
