// SPDX-License-Identifier: Apache-2.0
// What targets do with their input.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/targets.hpp"
#include "synfire/error.hpp"

namespace synfire::fuzz {

template <class Read>
void expect_result_or_error(Read read) {
  try {
    read();
  } catch (const Error&) {
    return;
  }
}

// A named file in memory.
class MemoryFile {
 public:
  explicit MemoryFile(Bytes content) : descriptor_(::memfd_create("synfire", MFD_CLOEXEC)) {
    for (Bytes rest = content; !rest.empty();) {
      const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
      if (written <= 0) throw Defect("no memory for the input");
      rest = rest.subspan(static_cast<std::size_t>(written));
    }
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace synfire::fuzz
