// SPDX-License-Identifier: Apache-2.0
// When populations run. A connection takes a step, an edge of NIR none: a population runs later than its node by its
// level.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace synfire::nir {

// A connection between different populations whose values take `delay` steps in the graph.
struct Arc {
  std::size_t source = 0, target = 0;
  std::uint32_t delay = 0;
};

struct Levels {
  std::vector<std::uint32_t> of;   // for each population, the smallest possible
  std::vector<std::size_t> cycle;  // populations that cannot be ordered, each leading to the next; then `of` is empty
};

// For each population the strongly connected component that it is in; components are numbered so that arcs between them
// lead from lower to higher numbers.
std::vector<std::size_t> components(std::size_t populations, const std::vector<Arc>& arcs);

// The longest paths to each population, over arcs between components; all populations of a component have one level.
std::vector<std::uint32_t> longest_paths(std::size_t populations, const std::vector<Arc>& arcs);

// The smallest levels ≥ 0 with level(target) ≥ level(source) + 1, and within cycles, where delays may make up for the
// step that a connection takes, level(target) ≥ level(source) + 1 − delay.
Levels find_levels(std::size_t populations, const std::vector<Arc>& arcs);

}  // namespace synfire::nir
