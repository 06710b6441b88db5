// SPDX-License-Identifier: Apache-2.0
// Memory of the host device.
#pragma once

#include <cstddef>
#include <string>

namespace synfire::runtime {

// Uninitialized memory aligned to 256 bytes, never null. Throws DeviceError (out_of_memory) if less is available. The
// memory is committed on return: Linux overcommits and kills the process that then uses the memory, so the available
// memory is checked first, and each page is touched.
void* allocate_host_memory(std::size_t bytes, const std::string& what);
void release_host_memory(void* memory) noexcept;

}  // namespace synfire::runtime
