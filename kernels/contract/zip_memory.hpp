// SPDX-License-Identifier: Apache-2.0
// Lets minizip read an archive that lies in memory.
#pragma once

#include <minizip/ioapi.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace synfire::contract {

struct MemoryFile {
  std::span<const std::byte> bytes;
  std::uint64_t position = 0;
};

// Functions that read `file`, which must outlive them.
zlib_filefunc64_def memory_functions(MemoryFile& file);

}  // namespace synfire::contract
