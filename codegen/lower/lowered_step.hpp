// SPDX-License-Identifier: Apache-2.0
// One lowered step of a population, from which the backward pass is derived.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lower/population.hpp"
#include "lower/scope.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire::codegen {

struct LoweredState {
  StateVariable variable;
  ArrayId array = 0;
  std::string local = {};  // in the step's body
};

// `taken_up` and `flowed` are positions in the body: the statements before them have run.
struct LoweredSynapse {
  IncomingConnection incoming;
  std::unique_ptr<Scope> scope;
  ir::ParsedSynapse parsed;
  std::vector<LoweredState> states;
  Expr arriving;             // local
  std::size_t taken_up = 0;  // arrivals have been added
  std::size_t flowed = 0;
};

// The results of lowering the step of a population, by model and position.
struct LoweredStep {
  LoweringContext& context;
  const ir::Population& population;
  const ir::ParsedNeuron& parsed;
  std::uint32_t count;
  std::string path, label;  // for messages; for comments
  Scope& neuron;
  std::vector<LoweredState> states;
  std::vector<LoweredSynapse> synapses;
  Scope* readout;  // null: none
  std::vector<LoweredState> readout_states;
  std::vector<LoweredState> readout_rests;  // rounding errors of sums over time, still to be added
  std::size_t flowed = 0;                   // the neuron's states have been integrated
  std::size_t read_out = 0;                 // and the readout has seen them
  Expr current;                             // `I`; null: a constant
  Expr earlier_current;                     // local: `I` of the previous step, if event code reads it
  Expr resting;                             // local; null: no state is held in refractory periods
  Expr rest_ends;         // local: this is the last step in which the neuron rests; null with `resting`
  Expr refractory_steps;  // how long it rests after a spike; null with `resting`
  // Of a surrogate gradient: whether the neuron can spike in this step, and whether such a spike is negative; locals or
  // constants; null: always, never.
  Expr may_spike, negative;
  std::vector<Statement> body;
  std::optional<ArrayId> spike_counts = std::nullopt;  // how often each neuron has spiked, f32; unset: not counted
};

// An array with one element per neuron of the population.
Array element_array(const LoweredStep& step, const std::string& name, const std::string& comment);
// The index of this neuron's element in row `row` of an array of such rows.
Expr row_index(const LoweredStep& step, const Expr& row);
// The same in a ring of `depth` rows, in the row of this step.
Expr ring_index(const LoweredStep& step, std::uint32_t depth);

}  // namespace synfire::codegen
