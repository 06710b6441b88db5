// SPDX-License-Identifier: Apache-2.0
// What compile_for_simt() made, loaded into this process.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "simt/simt_interface.hpp"

namespace synfire::simt {

class KernelLibrary {
 public:
  // Throws BuildError. `hooks`: what the kernels reach the emulator through.
  KernelLibrary(const std::vector<std::byte>& bytes, const Hooks& hooks);
  ~KernelLibrary();
  KernelLibrary(const KernelLibrary&) = delete;
  KernelLibrary& operator=(const KernelLibrary&) = delete;

  // Null if the library has no such function.
  void* find(const std::string& name) const;

 private:
  int descriptor_;  // open as long as the library is loaded: a second file would get its name
  void* handle_ = nullptr;
};

}  // namespace synfire::simt
