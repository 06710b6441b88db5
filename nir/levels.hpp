// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace synfire::nir {

// A connection between different populations.
struct Arc {
  std::size_t source = 0, target = 0;
};

// The longest paths to each population, over arcs between strongly connected components; all populations of a component
// have one level.
std::vector<std::uint32_t> longest_paths(std::size_t populations, const std::vector<Arc>& arcs);

}  // namespace synfire::nir
