// SPDX-License-Identifier: Apache-2.0
#include "session/counters.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

// glibc's own names of the functions replaced below.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
void __libc_free(void* memory);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace {

thread_local std::uint64_t allocations = 0;
thread_local std::uint64_t locks = 0;

// The function hidden by this program's one of the same name.
template <class Function>
Function hidden(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

namespace synfire::testing {

Counts counts() noexcept { return {allocations, locks}; }

}  // namespace synfire::testing

extern "C" {

void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t nmemb, std::size_t size) {
  ++allocations;
  return __libc_calloc(nmemb, size);
}
void* realloc(void* ptr, std::size_t size) {
  ++allocations;
  return __libc_realloc(ptr, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** memptr, std::size_t alignment, std::size_t size) {
  *memptr = memalign(alignment, size);
  return *memptr != nullptr ? 0 : ENOMEM;
}
void free(void* ptr) {
  ++allocations;
  __libc_free(ptr);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static const auto next = hidden<int (*)(pthread_mutex_t*)>("pthread_mutex_lock");
  ++locks;
  return next(mutex);
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) {
  static const auto next = hidden<int (*)(pthread_mutex_t*)>("pthread_mutex_trylock");
  ++locks;
  return next(mutex);
}
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  static const auto next = hidden<int (*)(pthread_rwlock_t*)>("pthread_rwlock_rdlock");
  ++locks;
  return next(lock);
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  static const auto next = hidden<int (*)(pthread_rwlock_t*)>("pthread_rwlock_wrlock");
  ++locks;
  return next(lock);
}
int pthread_cond_wait(pthread_cond_t* cond, pthread_mutex_t* mutex) {
  static const auto next = hidden<int (*)(pthread_cond_t*, pthread_mutex_t*)>("pthread_cond_wait");
  ++locks;
  return next(cond, mutex);
}

}  // extern "C"

// The standard library's operators call malloc; these count however it is linked.
void* operator new(std::size_t bytes) {
  void* const memory = malloc(bytes != 0 ? bytes : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void operator delete(void* memory) noexcept { free(memory); }
void operator delete[](void* memory) noexcept { free(memory); }
void operator delete(void* memory, std::size_t) noexcept { free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { free(memory); }
