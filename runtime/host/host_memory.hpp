// SPDX-License-Identifier: Apache-2.0
// Memory of the host device.
#pragma once

#include <cstddef>
#include <string>

namespace synfire::runtime {

// Uninitialized memory aligned to 256 bytes, never null. Throws DeviceError (out_of_memory) if there is less
// available. The memory is really there on return: Linux hands out more than it has and ends the process that
// then uses it, so what is available is asked for first, and each page is touched.
void* allocate_host_memory(std::size_t bytes, const std::string& what);
void release_host_memory(void* memory) noexcept;

}  // namespace synfire::runtime
