// SPDX-License-Identifier: Apache-2.0
#include "lower/surrogate_adjoint.hpp"

#include <set>

#include "adjoint/difference.hpp"
#include "adjoint/recall.hpp"
#include "adjoint/reverse.hpp"

namespace synfire::codegen {
namespace {

std::set<std::string> values_at_end(const TracedStep& traced) {
  std::set<std::string> names(traced.flowed.begin(), traced.flowed.end());
  names.insert(traced.read_out.begin(), traced.read_out.end());
  if (!traced.current.empty()) names.insert(traced.current);
  return names;
}

ArrayId added_array(const LoweredStep& step, const std::string& name, const std::string& comment, bool scattered) {
  Array array = element_array(step, step.population.name + name, comment);
  array.scattered = scattered;
  return step.context.program.add(std::move(array));
}

// How much a spike changes states, weighted with their adjoints; null: nothing.
Expr change_by_spike(const Trace& trace, const Values& after, const Names& before, const Values& lambda) {
  Expr total;
  for (std::size_t k = 0; k < after.size(); ++k)
    total = plus(total, times(lambda[k], difference(trace, after[k], f32(before[k]))));
  return total;
}

}  // namespace

Phase lower_surrogate(TracedStep& traced, const LearningRequest& request, KeptValues& kept,
                      PopulationAdjoints& adjoints, ParameterAdjoints& parameters, const std::string& label) {
  LoweredStep& step = traced.step;
  Trace trace = traced.forward;
  Body out(step.context.names, 0);
  const SurrogateRule& rule = *request.surrogate;

  out.comment("derivative with respect to the spike");
  Expr by_spike;
  if (!rule.detach_reset) {
    const Values lambda = load_adjoints(adjoints.neuron, "lambda_", out);
    by_spike = change_by_spike(trace, traced.reset_at(trace, traced.at_end()), traced.flowed, lambda);
  }
  const Values readout_lambda = load_adjoints(adjoints.readout, "lambda_readout_", out);
  const Values read_after = traced.read_spike_at(trace, traced.at_end());
  by_spike = plus(by_spike, change_by_spike(trace, read_after, traced.read_out, readout_lambda));
  const bool everywhere = !request.support_tape;
  if (request.due) {
    Expr due = load(*request.due, Type::f32, everywhere ? nullptr : builtin(Builtin::spike));
    if (everywhere && traced.negative) due = apply(Operation::select, {traced.negative, negated(due), due});
    by_spike = minus(by_spike, due);
  }
  by_spike = plus(by_spike, rate_excess(step, request, out));
  by_spike = out.let("by_spike", or_zero(by_spike));

  out.comment("surrogate of the derivative of the spike");
  const Expr threshold = traced.threshold_at(trace, traced.at_end(), "threshold");
  Scope scope(step.context, {}, {}, step.path, step.count, {});
  scope.bind("x", threshold);
  Expr slope = scope.lower(rule.derivative, out);
  if (everywhere && traced.may_spike) slope = chosen(traced.may_spike, slope, nullptr);
  slope = out.let("surrogate", slope);
  const Expr by_threshold = out.let("by_threshold", times(by_spike, slope));

  const std::set<std::string> given = values_at_end(traced);
  Reverse rise(trace, out, given, given, parameters.arrays());
  rise.seed(threshold, by_threshold);
  rise.run();
  parameters.add(rise);
  parameters.store(!everywhere, out);
  for (std::size_t k = 0; k < traced.flowed.size(); ++k) {
    const Expr end = rise.adjoint(traced.flowed[k]);
    if (!end) continue;
    const std::string& name = step.states[k].variable.name;
    adjoints.at_end[k] =
        added_array(step, "_at_end_" + name, "contribution of the surrogate to the adjoint of " + name, !everywhere);
    out.add(Store{*adjoints.at_end[k], end});
  }
  const Expr now = traced.current.empty() ? nullptr : rise.adjoint(traced.current);
  if (now) {
    adjoints.current_in_support = added_array(
        step, "_current_in_support", "contribution of the surrogate to the adjoint of the current", !everywhere);
    out.add(Store{*adjoints.current_in_support, now});
  }
  recall(out, trace, step.context.program, [&](const auto& each) {
    return everywhere ? kept.history(each, builtin(Builtin::step)) : kept.on_tape(*request.support_tape, each);
  });
  if (everywhere) return ElementPhase{label, step.count, out.take()};
  return EventPhase{label, *request.support_tape, out.take()};
}

EventPhase lower_resets(TracedStep& traced, const LearningRequest& request, KeptValues& kept,
                        PopulationAdjoints& adjoints, ParameterAdjoints& parameters, const std::string& label) {
  LoweredStep& step = traced.step;
  Trace trace = traced.forward;
  Body out(step.context.names, 0);
  const Values lambda = load_adjoints(adjoints.neuron, "lambda_", out);
  const Values readout_lambda = load_adjoints(adjoints.readout, "lambda_readout_", out);
  out.comment("transpose of the reset");
  const Values after = traced.reset_at(trace, traced.at_end());
  const Values read_after = traced.read_spike_at(trace, traced.at_end());
  const std::set<std::string> given = values_at_end(traced);
  Reverse jump(trace, out, given, given, parameters.arrays());
  for (std::size_t k = 0; k < after.size(); ++k) jump.seed(after[k], lambda[k]);
  for (std::size_t m = 0; m < read_after.size(); ++m) jump.seed(read_after[m], readout_lambda[m]);
  jump.run();
  parameters.add(jump);
  parameters.store(true, out);
  const auto store = [&](const std::vector<PopulationAdjoints::State>& states, const Names& names,
                         const Values& unchanged) {
    for (std::size_t k = 0; k < names.size(); ++k) {
      const Expr before = jump.adjoint(names[k]);
      if (before != unchanged[k]) out.add(Store{states[k].array, or_zero(before)});
    }
  };
  store(adjoints.neuron, traced.flowed, lambda);
  store(adjoints.readout, traced.read_out, readout_lambda);
  if (const Expr now = traced.current.empty() ? nullptr : jump.adjoint(traced.current)) {
    adjoints.current = added_array(step, "_at_current", "contribution of spikes to the adjoint of the current", true);
    out.add(Store{*adjoints.current, now});
  }
  count_event(step, request.event_counts, contract::EventCount::spikes, nullptr, out);
  recall(out, trace, step.context.program, [&](const auto& each) { return kept.on_tape(*request.tape, each); });
  return EventPhase{label, *request.tape, out.take()};
}

}  // namespace synfire::codegen
