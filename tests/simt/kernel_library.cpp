// SPDX-License-Identifier: Apache-2.0
#include "kernel_library.hpp"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include "synfire/error.hpp"

namespace synfire::simt {
namespace {

[[noreturn]] void fail_to_load(const std::string& message) {
  throw BuildError({.kind = ProblemKind::build_failed, .path = "simt", .message = message});
}

bool write_all(int descriptor, const std::vector<std::byte>& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = write(descriptor, bytes.data() + done, bytes.size() - done);
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

// Each load has its own anonymous file, so that dlopen() does not share one library between them; it also compares
// names, hence the per-process number.
KernelLibrary::KernelLibrary(const std::vector<std::byte>& bytes, const Hooks& hooks)
    : descriptor_(memfd_create("synfire_simt", MFD_CLOEXEC)) {
  if (descriptor_ >= 0 && write_all(descriptor_, bytes))
    handle_ = dlopen(("/proc/self/fd/" + std::to_string(descriptor_)).c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const attach = find("synfire_simt_attach");
  if (attach == nullptr) {
    const char* const reason = dlerror();
    const std::string text = reason != nullptr ? reason : "the file cannot be written";
    if (handle_ != nullptr) dlclose(handle_);
    close(descriptor_);
    fail_to_load("cannot load the program: " + text);
  }
  reinterpret_cast<void (*)(const Hooks*)>(attach)(&hooks);
}

KernelLibrary::~KernelLibrary() {
  dlclose(handle_);
  close(descriptor_);
}

void* KernelLibrary::find(const std::string& name) const {
  return handle_ == nullptr ? nullptr : dlsym(handle_, name.c_str());
}

}  // namespace synfire::simt
