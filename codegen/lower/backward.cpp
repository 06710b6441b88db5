// SPDX-License-Identifier: Apache-2.0
#include "lower/backward.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "adjoint/continuous.hpp"
#include "adjoint/recall.hpp"
#include "adjoint/reverse.hpp"

namespace synfire::codegen {
namespace {

using Names = std::vector<std::string>;
using Values = std::vector<Expr>;

Expr number(std::uint32_t value) { return constant(value, Type::u32); }
Expr f32(const std::string& name) { return local(name, Type::f32); }
Values locals_of(const Names& names) {
  Values values;
  for (const std::string& name : names) values.push_back(f32(name));
  return values;
}
Expr greater(const Expr& a, const Expr& b) { return apply(Operation::greater, {a, b}); }
Expr both(const Expr& a, const Expr& b) { return apply(Operation::logical_and, {a, b}); }
Expr either(const Expr& a, const Expr& b) { return apply(Operation::logical_or, {a, b}); }
Expr opposite(const Expr& a) { return apply(Operation::logical_not, {a}); }
Expr product_u32(const Expr& a, std::uint32_t b) { return apply(Operation::multiply, {a, number(b)}); }
Expr sum_u32(const Expr& a, const Expr& b) { return apply(Operation::add, {a, b}); }

// Threshold rates below this part of what they are made of have no direction that single precision can tell.
constexpr double flattest = 1e-6;

// f, by state; null is 0.
struct Rates {
  Values neuron, readout;
  std::vector<Values> synapses;  // by incoming connection
};

class BackwardLowering {
 public:
  BackwardLowering(LoweredStep& step, const LearningRequest& request, LoweredPopulation& lowered)
      : step_(step),
        context_(step.context),
        request_(request),
        lowered_(lowered),
        equations_(step, context_.nominal_dt()) {}

  void run() {
    trace_step();
    declare_adjoints();
    if (request_.tape) lower_events();
    lower_flow();
    lower_start();
    lower_end();
    insert_stores();
  }

 private:
  struct Adjoint {
    ArrayId array = 0;
    std::string variable;
  };

  std::string label(const std::string& what) const { return what + step_.label; }

  // ---- The forward pass, by value

  void trace_step() {
    std::size_t position = 0;
    const auto read_to = [&](std::size_t end) {
      trace_.read(step_.body, position, end);
      position = end;
    };
    const auto names = [this](const std::vector<LoweredState>& states) {
      Names now;
      for (const LoweredState& state : states) now.push_back(trace_.current(state.local));
      return now;
    };
    const auto first = [](const std::vector<LoweredState>& states) {
      Names start;
      for (const LoweredState& state : states) start.push_back(state.local + "@1");
      return start;
    };
    for (const LoweredSynapse& synapse : step_.synapses) {
      read_to(synapse.taken_up);
      arriving_.push_back(std::get<LocalExpr>(trace_.now(synapse.arriving)->node).name);
      synapse_start_.push_back(first(synapse.states));
      synapse_taken_up_.push_back(names(synapse.states));
      read_to(synapse.flowed);
      synapse_flowed_.push_back(names(synapse.states));
    }
    read_to(step_.flowed);
    start_ = first(step_.states);
    flowed_ = names(step_.states);
    read_to(step_.read_out);
    readout_start_ = first(step_.readout_states);
    read_out_ = names(step_.readout_states);
    if (step_.resting) resting_ = trace_.now(step_.resting);
    trace_.define(time_, apply(Operation::multiply,
                               {apply(Operation::to_f32, {builtin(Builtin::step)}), constant(context_.options.dt)}));
  }

  // ---- Adjoints between steps

  Array element_array(const std::string& name, const std::string& comment) const {
    Array array;
    array.name = context_.names.unique(name);
    array.comment = comment;
    array.extent = step_.count;
    return array;
  }

  Adjoint declare_adjoint(const std::string& prefix, const std::string& variable) {
    Array array = element_array(prefix + "_lambda_" + variable, "adjoint of " + variable);
    array.scattered = request_.tape.has_value();
    return {context_.program.add(std::move(array)), variable};
  }

  void declare_adjoints() {
    for (const LoweredState& state : step_.states)
      lambda_.push_back(declare_adjoint(step_.population.name, state.variable.name));
    for (const LoweredSynapse& synapse : step_.synapses) {
      synapse_lambda_.emplace_back();
      for (const LoweredState& state : synapse.states)
        synapse_lambda_.back().push_back(declare_adjoint(synapse.incoming.connection->name, state.variable.name));
    }
    for (const LoweredState& state : step_.readout_states)
      readout_lambda_.push_back(declare_adjoint(step_.population.name + "_readout", state.variable.name));
    if (!request_.tape) return;
    const auto scattered = [&](const std::string& name, const std::string& comment) {
      Array array = element_array(step_.population.name + name, comment);
      array.scattered = true;
      return context_.program.add(std::move(array));
    };
    if (!step_.parsed.crosses || step_.resting) carried_ = scattered("_carried", "Σ η for the neuron's previous spike");
    if (equations_.has_direct_arrivals())
      triggered_ =
          scattered("_triggered", "η of the spike that the arrivals of this step set off, for a unit of weight");
  }

  static Values loads(const std::vector<Adjoint>& adjoints, const std::string& prefix, Body& out) {
    Values values;
    for (const Adjoint& each : adjoints) values.push_back(out.let(prefix + each.variable, load(each.array, Type::f32)));
    return values;
  }

  // ---- What the forward pass keeps

  void keep_in_body(std::size_t statement, Store store) { stores_.emplace_back(statement, std::move(store)); }

  static Expr local_of_definition(const Trace::Definition& definition) {
    return local(local_of(definition.name), definition.value->type);
  }

  Expr keep_on_tape(const Trace::Definition& definition) {
    Tape& tape = context_.program.learning->tapes[*request_.tape];
    const bool is_boolean = definition.value->type == Type::boolean;
    const std::string what = local_of(definition.name);
    const ArrayId source = context_.program.add(
        element_array(step_.population.name + "_kept_" + what, what + " in this step, for the tape"));
    const Expr value = local_of_definition(definition);
    keep_in_body(*definition.statement,
                 {source, is_boolean ? apply(Operation::select, {value, constant(1), constant(0)}) : value});
    const auto number_of_value = static_cast<std::uint32_t>(tape.kept.size());
    tape.kept.push_back(source);
    const Expr place = builtin(Builtin::tape_place);
    const Expr row = product_u32(builtin(Builtin::tape_capacity), number_of_value);
    const Expr kept = load(*tape.values, Type::f32, number_of_value == 0 ? place : sum_u32(row, place));
    return is_boolean ? apply(Operation::not_equal, {kept, constant(0)}) : kept;
  }

  Expr row_index(const Expr& row) const { return sum_u32(product_u32(row, step_.count), builtin(Builtin::element)); }

  ArrayId history_of(const Trace::Definition& definition) {
    const auto known = histories_.find(definition.name);
    if (known != histories_.end()) return known->second;
    const bool is_float = definition.value->type == Type::f32;
    const bool is_flag = definition.value->type == Type::boolean;
    const std::string what = local_of(definition.name);
    Array array = element_array(step_.population.name + "_history_" + what, what + " in each step");
    array.type = is_float ? Type::f32 : Type::u32;
    array.element_type = is_float  ? contract::ElementType::f32
                         : is_flag ? contract::ElementType::u8
                                   : contract::ElementType::u32;
    array.extent = std::size_t{context_.options.timesteps} * step_.count;
    array.lifetime = Lifetime::persistent;
    array.storage = Storage::global;
    array.role = contract::BufferRole::workspace;
    array.per_slot = true;
    array.shape = {context_.options.timesteps, step_.count};
    const ArrayId id = context_.program.add(std::move(array));
    const Expr value = local_of_definition(definition);
    keep_in_body(*definition.statement, {id, is_flag ? apply(Operation::select, {value, number(1), number(0)}) : value,
                                         row_index(builtin(Builtin::step))});
    return histories_[definition.name] = id;
  }

  Expr read_history(const Trace::Definition& definition, const Expr& step) {
    const ArrayId id = history_of(definition);
    const Expr value = load(id, context_.program.arrays[id].type, row_index(step));
    return definition.value->type == Type::boolean ? apply(Operation::not_equal, {value, number(0)}) : value;
  }

  void insert_stores() {
    std::stable_sort(stores_.begin(), stores_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto each = stores_.rbegin(); each != stores_.rend(); ++each)
      step_.body.insert(step_.body.begin() + static_cast<std::ptrdiff_t>(each->first) + 1, each->second);
  }

  // ---- Equations at a place of the trace

  // A body that is only computed where something reads it.
  template <class Fill>
  auto on_trace(Trace& trace, Fill&& fill) const {
    Body made(context_.names, 0);
    auto result = fill(made);
    trace.read(made.statements());
    for (Expr& each : result) {
      if (each) each = trace.now(each);
    }
    return result;
  }

  struct Place {
    Values neuron;
    std::vector<Values> synapses;
  };

  Place before_flow() const { return {locals_of(start_), taken_up()}; }
  Place before_reset() const { return {locals_of(flowed_), taken_up()}; }
  std::vector<Values> taken_up() const {
    std::vector<Values> values;
    for (const Names& names : synapse_taken_up_) values.push_back(locals_of(names));
    return values;
  }

  Rates rates_at(Trace& trace, const Place& place) {
    Rates rates;
    const Values all = on_trace(trace, [&](Body& body) {
      equations_.bind(place.neuron, place.synapses, f32(time_));
      return equations_.rates(body);
    });
    auto next = all.begin();
    const auto take = [&](std::size_t count) {
      const auto first = std::exchange(next, next + static_cast<std::ptrdiff_t>(count));
      return Values(first, next);
    };
    rates.neuron = take(step_.states.size());
    for (const LoweredSynapse& synapse : step_.synapses) rates.synapses.push_back(take(synapse.states.size()));
    rates.readout = take(step_.readout_states.size());
    return rates;
  }

  bool is_held(std::size_t state) const {
    if (!resting_) return false;
    const auto& hold = step_.parsed.refractory->hold;
    return std::find(hold.begin(), hold.end(), step_.states[state].variable.name) != hold.end();
  }

  // f of a state in a step in which the neuron may rest, or a factor of it.
  Expr unless_resting(std::size_t state, const Expr& value) const {
    return is_held(state) ? chosen(resting_, nullptr, value) : value;
  }

  Values threshold_at(Trace& trace, const Place& place) {
    return on_trace(trace, [&](Body& body) {
      equations_.bind(place.neuron, place.synapses, f32(time_));
      return Values{equations_.threshold(body)};
    });
  }

  // ---- Spikes

  void lower_events() {
    Body out(context_.names, 0);
    Trace trace = trace_;
    const Values lambda = loads(lambda_, "lambda_", out);
    const Values readout_lambda = loads(readout_lambda_, "lambda_readout_", out);
    const Rates rates_before = rates_at(trace, before_reset());
    const Values after = on_trace(trace, [&](Body& body) {
      equations_.bind(locals_of(flowed_), taken_up(), f32(time_));
      return equations_.reset(body);
    });
    const Rates rates_after = rates_at(trace, {after, taken_up()});
    const Values read_after = on_trace(trace, [&](Body& body) {
      equations_.bind(locals_of(flowed_), taken_up(), f32(time_));
      return equations_.read_spike(locals_of(read_out_), body);
    });

    std::set<std::string> given(flowed_.begin(), flowed_.end());
    given.insert(read_out_.begin(), read_out_.end());
    given.insert(time_);
    out.comment("transpose of the reset");
    Reverse jump(trace, out, given, given);
    for (std::size_t k = 0; k < after.size(); ++k) jump.seed(after[k], lambda[k]);
    for (std::size_t m = 0; m < read_after.size(); ++m) jump.seed(read_after[m], readout_lambda[m]);
    jump.run();

    out.comment("adjoint of the time of the spike");
    Expr eta;
    for (std::size_t k = 0; k < after.size(); ++k) {
      eta = plus(eta, times(jump.adjoint(flowed_[k]), unless_resting(k, rates_before.neuron[k])));
      if (!is_held(k)) eta = minus_product(eta, lambda[k], rates_after.neuron[k]);
    }
    for (std::size_t m = 0; m < read_after.size(); ++m) {
      eta = plus(eta, times(jump.adjoint(read_out_[m]), rates_before.readout[m]));
      eta = minus_product(eta, readout_lambda[m], rates_after.readout[m]);
    }
    eta = plus(eta, eta_of_extrema(jump, rates_before, trace, out));
    eta = plus(eta, jump.adjoint(time_));
    if (request_.step_targets) {
      // The running loss before the spike less that after it.
      const std::size_t k = output_state();
      eta = plus(eta, minus(running_loss(f32(flowed_[k])), running_loss(after[k])));
    }
    if (request_.due) eta = plus(eta, load(*request_.due, Type::f32, builtin(Builtin::spike)));
    if (carried_) eta = plus(eta, load(*carried_, Type::f32));
    eta = out.let("eta", or_zero(eta));

    const Expr threshold = threshold_at(trace, before_reset())[0];
    Reverse slope(trace, out, given, given);
    slope.seed(threshold, constant(1));
    slope.run();
    Expr rate, size;
    for (std::size_t k = 0; k < after.size(); ++k) {
      const Expr part = times(slope.adjoint(flowed_[k]), unless_resting(k, rates_before.neuron[k]));
      if (!part) continue;
      const Expr named = out.let("rate_" + step_.states[k].variable.name, part);
      rate = plus(rate, named);
      size = plus(size, apply(Operation::absolute, {named}));
    }
    rate = out.let("threshold_rate", or_zero(plus(rate, slope.adjoint(time_))));
    const Expr is_steep = out.let("is_steep", greater(rate, or_zero(times(size, constant(flattest)))));
    const Expr is_flat = opposite(is_steep);
    const Expr is_triggered = lower_trigger(trace, out, threshold, eta);
    const Expr is_timed = is_triggered ? out.let("is_timed", both(is_steep, opposite(is_triggered))) : is_steep;
    const Expr kappa =
        out.let("kappa", apply(Operation::select, {is_timed, apply(Operation::divide, {eta, rate}), constant(0)}));
    for (std::size_t k = 0; k < after.size(); ++k) {
      const Expr before = minus_product(jump.adjoint(flowed_[k]), slope.adjoint(flowed_[k]), kappa);
      out.add(Store{lambda_[k].array, or_zero(before)});
    }
    for (std::size_t m = 0; m < read_after.size(); ++m) {
      const Expr before = jump.adjoint(read_out_[m]);
      if (before != readout_lambda[m]) out.add(Store{readout_lambda_[m].array, or_zero(before)});
    }
    if (is_triggered) count(contract::EventCount::triggered, is_triggered, out);
    count(contract::EventCount::near_tangent, is_triggered ? both(opposite(is_triggered), is_flat) : is_flat, out);
    recall(out, trace, context_.program, [this](const auto& each) { return keep_on_tape(each); });
    lowered_.events.emplace_back(EventPhase{label("spikes of"), *request_.tape, out.take()});
  }

  // An extremum that the readout takes at the spike is a value of the neuron at a time that moves.
  Expr eta_of_extrema(const Reverse& jump, const Rates& rates, Trace& trace, Body& out) {
    Expr eta;
    for (std::size_t m = 0; m < read_out_.size(); ++m) {
      if (!equations_.is_extremum(m)) continue;
      const Expr lambda = jump.adjoint(read_out_[m]);
      const Values taken = taken_from(m, lambda, trace, out);
      for (std::size_t k = 0; k < flowed_.size(); ++k)
        eta = plus(eta, times(taken[k], unless_resting(k, rates.neuron[k])));
      const Extremum here = extremum_at(m, before_reset(), trace, out);
      if (here.by_time) eta = plus(eta, times(chosen(is_taken(m, here), lambda, nullptr), here.by_time));
    }
    return eta;
  }

  // The adjoints of the states that an extremum passes on in the step in which it is taken.
  Values taken_from(std::size_t m, const Expr& lambda, const Trace& trace, Body& out) const {
    const std::set<std::string> given(flowed_.begin(), flowed_.end());
    Reverse reading(trace, out, given, given);
    reading.seed(f32(read_out_[m]), lambda);
    reading.run();
    Values taken;
    for (const std::string& name : flowed_) taken.push_back(reading.adjoint(name));
    return taken;
  }

  // What a running extremum is taken of: its value and the derivatives of that.
  struct Extremum {
    Expr value;
    Values by_state;
    Expr by_time;
  };

  Extremum extremum_at(std::size_t m, const Place& place, Trace& trace, Body& out) {
    Extremum result;
    result.value = on_trace(trace, [&](Body& body) {
      equations_.bind(place.neuron, place.synapses, f32(time_));
      return Values{equations_.extremum_of(m, body)};
    })[0];
    std::set<std::string> given{time_};
    for (const Expr& state : place.neuron) given.insert(std::get<LocalExpr>(state->node).name);
    Reverse slope(trace, out, given, given);
    slope.seed(result.value, constant(1));
    slope.run();
    for (const Expr& state : place.neuron)
      result.by_state.push_back(slope.adjoint(std::get<LocalExpr>(state->node).name));
    result.by_time = slope.adjoint(time_);
    return result;
  }

  Expr is_taken(std::size_t m, const Extremum& here) const {
    const Expr is_new = apply(Operation::not_equal, {f32(read_out_[m]), f32(readout_start_[m])});
    return both(is_new, apply(Operation::equal, {here.value, f32(read_out_[m])}));
  }

  // e_x·f + e_t
  Expr rate_of(const Extremum& extremum, const Values& rates) const {
    Expr rate = extremum.by_time;
    for (std::size_t k = 0; k < rates.size(); ++k)
      rate = plus(rate, times(extremum.by_state[k], unless_resting(k, rates[k])));
    return or_zero(rate);
  }

  static Expr minus_product(const Expr& from, const Expr& a, const Expr& b) { return minus(from, times(a, b)); }

  void count(contract::EventCount what, const Expr& condition, Body& out) const {
    const Expr index = sum_u32(number(static_cast<std::uint32_t>(what) * step_.count), builtin(Builtin::element));
    const Expr before = load(request_.event_counts, Type::u32, index);
    const Expr one = apply(Operation::select, {condition, number(1), number(0)});
    out.add(Store{request_.event_counts, sum_u32(before, one), index});
  }

  // Spikes that the flow has no part in: their time is that of the reset or end of refractoriness that left the neuron above
  // its threshold, which belongs to its spike before, or of the arrivals that lifted it there. Null: there are none.
  Expr lower_trigger(Trace& trace, Body& out, const Expr& threshold, const Expr& eta) {
    Expr armed, lifted;
    if (!step_.parsed.crosses) {
      const Expr at_start = threshold_at(trace, before_flow())[0];
      armed = out.let("is_armed", apply(Operation::greater_equal, {at_start, constant(0)}));
    }
    if (triggered_) {
      const auto [without, total] = without_arrivals(trace);
      const Expr below = apply(Operation::less, {threshold_at(trace, {without, taken_up()})[0], constant(0)});
      lifted = both(below, apply(Operation::greater_equal, {threshold, constant(0)}));
      lifted = out.let("is_lifted", armed ? both(lifted, opposite(armed)) : lifted);
      out.add(
          Store{*triggered_, apply(Operation::select, {lifted, apply(Operation::divide, {eta, total}), constant(0)})});
    }
    if (carried_) out.add(Store{*carried_, armed ? apply(Operation::select, {armed, eta, constant(0)}) : constant(0)});
    return armed && lifted ? out.let("is_triggered", either(armed, lifted)) : armed ? armed : lifted;
  }

  // The states before the reset less what the arrivals of this step have added to them, and Σ c₁·arriving.
  std::pair<Values, Expr> without_arrivals(Trace& trace) {
    Values without = locals_of(flowed_);
    Expr total;
    for (std::size_t c = 0; c < step_.synapses.size(); ++c) {
      if (!equations_.is_direct(c)) continue;
      const Values jump = direct_jump(c, trace);
      for (std::size_t k = 0; k < without.size(); ++k)
        without[k] = or_zero(minus_product(without[k], jump[k], f32(arriving_[c])));
      total = plus(total, times(current_of_arriving(c, trace), f32(arriving_[c])));
    }
    // So that what is made of them is differentiable like the rest.
    for (std::size_t k = 0; k < without.size(); ++k) {
      const std::string name = step_.states[k].local + "_before_arrivals@1";
      if (trace.find(name) == nullptr) trace.define(name, without[k]);
      without[k] = f32(name);
    }
    return {without, or_zero(total)};
  }

  Expr current_of_arriving(std::size_t c, Trace& trace) {
    return on_trace(trace, [&](Body& body) {
      equations_.bind(locals_of(start_), taken_up(), f32(time_));
      return Values{equations_.current_of_arriving(c, body)};
    })[0];
  }

  // What a unit of weight that arrives adds to each state of the neuron in this step, past the synapse's own states. It
  // becomes part of the trace.
  Values direct_jump(std::size_t c, Trace& trace) {
    Values jump;
    const std::set<std::string> stops(synapse_taken_up_[c].begin(), synapse_taken_up_[c].end());
    for (const std::string& name : flowed_) {
      Body made(context_.names, 0);
      Reverse through(trace_, made, {arriving_[c]}, stops);
      through.seed(f32(name), constant(1));
      through.run();
      trace.read(made.statements());
      const Expr share = through.adjoint(arriving_[c]);
      jump.push_back(share ? trace.now(share) : nullptr);
    }
    return jump;
  }

  // ---- All neurons

  void lower_flow() {
    Body out(context_.names, 0);
    Trace trace = trace_;
    const Values lambda = loads(lambda_, "lambda_", out);
    const Values readout_lambda = loads(readout_lambda_, "lambda_readout_", out);
    std::set<std::string> wanted(start_.begin(), start_.end());
    wanted.insert(readout_start_.begin(), readout_start_.end());
    wanted.insert(arriving_.begin(), arriving_.end());
    for (const auto* names : {&synapse_start_, &synapse_taken_up_}) {
      for (const Names& each : *names) wanted.insert(each.begin(), each.end());
    }
    Reverse flow(trace, out, wanted);
    for (std::size_t k = 0; k < flowed_.size(); ++k) flow.seed(f32(flowed_[k]), lambda[k]);
    for (std::size_t m = 0; m < read_out_.size(); ++m) flow.seed(f32(read_out_[m]), readout_lambda[m]);
    for (std::size_t c = 0; c < step_.synapses.size(); ++c) {
      const Values own = loads(synapse_lambda_[c], "lambda_", out);
      for (std::size_t l = 0; l < own.size(); ++l) flow.seed(f32(synapse_flowed_[c][l]), own[l]);
    }
    if (request_.step_targets) seed_step_loss(flow, out);
    flow.run();
    lower_timing(flow, lambda, readout_lambda, trace, out);
    if (resting_) lower_end_of_rest(flow, trace, out);
    store(lambda_, start_, lambda, flow, out);
    store(readout_lambda_, readout_start_, readout_lambda, flow, out);
    for (std::size_t c = 0; c < step_.synapses.size(); ++c) {
      const IncomingConnection& incoming = step_.synapses[c].incoming;
      store(synapse_lambda_[c], synapse_start_[c], {}, flow, out);
      if (incoming.lambda)
        out.add(Store{*incoming.lambda, or_zero(flow.adjoint(arriving_[c])), ring_index(incoming.adjoint_depth)});
    }
    if (triggered_) out.add(Store{*triggered_, constant(0)});
    recall(out, trace, context_.program,
           [this](const auto& each) { return read_history(each, builtin(Builtin::step)); });
    lowered_.backward_step.emplace_back(ElementPhase{label("neurons of"), step_.count, out.take()});
    locate_adjoints();
  }

  Expr ring_index(std::uint32_t depth) const {
    return row_index(apply(Operation::modulo, {builtin(Builtin::step), number(depth)}));
  }

  // `unchanged`: what the arrays hold, by state.
  static void store(const std::vector<Adjoint>& adjoints, const Names& names, const Values& unchanged,
                    const Reverse& flow, Body& out) {
    for (std::size_t k = 0; k < adjoints.size(); ++k) {
      const Expr value = flow.adjoint(names[k]);
      if (k < unchanged.size() && value == unchanged[k]) continue;
      out.add(Store{adjoints[k].array, or_zero(value)});
    }
  }

  // ---- The loss of every step: half the mean of the squared error over the steps

  std::size_t output_state() const {
    std::size_t k = 0;
    while (step_.states[k].variable.name != step_.parsed.output) ++k;
    return k;
  }
  Expr step_error(const Expr& x) const {
    return minus(x, load(*request_.step_targets, Type::f32, row_index(builtin(Builtin::step))));
  }
  static Expr step_count() { return apply(Operation::to_f32, {builtin(Builtin::steps)}); }
  // ms
  Expr duration() const { return times(step_count(), constant(context_.options.dt)); }
  Expr running_loss(const Expr& x) const {
    const Expr error = step_error(x);
    return apply(Operation::divide, {times(constant(0.5), times(error, error)), duration()});
  }
  void seed_step_loss(Reverse& flow, Body& out) const {
    const Expr x = f32(flowed_[output_state()]);
    flow.seed(x, out.let("d_loss", apply(Operation::divide, {step_error(x), step_count()})));
  }

  // How the loss falls when what arrives in this step arrives later.
  void lower_timing(const Reverse& flow, const Values& lambda, const Values& readout_lambda, Trace& trace, Body& out) {
    const auto is_timed = [](const LoweredSynapse& each) { return each.incoming.timing.has_value(); };
    if (std::none_of(step_.synapses.begin(), step_.synapses.end(), is_timed)) return;
    const std::vector<Expr> of_extrema = timing_of_extrema(flow, readout_lambda, trace, out);
    for (std::size_t c = 0; c < step_.synapses.size(); ++c) {
      const IncomingConnection& incoming = step_.synapses[c].incoming;
      if (!incoming.timing) continue;
      Expr timing = plus(timing_of_states(c, flow, trace, out), of_extrema[c]);
      if (equations_.is_direct(c)) timing = plus(timing, timing_of_jump(c, lambda, readout_lambda, trace, out));
      out.add(Store{*incoming.timing, or_zero(timing), ring_index(incoming.adjoint_depth)});
    }
  }

  // Extrema that what arrives makes: their values are ones at a time that moves. Of several arrivals each has its share.
  std::vector<Expr> timing_of_extrema(const Reverse& flow, const Values& readout_lambda, Trace& trace, Body& out) {
    std::vector<Expr> timing(step_.synapses.size());
    for (std::size_t m = 0; m < readout_start_.size(); ++m) {
      if (!equations_.is_extremum(m)) continue;
      if (const Expr lambda = flow.adjoint(readout_start_[m])) add_timing_of_turn(m, lambda, timing, trace, out);
      if (equations_.has_direct_arrivals()) add_timing_of_peak(m, readout_lambda[m], timing, trace, out);
    }
    return timing;
  }

  // In the direction of the extremum: of a minimum, the negative.
  Expr towards(std::size_t m, const Expr& value) const {
    return equations_.is_maximum(m) ? value : apply(Operation::negate, {value});
  }

  // One at the start of the step, as the flow turns or a jump goes against it.
  void add_timing_of_turn(std::size_t m, const Expr& lambda, std::vector<Expr>& timing, Trace& trace, Body& out) {
    const Extremum here = extremum_at(m, before_flow(), trace, out);
    const auto rate_at = [&](const Place& place) { return towards(m, rate_of(here, rates_at(trace, place).neuron)); };
    const Expr after = out.let("rate_after", rate_at(before_flow()));
    Expr turn;
    Values turns;
    for (std::size_t c = 0; c < step_.synapses.size(); ++c) {
      Place place = before_flow();
      place.synapses[c] = locals_of(synapse_start_[c]);
      turns.push_back(out.let("turn", minus(after, rate_at(place))));
      turn = plus(turn, turns.back());
    }
    const Expr before = out.let("rate_before", minus(after, turn));
    const Expr is_here = apply(Operation::equal, {here.value, f32(readout_start_[m])});
    const Expr turns_here = both(greater(before, constant(0)), apply(Operation::less, {after, constant(0)}));
    const Expr pull = times(lambda, towards(m, before));
    const Expr share =
        out.let("pull", chosen(both(is_here, turns_here), apply(Operation::divide, {pull, turn}), nullptr));
    for (std::size_t c = 0; c < timing.size(); ++c) {
      const Expr arriving = f32(arriving_[c]);
      const Expr any = apply(Operation::not_equal, {arriving, constant(0)});
      const Expr part = apply(Operation::divide, {times(share, turns[c]), arriving});
      timing[c] = minus(timing[c], chosen(any, part, nullptr));
    }
    if (!equations_.has_direct_arrivals()) return;
    const auto [rises, rise] = rises_by_jumps(m, here, trace, out);
    const Expr goes_on = both(greater(before, constant(0)), greater(after, constant(0)));
    const Expr falls = both(goes_on, apply(Operation::less, {rise, constant(0)}));
    share_among_jumps(both(is_here, falls), pull, rises, rise, timing, out);
  }

  // One at the end of the step, that a jump has made and the flow leaves. Where the neuron spikes, that event has it.
  void add_timing_of_peak(std::size_t m, const Expr& lambda, std::vector<Expr>& timing, Trace& trace, Body& out) {
    const Extremum here = extremum_at(m, before_reset(), trace, out);
    const Expr after = out.let("rate_after", towards(m, rate_of(here, rates_at(trace, before_reset()).neuron)));
    const auto [rises, rise] = rises_by_jumps(m, here, trace, out);
    const Expr leaves = both(greater(rise, constant(0)), opposite(greater(after, constant(0))));
    Expr is_made = both(is_taken(m, here), leaves);
    if (step_.parsed.threshold)
      is_made = both(is_made, apply(Operation::less, {threshold_at(trace, before_reset())[0], constant(0)}));
    share_among_jumps(is_made, times(lambda, towards(m, after)), rises, rise, timing, out);
  }

  // By how much a unit of weight over each connection, and all that arrives, brings an extremum forward at once.
  std::pair<Values, Expr> rises_by_jumps(std::size_t m, const Extremum& here, Trace& trace, Body& out) {
    Values rises(step_.synapses.size());
    Expr total;
    for (std::size_t c = 0; c < rises.size(); ++c) {
      if (!equations_.is_direct(c)) continue;
      const Values jump = direct_jump(c, trace);
      for (std::size_t k = 0; k < jump.size(); ++k)
        rises[c] = plus(rises[c], times(here.by_state[k], unless_resting(k, jump[k])));
      if (rises[c]) rises[c] = out.let("rise", towards(m, rises[c]));
      total = plus(total, times(rises[c], f32(arriving_[c])));
    }
    return {rises, out.let("rise_in_all", or_zero(total))};
  }

  void share_among_jumps(const Expr& condition, const Expr& pull, const Values& rises, const Expr& rise,
                         std::vector<Expr>& timing, Body& out) const {
    const Expr share = out.let("pull", chosen(condition, apply(Operation::divide, {or_zero(pull), rise}), nullptr));
    for (std::size_t c = 0; c < timing.size(); ++c) timing[c] = minus_product(timing[c], share, rises[c]);
  }

  // λ·F b at the start of the step, b what a unit of weight adds to the states of the synapse.
  Expr timing_of_states(std::size_t c, const Reverse& flow, Trace& trace, Body& out) {
    const Names& own = synapse_taken_up_[c];
    if (own.empty()) return nullptr;
    if (!equations_.is_affine(c)) return secant_of_states(c, flow, trace);
    const Rates rates = rates_at(trace, before_flow());
    const std::set<std::string> given(own.begin(), own.end());
    Reverse rate(trace, out, given, given);
    for (std::size_t k = 0; k < start_.size(); ++k)
      rate.seed(rates.neuron[k], unless_resting(k, flow.adjoint(start_[k])));
    for (std::size_t l = 0; l < own.size(); ++l) rate.seed(rates.synapses[c][l], flow.adjoint(own[l]));
    rate.run();
    const std::set<std::string> start(synapse_start_[c].begin(), synapse_start_[c].end());
    Reverse taking_up(trace_, out, {arriving_[c]}, start);
    for (const std::string& name : own) taking_up.seed(f32(name), rate.adjoint(name));
    taking_up.run();
    return taking_up.adjoint(arriving_[c]);
  }

  // The same where f bends within the jump: (λ·f after it − λ·f before it) / arriving, each with the λ of its side.
  Expr secant_of_states(std::size_t c, const Reverse& flow, Trace& trace) {
    const Rates after = rates_at(trace, before_flow());
    Place place = before_flow();
    place.synapses[c] = locals_of(synapse_start_[c]);
    const Rates before = rates_at(trace, place);
    Expr difference;
    for (std::size_t k = 0; k < start_.size(); ++k)
      difference =
          plus(difference, times(unless_resting(k, flow.adjoint(start_[k])), minus(after.neuron[k], before.neuron[k])));
    for (std::size_t l = 0; l < synapse_start_[c].size(); ++l) {
      difference = plus(difference, times(flow.adjoint(synapse_taken_up_[c][l]), after.synapses[c][l]));
      difference = minus_product(difference, flow.adjoint(synapse_start_[c][l]), before.synapses[c][l]);
    }
    if (!difference) return nullptr;
    const Expr arriving = f32(arriving_[c]);
    const Expr any = apply(Operation::not_equal, {arriving, constant(0)});
    return chosen(any, apply(Operation::divide, {difference, arriving}), nullptr);
  }

  // The same for what jumps in the neuron itself, at the end of the step; λ is that before extrema are read.
  Expr timing_of_jump(std::size_t c, const Values& lambda, const Values& readout_lambda, Trace& trace, Body& out) {
    const Values jump = direct_jump(c, trace);
    const Rates rates = rates_at(trace, before_reset());
    const std::set<std::string> given(flowed_.begin(), flowed_.end());
    Reverse rate(trace, out, given, given);
    Values before = lambda;
    for (std::size_t m = 0; m < readout_lambda.size(); ++m) {
      rate.seed(rates.readout[m], readout_lambda[m]);
      if (!equations_.is_extremum(m)) continue;
      const Values taken = taken_from(m, readout_lambda[m], trace, out);
      for (std::size_t k = 0; k < before.size(); ++k) before[k] = plus(before[k], taken[k]);
    }
    for (std::size_t k = 0; k < flowed_.size(); ++k) rate.seed(rates.neuron[k], unless_resting(k, before[k]));
    rate.run();
    Expr timing;
    for (std::size_t k = 0; k < flowed_.size(); ++k) timing = plus(timing, times(rate.adjoint(flowed_[k]), jump[k]));
    if (request_.step_targets) {
      const std::size_t k = output_state();
      const Expr slope = apply(Operation::divide, {step_error(f32(flowed_[k])), duration()});
      timing = plus(timing, times(slope, jump[k]));
    }
    if (!triggered_) return timing;
    return minus(timing, times(current_of_arriving(c, trace), load(*triggered_, Type::f32)));
  }

  // Between the last step in which the neuron rests and this one: when what was held flows again depends on when the neuron
  // spiked.
  void lower_end_of_rest(const Reverse& flow, Trace& trace, Body& out) {
    const Rates rates = rates_at(trace, before_flow());
    const Trace::Definition& definition = *trace.find(std::get<LocalExpr>(resting_->node).name);
    const Expr step = builtin(Builtin::step);
    const Expr before =
        apply(Operation::select, {greater(step, number(0)), apply(Operation::subtract, {step, number(1)}), number(0)});
    const Expr rested = out.let("rested_before", read_history(definition, before));
    Expr eta;
    for (std::size_t k = 0; k < start_.size(); ++k) {
      if (is_held(k)) eta = minus_product(eta, flow.adjoint(start_[k]), rates.neuron[k]);
    }
    if (!eta) return;
    const Expr ends = both(rested, opposite(resting_));
    out.add(Store{*carried_, plus(load(*carried_, Type::f32), chosen(ends, eta, nullptr))});
  }

  void locate_adjoints() {
    std::vector<std::pair<contract::LocatedVariable, ArrayId>> variables;
    const auto add = [&](const std::string& connection, const Adjoint& adjoint) {
      variables.push_back({{step_.population.name, connection, adjoint.variable, true, step_.count}, adjoint.array});
    };
    for (const Adjoint& each : lambda_) add("", each);
    for (std::size_t c = 0; c < step_.synapses.size(); ++c) {
      for (const Adjoint& each : synapse_lambda_[c]) add(step_.synapses[c].incoming.connection->name, each);
    }
    lowered_.backward_step.push_back(locate_values(context_, label("where adjoints of"), step_.count, variables));
  }

  // ---- Before the last step and after the first

  void lower_start() {
    Trace trace;
    std::map<std::string, Expr> seeds;
    Body out(context_.names, 0);
    std::string output;
    Names readout;
    if (request_.derivative) {
      for (const LoweredState& state : step_.readout_states) {
        readout.push_back("readout_" + state.variable.name + "@end");
        trace.define(readout.back(), load(state.array, Type::f32));
      }
      for (const LoweredState& state : step_.states) {
        if (state.variable.name != step_.parsed.output) continue;
        output = state.variable.name + "@end";
        trace.define(output, load(state.array, Type::f32));
      }
      const Expr x = output.empty() ? nullptr : f32(output);
      const Expr value =
          on_trace(trace, [&](Body& body) { return Values{equations_.readout_value(locals_of(readout), x, body)}; })[0];
      std::set<std::string> given(readout.begin(), readout.end());
      if (x) given.insert(output);
      Reverse reverse(trace, out, given, given);
      reverse.seed(value, load(*request_.derivative, Type::f32));
      reverse.run();
      for (const std::string& name : given) seeds[name] = reverse.adjoint(name);
    }
    for (std::size_t m = 0; m < readout_lambda_.size(); ++m)
      out.add(Store{readout_lambda_[m].array, or_zero(readout.empty() ? nullptr : seeds[readout[m]])});
    for (std::size_t k = 0; k < lambda_.size(); ++k) {
      const bool is_output = !output.empty() && lambda_[k].variable == step_.parsed.output;
      out.add(Store{lambda_[k].array, or_zero(is_output ? seeds[output] : nullptr)});
    }
    for (const auto& adjoints : synapse_lambda_) {
      for (const Adjoint& each : adjoints) out.add(Store{each.array, constant(0)});
    }
    for (const auto& array : {carried_, triggered_}) {
      if (array) out.add(Store{*array, constant(0)});
    }
    recall(out, trace, context_.program, nullptr);
    lowered_.backward_before.emplace_back(ElementPhase{label("adjoints at the end of"), step_.count, out.take()});
  }

  // Anything that is not finite in a state or adjoint stays so, or has made something so that does.
  void lower_end() {
    Body out(context_.names, 0);
    Expr sum;
    const auto add = [&](ArrayId array) {
      sum = plus(sum, apply(Operation::multiply, {load(array, Type::f32), constant(0)}));
    };
    for (const LoweredState& state : step_.states) add(state.array);
    for (const LoweredSynapse& synapse : step_.synapses) {
      for (const LoweredState& state : synapse.states) add(state.array);
    }
    for (const Adjoint& each : lambda_) add(each.array);
    for (const auto& adjoints : synapse_lambda_) {
      for (const Adjoint& each : adjoints) add(each.array);
    }
    const Expr zero = out.let("zero", or_zero(sum));
    count(contract::EventCount::not_finite, apply(Operation::not_equal, {zero, constant(0)}), out);
    lowered_.backward_after.emplace_back(ElementPhase{label("whether all is finite in"), step_.count, out.take()});
  }

  LoweredStep& step_;
  LoweringContext& context_;
  const LearningRequest& request_;
  LoweredPopulation& lowered_;
  ContinuousEquations equations_;
  Trace trace_;
  const std::string time_ = "t@event";
  // Names of values: at the start of the step, with the arrivals, after the flow; and what readouts have seen.
  Names start_, flowed_, readout_start_, read_out_, arriving_;
  std::vector<Names> synapse_start_, synapse_taken_up_, synapse_flowed_;
  Expr resting_;
  std::vector<Adjoint> lambda_, readout_lambda_;
  std::vector<std::vector<Adjoint>> synapse_lambda_;
  std::optional<ArrayId> carried_, triggered_;
  std::vector<std::pair<std::size_t, Store>> stores_;
  std::map<std::string, ArrayId> histories_;
};

}  // namespace

void lower_backward(LoweredStep& step, const LearningRequest& request, LoweredPopulation& lowered) {
  BackwardLowering(step, request, lowered).run();
}

Phase locate_values(LoweringContext& context, const std::string& label, std::uint32_t count,
                    const std::vector<std::pair<contract::LocatedVariable, ArrayId>>& variables) {
  Learning& learning = *context.program.learning;
  Body body(context.names, 0);
  for (const auto& [variable, array] : variables) {
    std::size_t first = 0;
    for (const contract::LocatedVariable& each : learning.located) first += each.neurons;
    learning.located.push_back(variable);
    const Expr entry = product_u32(sum_u32(number(static_cast<std::uint32_t>(first)), builtin(Builtin::element)), 2);
    const Expr when_entry = sum_u32(entry, number(1));
    const Expr value = body.let("value", load(array, Type::f32));
    const Expr known = body.let("known", load(*learning.non_finite, Type::u32, entry));
    const Expr is_infinite = apply(Operation::not_equal, {apply(Operation::subtract, {value, value}), constant(0)});
    const Expr is_first = body.let("is_first", both(is_infinite, apply(Operation::equal, {known, number(0)})));
    const Expr last = apply(Operation::subtract, {product_u32(builtin(Builtin::timesteps), 2), number(1)});
    const Expr time =
        variable.backward ? apply(Operation::subtract, {last, builtin(Builtin::step)}) : builtin(Builtin::step);
    const Expr before = load(*learning.non_finite, Type::u32, when_entry);
    body.add(Store{*learning.non_finite, apply(Operation::select, {is_first, builtin(Builtin::slot_example), known}),
                   entry});
    body.add(Store{*learning.non_finite, apply(Operation::select, {is_first, time, before}), when_entry});
  }
  return ElementPhase{label + " are not finite", count, body.take(), true};
}

}  // namespace synfire::codegen
