// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "synfire/network.hpp"

namespace synfire::ir {
namespace {

// The connections of latency 0 from each population; those with unknown ends are left out.
std::vector<std::vector<std::uint32_t>> immediate_connections(const Network& network) {
  const std::size_t count = network.populations.size();
  std::vector<std::vector<std::uint32_t>> from(count);
  for (std::uint32_t c = 0; c < network.connections.size(); ++c) {
    const Connection& connection = network.connections[c];
    if (connection.latency == 0 && connection.source < count && connection.target < count)
      from[connection.source].push_back(c);
  }
  return from;
}

// A cycle among populations each of which has a predecessor in `waiting`: a walk backward must return to where it was.
std::vector<std::uint32_t> find_cycle(const Network& network, const std::vector<std::vector<std::uint32_t>>& from,
                                      const std::vector<std::uint32_t>& waiting) {
  const std::size_t count = network.populations.size();
  const auto first = std::find_if(waiting.begin(), waiting.end(), [](std::uint32_t n) { return n != 0; });
  if (first == waiting.end()) return {};
  std::vector<std::uint32_t> into(count, no_population);
  for (std::size_t p = 0; p < count; ++p) {
    if (waiting[p] == 0) continue;
    for (const std::uint32_t c : from[p]) into[network.connections[c].target] = c;
  }
  std::vector<std::uint32_t> walk;
  std::vector<std::size_t> place(count, count);
  for (auto at = static_cast<std::uint32_t>(first - waiting.begin());; at = network.connections[walk.back()].source) {
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

StepOrder step_order(const Network& network) {
  const std::size_t count = network.populations.size();
  const auto from = immediate_connections(network);
  std::vector<std::uint32_t> waiting(count);  // connections of latency 0 whose source has not taken its step
  for (const auto& connections : from) {
    for (const std::uint32_t c : connections) ++waiting[network.connections[c].target];
  }
  StepOrder order{std::vector<std::uint32_t>(count), std::vector<std::uint32_t>(count)};
  std::vector<std::uint32_t> ready;
  for (std::uint32_t p = 0; p < count; ++p) {
    if (waiting[p] == 0) ready.push_back(p);
  }
  while (!ready.empty()) {
    const std::uint32_t source = ready.back();
    ready.pop_back();
    for (const std::uint32_t c : from[source]) {
      const std::uint32_t target = network.connections[c].target;
      order.levels[target] = std::max(order.levels[target], order.levels[source] + 1);
      if (--waiting[target] == 0) ready.push_back(target);
    }
  }
  order.cycle = find_cycle(network, from, waiting);
  std::iota(order.populations.begin(), order.populations.end(), 0U);
  std::stable_sort(order.populations.begin(), order.populations.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return order.levels[a] < order.levels[b]; });
  return order;
}

}  // namespace synfire::ir
