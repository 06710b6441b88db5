// SPDX-License-Identifier: Apache-2.0
#include "lower/traced_step.hpp"

#include <algorithm>
#include <set>

#include "adjoint/reverse.hpp"

namespace synfire::codegen {

TracedStep::TracedStep(LoweredStep& lowered) : step(lowered), equations(lowered, lowered.context.nominal_dt()) {
  std::size_t position = 0;
  const auto read_to = [&](std::size_t end) {
    forward.read(step.body, position, end);
    position = end;
  };
  const auto names = [this](const std::vector<LoweredState>& states) {
    Names now;
    for (const LoweredState& state : states) now.push_back(forward.current(state.local));
    return now;
  };
  const auto first = [](const std::vector<LoweredState>& states) {
    Names result;
    for (const LoweredState& state : states) result.push_back(state.local + "@1");
    return result;
  };
  for (const LoweredSynapse& synapse : step.synapses) {
    read_to(synapse.taken_up);
    arriving.push_back(std::get<LocalExpr>(forward.now(synapse.arriving)->node).name);
    synapse_start.push_back(first(synapse.states));
    synapse_taken_up.push_back(names(synapse.states));
    read_to(synapse.flowed);
    synapse_flowed.push_back(names(synapse.states));
  }
  read_to(step.flowed);
  start = first(step.states);
  flowed = names(step.states);
  read_to(step.read_out);
  readout_start = first(step.readout_states);
  read_out = names(step.readout_states);
  if (step.resting) resting = forward.now(step.resting);
  forward.define(time, apply(Operation::multiply,
                             {apply(Operation::to_f32, {builtin(Builtin::step)}), constant(step.context.options.dt)}));
}

std::vector<Values> TracedStep::taken_up() const {
  std::vector<Values> values;
  for (const Names& names : synapse_taken_up) values.push_back(locals_of(names));
  return values;
}

Rates TracedStep::rates_at(Trace& trace, const Place& place) {
  Rates rates;
  const Values all = on_trace(trace, [&](Body& body) {
    equations.bind(place.neuron, place.synapses, f32(time));
    return equations.rates(body);
  });
  auto next = all.begin();
  const auto take = [&](std::size_t count) {
    const auto first = std::exchange(next, next + static_cast<std::ptrdiff_t>(count));
    return Values(first, next);
  };
  rates.neuron = take(step.states.size());
  for (const LoweredSynapse& synapse : step.synapses) rates.synapses.push_back(take(synapse.states.size()));
  rates.readout = take(step.readout_states.size());
  return rates;
}

Values TracedStep::threshold_at(Trace& trace, const Place& place) {
  return on_trace(trace, [&](Body& body) {
    equations.bind(place.neuron, place.synapses, f32(time));
    return Values{equations.threshold(body)};
  });
}

Expr TracedStep::unless_resting(std::size_t state, const Expr& value) const {
  return is_held(state) ? chosen(resting, nullptr, value) : value;
}

bool TracedStep::is_held(std::size_t state) const {
  if (!resting) return false;
  const auto& hold = step.parsed.refractory->hold;
  return std::find(hold.begin(), hold.end(), step.states[state].variable.name) != hold.end();
}

Values TracedStep::taken_from(std::size_t m, const Expr& lambda, const Trace& trace, Body& out) const {
  const std::set<std::string> given(flowed.begin(), flowed.end());
  Reverse reading(trace, out, given, given);
  reading.seed(f32(read_out[m]), lambda);
  reading.run();
  Values taken;
  for (const std::string& name : flowed) taken.push_back(reading.adjoint(name));
  return taken;
}

Extremum TracedStep::extremum_at(std::size_t m, const Place& place, Trace& trace, Body& out) {
  Extremum result;
  result.value = on_trace(trace, [&](Body& body) {
    equations.bind(place.neuron, place.synapses, f32(time));
    return Values{equations.extremum_of(m, body)};
  })[0];
  std::set<std::string> given{time};
  for (const Expr& state : place.neuron) given.insert(std::get<LocalExpr>(state->node).name);
  Reverse slope(trace, out, given, given);
  slope.seed(result.value, constant(1));
  slope.run();
  for (const Expr& state : place.neuron)
    result.by_state.push_back(slope.adjoint(std::get<LocalExpr>(state->node).name));
  result.by_time = slope.adjoint(time);
  return result;
}

Expr TracedStep::is_taken(std::size_t m, const Extremum& here) const {
  const Expr is_new = apply(Operation::not_equal, {f32(read_out[m]), f32(readout_start[m])});
  return both(is_new, apply(Operation::equal, {here.value, f32(read_out[m])}));
}

Expr TracedStep::rate_of(const Extremum& extremum, const Values& rates) const {
  Expr rate = extremum.by_time;
  for (std::size_t k = 0; k < rates.size(); ++k)
    rate = plus(rate, times(extremum.by_state[k], unless_resting(k, rates[k])));
  return or_zero(rate);
}

std::pair<Values, Expr> TracedStep::without_arrivals(Trace& trace) {
  Values without = locals_of(flowed);
  Expr total;
  for (std::size_t c = 0; c < step.synapses.size(); ++c) {
    if (!equations.is_direct(c)) continue;
    const Values jump = direct_jump(c, trace);
    for (std::size_t k = 0; k < without.size(); ++k)
      without[k] = or_zero(minus_product(without[k], jump[k], f32(arriving[c])));
    total = plus(total, times(current_of_arriving(c, trace), f32(arriving[c])));
  }
  // So that what is made of them is differentiable like the rest.
  for (std::size_t k = 0; k < without.size(); ++k) {
    const std::string name = step.states[k].local + "_before_arrivals@1";
    if (trace.find(name) == nullptr) trace.define(name, without[k]);
    without[k] = f32(name);
  }
  return {without, or_zero(total)};
}

Expr TracedStep::current_of_arriving(std::size_t c, Trace& trace) {
  return on_trace(trace, [&](Body& body) {
    equations.bind(locals_of(start), taken_up(), f32(time));
    return Values{equations.current_of_arriving(c, body)};
  })[0];
}

Values TracedStep::direct_jump(std::size_t c, Trace& trace) {
  Values jump;
  const std::set<std::string> stops(synapse_taken_up[c].begin(), synapse_taken_up[c].end());
  for (const std::string& name : flowed) {
    Body made(step.context.names, 0);
    Reverse through(forward, made, {arriving[c]}, stops);
    through.seed(f32(name), constant(1));
    through.run();
    trace.read(made.statements());
    const Expr share = through.adjoint(arriving[c]);
    jump.push_back(share ? trace.now(share) : nullptr);
  }
  return jump;
}

Expr minus_product(const Expr& from, const Expr& a, const Expr& b) { return minus(from, times(a, b)); }

}  // namespace synfire::codegen
