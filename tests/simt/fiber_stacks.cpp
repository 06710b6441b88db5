// SPDX-License-Identifier: Apache-2.0
#include "fiber_stacks.hpp"

#include <sys/mman.h>

#include <string>

#include "synfire/error.hpp"

namespace synfire::simt {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t stride = FiberStacks::bytes + 2 * page;  // guard page, stack, room for the offset
constexpr std::size_t cache_line = 64;
constexpr std::size_t offset_lines = 7;  // odd: 64 threads have 64 offsets

}  // namespace

FiberStacks::FiberStacks(std::size_t count) : total_(count * stride), memory_(nullptr) {
  void* const memory =
      mmap(nullptr, total_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    Problem problem;
    problem.kind = ProblemKind::out_of_memory;
    problem.path = "simt";
    problem.message = "cannot allocate stacks for a block's threads";
    problem.given = std::to_string(total_);
    throw DeviceError(std::move(problem));
  }
  memory_ = static_cast<std::byte*>(memory);
  for (std::size_t i = 0; i < count; ++i) mprotect(memory_ + i * stride, page, PROT_NONE);
}

FiberStacks::~FiberStacks() { munmap(memory_, total_); }

boost::context::stack_context FiberStacks::stack(std::size_t index) const {
  boost::context::stack_context context;
  context.size = bytes;
  context.sp = memory_ + (index + 1) * stride - index * offset_lines * cache_line % page;
  return context;
}

}  // namespace synfire::simt
