// SPDX-License-Identifier: Apache-2.0
// A library from compile_for_simt(), loaded into this process.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "simt/simt_interface.hpp"

namespace synfire::simt {

class KernelLibrary {
 public:
  // Throws BuildError. `hooks`: the kernels' interface to the emulator.
  KernelLibrary(const std::vector<std::byte>& bytes, const Hooks& hooks);
  ~KernelLibrary();
  KernelLibrary(const KernelLibrary&) = delete;
  KernelLibrary& operator=(const KernelLibrary&) = delete;

  // Null if the library lacks the function.
  void* find(const std::string& name) const;

 private:
  int descriptor_;  // open while the library is loaded, to reserve its name
  void* handle_ = nullptr;
};

}  // namespace synfire::simt
