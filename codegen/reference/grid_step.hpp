// SPDX-License-Identifier: Apache-2.0
// One step of a program in double, built from the code of the models: what grid mode runs and transposes.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "reference/compiled.hpp"

namespace synfire::codegen::reference {

// A function of inputs in the order of GridLayout.
struct GridFunction {
  std::unique_ptr<Tape> tape;  // null: there is no such function
  std::vector<int> outputs;    // nodes
  explicit operator bool() const { return tape != nullptr; }
};

// The functions that a step consists of. Those that return all states include the states that they do not change.
enum class GridPart : std::uint8_t {
  take_up,            // all states after the synapses take up arrivals
  current,            // `I` of given states, without instantaneous arrivals
  flow,               // all states after the flow, then the `I` that it used
  flow_held,          // … with held states fixed
  flow_without,       // as `flow`, without instantaneous arrivals
  flow_held_without,  // as `flow_held`, without them
  threshold,          // g: the neuron spikes where it is ≥ 0
  reset,              // all states after a spike
  sign,               // of a spike
  period,             // of refractoriness, ms
  value,              // of the readout
  extrema,            // arguments of the readout's running extrema
  count
};

struct GridLayout {
  std::size_t variables = 0, parameters = 0, arrivals = 0;
  std::size_t parameter() const { return variables; }
  std::size_t time() const { return variables + parameters; }
  std::size_t input() const { return time() + 1; }
  std::size_t duration() const { return time() + 2; }
  std::size_t target() const { return time() + 3; }
  std::size_t current() const { return time() + 4; }
  std::size_t arriving(std::size_t c) const { return time() + 5 + c; }
  std::size_t size() const { return time() + 5 + arrivals; }
};

// A readout state that is the largest or smallest value of an expression.
struct GridExtremum {
  std::size_t variable = 0;
  double sense = 1;  // −1: the smallest
};

struct GridPopulation {
  HybridSystem names;  // only variables and parameters are filled in
  GridLayout layout;
  std::array<GridFunction, static_cast<std::size_t>(GridPart::count)> functions;
  std::vector<GridExtremum> extrema;        // in the order of GridPart::extrema
  std::optional<std::size_t> running_loss;  // the variable that accumulates it
  std::optional<std::size_t> output;        // the variable that a loss per step which joins neurons reads
  bool crosses = false;                     // spikes only where g becomes ≥ 0
  bool is_strict = false;                   // only where g > 0
  bool reads_current = false, threshold_reads_input = false;

  const GridFunction& operator[](GridPart part) const { return functions[static_cast<std::size_t>(part)]; }
  bool holds() const { return names.holds(); }
  bool is_direct() const { return static_cast<bool>((*this)[GridPart::flow_without]); }
  bool is_synapse(std::size_t variable) const { return names.variables[variable].owner == HybridOwner::synapse; }
  bool is_neuron(std::size_t variable) const { return names.variables[variable].owner == HybridOwner::neuron; }
};

// A network compiled for grid mode.
struct GridNetwork {
  ir::Network network;
  ReferenceOptions options;
  std::vector<std::unique_ptr<GridPopulation>> populations;  // null: its spikes are given
  DrawnNetwork drawn;
  std::vector<TensorInfo> tensors;
  std::vector<std::uint32_t> order;                            // of the populations within a step
  std::vector<std::vector<std::uint32_t>> outgoing, incoming;  // connections of each population
  std::vector<std::size_t> arrival_of;                         // by connection: its index among the target's

  std::uint32_t neurons_of(std::size_t population) const;
};

// Throws ModelError if a step has no derivative or an integrator does not apply.
GridNetwork compile_grid(const ir::Network& network, const ReferenceOptions& options);

// Builds the functions of one population, whose `names` and `layout` are set. `is_direct`: some arrivals bypass the
// synapses' states.
void build_step(const ir::Network& network, const ReferenceOptions& options, std::size_t index, bool is_direct,
                GridPopulation& population);

}  // namespace synfire::codegen::reference
