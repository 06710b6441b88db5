// SPDX-License-Identifier: Apache-2.0
// Preloaded into the program `synfire`: makes one call of a C library function fail. SYNFIRE_FAULT=rename:3 selects the
// third rename; the file SYNFIRE_FAULT_DONE is created when it has failed.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

extern "C" void* __libc_malloc(std::size_t);  // NOLINT(bugprone-reserved-identifier): glibc's name

namespace {

// Set before main; nothing fails until then.
const char* function = "";
std::atomic<long> calls_left{0};

bool fails(const char* called) {
  if (std::strcmp(called, function) != 0 || --calls_left != 0) return false;
  const char* done = std::getenv("SYNFIRE_FAULT_DONE");
  if (done != nullptr) ::close(::open(done, O_WRONLY | O_CREAT, 0644));
  return true;
}

__attribute__((constructor)) void read_settings() {
  const char* fault = std::getenv("SYNFIRE_FAULT");
  if (fault == nullptr || std::strcmp(program_invocation_short_name, "synfire") != 0) return;
  const char* colon = std::strchr(fault, ':');
  if (colon == nullptr) return;
  static char name[32];
  std::strncpy(name, fault, static_cast<std::size_t>(colon - fault) % sizeof name);
  calls_left = std::atol(colon + 1);
  function = name;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// Declared apart from that of <cstdio>, whose parameters have reserved names.
extern "C" int failing_rename(const char* from, const char* to) noexcept __asm__("rename");
int failing_rename(const char* from, const char* to) noexcept {
  if (fails("rename")) return errno = EIO, -1;
  return next<int(const char*, const char*)>("rename")(from, to);
}

extern "C" int fsync(int fd) {
  if (fails("fsync")) return errno = EIO, -1;
  return next<int(int)>("fsync")(fd);
}

extern "C" void* malloc(std::size_t size) {
  if (fails("malloc")) return errno = ENOMEM, nullptr;
  return __libc_malloc(size);
}
