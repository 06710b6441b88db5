// SPDX-License-Identifier: Apache-2.0
#include "zip_memory.hpp"

#include <algorithm>
#include <cstring>

namespace synfire::contract {
namespace {

// minizip hands `opaque` to open, and what open returned, as `stream`, to the others.
void* open(void* opaque, const void*, int) { return opaque; }

unsigned long read(void*, void* stream, void* buffer, unsigned long size) {
  auto& file = *static_cast<MemoryFile*>(stream);
  const std::size_t count = std::min<std::size_t>(size, file.bytes.size() - file.position);
  if (count > 0) std::memcpy(buffer, file.bytes.data() + file.position, count);
  file.position += count;
  return count;
}

unsigned long write(void*, void*, const void*, unsigned long) { return 0; }

ZPOS64_T tell(void*, void* stream) { return static_cast<MemoryFile*>(stream)->position; }

long seek(void*, void* stream, ZPOS64_T offset, int origin) {
  auto& file = *static_cast<MemoryFile*>(stream);
  std::uint64_t target = offset;
  if (origin == ZLIB_FILEFUNC_SEEK_CUR) target += file.position;
  if (origin == ZLIB_FILEFUNC_SEEK_END) target += file.bytes.size();
  if (target > file.bytes.size()) return -1;
  file.position = target;
  return 0;
}

int close(void*, void*) { return 0; }

int error(void*, void*) { return 0; }

}  // namespace

zlib_filefunc64_def memory_functions(MemoryFile& file) {
  zlib_filefunc64_def functions{};
  functions.zopen64_file = &open;
  functions.zread_file = &read;
  functions.zwrite_file = &write;
  functions.ztell64_file = &tell;
  functions.zseek64_file = &seek;
  functions.zclose_file = &close;
  functions.zerror_file = &error;
  functions.opaque = &file;
  return functions;
}

}  // namespace synfire::contract
