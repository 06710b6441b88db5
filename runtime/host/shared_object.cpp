// SPDX-License-Identifier: Apache-2.0
#include "host/shared_object.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "device/messages.hpp"

namespace synfire::runtime {
namespace {

constexpr int mode = RTLD_NOW | RTLD_LOCAL;

[[noreturn]] void fail(const std::string& message) {
  throw BuildError({.kind = ProblemKind::build_failed,
                    .path = device_path("host"),
                    .message = "the compiled program cannot be loaded: " + message});
}

std::string loader_message() {
  const char* message = dlerror();
  return message != nullptr ? message : "unknown reason";
}

bool file_has_bytes(const std::string& path, const std::vector<std::byte>& bytes) {
  std::error_code error;
  if (path.empty() || std::filesystem::file_size(path, error) != bytes.size() || error) return false;
  std::ifstream file(path, std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(file), {});
  return content.size() == bytes.size() && std::memcmp(content.data(), bytes.data(), bytes.size()) == 0;
}

// A file without a name in any folder; in the temporary folder if the kernel has no memory files.
int anonymous_file() {
  const int memory_file = memfd_create("synfire_trial", MFD_CLOEXEC);
  if (memory_file >= 0) return memory_file;
  std::error_code error;
  std::string path = (std::filesystem::temp_directory_path(error) / "synfire_trial_XXXXXX").string();
  const int file = mkostemp(path.data(), O_CLOEXEC);
  if (file >= 0) unlink(path.c_str());
  return file;
}

bool write_all(int file, const std::vector<std::byte>& bytes) {
  for (std::size_t written = 0; written < bytes.size();) {
    const ssize_t count = write(file, bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    written += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

SharedObject::SharedObject(const contract::Binary& binary) {
  if (file_has_bytes(binary.cached_path, binary.bytes)) {
    path_ = std::filesystem::absolute(binary.cached_path).string();  // dlopen would search for a name without a slash
    handle_ = dlopen(path_.c_str(), mode);
    if (handle_ != nullptr) return;  // on a file system that forbids execution, tries from memory below
  }
  descriptor_ = anonymous_file();
  if (descriptor_ < 0) fail(std::string("cannot create a temporary file: ") + std::strerror(errno));
  path_ = "/proc/self/fd/" + std::to_string(descriptor_);
  std::string message;
  if (!write_all(descriptor_, binary.bytes)) {
    message = std::string("cannot write a temporary file: ") + std::strerror(errno);
  } else if ((handle_ = dlopen(path_.c_str(), mode)) == nullptr) {
    message = loader_message();
  }
  if (handle_ != nullptr) return;
  close(descriptor_);
  fail(message);
}

// The loader identifies objects by the name they were loaded under. While this one is loaded its descriptor stays open,
// because another object with the same number would be mistaken for it; an object can stay loaded forever (unique
// symbols).
SharedObject::~SharedObject() {
  dlclose(handle_);
  if (descriptor_ < 0) return;
  if (void* still_loaded = dlopen(path_.c_str(), RTLD_NOW | RTLD_NOLOAD)) {
    dlclose(still_loaded);
  } else {
    close(descriptor_);
  }
}

void* SharedObject::symbol(const std::string& name) const {
  void* address = dlsym(handle_, name.c_str());
  if (address == nullptr) fail("it lacks the entry point \"" + name + "\"");
  return address;
}

}  // namespace synfire::runtime
