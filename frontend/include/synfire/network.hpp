// SPDX-License-Identifier: Apache-2.0
// Networks: populations joined by connections. A network is a plain value that owns everything passed to it; it can be
// copied, compared, printed and validated, and a compiler turns it into a program.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "synfire/connectivity.hpp"
#include "synfire/error.hpp"
#include "synfire/model.hpp"
#include "synfire/reference.hpp"
#include "synfire/tensor.hpp"

namespace synfire {

class Places;

// The shape of a population: `100`, `{28, 28, 1}` (channels fastest), or unset to have it inferred from a
// connection.
class Shape {
 public:
  Shape() = default;
  template <class T>
  requires std::integral<T> Shape(T neurons)
      : extents_{static_cast<long long>(neurons)}, set_(true) {}  // NOLINT(google-explicit-constructor)
  Shape(std::initializer_list<long long> extents) : extents_(extents), set_(extents.size() > 0) {}
  Shape(const Extents& extents) : extents_(extents.begin(), extents.end()), set_(true) {}

  bool is_set() const { return set_; }
  // As given, so that a negative extent can be reported.
  const std::vector<long long>& given() const { return extents_; }
  Extents extents() const { return Extents(extents_.begin(), extents_.end()); }
  bool operator==(const Shape&) const = default;

 private:
  std::vector<long long> extents_;
  bool set_ = false;
};

// `28×28×1`; `unset`.
std::string to_string(const Shape& shape);

// Names of populations and connections: letters, digits, `_`, `-` and `.`, starting with a letter, a digit or `_`; at
// most 100 characters. Names are unique among populations and among connections. Default names depend on what was added
// before, and random draws are keyed by name: only explicitly named objects keep their draws when others are inserted.
struct PopulationOptions {
  std::optional<Readout> readout = std::nullopt;  // makes the population an output
  std::string name = {};                          // default: the model's name, with a number from the second on
};

struct ConnectionOptions {
  Synapse synapse = "delta";
  std::string name = {};                           // default: source_target, with a number from the second on
  std::optional<double> max_delay = std::nullopt;  // ms; for drawn or trainable delays
  SynapseStorage storage = SynapseStorage::automatic;
  bool round_delays = false;  // to the nearest multiple of dt, ties away from 0; drawn delays always are
  // Steps from a spike to its arrival, before the delay: 1, or 0, so that spikes arrive in the step in which they
  // occur. Connections of latency 0 must not form a cycle.
  std::uint32_t latency = 1;
};

// What a layer of a SequentialNetwork has besides its neurons and its shape: options of its population and of the
// connection from the layer before it.
struct LayerOptions {
  std::optional<Readout> readout = std::nullopt;  // as in PopulationOptions
  Synapse synapse = "delta";                      // this and what follows as in ConnectionOptions
  std::string name = {};                          // of the population
  std::optional<double> max_delay = std::nullopt;
  SynapseStorage storage = SynapseStorage::automatic;
  bool round_delays = false;
  std::uint32_t latency = 1;
};

// Default parameter values by model name, for all models of a network:
// {{"leaky_integrate_fire", {{"tau_mem", 10.0}}}, {"exponential", {{"scale_i", true}}}}.
using DefaultParameters = std::map<std::string, std::vector<Assignment>>;

namespace ir {

// A population as stored: the model with all values filled in. A model with only a name is one that the registry does
// not know.
struct Population {
  std::string name;
  Shape shape;
  NeuronModel neuron;
  std::optional<ReadoutModel> readout;
  Place place;
  std::size_t neurons() const { return element_count(shape.extents()); }
  bool operator==(const Population& other) const {
    return name == other.name && shape == other.shape && neuron == other.neuron && readout == other.readout;
  }
};

// The index of a missing population: Network::connect was given an unknown reference.
inline constexpr std::uint32_t no_population = 0xFFFFFFFF;

struct Connection {
  std::string name;
  std::uint32_t source = 0;
  std::uint32_t target = 0;
  Connectivity connectivity;
  SynapseModel synapse;
  std::optional<double> max_delay;
  SynapseStorage storage = SynapseStorage::automatic;
  bool round_delays = false;
  std::uint32_t latency = 1;  // steps
  Place place;
  bool operator==(const Connection& other) const {
    return name == other.name && source == other.source && target == other.target &&
           connectivity == other.connectivity && synapse == other.synapse && max_delay == other.max_delay &&
           storage == other.storage && round_delays == other.round_delays && latency == other.latency;
  }
};

// The network IR. After `resolve`, every population has a shape and the network is valid.
struct Network {
  std::vector<Population> populations;
  std::vector<Connection> connections;
  bool operator==(const Network&) const = default;
};

// A readable summary: populations and connections with all values, then the definitions of their models. Byte-stable.
std::string to_string(const Network& network);

// All errors and warnings of the network, with shapes inferred as far as possible.
std::vector<Problem> validate(const Network& network);

// Infers missing shapes: Dense with a matrix determines both, OneToOne copies a shape in either direction, convolutions
// and pools determine that of the target.
void infer_shapes(Network& network);

// The order in which populations take a step: each after the sources of its connections of latency 0. `levels` has, for
// each population, the most such connections in a row that lead to it.
struct StepOrder {
  std::vector<std::uint32_t> levels;
  std::vector<std::uint32_t> populations;  // by level, then by index
  std::vector<std::uint32_t> cycle = {};   // connections of latency 0 that form one; empty: there is none
};
StepOrder step_order(const Network& network);
// The same for `populations` and pairs of source and target; `cycle` has indices of pairs.
StepOrder step_order(std::size_t populations, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& immediate);

}  // namespace ir

class Network {
 public:
  explicit Network(DefaultParameters defaults = {});

  // Adds a population. Does not throw for model errors: `validate` and compilers report them together.
  PopulationId add(Neuron neuron, Shape shape = {}, PopulationOptions options = {}, const char* file = __builtin_FILE(),
                   int line = __builtin_LINE());

  // Connects two populations; a population may be connected to itself, and two populations more than once.
  ConnectionId connect(const PopulationReference& source, const PopulationReference& target, Connectivity connectivity,
                       ConnectionOptions options = {}, const char* file = __builtin_FILE(),
                       int line = __builtin_LINE());

  // All errors and warnings of the network.
  std::vector<Problem> validate() const;

  // The network with all shapes inferred and arrays normalized: source × target for Dense, the shape of the kernel for
  // convolutions, flat for all others. Throws ModelError with all problems if there are errors.
  ir::Network resolve() const;

  // The network as it was built, shapes as given.
  const ir::Network& description() const { return network_; }

  // Writes the network as a description, and reads one; see synfire/description.hpp for the format and the exceptions.
  // Other parts of a description are neither written nor read. A network that is read equals the one that was written.
  void save(const std::filesystem::path& json) const;
  static Network load(const std::filesystem::path& json);

  // The same network, with the same ids, but with the models and connectivity of `values`, which must have the same
  // populations and connections. Throws ModelError (invalid_option) if it does not.
  Network with_values(ir::Network values) const;

  std::size_t populations() const { return network_.populations.size(); }
  std::size_t connections() const { return network_.connections.size(); }
  // Index of the population; throws ModelError for an id of another network or an unknown name.
  std::size_t index_of(const PopulationReference& population) const;
  std::size_t index_of(ConnectionId connection) const;
  // Index of the layer's population.
  std::size_t index_of(LayerId layer) const { return index_of(layer.population); }
  const std::string& name_of(const PopulationReference& population) const;
  // The identity that ids of this network and its copies carry.
  std::uint64_t identity() const { return identity_; }

  const DefaultParameters& defaults() const { return defaults_; }
  // Problems that `add` and `connect` found and the description does not show; `validate` returns them too.
  const std::vector<Problem>& building_problems() const { return problems_; }

  // Compares structure, models and values; ignores identity and places.
  bool operator==(const Network& other) const { return network_ == other.network_ && defaults_ == other.defaults_; }

 protected:
  // Adds a problem for `validate` that the network itself does not show.
  void report(Problem problem) { problems_.push_back(std::move(problem)); }

  // For networks that are not written in C++: add and connect with any kind of place; set all problems and places at
  // once.
  PopulationId add_at(Place place, Neuron neuron, Shape shape, PopulationOptions options);
  ConnectionId connect_at(Place place, const PopulationReference& source, const PopulationReference& target,
                          Connectivity connectivity, ConnectionOptions options);
  void set_building_problems(std::vector<Problem> problems) { problems_ = std::move(problems); }
  void set_places(std::shared_ptr<const Places> places) { places_ = std::move(places); }

 private:
  std::uint32_t find_or_report(const PopulationReference& population, const std::string& path, const Place& place);

  ir::Network network_;
  std::unordered_map<std::string, std::uint32_t> population_named_;  // the first of each name
  std::unordered_set<std::string> connection_names_;
  DefaultParameters defaults_;
  std::vector<Problem> problems_;         // found by add and connect
  std::shared_ptr<const Places> places_;  // of the parts of populations and connections; may be null
  std::uint64_t identity_;
};

// Populations and connections with all values, then the definitions of their models, as ir::to_string.
std::ostream& operator<<(std::ostream& stream, const Network& network);

// A chain of layers, each connected to the previous one.
class SequentialNetwork : public Network {
 public:
  using Network::Network;

  LayerId input(Neuron neuron, Shape shape = {}, PopulationOptions options = {}, const char* file = __builtin_FILE(),
                int line = __builtin_LINE());
  // Adds a population and connects the last layer to it.
  LayerId layer(Connectivity connectivity, Neuron neuron, Shape shape = {}, LayerOptions options = {},
                const char* file = __builtin_FILE(), int line = __builtin_LINE());

  const std::vector<LayerId>& layers() const { return layers_; }

 private:
  std::vector<LayerId> layers_;
};

}  // namespace synfire
