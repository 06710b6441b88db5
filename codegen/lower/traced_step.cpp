// SPDX-License-Identifier: Apache-2.0
#include "lower/traced_step.hpp"

#include <algorithm>

#include "adjoint/difference.hpp"
#include "adjoint/reverse.hpp"

namespace synfire::codegen {
namespace {

Values replaced(const Names& names, const Trace::Values& other) {
  Values values;
  for (const std::string& name : names) {
    const auto found = other.find(name);
    values.push_back(found == other.end() ? f32(name) : found->second);
  }
  return values;
}

}  // namespace

TracedStep::TracedStep(LoweredStep& lowered) : step(lowered), texts(lowered) {
  for (const LoweredState& rest : step.readout_rests) forward.neglect(rest.local);
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
  if (step.resting) {
    resting = forward.now(step.resting);
    rest_ends = forward.now(step.rest_ends);
  }
  if (step.may_spike) may_spike = forward.now(step.may_spike);
  if (step.negative) negative = forward.now(step.negative);
  const Expr dt = constant(step.context.options.dt);
  forward.define(time, apply(Operation::multiply, {apply(Operation::to_f32, {builtin(Builtin::step)}), dt}));
  forward.define(time_before, apply(Operation::subtract, {f32(time), dt}));
  find_direct();
  if (texts.read_current()) find_current();
}

bool TracedStep::has_direct_arrivals() const {
  return std::any_of(direct_.begin(), direct_.end(), [](bool each) { return each; });
}

std::set<std::string> TracedStep::all_taken_up() const {
  std::set<std::string> names;
  for (const Names& each : synapse_taken_up) names.insert(each.begin(), each.end());
  return names;
}

std::set<std::string> TracedStep::direct_arrivals() const {
  std::set<std::string> names;
  for (std::size_t c = 0; c < direct_.size(); ++c) {
    if (direct_[c]) names.insert(arriving[c]);
  }
  return names;
}

void TracedStep::find_direct() {
  for (const std::string& name : arriving) {
    Trace trial = forward;
    const Trace::Values changed = trial.replay({{name, constant(0)}}, all_taken_up(), "without");
    direct_.push_back(
        std::any_of(flowed.begin(), flowed.end(), [&](const std::string& state) { return changed.count(state) != 0; }));
  }
}

// `I` is like a state that the step sets: at x₀ it is that of the previous step plus what is taken up in between.
void TracedStep::find_current() {
  const auto define = [this](const std::string& name, Expr value) {
    forward.define(name, std::move(value));
    return name;
  };
  current = define("current_in_step@event", forward.now(step.current));
  Trace::Values without;
  for (std::size_t c = 0; c < synapse_start.size(); ++c) {
    for (std::size_t l = 0; l < synapse_start[c].size(); ++l)
      without[synapse_taken_up[c][l]] = f32(synapse_start[c][l]);
  }
  const Trace::Values other = forward.replay(without, {}, "without_arrivals");
  const auto found = other.find(current);
  current_without = define("current_without@event", found == other.end() ? f32(current) : found->second);
  const Expr is_first = apply(Operation::equal, {builtin(Builtin::step), number(0)});
  const Expr earlier = forward.now(step.earlier_current);
  current_before = define("current_before@event", apply(Operation::select, {is_first, f32(current_without), earlier}));
  const Expr taken_up = difference(forward, f32(current), f32(current_without));
  current_at_start = define("current_at_start@event", plus(f32(current_before), taken_up));
}

Place TracedStep::place(const Names& neuron, const Names& readout, const std::string& at,
                        const std::string& current_there) const {
  return {locals_of(neuron), locals_of(readout), f32(at), current_there.empty() ? nullptr : f32(current_there)};
}

Expr TracedStep::threshold_at(Trace& trace, const Place& place, const std::string& name) {
  return on_trace(trace, [&](Body& body) { return Values{texts.threshold(place, name, body)}; })[0];
}

Values TracedStep::reset_at(Trace& trace, const Place& place) {
  return on_trace(trace, [&](Body& body) { return texts.reset(place, body); });
}

Values TracedStep::read_spike_at(Trace& trace, const Place& place) {
  return on_trace(trace, [&](Body& body) { return texts.read_spike(place, body); });
}

EndOfStep TracedStep::end() const { return end_of({}); }

EndOfStep TracedStep::end_of(const Trace::Values& other) const {
  EndOfStep end{replaced(flowed, other), replaced(read_out, other), {}, nullptr};
  for (const Names& names : synapse_flowed) end.synapses.push_back(replaced(names, other));
  if (!current.empty()) end.current = replaced({current}, other)[0];
  return end;
}

EndOfStep TracedStep::end_after(Trace& trace, const Values& neuron, const Values& readout) {
  Trace::Values other;
  const auto put = [&](const Names& names, const Values& values) {
    for (std::size_t k = 0; k < names.size(); ++k) {
      const auto* same = std::get_if<LocalExpr>(&values[k]->node);
      if (same == nullptr || same->name != names[k]) other[names[k]] = values[k];
    }
  };
  put(start, neuron);
  put(readout_start, readout);
  if (resting) {
    const Expr rests = apply(Operation::greater, {step.refractory_steps, number(0)});
    other[std::get<LocalExpr>(resting->node).name] =
        std::holds_alternative<ConstantExpr>(step.refractory_steps->node)
            ? constant(std::get<ConstantExpr>(step.refractory_steps->node).value > 0 ? 1 : 0, Type::boolean)
            : rests;
  }
  return end_of(trace.replay(other, {}, "after"));
}

EndOfStep TracedStep::end_if_free(Trace& trace) {
  const std::string& name = std::get<LocalExpr>(resting->node).name;
  return end_of(trace.replay({{name, constant(0, Type::boolean)}}, {}, "free"));
}

Place TracedStep::end_without_direct(Trace& trace) {
  Trace::Values nothing;
  for (const std::string& name : direct_arrivals()) nothing[name] = constant(0);
  const Trace::Values other = trace.replay(nothing, all_taken_up(), "without");
  Place place = at_end();
  place.neuron = replaced(flowed, other);
  if (place.current) place.current = replaced({current}, other)[0];
  return place;
}

Expr minus_product(const Expr& from, const Expr& a, const Expr& b) { return minus(from, times(a, b)); }

}  // namespace synfire::codegen
