// SPDX-License-Identifier: Apache-2.0
// One step of a population as values that the backward pass may read, and the equations of its models at any of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adjoint/continuous.hpp"
#include "adjoint/trace.hpp"
#include "lower/lowered_step.hpp"
#include "lower/shorthands.hpp"

namespace synfire::codegen {

// f, by state; null is 0.
struct Rates {
  Values neuron, readout;
  std::vector<Values> synapses;  // by incoming connection
};

// States, all of them locals.
struct Place {
  Values neuron;
  std::vector<Values> synapses;
};

// What a running extremum is taken of: its value, and the derivatives of that.
struct Extremum {
  Expr value;
  Values by_state;
  Expr by_time;
};

struct TracedStep {
  explicit TracedStep(LoweredStep& lowered);

  LoweredStep& step;
  ContinuousEquations equations;
  Trace forward;
  const std::string time = "t@event";
  // Names of values: at the start of the step, with the arrivals, after the flow; and what readouts have seen.
  Names start, flowed, readout_start, read_out, arriving;
  std::vector<Names> synapse_start, synapse_taken_up, synapse_flowed;
  Expr resting;

  // A body that is only computed where something reads it.
  template <class Fill>
  auto on_trace(Trace& trace, Fill&& fill) const {
    Body made(step.context.names, 0);
    auto result = fill(made);
    trace.read(made.statements());
    for (Expr& each : result) {
      if (each) each = trace.now(each);
    }
    return result;
  }

  std::vector<Values> taken_up() const;
  Place before_flow() const { return {locals_of(start), taken_up()}; }
  Place before_reset() const { return {locals_of(flowed), taken_up()}; }

  Rates rates_at(Trace& trace, const Place& place);
  Values threshold_at(Trace& trace, const Place& place);
  // f of a state in a step in which the neuron may rest, or a factor of it.
  Expr unless_resting(std::size_t state, const Expr& value) const;
  bool is_held(std::size_t state) const;
  // The adjoints of the states that an extremum passes on in the step in which it is taken.
  Values taken_from(std::size_t m, const Expr& lambda, const Trace& trace, Body& out) const;
  Extremum extremum_at(std::size_t m, const Place& place, Trace& trace, Body& out);
  Expr is_taken(std::size_t m, const Extremum& here) const;
  // e_x·f + e_t
  Expr rate_of(const Extremum& extremum, const Values& rates) const;
  // The states before the reset less what the arrivals of this step have added to them, and Σ c₁·arriving.
  std::pair<Values, Expr> without_arrivals(Trace& trace);
  Expr current_of_arriving(std::size_t c, Trace& trace);
  // What a unit of weight that arrives adds to each state of the neuron in this step, past the synapse's own states. It
  // becomes part of the trace.
  Values direct_jump(std::size_t c, Trace& trace);
};

Expr minus_product(const Expr& from, const Expr& a, const Expr& b);

}  // namespace synfire::codegen
