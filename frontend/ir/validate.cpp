// SPDX-License-Identifier: Apache-2.0
#include "ir/validate.hpp"

#include <algorithm>
#include <map>

namespace synfire::ir {
namespace {

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_object_name(const std::string& name) {
  constexpr std::size_t longest = 100;
  if (name.empty() || name.size() > longest) return false;
  const auto allowed = [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; };
  return (is_letter_or_digit(name.front()) || name.front() == '_') && std::all_of(name.begin(), name.end(), allowed);
}

template <class Thing>
std::string numbered_path(const char* list, const std::vector<Thing>& things, const Thing& thing) {
  return std::string(list) + '[' + std::to_string(&thing - things.data()) + "] \"" + thing.name + '"';
}

void check_name(const std::string& name, std::map<std::string, std::string>& seen, const std::string& path,
                const Report& report) {
  if (!is_object_name(name)) {
    report.add({.kind = ProblemKind::invalid_name,
                .message = "the name cannot be used",
                .hint = "use letters, digits, \"_\", \"-\" and \".\", beginning with a letter, a digit or "
                        "\"_\"; at most 100",
                .given = name});
  }
  const auto [first, is_new] = seen.emplace(name, path);
  if (is_new) return;
  report.add({.kind = ProblemKind::duplicate_name,
              .message = "the name is taken",
              .hint = first->second + " has it",
              .given = name});
}

bool is_whole(const Network& network, const Connection& connection) {
  return connection.source < network.populations.size() && connection.target < network.populations.size();
}

// Network::connect reports what it does not know itself; other wrong indices come from networks built by
// hand.
void check_end(std::uint32_t index, const Network& network, const Report& report) {
  if (index < network.populations.size() || index == no_population) return;
  report.add({.kind = ProblemKind::foreign_id,
              .message = "there is no such population",
              .expected = "less than " + std::to_string(network.populations.size()),
              .given = std::to_string(index)});
}

}  // namespace

std::string path_of(const Network& network, const Population& population) {
  return numbered_path("populations", network.populations, population);
}

std::string path_of(const Network& network, const Connection& connection) {
  return numbered_path("connections", network.connections, connection);
}

namespace {

std::vector<Problem> validate_inferred(const Network& network) {
  std::vector<Problem> problems;

  std::map<std::string, std::string> population_names;
  std::vector<std::optional<ParsedNeuron>> neurons;
  for (const Population& population : network.populations) {
    const std::string path = path_of(network, population);
    const Report report(problems, path, population.place);
    check_name(population.name, population_names, path, report.at(".name"));
    neurons.push_back(validate_population(population, report));
  }

  std::map<std::string, std::string> connection_names;
  for (const Connection& connection : network.connections) {
    const std::string path = path_of(network, connection);
    const Report report(problems, path, connection.place);
    check_end(connection.source, network, report.at(".source"));
    check_end(connection.target, network, report.at(".target"));
    if (!is_whole(network, connection)) continue;
    check_name(connection.name, connection_names, path, report.at(".name"));
    validate_connection(network, connection, neurons, report);
  }
  return problems;
}

}  // namespace

std::vector<Problem> validate(const Network& network) {
  Network inferred = network;
  infer_shapes(inferred);
  return validate_inferred(inferred);
}

}  // namespace synfire::ir
