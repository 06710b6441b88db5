// SPDX-License-Identifier: Apache-2.0
// The backward pass at the spikes of a population. A spike is differentiated between two steps: at u = 0 it would have
// come one step earlier, at u = 1 it comes as it did, at the end of its step. The equations are in docs/adjoint.md.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adjoint/reverse.hpp"
#include "lower/kept_values.hpp"
#include "lower/parameter_adjoints.hpp"
#include "lower/traced_step.hpp"

namespace synfire::codegen {

// Adjoints of one population, and what its spikes leave for the other phases of their step; one element per neuron.
struct PopulationAdjoints {
  struct State {
    ArrayId array = 0;
    std::string variable;
  };
  std::vector<State> neuron, readout;        // λ
  std::vector<std::vector<State>> synapses;  // λ by incoming connection
  std::optional<ArrayId> carried;            // dL/du for the neuron's previous spike
  // What spikes add to the adjoints at the start of their step, by state; unset: nothing.
  std::vector<std::optional<ArrayId>> at_start;
  // What a surrogate adds to the adjoints of x₁, by state, and of the current; unset: nothing.
  std::vector<std::optional<ArrayId>> at_end;
  std::optional<ArrayId> current_in_support;
  // Of spikes triggered by arrivals: dL/du per unit of weight, by incoming connection; unset: there are none.
  std::vector<std::optional<ArrayId>> lifts;
  // If event code reads `I`: what spikes add to its adjoint in their step and in the previous step, and what those of
  // the next step have added.
  std::optional<ArrayId> current, current_before, later_current;
};

class SpikeAdjoint {
 public:
  SpikeAdjoint(TracedStep& traced, const LearningRequest& request, KeptValues& kept, PopulationAdjoints& adjoints,
               ParameterAdjoints& parameters)
      : traced_(traced),
        step_(traced.step),
        request_(request),
        kept_(kept),
        adjoints_(adjoints),
        parameters_(parameters),
        trace_(traced.forward),
        out_(traced.step.context.names, 0) {}

  // Also declares the arrays that spikes leave for other phases.
  EventPhase lower(const std::string& label);

 private:
  struct Crossing {
    Expr before, after, rise;               // g at x₀ and x₁, and their difference
    Values at_start, at_end;                // derivatives with respect to the neuron's states there
    Expr current_at_start, current_at_end;  // and to `I`
    std::map<ArrayId, Expr> parameters_at_start, parameters_at_end;  // and to coefficients
    Expr is_steep;
  };
  // Which spikes are not reached by the flow; null: none.
  struct Triggers {
    Expr any;
    Expr armed;  // by the neuron's previous spike, or the end of its refractory period
  };

  ArrayId scattered(const std::string& name, const std::string& comment);
  // dL/du; `reset`, `read`: states of the neuron and the readout after the spike at the end of the step.
  Expr derivative_by_place(const Values& reset, const Values& read, const Values& lambda, const Values& readout_lambda);
  Expr derivative_of_synapses(const EndOfStep& early);
  Crossing crossing();
  Triggers triggers(const Crossing& at, const Expr& by_place);
  // Distributes dL/du of a spike among the arrivals that lifted the neuron over its threshold.
  void share(const Expr& is_lifted, const Expr& threshold, const std::set<std::string>& arrivals,
             const std::set<std::string>& given, const Expr& by_place);
  void store_adjoints(const Reverse& jump, const Values& readout_lambda, const Crossing& at, const Expr& by_place,
                      const Expr& is_timed);
  void count(contract::EventCount what, const Expr& condition);

  TracedStep& traced_;
  LoweredStep& step_;
  const LearningRequest& request_;
  KeptValues& kept_;
  PopulationAdjoints& adjoints_;
  ParameterAdjoints& parameters_;
  Trace trace_;
  Body out_;
  std::vector<Expr> shares_;  // by incoming connection
};

// Increments an event count of the neuron if `condition` is true, or null.
void count_event(const LoweredStep& step, ArrayId counts, contract::EventCount what, const Expr& condition, Body& out);
// What the regularizer of the firing rate adds at each spike of an example, along the derivative of the threshold;
// null: nothing. With exact gradients a heuristic.
Expr rate_excess(const LoweredStep& step, const LearningRequest& request, Body& out);
// λ of states, in locals named `prefix` followed by the name of the state.
Values load_adjoints(const std::vector<PopulationAdjoints::State>& states, const std::string& prefix, Body& out);

}  // namespace synfire::codegen
