// SPDX-License-Identifier: Apache-2.0
#include "host/host_memory.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>

#include "device/messages.hpp"
#include "host/system_memory.hpp"

namespace synfire::runtime {
namespace {

constexpr std::size_t alignment = 256;
constexpr std::size_t page = 4096;  // or a divisor of it

// Querying the available memory takes longer than allocating a small buffer. Each query grants an amount to small
// buffers that is negligible for the machine.
constexpr std::size_t small_buffer = std::size_t{1} << 20;
constexpr std::size_t most_granted = std::size_t{64} << 20;
std::atomic<std::size_t> granted{0};

bool is_granted(std::size_t bytes) {
  if (bytes > small_buffer) return false;
  std::size_t left = granted.load(std::memory_order_relaxed);
  while (left >= bytes) {
    if (granted.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed)) return true;
  }
  return false;
}

void require_available(std::size_t bytes, const std::string& what) {
  if (is_granted(bytes)) return;
  const std::size_t available = available_memory();
  if (bytes > available || bytes > std::numeric_limits<std::size_t>::max() - alignment)
    throw DeviceError(out_of_memory("host", what, bytes, available));
  granted.store(std::min(most_granted, (available - bytes) / 16), std::memory_order_relaxed);
}

void touch_pages(void* memory, std::size_t bytes) {
  auto* const first = static_cast<volatile unsigned char*>(memory);
  for (std::size_t position = 0; position < bytes; position += page) first[position] = 0;
}

}  // namespace

void* allocate_host_memory(std::size_t bytes, const std::string& what) {
  require_available(bytes, what);
  const std::size_t rounded = std::max(alignment, (bytes + alignment - 1) / alignment * alignment);
  void* const memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw DeviceError(out_of_memory("host", what, bytes, available_memory()));
  touch_pages(memory, rounded);
  return memory;
}

void release_host_memory(void* memory) noexcept { std::free(memory); }

}  // namespace synfire::runtime
