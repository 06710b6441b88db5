// SPDX-License-Identifier: Apache-2.0
#include "ir/validate.hpp"

#include <algorithm>
#include <unordered_map>

#include "ir/shapes.hpp"
#include "synfire/base/text.hpp"
#include "synfire/patches.hpp"

namespace synfire::ir {
namespace {

template <class Thing>
std::string numbered_path(const char* list, const std::vector<Thing>& things, const Thing& thing) {
  return std::string(list) + '[' + std::to_string(&thing - things.data()) + "] \"" + thing.name + '"';
}

void check_name(const std::string& name, std::unordered_map<std::string, std::string>& seen, const std::string& path,
                const Report& report) {
  check_object_name(name, report);
  const auto [first, is_new] = seen.emplace(name, path);
  if (is_new) return;
  report.add({.kind = ProblemKind::duplicate_name,
              .message = "duplicate name",
              .hint = "already the name of " + first->second,
              .given = name});
}

bool is_whole(const Network& network, const Connection& connection) {
  return connection.source < network.populations.size() && connection.target < network.populations.size();
}

// Network::connect reports unknown ends itself; other wrong indices come from networks built by hand.
void check_end(std::uint32_t index, const Network& network, const Report& report) {
  if (index < network.populations.size() || index == no_population) return;
  report.add({.kind = ProblemKind::foreign_id,
              .message = "the population index is out of range",
              .expected = "less than " + std::to_string(network.populations.size()),
              .given = std::to_string(index)});
}

// The populations that only miss a shape because a convolution or pool before them has another problem, or because the
// source of the first one misses its own: one mistake does not make a problem of every layer after it.
std::vector<bool> excused_shapes(const Network& network) {
  std::vector<bool> excused(network.populations.size()), is_inferred(network.populations.size());
  std::vector<const Connection*> kernels;
  for (const Connection& connection : network.connections) {
    if (!is_whole(network, connection) || !is_kernel(connection.connectivity)) continue;
    kernels.push_back(&connection);
    is_inferred[connection.target] = true;
  }
  const auto is_excused = [&](const Connection& connection) {
    const Shape& source = network.populations[connection.source].shape;
    const Shape& target = network.populations[connection.target].shape;
    if (target.is_set()) return false;
    if (!size_of(source)) return source.is_set() || excused[connection.source] || !is_inferred[connection.source];
    const PatchResult found = find_patches(connection.connectivity, source, target);
    return found.problem && found.problem->kind != ProblemKind::missing_shape;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (const Connection* connection : kernels) {
      if (excused[connection->target] || !is_excused(*connection)) continue;
      excused[connection->target] = changed = true;
    }
  }
  return excused;
}

}  // namespace

bool check_object_name(const std::string& name, const Report& report) {
  if (base::is_object_name(name)) return true;
  report.add({.kind = ProblemKind::invalid_name,
              .message = "the name cannot be used",
              .hint = base::object_name_hint,
              .given = name});
  return false;
}

std::string path_of(const Network& network, const Population& population) {
  return numbered_path("populations", network.populations, population);
}

std::string path_of(const Network& network, const Connection& connection) {
  return numbered_path("connections", network.connections, connection);
}

namespace {

void check_latencies(const Network& network, std::vector<Problem>& problems) {
  for (const Connection& connection : network.connections) {
    if (connection.latency <= 1) continue;
    Report(problems, path_of(network, connection), connection.place)
        .at(".latency")
        .add({.kind = ProblemKind::invalid_option,
              .message = "the latency is out of range",
              .hint = "for longer times, set the delay",
              .expected = "0 or 1 steps",
              .given = std::to_string(connection.latency)});
  }
  const std::vector<std::uint32_t> cycle = step_order(network).cycle;
  if (cycle.empty()) return;
  const Connection& first = network.connections[cycle.front()];
  std::string names;
  for (const std::uint32_t c : cycle) names += (names.empty() ? "\"" : ", \"") + network.connections[c].name + '"';
  Report(problems, path_of(network, first), first.place)
      .at(".latency")
      .add({.kind = ProblemKind::invalid_option,
            .message = "connections of latency 0 form a cycle: no population could take its step first",
            .hint = "give one of them a latency of 1",
            .given = names});
}

std::vector<Problem> validate_inferred(const Network& network) {
  std::vector<Problem> problems;

  std::unordered_map<std::string, std::string> population_names;
  std::vector<std::optional<ParsedNeuron>> neurons;
  const std::vector<bool> excused = excused_shapes(network);
  for (const Population& population : network.populations) {
    const std::string path = path_of(network, population);
    const Report report(problems, path, population.place);
    check_name(population.name, population_names, path, report.at(".name"));
    neurons.push_back(validate_population(population, excused[neurons.size()], report));
  }

  std::unordered_map<std::string, std::string> connection_names;
  for (const Connection& connection : network.connections) {
    const std::string path = path_of(network, connection);
    const Report report(problems, path, connection.place);
    check_end(connection.source, network, report.at(".source"));
    check_end(connection.target, network, report.at(".target"));
    if (!is_whole(network, connection)) continue;
    check_name(connection.name, connection_names, path, report.at(".name"));
    validate_connection(network, connection, neurons, report);
  }
  check_latencies(network, problems);
  return problems;
}

}  // namespace

std::vector<Problem> validate(const Network& network) {
  const bool known = std::all_of(network.populations.begin(), network.populations.end(),
                                 [](const Population& population) { return population.shape.is_set(); });
  if (known) return validate_inferred(network);  // large networks are not copied needlessly
  Network inferred = network;
  infer_shapes(inferred);
  return validate_inferred(inferred);
}

}  // namespace synfire::ir
