// SPDX-License-Identifier: Apache-2.0
#include "levels.hpp"

#include <algorithm>

namespace synfire::nir {
namespace {

// For each population the strongly connected component that it is in; components are numbered so that arcs between them
// lead from lower to higher numbers. Kosaraju's algorithm: the order in which a depth-first search leaves the
// populations, then one against the arcs.
std::vector<std::size_t> components(std::size_t populations, const std::vector<Arc>& arcs) {
  std::vector<std::vector<std::size_t>> to(populations), from(populations);
  for (const Arc& arc : arcs) {
    to[arc.source].push_back(arc.target);
    from[arc.target].push_back(arc.source);
  }
  std::vector<bool> seen(populations, false);
  const auto search = [&](std::size_t start, const auto& next, const auto& leave) {
    std::vector<std::pair<std::size_t, std::size_t>> stack{{start, 0}};
    seen[start] = true;
    while (!stack.empty()) {
      auto& [at, edge] = stack.back();
      if (edge == next[at].size()) {
        leave(at);
        stack.pop_back();
        continue;
      }
      const std::size_t target = next[at][edge++];
      if (seen[target]) continue;
      seen[target] = true;
      stack.push_back({target, 0});
    }
  };
  std::vector<std::size_t> left, component(populations, 0);
  for (std::size_t k = 0; k < populations; ++k) {
    if (!seen[k]) search(k, to, [&](std::size_t each) { left.push_back(each); });
  }
  seen.assign(populations, false);
  std::size_t number = 0;
  for (auto k = left.rbegin(); k != left.rend(); ++k) {
    if (seen[*k]) continue;
    search(*k, from, [&](std::size_t each) { component[each] = number; });
    ++number;
  }
  return component;
}

}  // namespace

std::vector<std::uint32_t> longest_paths(std::size_t populations, const std::vector<Arc>& arcs) {
  const std::vector<std::size_t> component = components(populations, arcs);
  std::vector<Arc> between;
  for (const Arc& arc : arcs) {
    if (component[arc.source] != component[arc.target])
      between.push_back({component[arc.source], component[arc.target]});
  }
  std::sort(between.begin(), between.end(), [](const Arc& a, const Arc& b) { return a.source < b.source; });
  std::vector<std::uint32_t> level(populations, 0), result(populations);
  for (const Arc& arc : between) level[arc.target] = std::max(level[arc.target], level[arc.source] + 1);
  for (std::size_t k = 0; k < populations; ++k) result[k] = level[component[k]];
  return result;
}

}  // namespace synfire::nir
