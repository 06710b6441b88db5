// SPDX-License-Identifier: Apache-2.0
#include "lower/arrival_timing.hpp"

#include <algorithm>
#include <set>

#include "lower/step_loss.hpp"

namespace synfire::codegen {

void ArrivalTiming::lower(const Reverse& flow, const Values& lambda, const Values& readout_lambda) {
  const auto is_timed = [](const LoweredSynapse& each) { return each.incoming.timing.has_value(); };
  if (std::none_of(traced_.step.synapses.begin(), traced_.step.synapses.end(), is_timed)) return;
  const std::vector<Expr> of_extrema = timing_of_extrema(flow, readout_lambda);
  for (std::size_t c = 0; c < traced_.step.synapses.size(); ++c) {
    const IncomingConnection& incoming = traced_.step.synapses[c].incoming;
    if (!incoming.timing) continue;
    Expr timing = plus(timing_of_states(c, flow), of_extrema[c]);
    if (traced_.equations.is_direct(c)) timing = plus(timing, timing_of_jump(c, lambda, readout_lambda));
    out_.add(Store{*incoming.timing, or_zero(timing), ring_index(traced_.step, incoming.adjoint_depth)});
  }
}

std::vector<Expr> ArrivalTiming::timing_of_extrema(const Reverse& flow, const Values& readout_lambda) {
  std::vector<Expr> timing(traced_.step.synapses.size());
  for (std::size_t m = 0; m < traced_.readout_start.size(); ++m) {
    if (!traced_.equations.is_extremum(m)) continue;
    if (const Expr lambda = flow.adjoint(traced_.readout_start[m])) add_timing_of_turn(m, lambda, timing);
    if (traced_.equations.has_direct_arrivals()) add_timing_of_peak(m, readout_lambda[m], timing);
  }
  return timing;
}

void ArrivalTiming::add_timing_of_turn(std::size_t m, const Expr& lambda, std::vector<Expr>& timing) {
  const Extremum here = traced_.extremum_at(m, traced_.before_flow(), trace_, out_);
  const auto rate_at = [&](const Place& place) {
    return towards(m, traced_.rate_of(here, traced_.rates_at(trace_, place).neuron));
  };
  const Expr after = out_.let("rate_after", rate_at(traced_.before_flow()));
  Expr turn;
  Values turns;
  for (std::size_t c = 0; c < traced_.step.synapses.size(); ++c) {
    Place place = traced_.before_flow();
    place.synapses[c] = locals_of(traced_.synapse_start[c]);
    turns.push_back(out_.let("turn", minus(after, rate_at(place))));
    turn = plus(turn, turns.back());
  }
  const Expr before = out_.let("rate_before", minus(after, turn));
  const Expr is_here = apply(Operation::equal, {here.value, f32(traced_.readout_start[m])});
  const Expr turns_here = both(greater(before, constant(0)), less(after, constant(0)));
  const Expr pull = times(lambda, towards(m, before));
  const Expr share = out_.let("pull", chosen(both(is_here, turns_here), quotient(pull, turn), nullptr));
  for (std::size_t c = 0; c < timing.size(); ++c) {
    const Expr arriving = f32(traced_.arriving[c]);
    const Expr any = apply(Operation::not_equal, {arriving, constant(0)});
    const Expr part = quotient(times(share, turns[c]), arriving);
    timing[c] = minus(timing[c], chosen(any, part, nullptr));
  }
  if (!traced_.equations.has_direct_arrivals()) return;
  const auto [rises, rise] = rises_by_jumps(m, here);
  const Expr goes_on = both(greater(before, constant(0)), greater(after, constant(0)));
  const Expr falls = both(goes_on, less(rise, constant(0)));
  share_among_jumps(both(is_here, falls), pull, rises, rise, timing);
}

void ArrivalTiming::add_timing_of_peak(std::size_t m, const Expr& lambda, std::vector<Expr>& timing) {
  const Extremum here = traced_.extremum_at(m, traced_.before_reset(), trace_, out_);
  const Expr after = out_.let(
      "rate_after", towards(m, traced_.rate_of(here, traced_.rates_at(trace_, traced_.before_reset()).neuron)));
  const auto [rises, rise] = rises_by_jumps(m, here);
  const Expr leaves = both(greater(rise, constant(0)), opposite(greater(after, constant(0))));
  Expr is_made = both(traced_.is_taken(m, here), leaves);
  if (traced_.step.parsed.threshold)
    is_made = both(is_made, less(traced_.threshold_at(trace_, traced_.before_reset())[0], constant(0)));
  share_among_jumps(is_made, times(lambda, towards(m, after)), rises, rise, timing);
}

std::pair<Values, Expr> ArrivalTiming::rises_by_jumps(std::size_t m, const Extremum& here) {
  Values rises(traced_.step.synapses.size());
  Expr total;
  for (std::size_t c = 0; c < rises.size(); ++c) {
    if (!traced_.equations.is_direct(c)) continue;
    const Values jump = traced_.direct_jump(c, trace_);
    for (std::size_t k = 0; k < jump.size(); ++k)
      rises[c] = plus(rises[c], times(here.by_state[k], traced_.unless_resting(k, jump[k])));
    if (rises[c]) rises[c] = out_.let("rise", towards(m, rises[c]));
    total = plus(total, times(rises[c], f32(traced_.arriving[c])));
  }
  return {rises, out_.let("rise_in_all", or_zero(total))};
}

void ArrivalTiming::share_among_jumps(const Expr& condition, const Expr& pull, const Values& rises, const Expr& rise,
                                      std::vector<Expr>& timing) const {
  const Expr share = out_.let("pull", chosen(condition, quotient(or_zero(pull), rise), nullptr));
  for (std::size_t c = 0; c < timing.size(); ++c) timing[c] = minus_product(timing[c], share, rises[c]);
}

Expr ArrivalTiming::towards(std::size_t m, const Expr& value) const {
  return traced_.equations.is_maximum(m) ? value : apply(Operation::negate, {value});
}

Expr ArrivalTiming::timing_of_states(std::size_t c, const Reverse& flow) {
  const Names& own = traced_.synapse_taken_up[c];
  if (own.empty()) return nullptr;
  if (!traced_.equations.is_affine(c)) return secant_of_states(c, flow);
  const Rates rates = traced_.rates_at(trace_, traced_.before_flow());
  const std::set<std::string> given(own.begin(), own.end());
  Reverse rate(trace_, out_, given, given);
  for (std::size_t k = 0; k < traced_.start.size(); ++k)
    rate.seed(rates.neuron[k], traced_.unless_resting(k, flow.adjoint(traced_.start[k])));
  for (std::size_t l = 0; l < own.size(); ++l) rate.seed(rates.synapses[c][l], flow.adjoint(own[l]));
  rate.run();
  const std::set<std::string> start(traced_.synapse_start[c].begin(), traced_.synapse_start[c].end());
  Reverse taking_up(traced_.forward, out_, {traced_.arriving[c]}, start);
  for (const std::string& name : own) taking_up.seed(f32(name), rate.adjoint(name));
  taking_up.run();
  return taking_up.adjoint(traced_.arriving[c]);
}

Expr ArrivalTiming::secant_of_states(std::size_t c, const Reverse& flow) {
  const Rates after = traced_.rates_at(trace_, traced_.before_flow());
  Place place = traced_.before_flow();
  place.synapses[c] = locals_of(traced_.synapse_start[c]);
  const Rates before = traced_.rates_at(trace_, place);
  Expr difference;
  for (std::size_t k = 0; k < traced_.start.size(); ++k)
    difference = plus(difference, times(traced_.unless_resting(k, flow.adjoint(traced_.start[k])),
                                        minus(after.neuron[k], before.neuron[k])));
  for (std::size_t l = 0; l < traced_.synapse_start[c].size(); ++l) {
    difference = plus(difference, times(flow.adjoint(traced_.synapse_taken_up[c][l]), after.synapses[c][l]));
    difference = minus_product(difference, flow.adjoint(traced_.synapse_start[c][l]), before.synapses[c][l]);
  }
  if (!difference) return nullptr;
  const Expr arriving = f32(traced_.arriving[c]);
  const Expr any = apply(Operation::not_equal, {arriving, constant(0)});
  return chosen(any, quotient(difference, arriving), nullptr);
}

Expr ArrivalTiming::timing_of_jump(std::size_t c, const Values& lambda, const Values& readout_lambda) {
  const Values jump = traced_.direct_jump(c, trace_);
  const Rates rates = traced_.rates_at(trace_, traced_.before_reset());
  const std::set<std::string> given(traced_.flowed.begin(), traced_.flowed.end());
  Reverse rate(trace_, out_, given, given);
  Values before = lambda;
  for (std::size_t m = 0; m < readout_lambda.size(); ++m) {
    rate.seed(rates.readout[m], readout_lambda[m]);
    if (!traced_.equations.is_extremum(m)) continue;
    const Values taken = traced_.taken_from(m, readout_lambda[m], trace_, out_);
    for (std::size_t k = 0; k < before.size(); ++k) before[k] = plus(before[k], taken[k]);
  }
  for (std::size_t k = 0; k < traced_.flowed.size(); ++k)
    rate.seed(rates.neuron[k], traced_.unless_resting(k, before[k]));
  rate.run();
  Expr timing;
  for (std::size_t k = 0; k < traced_.flowed.size(); ++k)
    timing = plus(timing, times(rate.adjoint(traced_.flowed[k]), jump[k]));
  if (request_.step_targets) {
    const StepLoss loss{traced_.step, *request_.step_targets};
    const std::size_t k = loss.output_state();
    timing = plus(timing, times(quotient(loss.error(f32(traced_.flowed[k])), loss.duration()), jump[k]));
  }
  if (!triggered_) return timing;
  return minus(timing, times(traced_.current_of_arriving(c, trace_), load(*triggered_, Type::f32)));
}

}  // namespace synfire::codegen
