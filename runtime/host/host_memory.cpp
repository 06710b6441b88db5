// SPDX-License-Identifier: Apache-2.0
#include "host/host_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "device/messages.hpp"
#include "host/system_memory.hpp"

namespace synfire::runtime {
namespace {

constexpr std::size_t alignment = 256;
constexpr std::size_t page = 4096;  // or a divisor of it

void touch_pages(void* memory, std::size_t bytes) {
  auto* const first = static_cast<volatile unsigned char*>(memory);
  for (std::size_t position = 0; position < bytes; position += page) first[position] = 0;
}

}  // namespace

void* allocate_host_memory(std::size_t bytes, const std::string& what) {
  const std::size_t available = available_memory();
  if (bytes > available || bytes > std::numeric_limits<std::size_t>::max() - alignment) {
    throw DeviceError(out_of_memory("host", what, bytes, available));
  }
  const std::size_t rounded = std::max(alignment, (bytes + alignment - 1) / alignment * alignment);
  void* const memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw DeviceError(out_of_memory("host", what, bytes, available));
  touch_pages(memory, rounded);
  return memory;
}

void release_host_memory(void* memory) noexcept { std::free(memory); }

}  // namespace synfire::runtime
