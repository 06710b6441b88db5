// SPDX-License-Identifier: Apache-2.0
#include "lower/spike_adjoint.hpp"

#include <algorithm>

#include "adjoint/difference.hpp"
#include "adjoint/near_tangent.hpp"
#include "adjoint/recall.hpp"
#include "lower/step_loss.hpp"

namespace synfire::codegen {
namespace {

std::set<std::string> union_of(const std::vector<Names>& lists) {
  std::set<std::string> all;
  for (const Names& names : lists) {
    for (const std::string& name : names) {
      if (!name.empty()) all.insert(name);
    }
  }
  return all;
}

}  // namespace

Values load_adjoints(const std::vector<PopulationAdjoints::State>& states, const std::string& prefix, Body& out) {
  Values values;
  for (const auto& each : states) values.push_back(out.let(prefix + each.variable, load(each.array, Type::f32)));
  return values;
}

void count_event(const LoweredStep& step, ArrayId counts, contract::EventCount what, const Expr& condition, Body& out) {
  const std::uint32_t first = static_cast<std::uint32_t>(what) * step.count;
  const Expr index = first == 0 ? builtin(Builtin::element) : sum_u32(number(first), builtin(Builtin::element));
  const Expr one = condition ? apply(Operation::select, {condition, number(1), number(0)}) : number(1);
  out.add(Store{counts, sum_u32(load(counts, Type::u32, index), one), index});
}

ArrayId SpikeAdjoint::scattered(const std::string& name, const std::string& comment) {
  Array array = element_array(step_, step_.population.name + name, comment);
  array.scattered = true;
  return step_.context.program.add(std::move(array));
}

EventPhase SpikeAdjoint::lower(const std::string& label) {
  adjoints_.at_start.resize(traced_.start.size());
  adjoints_.lifts.resize(step_.synapses.size());
  shares_.resize(step_.synapses.size());
  if (!step_.parsed.crosses || traced_.resting)
    adjoints_.carried = scattered("_carried", "derivative with respect to the position of the neuron's previous spike");

  if (traced_.texts.read_current())
    adjoints_.later_current = scattered("_later_current", "adjoint of the current from spikes one step later");

  const Values lambda = load_adjoints(adjoints_.neuron, "lambda_", out_);
  const Values readout_lambda = load_adjoints(adjoints_.readout, "lambda_readout_", out_);
  out_.comment("transpose of the reset");
  const Values after = traced_.reset_at(trace_, traced_.at_end());
  const Values read_after = traced_.read_spike_at(trace_, traced_.at_end());
  const std::set<std::string> given = union_of({traced_.flowed, traced_.read_out, {traced_.current}});
  Reverse jump(trace_, out_, given, given, parameters_.arrays());
  for (std::size_t k = 0; k < after.size(); ++k) jump.seed(after[k], lambda[k]);
  for (std::size_t m = 0; m < read_after.size(); ++m) jump.seed(read_after[m], readout_lambda[m]);
  jump.run();
  parameters_.add(jump);

  out_.comment("derivative with respect to the position of the spike between the start and the end of the step");
  const Expr by_place = derivative_by_place(after, read_after, lambda, readout_lambda);
  const Crossing at = crossing();
  const Triggers triggered = triggers(at, by_place);
  const Expr is_timed = triggered.any ? out_.let("is_timed", both(at.is_steep, opposite(triggered.any))) : at.is_steep;
  store_adjoints(jump, readout_lambda, at, by_place, is_timed);
  count(contract::EventCount::spikes, nullptr);
  if (triggered.any) count(contract::EventCount::triggered, triggered.any);
  const Expr is_flat = opposite(at.is_steep);
  count(contract::EventCount::near_tangent, triggered.any ? both(opposite(triggered.any), is_flat) : is_flat);
  recall(out_, trace_, step_.context.program, [this](const auto& each) { return kept_.on_tape(*request_.tape, each); });
  return EventPhase{label, *request_.tape, out_.take()};
}

// λ·(r(x₁) − Φ⁺(r(x₀))), and what later events add.
Expr SpikeAdjoint::derivative_by_place(const Values& reset, const Values& read, const Values& lambda,
                                       const Values& readout_lambda) {
  const Values reset_at_start = traced_.reset_at(trace_, traced_.at_start());
  const Values read_at_start = traced_.read_spike_at(trace_, traced_.at_start());
  const EndOfStep early = traced_.end_after(trace_, reset_at_start, read_at_start);
  Expr total;
  for (std::size_t k = 0; k < reset.size(); ++k)
    total = plus(total, times(lambda[k], difference(trace_, reset[k], early.neuron[k])));
  for (std::size_t m = 0; m < read.size(); ++m)
    total = plus(total, times(readout_lambda[m], difference(trace_, read[m], early.readout[m])));
  total = plus(total, derivative_of_synapses(early));
  if (early.current) {
    const Expr change = difference(trace_, f32(traced_.current), early.current);
    if (change) total = plus(total, times(load(*adjoints_.later_current, Type::f32), change));
  }
  if (request_.step_loss) {
    const StepLoss loss{step_, request_, out_};
    const std::size_t k = output_state(step_);
    total = plus(total, loss.difference(f32(traced_.flowed[k]), early.neuron[k]));
  }
  if (request_.due) total = plus(total, load(*request_.due, Type::f32, builtin(Builtin::spike)));
  if (adjoints_.carried) total = plus(total, load(*adjoints_.carried, Type::f32));
  return out_.let("by_place", or_zero(total));
}

// Synapses whose dynamics read the neuron flow differently after its reset.
Expr SpikeAdjoint::derivative_of_synapses(const EndOfStep& early) {
  Expr total;
  for (std::size_t c = 0; c < early.synapses.size(); ++c) {
    for (std::size_t l = 0; l < early.synapses[c].size(); ++l) {
      const Expr change = difference(trace_, f32(traced_.synapse_flowed[c][l]), early.synapses[c][l]);
      if (change) total = plus(total, times(load(adjoints_.synapses[c][l].array, Type::f32), change));
    }
  }
  return total;
}

SpikeAdjoint::Crossing SpikeAdjoint::crossing() {
  const auto slopes = [&](const Expr& threshold, const Names& states, const std::string& current, Values& by_state,
                          Expr& by_current, std::map<ArrayId, Expr>& by_parameter) {
    const std::set<std::string> given = union_of({states, {current}});
    Reverse slope(trace_, out_, given, given, parameters_.arrays());
    slope.seed(threshold, constant(1));
    slope.run();
    by_parameter = slope.array_adjoints();
    for (const std::string& name : states) by_state.push_back(slope.adjoint(name));
    if (!current.empty()) by_current = slope.adjoint(current);
  };
  Crossing at;
  const Expr end = traced_.threshold_at(trace_, traced_.at_end(), "threshold");
  const Expr start = traced_.threshold_at(trace_, traced_.at_start(), "threshold_before");
  slopes(end, traced_.flowed, traced_.current, at.at_end, at.current_at_end, at.parameters_at_end);
  slopes(start, traced_.start, traced_.current_at_start, at.at_start, at.current_at_start, at.parameters_at_start);
  at.after = end;
  at.before = start;
  at.rise = out_.let("rise", or_zero(difference(trace_, end, start)));
  Expr size;
  for (std::size_t k = 0; k < at.at_end.size(); ++k) {
    const Expr change = times(at.at_end[k], difference(trace_, f32(traced_.flowed[k]), f32(traced_.start[k])));
    if (change) size = plus(size, apply(Operation::absolute, {change}));
  }
  const Expr is_steep = greater(at.rise, or_zero(times(size, constant(flattest_rise))));
  // Not implied if event code reads a current that jumps.
  const bool may_start_above = step_.parsed.crosses && traced_.texts.read_current();
  at.is_steep = out_.let("is_steep", may_start_above ? both(is_steep, less(at.before, constant(0))) : is_steep);
  return at;
}

SpikeAdjoint::Triggers SpikeAdjoint::triggers(const Crossing& at, const Expr& by_place) {
  Triggers result;
  Expr lifted;
  if (!step_.parsed.crosses) {
    result.any = result.armed = out_.let("is_armed", apply(Operation::greater_equal, {at.before, constant(0)}));
    if (traced_.texts.read_current()) {
      Place place = traced_.at_start();
      place.current = f32(traced_.current_before);
      const Expr without = traced_.threshold_at(trace_, place, "threshold_without");
      const Expr was_armed = apply(Operation::greater_equal, {without, constant(0)});
      lifted = out_.let("is_lifted", both(result.armed, opposite(was_armed)));
      result.armed = both(result.armed, was_armed);
      const Names all(traced_.arriving.begin(), traced_.arriving.end());
      std::vector<Names> given{traced_.start, {traced_.current_before}};
      given.insert(given.end(), traced_.synapse_start.begin(), traced_.synapse_start.end());
      share(lifted, at.before, union_of({all}), union_of(given), by_place);
    }
  }
  if (traced_.has_direct_arrivals()) {
    const Expr without = traced_.threshold_at(trace_, traced_.end_without_direct(trace_), "threshold_without");
    const Expr below = less(without, constant(0));
    const Expr is_raised = out_.let("is_raised", result.any ? both(below, opposite(result.any)) : below);
    share(is_raised, at.after, traced_.direct_arrivals(), traced_.all_taken_up(), by_place);
    result.any = result.any ? out_.let("is_triggered", either(result.any, is_raised)) : is_raised;
  }
  for (std::size_t c = 0; c < shares_.size(); ++c) {
    if (!shares_[c]) continue;
    adjoints_.lifts[c] = scattered("_" + step_.synapses[c].incoming.connection->name + "_triggered",
                                   "derivative with respect to the position of the spike triggered by the arrivals of "
                                   "this step, per unit of weight");
    out_.add(Store{*adjoints_.lifts[c], shares_[c]});
  }
  if (adjoints_.carried)
    out_.add(Store{*adjoints_.carried,
                   result.armed ? apply(Operation::select, {result.armed, by_place, constant(0)}) : constant(0)});
  return result;
}

void SpikeAdjoint::share(const Expr& is_lifted, const Expr& threshold, const std::set<std::string>& arrivals,
                         const std::set<std::string>& given, const Expr& by_place) {
  Reverse lift(trace_, out_, arrivals, given);
  lift.seed(threshold, constant(1));
  lift.run();
  Expr total;
  for (const std::string& name : arrivals) total = plus(total, times(lift.adjoint(name), f32(name)));
  if (!total) return;
  total = out_.let("lift", total);
  const Expr is_known = both(is_lifted, apply(Operation::not_equal, {total, constant(0)}));
  const Expr unit = out_.let("by_lift", apply(Operation::select, {is_known, quotient(by_place, total), constant(0)}));
  for (std::size_t c = 0; c < shares_.size(); ++c) {
    if (!step_.synapses[c].incoming.timing || arrivals.count(traced_.arriving[c]) == 0) continue;
    shares_[c] = plus(shares_[c], times(lift.adjoint(traced_.arriving[c]), unit));
  }
}

Expr rate_excess(const LoweredStep& step, const LearningRequest& request, Body& out) {
  if (!step.spike_counts) return nullptr;
  out.comment("firing rate: the spikes beyond its limits");
  const Expr count = out.let("spikes", load(*step.spike_counts, Type::f32));
  const RateBand& band = *request.rate;
  const auto beyond = [&](Operation side, const std::optional<double>& limit) -> Expr {
    if (!limit) return nullptr;
    const Expr distance =
        apply(Operation::subtract, {count, constant(static_cast<double>(static_cast<float>(*limit)))});
    return apply(side, {distance, constant(0)});
  };
  const Expr excess = plus(beyond(Operation::maximum, band.upper), beyond(Operation::minimum, band.lower));
  return out.let("excess", times(excess, constant(static_cast<double>(static_cast<float>(band.strength)))));
}

// −u·K·g_x to x₁ and −(1 − u)·K·g_x to x₀, with u = −g₀ / (g₁ − g₀) and K = dL/du / (g₁ − g₀).
void SpikeAdjoint::store_adjoints(const Reverse& jump, const Values& readout_lambda, const Crossing& at,
                                  const Expr& by_place, const Expr& is_timed) {
  const Expr steepness = out_.let(
      "per_rise", apply(Operation::select, {is_timed, apply(Operation::divide, {constant(1), at.rise}), constant(0)}));
  const Expr kappa = out_.let("kappa", or_zero(times(by_place, steepness)));
  const Expr late = out_.let("kappa_at_end", or_zero(negated(times(times(at.before, steepness), kappa))));
  const Expr early = out_.let("kappa_at_start", or_zero(minus(kappa, late)));
  const Expr excess = rate_excess(step_, request_, out_);
  const Expr fall = excess ? out_.let("kappa_and_excess", minus(late, excess)) : late;
  for (std::size_t k = 0; k < at.at_end.size(); ++k) {
    const Expr end = minus_product(jump.adjoint(traced_.flowed[k]), at.at_end[k], fall);
    out_.add(Store{adjoints_.neuron[k].array, or_zero(end)});
    const Expr start = negated(times(at.at_start[k], early));
    if (!start) continue;
    adjoints_.at_start[k] = scattered(
        "_at_start_" + step_.states[k].variable.name,
        "contribution of spikes to the adjoint of " + step_.states[k].variable.name + " at the start of their step");
    out_.add(Store{*adjoints_.at_start[k], start});
  }
  parameters_.add(at.parameters_at_end, negated(fall));
  parameters_.add(at.parameters_at_start, negated(early));
  parameters_.store(true, out_);
  for (std::size_t m = 0; m < traced_.read_out.size(); ++m) {
    const Expr before = jump.adjoint(traced_.read_out[m]);
    if (before != readout_lambda[m]) out_.add(Store{adjoints_.readout[m].array, or_zero(before)});
  }
  if (!traced_.texts.read_current()) return;
  const Expr now = minus_product(jump.adjoint(traced_.current), at.current_at_end, fall);
  if (now) {
    adjoints_.current = scattered("_at_current", "contribution of spikes to the adjoint of the current of their step");
    out_.add(Store{*adjoints_.current, now});
  }
  if (const Expr before = negated(times(at.current_at_start, early))) {
    adjoints_.current_before = scattered(
        "_at_current_before", "contribution of spikes to the adjoint of the current at the start of their step");
    out_.add(Store{*adjoints_.current_before, before});
  }
}

void SpikeAdjoint::count(contract::EventCount what, const Expr& condition) {
  count_event(step_, request_.event_counts, what, condition, out_);
}

}  // namespace synfire::codegen
