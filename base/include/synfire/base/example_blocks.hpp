// SPDX-License-Identifier: Apache-2.0
// All examples of a data set, a few megabytes at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace synfire::base {

// Calls visit(numbers) for blocks of the examples 0 to `examples` - 1, in order. A block has about 4 MiB.
template <class Visitor>
void for_blocks(std::size_t examples, std::size_t bytes_of_example, const Visitor& visit) {
  constexpr std::size_t block_bytes = std::size_t{4} << 20;
  const std::size_t most = std::clamp<std::size_t>(block_bytes / std::max<std::size_t>(bytes_of_example, 1), 1, 4096);
  std::vector<std::uint32_t> block;
  for (std::size_t begin = 0; begin < examples; begin += block.size()) {
    block.resize(std::min(most, examples - begin));
    std::iota(block.begin(), block.end(), static_cast<std::uint32_t>(begin));
    visit(std::span<const std::uint32_t>(block));
  }
}

}  // namespace synfire::base
