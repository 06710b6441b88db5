// SPDX-License-Identifier: Apache-2.0
// One step of a population as lowering has made it, for the backward pass to be derived from.
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
  std::string local = {};  // of the step's body
};

// Positions in a body: what is before statement n has been done.
struct LoweredSynapse {
  IncomingConnection incoming;
  std::unique_ptr<Scope> scope;
  ir::ParsedSynapse parsed;
  std::vector<LoweredState> states;
  Expr arriving;             // local
  std::size_t taken_up = 0;  // arrivals have been added
  std::size_t flowed = 0;
};

// What lowering the step of a population has made, by model and by place.
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
  std::vector<LoweredState> readout_rests;  // what rounding has taken from sums over time, and is still to be added
  std::size_t flowed = 0;                   // the neuron's states have been integrated
  std::size_t read_out = 0;                 // and the readout has seen them
  Expr current;                             // `I`; null: a number
  Expr earlier_current;                     // local: `I` of the step before, where texts of events read it
  Expr resting;                             // local; null: no state is held in refractoriness
  Expr rest_ends;         // local: this is the last step in which the neuron rests; null with `resting`
  Expr refractory_steps;  // how long it rests after a spike; null with `resting`
  std::vector<Statement> body;
};

// An array with one element per neuron of the population.
Array element_array(const LoweredStep& step, const std::string& name, const std::string& comment);
// In an array of rows of such, the element of this neuron.
Expr row_index(const LoweredStep& step, const Expr& row);
// The place of this step in an array of steps that is used in turn.
Expr ring_index(const LoweredStep& step, std::uint32_t depth);

}  // namespace synfire::codegen
