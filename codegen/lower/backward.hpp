// SPDX-License-Identifier: Apache-2.0
// The backward pass of one population, derived from its forward pass: the transpose of the step as it is computed, and at
// spikes the adjoint of their times, from the equations of the models.
#pragma once

#include <memory>
#include <set>
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
  std::size_t flowed = 0;    // the neuron's states have been integrated
  std::size_t read_out = 0;  // and the readout has seen them
  Expr resting;              // local; null: no state is held in refractoriness
  std::vector<Statement> body;
};

// Adds the backward phases, and to the body what the forward pass has to keep for them.
void lower_backward(LoweredStep& step, const LearningRequest& request, LoweredPopulation& lowered);

// A phase that notes the first value of each array that is not finite.
Phase locate_values(LoweringContext& context, const std::string& label, std::uint32_t count,
                    const std::vector<std::pair<contract::LocatedVariable, ArrayId>>& variables);

}  // namespace synfire::codegen
