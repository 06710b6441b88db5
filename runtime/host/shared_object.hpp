// SPDX-License-Identifier: Apache-2.0
// A shared object loaded from memory, or from the file it was compiled to.
#pragma once

#include <string>

#include "synfire/contract/artifact.hpp"

namespace synfire::runtime {

class SharedObject {
 public:
  // Loads the binary: from its file in the cache if that still has the same bytes (so that profilers and debuggers find
  // it), else from memory. Throws BuildError.
  explicit SharedObject(const contract::Binary& binary);
  ~SharedObject();
  SharedObject(const SharedObject&) = delete;
  SharedObject& operator=(const SharedObject&) = delete;

  // The address of a symbol. Throws BuildError.
  void* symbol(const std::string& name) const;
  // The path it was loaded from.
  const std::string& path() const noexcept { return path_; }

 private:
  void* handle_ = nullptr;
  std::string path_;
  int descriptor_ = -1;  // of the memory file; stays open, see the destructor
};

}  // namespace synfire::runtime
