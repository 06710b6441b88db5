// SPDX-License-Identifier: Apache-2.0
#include "synfire/network.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <string_view>
#include <system_error>

#include "ir/defaults.hpp"
#include "ir/shapes.hpp"
#include "places.hpp"
#include "settle.hpp"

namespace synfire {
namespace {

std::uint64_t next_identity() {
  static std::atomic<std::uint64_t> last = 0;  // 0 means no network
  return ++last;
}

// The number that std::to_string writes as `text`; 0 for any other text.
std::size_t whole_number(std::string_view text) {
  std::size_t number = 0;
  if (text.empty() || text.front() == '0') return 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

// `base`, or `base` with the first number from 2 on that makes it unique among `things`, whose names are `names`.
template <class Thing, class Index>
std::string free_name(const std::string& base, const std::vector<Thing>& things, const Index& names) {
  if (names.count(base) == 0) return base;
  const std::string prefix = base + '_';
  std::vector<bool> taken(things.size() + 3);
  for (const Thing& thing : things) {
    if (!thing.name.starts_with(prefix)) continue;
    const std::size_t number = whole_number(std::string_view(thing.name).substr(prefix.size()));
    if (number < taken.size()) taken[number] = true;
  }
  std::size_t number = 2;
  while (taken[number]) ++number;
  return prefix + std::to_string(number);
}

// For suggestions, for which the first thousand suffice.
std::vector<std::string> population_names(const ir::Network& network) {
  constexpr std::size_t most = 1000;
  std::vector<std::string> names;
  for (const ir::Population& population : network.populations) {
    if (names.size() < most) names.push_back(population.name);
  }
  return names;
}

Problem foreign_id(const std::string& kind) {
  return {.kind = ProblemKind::foreign_id,
          .path = kind,
          .message = "the id belongs to another network",
          .hint = "use an id returned by this network or the one that it was copied from"};
}

// Limited, since each suggestion is compared with all names.
constexpr std::size_t most_suggestions = 20;

// Index of a population, or the problem with the reference.
struct Lookup {
  std::uint32_t index = ir::no_population;
  Problem problem = {};
};

Lookup look_up(const PopulationReference& reference, const ir::Network& network,
               const std::unordered_map<std::string, std::uint32_t>& named, std::uint64_t identity,
               bool suggests = true) {
  if (const auto& id = reference.id()) {
    if (id->network == identity && id->index < network.populations.size()) return {.index = id->index};
    return {.problem = foreign_id("population")};
  }
  const auto found = named.find(reference.name());
  if (found != named.end()) return {.index = found->second};
  return {.problem = {.kind = ProblemKind::unknown_name,
                      .path = "population \"" + reference.name() + '"',
                      .message = "unknown population",
                      .hint = suggests ? suggest(reference.name(), population_names(network)) : "",
                      .given = reference.name()}};
}

std::string end_name(std::uint32_t index, const ir::Network& network) {
  return index == ir::no_population ? "unknown" : network.populations[index].name;
}

}  // namespace

std::string to_string(const Shape& shape) {
  if (!shape.is_set()) return "unset";
  if (shape.given().empty()) return "no extents";
  std::string text;
  for (const long long extent : shape.given()) text += (text.empty() ? "" : "×") + std::to_string(extent);
  return text;
}

Network::Network(DefaultParameters defaults) : defaults_(std::move(defaults)), identity_(next_identity()) {}

PopulationId Network::add(Neuron neuron, Shape shape, PopulationOptions options, const char* file, int line) {
  return add_at({.file = file, .line = line}, std::move(neuron), std::move(shape), std::move(options));
}

PopulationId Network::add_at(Place place, Neuron neuron, Shape shape, PopulationOptions options) {
  ir::Population population;
  population.neuron = settle(std::move(neuron), find_neuron, defaults_);
  population.name =
      options.name.empty() ? free_name(population.neuron.name, network_.populations, population_named_) : options.name;
  population.shape = std::move(shape);
  if (options.readout) population.readout = settle(std::move(*options.readout), find_readout, defaults_);
  population.place = std::move(place);
  population_named_.emplace(population.name, static_cast<std::uint32_t>(network_.populations.size()));
  network_.populations.push_back(std::move(population));
  return {static_cast<std::uint32_t>(network_.populations.size() - 1), identity_};
}

ConnectionId Network::connect(const PopulationReference& source, const PopulationReference& target,
                              Connectivity connectivity, ConnectionOptions options, const char* file, int line) {
  return connect_at({.file = file, .line = line}, source, target, std::move(connectivity), std::move(options));
}

ConnectionId Network::connect_at(Place place, const PopulationReference& source, const PopulationReference& target,
                                 Connectivity connectivity, ConnectionOptions options) {
  const std::string path = "connections[" + std::to_string(network_.connections.size()) + ']';
  ir::Connection connection;
  connection.place = std::move(place);
  connection.source = find_or_report(source, path + ".source", connection.place);
  connection.target = find_or_report(target, path + ".target", connection.place);
  const std::string between = end_name(connection.source, network_) + '_' + end_name(connection.target, network_);
  connection.name = options.name.empty() ? free_name(between, network_.connections, connection_names_) : options.name;
  connection.connectivity = std::move(connectivity);
  std::visit([](auto& kind) { resolve_name(kind.weight), resolve_name(kind.delay); }, connection.connectivity);
  connection.synapse = settle(std::move(options.synapse), find_synapse, defaults_);
  connection.max_delay = options.max_delay;
  connection.storage = options.storage;
  connection.round_delays = options.round_delays;
  connection.latency = options.latency;
  connection_names_.insert(connection.name);
  network_.connections.push_back(std::move(connection));
  return {static_cast<std::uint32_t>(network_.connections.size() - 1), identity_};
}

std::uint32_t Network::find_or_report(const PopulationReference& population, const std::string& path,
                                      const Place& place) {
  Lookup found = look_up(population, network_, population_named_, identity_, problems_.size() < most_suggestions);
  if (found.index == ir::no_population) {
    found.problem.path = path;
    found.problem.place = place;
    report(std::move(found.problem));
  }
  return found.index;
}

std::vector<Problem> Network::validate() const {
  std::vector<Problem> problems = problems_;
  for (auto& found : {ir::validate(network_), ir::check_defaults(defaults_, network_)}) {
    problems.insert(problems.end(), found.begin(), found.end());
  }
  if (places_) {
    for (Problem& problem : problems) places_->refine(problem);
  }
  return problems;
}

ir::Network Network::resolve() const {
  std::vector<Problem> problems = validate();
  const bool wrong = std::any_of(problems.begin(), problems.end(),
                                 [](const Problem& problem) { return problem.severity == Severity::error; });
  if (wrong) throw ModelError(std::move(problems));
  ir::Network resolved = network_;
  ir::infer_shapes(resolved);
  ir::normalize_arrays(resolved);
  return resolved;
}

Network Network::with_values(ir::Network values) const {
  const auto same = [](const auto& own, const auto& given) {
    return std::equal(own.begin(), own.end(), given.begin(), given.end(),
                      [](const auto& a, const auto& b) { return a.name == b.name; });
  };
  if (!same(network_.populations, values.populations) || !same(network_.connections, values.connections)) {
    throw ModelError({.kind = ProblemKind::invalid_option,
                      .path = "values",
                      .message = "the values are from a network with different populations or connections"});
  }
  Network copy = *this;
  copy.network_ = std::move(values);
  return copy;
}

std::size_t Network::index_of(const PopulationReference& population) const {
  Lookup found = look_up(population, network_, population_named_, identity_);
  if (found.index == ir::no_population) throw ModelError(std::move(found.problem));
  return found.index;
}

std::size_t Network::index_of(ConnectionId connection) const {
  if (connection.network == identity_ && connection.index < network_.connections.size()) return connection.index;
  throw ModelError(foreign_id("connection"));
}

const std::string& Network::name_of(const PopulationReference& population) const {
  return network_.populations[index_of(population)].name;
}

}  // namespace synfire
