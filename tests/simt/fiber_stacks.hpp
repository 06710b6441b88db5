// SPDX-License-Identifier: Apache-2.0
// Stacks for the fibers of a block, in one mapping.
#pragma once

#include <boost/context/stack_context.hpp>
#include <cstddef>

namespace synfire::simt {

// Each stack has an inaccessible page below it and its own offset within a page: at equal offsets all
// threads' frames would compete for the same few lines of the first-level cache.
class FiberStacks {
 public:
  static constexpr std::size_t bytes = std::size_t{64} * 1024;

  explicit FiberStacks(std::size_t count);
  ~FiberStacks();
  FiberStacks(const FiberStacks&) = delete;
  FiberStacks& operator=(const FiberStacks&) = delete;

  boost::context::stack_context stack(std::size_t index) const;

 private:
  std::size_t total_;
  std::byte* memory_;
};

// The stack allocator required by boost::context::fiber; FiberStacks owns the memory.
struct KeepStack {
  void deallocate(boost::context::stack_context&) noexcept {}
};

}  // namespace synfire::simt
