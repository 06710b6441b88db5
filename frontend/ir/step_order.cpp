// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "synfire/network.hpp"

namespace synfire::ir {
namespace {

using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// A cycle among populations each of which has a predecessor in `waiting`: a walk backward must return to where it was.
std::vector<std::uint32_t> find_cycle(const Pairs& immediate, const std::vector<std::uint32_t>& waiting) {
  const std::size_t count = waiting.size();
  const auto first = std::find_if(waiting.begin(), waiting.end(), [](std::uint32_t n) { return n != 0; });
  if (first == waiting.end()) return {};
  std::vector<std::uint32_t> into(count, no_population);
  for (std::uint32_t k = 0; k < immediate.size(); ++k) {
    if (waiting[immediate[k].first] != 0) into[immediate[k].second] = k;
  }
  std::vector<std::uint32_t> walk;
  std::vector<std::size_t> place(count, count);
  for (auto at = static_cast<std::uint32_t>(first - waiting.begin());; at = immediate[walk.back()].first) {
    if (place[at] != count) {
      walk.erase(walk.begin(), walk.begin() + static_cast<std::ptrdiff_t>(place[at]));
      break;
    }
    place[at] = walk.size();
    walk.push_back(into[at]);
  }
  std::reverse(walk.begin(), walk.end());
  return walk;
}

}  // namespace

StepOrder step_order(std::size_t populations, const Pairs& immediate) {
  std::vector<std::vector<std::uint32_t>> targets(populations);
  std::vector<std::uint32_t> waiting(populations);  // for sources that have not taken their step
  for (const auto& [source, target] : immediate) {
    targets[source].push_back(target);
    ++waiting[target];
  }
  StepOrder order{std::vector<std::uint32_t>(populations), std::vector<std::uint32_t>(populations)};
  std::vector<std::uint32_t> ready;
  for (std::uint32_t p = 0; p < populations; ++p) {
    if (waiting[p] == 0) ready.push_back(p);
  }
  while (!ready.empty()) {
    const std::uint32_t source = ready.back();
    ready.pop_back();
    for (const std::uint32_t target : targets[source]) {
      order.levels[target] = std::max(order.levels[target], order.levels[source] + 1);
      if (--waiting[target] == 0) ready.push_back(target);
    }
  }
  order.cycle = find_cycle(immediate, waiting);
  std::iota(order.populations.begin(), order.populations.end(), 0U);
  std::stable_sort(order.populations.begin(), order.populations.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return order.levels[a] < order.levels[b]; });
  return order;
}

// Connections with unknown ends are left out.
StepOrder step_order(const Network& network) {
  const std::size_t count = network.populations.size();
  Pairs immediate;
  std::vector<std::uint32_t> connections;
  for (std::uint32_t c = 0; c < network.connections.size(); ++c) {
    const Connection& connection = network.connections[c];
    if (connection.latency != 0 || connection.source >= count || connection.target >= count) continue;
    immediate.emplace_back(connection.source, connection.target);
    connections.push_back(c);
  }
  StepOrder order = step_order(count, immediate);
  for (std::uint32_t& each : order.cycle) each = connections[each];
  return order;
}

}  // namespace synfire::ir
