// SPDX-License-Identifier: Apache-2.0
// One step of a population as values that the backward pass can read: x₀ at its start, after arrivals have been taken
// up, and x₁ at its end, before the reset; and the step replayed with other values.
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
  Expr current;                  // `I`, if event code reads it
};

struct TracedStep {
  explicit TracedStep(LoweredStep& lowered);

  LoweredStep& step;
  EventTexts texts;
  Trace forward;
  // ms: of this step, and of the one before
  const std::string time = "t@event", time_before = "t@before";
  // Names of values: states at the start of the step and after the flow, those of the readout before and after on_step,
  // arrivals.
  Names start, flowed, readout_start, read_out, arriving;
  std::vector<Names> synapse_start, synapse_taken_up, synapse_flowed;
  Expr resting, rest_ends;  // null: no state is ever held
  Expr may_spike, negative;
  // If event code reads `I`: in this step, the same without what the synapses take up in it, in the previous step, and
  // at x₀: the last plus what is taken up.
  std::string current, current_without, current_before, current_at_start;

  // A body that is computed only if something reads it.
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

  // Whether arrivals of an incoming connection act on the neuron in the same step, bypassing the states of the synapse.
  bool is_direct(std::size_t c) const { return direct_[c]; }
  bool has_direct_arrivals() const;
  // All states of synapses after they have taken up arrivals.
  std::set<std::string> all_taken_up() const;
  std::set<std::string> direct_arrivals() const;

  EndOfStep end() const;
  // The step from the states that a spike at its start leaves, `neuron` and `readout`, in the mode after a spike.
  EndOfStep end_after(Trace& trace, const Values& neuron, const Values& readout);
  // The step as if the neuron did not rest.
  EndOfStep end_if_free(Trace& trace);
  // The neuron at the end of the step without its direct arrivals.
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
