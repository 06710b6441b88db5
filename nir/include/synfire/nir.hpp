// SPDX-License-Identifier: Apache-2.0
// NIR, the Neuromorphic Intermediate Representation (Pedersen et al., Nature Communications 15, 2024): reads and writes
// its files, and turns graphs into networks and networks into graphs (docs/nir.md).
//
//   const nir::Graph graph = nir::read_graph("net.nir");
//   const nir::Imported imported = nir::import_network(graph, {.dt = 1e-4});
//   nir::export_network(imported.network, "copy.nir", {.dt = 0.1});
//
// A NIR graph states equations in continuous time. A network has steps, so an import makes choices, which it reports:
// the step, the integrator, the reset. Edges of NIR take no time: they become connections of latency 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "synfire/description.hpp"
#include "synfire/error.hpp"
#include "synfire/network.hpp"
#include "synfire/tensor.hpp"

namespace synfire::nir {

// ---- Graphs

// How numbers are stored in a file. In memory they are double.
enum class Stored { integers, singles, doubles };

struct Numbers {
  Extents shape = {};  // of a scalar: none
  std::vector<double> values = {};
  Stored stored = Stored::singles;
  bool operator==(const Numbers&) const = default;
};

using Parameter = std::variant<Numbers, std::string, std::vector<std::string>>;
// By name; the names of nested metadata are joined with "/".
using Parameters = std::map<std::string, Parameter>;

struct Node {
  std::string name;  // UTF-8; nodes of nested graphs have the name of their graph and a dot before their own
  std::string type;  // "LIF", "Affine", …
  Parameters parameters = {};
  Parameters metadata = {};
  // Without batch and time; set by check().
  Extents input_shape = {}, output_shape = {};
  bool operator==(const Node&) const = default;
};

struct Edge {
  std::string source, target;  // names of nodes
  bool operator==(const Edge&) const = default;
  auto operator<=>(const Edge&) const = default;
};

struct Graph {
  std::vector<Node> nodes = {};
  std::vector<Edge> edges = {};
  Parameters metadata = {};
  std::string version = {};            // of the package that wrote the file
  std::string file = {};               // for messages
  std::vector<Problem> warnings = {};  // repaired_graph: what was repaired
};

// Reads a graph and checks it. Nested graphs become part of the graph around them. Throws DataError: file_access,
// malformed_file for what is not NIR, and what check() throws.
Graph read_graph(const std::filesystem::path& path);

// Checks types, parameters and edges, adds Input and Output nodes if there are none, drops repeated edges, infers all
// shapes. What it changes becomes a warning of the graph. Throws DataError with all problems: unknown_name for edges,
// unsupported for unknown types, invalid_value and shape_mismatch for parameters.
void check(Graph& graph);

// Writes a graph in the layout of release 1.0.7, with flat names. Throws DataError (file_access, invalid_name).
void write_graph(const std::filesystem::path& path, const Graph& graph);

// ---- From graphs to networks

enum class Integration {
  euler,  // v ← v + dt/τ (v_leak − v + R x): what frameworks that train in discrete time mean
  exact,  // the solution of the equations for an input that is held over the step
  decay,  // v ← v_leak + (v − v_leak) exp(−dt/τ) + dt/τ R x: what Sinabs and Rockpool do
};

enum class Reset {
  to_value,  // v ← v_reset, as specified
  subtract,  // v ← v − v_threshold: what some frameworks train with, and files do not say
  // The same, but a neuron whose v has passed spikes in the next step, and v_threshold is subtracted from the v of that
  // step: what Spyx does.
  subtract_next,
};

// As options and metadata have them: "euler", …; "value", "subtract", "subtract_next".
std::string name_of(Integration integrator);
std::string name_of(Reset reset);

// What a step of v' = R x is.
enum class IfRule {
  automatic,   // R = 1 or R = 1/dt for all neurons of a node: v ← v + x; others are refused
  per_step,    // v ← v + R x, whatever dt
  continuous,  // v ← v + dt R x
};

struct ImportOptions {
  std::optional<double> dt = {};                     // s, > 0; else that of the metadata, else 1e-4
  std::optional<Integration> integrator = {};        // else that of the metadata, else Euler
  std::optional<Reset> reset = {};                   // else that of the metadata, else to a value
  IfRule if_rule = IfRule::automatic;                // of IF and I
  std::vector<std::string> real_inputs = {};         // Inputs that take numbers instead of spikes (graded_input)
  std::uint32_t frames = 1;                          // of these inputs, one step each; the last is held
  std::size_t most_synapses = std::size_t{1} << 28;  // of a connection
};

// The choices that were made, by options, by the file, or by default.
struct Settings {
  double dt = 1e-4;  // s
  Integration integrator = Integration::euler;
  Reset reset = Reset::to_value;
  IfRule if_rule = IfRule::automatic;
};

// A node that became a population.
struct ImportedNode {
  std::string node, population;
  std::string variable = {};  // "spikes", "v"; "values" for an Input that takes numbers
  // By neuron, its element of the node, as images have their channels last; empty: neuron k is element k.
  std::vector<std::uint32_t> elements = {};
};

// An Output, whose values are a variable of a population.
struct ImportedOutput {
  std::string node, population;
  std::string variable = {};
};

struct Imported {
  Network network{};
  Settings settings = {};
  std::vector<ImportedNode> nodes = {};
  std::vector<ImportedOutput> outputs = {};
  std::vector<std::string> choices = {};  // one sentence each
  std::vector<Problem> warnings = {};     // those of the graph too
  double step() const;                    // ms
};

// Throws DataError with the name and the type of each node that cannot be expressed, and why.
Imported import_network(const Graph& graph, const ImportOptions& options = {});

// The network with settings to run `timesteps` steps of the graph, and to record the outputs.
Description describe(const Imported& imported, std::uint32_t timesteps = 100);

// ---- From networks to graphs

struct ExportOptions {
  double dt = 1.0;  // ms: the step that the network runs with
};

struct Exported {
  Graph graph = {};
  std::vector<std::string> choices = {};  // one sentence each
  // By population: the step of the network in which it does step 0 of the graph; 0 if it has connections of latency 0.
  std::map<std::string, std::uint32_t> levels = {};
};

// Throws ModelError with the name of each population and connection that NIR cannot express, and why.
Exported export_graph(const Network& network, const ExportOptions& options = {});
// The same, written to a file. Returns the choices.
std::vector<std::string> export_network(const Network& network, const std::filesystem::path& path,
                                        const ExportOptions& options = {});

// ---- Proof

struct VerifyOptions {
  ImportOptions import = {};
  std::uint32_t steps = 200;
  std::uint64_t seed = 1;
  double rate = 0.1;  // probability of an input spike per neuron and step
};

// One population in one comparison.
struct Comparison {
  std::string what;  // "import", "import of the export"
  std::string population;
  std::size_t spikes = 0;     // of the network
  std::size_t differing = 0;  // steps of neurons in which only one of the two spiked
  std::size_t undecided = 0;  // spikes that rounding decides: v within 1e-5 of its scale from the threshold
  double deviation = 0;       // largest |difference of v|, divided by the largest |v|
};

struct Verification {
  Imported imported = {};
  std::vector<Comparison> comparisons = {};
  std::vector<std::string> notes = {};
  bool same_network = false;  // importing the exported file gives an equal network
  bool passed() const;
};

// Imports the graph, exports and imports again through `scratch`, runs both networks on random input, and compares
// every step of every population with an interpreter of the graph in double precision.
Verification verify(const Graph& graph, const std::filesystem::path& scratch, const VerifyOptions& options = {});

}  // namespace synfire::nir
