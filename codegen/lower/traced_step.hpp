// SPDX-License-Identifier: Apache-2.0
// One step of a population as values that the backward pass may read: x₀ at its start, once arrivals have been taken up, and x₁
// at its end, before the reset; and the step computed again from other values.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "adjoint/trace.hpp"
#include "lower/event_texts.hpp"
#include "lower/lowered_step.hpp"
#include "lower/shorthands.hpp"

namespace synfire::codegen {

// The states at the end of a step.
struct EndOfStep {
  Values neuron, readout;
  std::vector<Values> synapses;  // by incoming connection
  Expr current;                  // `I`, where texts of events read it
};

struct TracedStep {
  explicit TracedStep(LoweredStep& lowered);

  LoweredStep& step;
  EventTexts texts;
  Trace forward;
  // ms: of this step, and of the one before
  const std::string time = "t@event", time_before = "t@before";
  // Names of values: at the start of the step, with the arrivals, after the flow; and what readouts have seen.
  Names start, flowed, readout_start, read_out, arriving;
  std::vector<Names> synapse_start, synapse_taken_up, synapse_flowed;
  Expr resting, rest_ends;  // null: no state is ever held
  // Where texts of events read `I`: as the step has it, and as it would be without what the synapses take up in it; as the
  // step before had it; and at x₀, that and what is taken up.
  std::string current, current_without, current_before, current_at_start;

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

  Place at_start() const { return place(start, readout_start, time_before, current_at_start); }
  Place at_end() const { return place(flowed, read_out, time, current); }
  Expr threshold_at(Trace& trace, const Place& place, const std::string& name);
  Values reset_at(Trace& trace, const Place& place);
  Values read_spike_at(Trace& trace, const Place& place);

  // Whether spikes of an incoming connection act on the neuron in their step past the synapse's own states.
  bool is_direct(std::size_t c) const { return direct_[c]; }
  bool has_direct_arrivals() const;
  // All states of synapses with what they have taken up.
  std::set<std::string> all_taken_up() const;
  std::set<std::string> direct_arrivals() const;

  EndOfStep end() const;
  // The step from what a spike at its start leaves: `neuron` and `readout`, in the mode after a spike.
  EndOfStep end_after(Trace& trace, const Values& neuron, const Values& readout);
  // The step as if the neuron did not rest.
  EndOfStep end_if_free(Trace& trace);
  // The neuron's end of the step without its direct arrivals.
  Place end_without_direct(Trace& trace);

 private:
  void find_current();
  void find_direct();
  Place place(const Names& neuron, const Names& readout, const std::string& at, const std::string& current_there) const;
  EndOfStep end_of(const Trace::Values& other) const;

  std::vector<bool> direct_;
};

Expr minus_product(const Expr& from, const Expr& a, const Expr& b);

}  // namespace synfire::codegen
