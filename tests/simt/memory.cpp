// SPDX-License-Identifier: Apache-2.0
#include "memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "synfire/error.hpp"

namespace synfire::simt {
namespace {

[[noreturn]] void fail(ProblemKind kind, const std::string& path, std::string message, std::string given) {
  Problem problem;
  problem.kind = kind;
  problem.path = path;
  problem.message = std::move(message);
  problem.given = std::move(given);
  throw DeviceError(std::move(problem));
}

}  // namespace

void Memory::Free::operator()(std::byte* memory) const noexcept { std::free(memory); }

void* Memory::allocate(std::size_t bytes, const std::string& what) {
  const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  Allocation allocation;
  allocation.data.reset(rounded < bytes ? nullptr : static_cast<std::byte*>(std::aligned_alloc(alignment, rounded)));
  if (!allocation.data) {
    fail(ProblemKind::out_of_memory, what, "the emulated device is out of memory", std::to_string(bytes));
  }
  allocation.bytes = bytes;
  allocation.written.assign(bytes, 0);
  std::byte* const pointer = allocation.data.get();
  allocations_.emplace(pointer, std::move(allocation));
  return pointer;
}

void Memory::release(void* memory) noexcept { allocations_.erase(static_cast<const std::byte*>(memory)); }

void Memory::mark_written(const void* pointer, std::size_t bytes) {
  check(pointer, bytes);
  if (bytes == 0) return;
  Allocation& allocation = *find(pointer);
  const std::ptrdiff_t offset = static_cast<const std::byte*>(pointer) - allocation.data.get();
  std::memset(allocation.written.data() + offset, 1, bytes);
}

void Memory::check(const void* pointer, std::size_t bytes) const {
  if (bytes == 0) return;
  const Allocation* const allocation = find(pointer);
  if (allocation) {
    const std::ptrdiff_t offset = static_cast<const std::byte*>(pointer) - allocation->data.get();
    if (bytes <= allocation->bytes - static_cast<std::size_t>(offset)) return;
  }
  fail(ProblemKind::run_failed, "copy", "the copied range is not within one allocation", std::to_string(bytes));
}

void Memory::begin_launch() {
  for (auto& [start, allocation] : allocations_) allocation.element_bytes = 0;
}

Binding Memory::bind(const void* pointer, std::size_t element_bytes, bool* mixed) {
  *mixed = false;
  Allocation* const allocation = find(pointer);
  if (!allocation) return {nullptr, nullptr, 0};
  if (allocation->element_bytes == 0) {
    allocation->element_bytes = element_bytes;
    allocation->words.resize(std::max(allocation->words.size(), allocation->bytes / element_bytes));
  }
  *mixed = allocation->element_bytes != element_bytes;
  if (*mixed) return {nullptr, nullptr, 0};
  const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(pointer) - allocation->data.get());
  return {allocation->words.data() + offset / element_bytes, allocation->written.data() + offset,
          (allocation->bytes - offset) / element_bytes};
}

Memory::Allocation* Memory::find(const void* pointer) {
  return const_cast<Allocation*>(static_cast<const Memory*>(this)->find(pointer));
}

const Memory::Allocation* Memory::find(const void* pointer) const {
  const auto* const address = static_cast<const std::byte*>(pointer);
  auto next = allocations_.upper_bound(address);
  if (next == allocations_.begin()) return nullptr;
  const Allocation& allocation = std::prev(next)->second;
  // An address one past the end is not part of an allocation, except for the start of an empty one.
  const auto offset = static_cast<std::size_t>(address - allocation.data.get());
  return offset < std::max<std::size_t>(allocation.bytes, 1) ? &allocation : nullptr;
}

}  // namespace synfire::simt
