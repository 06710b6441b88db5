// SPDX-License-Identifier: Apache-2.0
#include "lower/backward.hpp"

#include <map>
#include <set>
#include <utility>

#include "adjoint/recall.hpp"
#include "adjoint/reverse.hpp"
#include "lower/arrival_timing.hpp"
#include "lower/kept_values.hpp"
#include "lower/locate_values.hpp"
#include "lower/step_loss.hpp"
#include "lower/traced_step.hpp"

namespace synfire::codegen {
namespace {

// Threshold rates below this part of what they are made of have no direction that single precision can tell.
constexpr double flattest = 1e-6;

class BackwardLowering {
 public:
  BackwardLowering(LoweredStep& step, const LearningRequest& request, LoweredPopulation& lowered)
      : step_(step),
        context_(step.context),
        request_(request),
        lowered_(lowered),
        traced_(step),
        kept_(step, request.tape) {}

  void run() {
    declare_adjoints();
    if (request_.tape) lower_events();
    lower_flow();
    lower_start();
    lower_end();
    kept_.insert();
  }

 private:
  struct Adjoint {
    ArrayId array = 0;
    std::string variable;
  };

  std::string label(const std::string& what) const { return what + step_.label; }

  // ---- Adjoints between steps

  Adjoint declare_adjoint(const std::string& prefix, const std::string& variable) {
    Array array = element_array(step_, prefix + "_lambda_" + variable, "adjoint of " + variable);
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
      Array array = element_array(step_, step_.population.name + name, comment);
      array.scattered = true;
      return context_.program.add(std::move(array));
    };
    if (!step_.parsed.crosses || step_.resting) carried_ = scattered("_carried", "Σ η for the neuron's previous spike");
    if (traced_.equations.has_direct_arrivals())
      triggered_ =
          scattered("_triggered", "η of the spike that the arrivals of this step set off, for a unit of weight");
  }

  static Values loads(const std::vector<Adjoint>& adjoints, const std::string& prefix, Body& out) {
    Values values;
    for (const Adjoint& each : adjoints) values.push_back(out.let(prefix + each.variable, load(each.array, Type::f32)));
    return values;
  }

  // ---- Spikes

  void lower_events() {
    Body out(context_.names, 0);
    Trace trace = traced_.forward;
    const Values lambda = loads(lambda_, "lambda_", out);
    const Values readout_lambda = loads(readout_lambda_, "lambda_readout_", out);
    const Rates rates_before = traced_.rates_at(trace, traced_.before_reset());
    const Values after = traced_.on_trace(trace, [&](Body& body) {
      traced_.equations.bind(locals_of(traced_.flowed), traced_.taken_up(), f32(traced_.time));
      return traced_.equations.reset(body);
    });
    const Rates rates_after = traced_.rates_at(trace, {after, traced_.taken_up()});
    const Values read_after = traced_.on_trace(trace, [&](Body& body) {
      traced_.equations.bind(locals_of(traced_.flowed), traced_.taken_up(), f32(traced_.time));
      return traced_.equations.read_spike(locals_of(traced_.read_out), body);
    });

    std::set<std::string> given(traced_.flowed.begin(), traced_.flowed.end());
    given.insert(traced_.read_out.begin(), traced_.read_out.end());
    given.insert(traced_.time);
    out.comment("transpose of the reset");
    Reverse jump(trace, out, given, given);
    for (std::size_t k = 0; k < after.size(); ++k) jump.seed(after[k], lambda[k]);
    for (std::size_t m = 0; m < read_after.size(); ++m) jump.seed(read_after[m], readout_lambda[m]);
    jump.run();

    out.comment("adjoint of the time of the spike");
    Expr eta;
    for (std::size_t k = 0; k < after.size(); ++k) {
      eta = plus(eta, times(jump.adjoint(traced_.flowed[k]), traced_.unless_resting(k, rates_before.neuron[k])));
      if (!traced_.is_held(k)) eta = minus_product(eta, lambda[k], rates_after.neuron[k]);
    }
    for (std::size_t m = 0; m < read_after.size(); ++m) {
      eta = plus(eta, times(jump.adjoint(traced_.read_out[m]), rates_before.readout[m]));
      eta = minus_product(eta, readout_lambda[m], rates_after.readout[m]);
    }
    eta = plus(eta, eta_of_extrema(jump, rates_before, trace, out));
    eta = plus(eta, jump.adjoint(traced_.time));
    if (request_.step_targets) {
      // The running loss before the spike less that after it.
      const StepLoss loss{step_, *request_.step_targets};
      const std::size_t k = loss.output_state();
      eta = plus(eta, minus(loss.rate(f32(traced_.flowed[k])), loss.rate(after[k])));
    }
    if (request_.due) eta = plus(eta, load(*request_.due, Type::f32, builtin(Builtin::spike)));
    if (carried_) eta = plus(eta, load(*carried_, Type::f32));
    eta = out.let("eta", or_zero(eta));

    const Expr threshold = traced_.threshold_at(trace, traced_.before_reset())[0];
    Reverse slope(trace, out, given, given);
    slope.seed(threshold, constant(1));
    slope.run();
    Expr rate, size;
    for (std::size_t k = 0; k < after.size(); ++k) {
      const Expr part = times(slope.adjoint(traced_.flowed[k]), traced_.unless_resting(k, rates_before.neuron[k]));
      if (!part) continue;
      const Expr named = out.let("rate_" + step_.states[k].variable.name, part);
      rate = plus(rate, named);
      size = plus(size, apply(Operation::absolute, {named}));
    }
    rate = out.let("threshold_rate", or_zero(plus(rate, slope.adjoint(traced_.time))));
    const Expr is_steep = out.let("is_steep", greater(rate, or_zero(times(size, constant(flattest)))));
    const Expr is_flat = opposite(is_steep);
    const Expr is_triggered = lower_trigger(trace, out, threshold, eta);
    const Expr is_timed = is_triggered ? out.let("is_timed", both(is_steep, opposite(is_triggered))) : is_steep;
    const Expr kappa =
        out.let("kappa", apply(Operation::select, {is_timed, apply(Operation::divide, {eta, rate}), constant(0)}));
    for (std::size_t k = 0; k < after.size(); ++k) {
      const Expr before = minus_product(jump.adjoint(traced_.flowed[k]), slope.adjoint(traced_.flowed[k]), kappa);
      out.add(Store{lambda_[k].array, or_zero(before)});
    }
    for (std::size_t m = 0; m < read_after.size(); ++m) {
      const Expr before = jump.adjoint(traced_.read_out[m]);
      if (before != readout_lambda[m]) out.add(Store{readout_lambda_[m].array, or_zero(before)});
    }
    if (is_triggered) count(contract::EventCount::triggered, is_triggered, out);
    count(contract::EventCount::near_tangent, is_triggered ? both(opposite(is_triggered), is_flat) : is_flat, out);
    recall(out, trace, context_.program, [this](const auto& each) { return kept_.on_tape(each); });
    lowered_.events.emplace_back(EventPhase{label("spikes of"), *request_.tape, out.take()});
  }

  // An extremum that the readout takes at the spike is a value of the neuron at a time that moves.
  Expr eta_of_extrema(const Reverse& jump, const Rates& rates, Trace& trace, Body& out) {
    Expr eta;
    for (std::size_t m = 0; m < traced_.read_out.size(); ++m) {
      if (!traced_.equations.is_extremum(m)) continue;
      const Expr lambda = jump.adjoint(traced_.read_out[m]);
      const Values taken = traced_.taken_from(m, lambda, trace, out);
      for (std::size_t k = 0; k < traced_.flowed.size(); ++k)
        eta = plus(eta, times(taken[k], traced_.unless_resting(k, rates.neuron[k])));
      const Extremum here = traced_.extremum_at(m, traced_.before_reset(), trace, out);
      if (here.by_time) eta = plus(eta, times(chosen(traced_.is_taken(m, here), lambda, nullptr), here.by_time));
    }
    return eta;
  }

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
      const Expr at_start = traced_.threshold_at(trace, traced_.before_flow())[0];
      armed = out.let("is_armed", apply(Operation::greater_equal, {at_start, constant(0)}));
    }
    if (triggered_) {
      const auto [without, total] = traced_.without_arrivals(trace);
      const Expr below =
          apply(Operation::less, {traced_.threshold_at(trace, {without, traced_.taken_up()})[0], constant(0)});
      lifted = both(below, apply(Operation::greater_equal, {threshold, constant(0)}));
      lifted = out.let("is_lifted", armed ? both(lifted, opposite(armed)) : lifted);
      out.add(
          Store{*triggered_, apply(Operation::select, {lifted, apply(Operation::divide, {eta, total}), constant(0)})});
    }
    if (carried_) out.add(Store{*carried_, armed ? apply(Operation::select, {armed, eta, constant(0)}) : constant(0)});
    return armed && lifted ? out.let("is_triggered", either(armed, lifted)) : armed ? armed : lifted;
  }

  // ---- All neurons

  void lower_flow() {
    Body out(context_.names, 0);
    Trace trace = traced_.forward;
    const Values lambda = loads(lambda_, "lambda_", out);
    const Values readout_lambda = loads(readout_lambda_, "lambda_readout_", out);
    std::set<std::string> wanted(traced_.start.begin(), traced_.start.end());
    wanted.insert(traced_.readout_start.begin(), traced_.readout_start.end());
    wanted.insert(traced_.arriving.begin(), traced_.arriving.end());
    for (const auto* names : {&traced_.synapse_start, &traced_.synapse_taken_up}) {
      for (const Names& each : *names) wanted.insert(each.begin(), each.end());
    }
    Reverse flow(trace, out, wanted);
    for (std::size_t k = 0; k < traced_.flowed.size(); ++k) flow.seed(f32(traced_.flowed[k]), lambda[k]);
    for (std::size_t m = 0; m < traced_.read_out.size(); ++m) flow.seed(f32(traced_.read_out[m]), readout_lambda[m]);
    for (std::size_t c = 0; c < step_.synapses.size(); ++c) {
      const Values own = loads(synapse_lambda_[c], "lambda_", out);
      for (std::size_t l = 0; l < own.size(); ++l) flow.seed(f32(traced_.synapse_flowed[c][l]), own[l]);
    }
    if (request_.step_targets) {
      const StepLoss loss{step_, *request_.step_targets};
      const Expr x = f32(traced_.flowed[loss.output_state()]);
      flow.seed(x, out.let("d_loss", loss.derivative(x)));
    }
    flow.run();
    ArrivalTiming(traced_, request_, triggered_, trace, out).lower(flow, lambda, readout_lambda);
    if (traced_.resting) lower_end_of_rest(flow, trace, out);
    store(lambda_, traced_.start, lambda, flow, out);
    store(readout_lambda_, traced_.readout_start, readout_lambda, flow, out);
    for (std::size_t c = 0; c < step_.synapses.size(); ++c) {
      const IncomingConnection& incoming = step_.synapses[c].incoming;
      store(synapse_lambda_[c], traced_.synapse_start[c], {}, flow, out);
      if (incoming.lambda)
        out.add(Store{*incoming.lambda, or_zero(flow.adjoint(traced_.arriving[c])),
                      ring_index(step_, incoming.adjoint_depth)});
    }
    if (triggered_) out.add(Store{*triggered_, constant(0)});
    recall(out, trace, context_.program,
           [this](const auto& each) { return kept_.history(each, builtin(Builtin::step)); });
    lowered_.backward_step.emplace_back(ElementPhase{label("neurons of"), step_.count, out.take()});
    locate_adjoints();
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

  // Between the last step in which the neuron rests and this one: when what was held flows again depends on when the neuron
  // spiked.
  void lower_end_of_rest(const Reverse& flow, Trace& trace, Body& out) {
    const Rates rates = traced_.rates_at(trace, traced_.before_flow());
    const Trace::Definition& definition = *trace.find(std::get<LocalExpr>(traced_.resting->node).name);
    const Expr step = builtin(Builtin::step);
    const Expr before =
        apply(Operation::select, {greater(step, number(0)), apply(Operation::subtract, {step, number(1)}), number(0)});
    const Expr rested = out.let("rested_before", kept_.history(definition, before));
    Expr eta;
    for (std::size_t k = 0; k < traced_.start.size(); ++k) {
      if (traced_.is_held(k)) eta = minus_product(eta, flow.adjoint(traced_.start[k]), rates.neuron[k]);
    }
    if (!eta) return;
    const Expr ends = both(rested, opposite(traced_.resting));
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
      const Expr value = traced_.on_trace(
          trace, [&](Body& body) { return Values{traced_.equations.readout_value(locals_of(readout), x, body)}; })[0];
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
  TracedStep traced_;
  KeptValues kept_;
  std::vector<Adjoint> lambda_, readout_lambda_;
  std::vector<std::vector<Adjoint>> synapse_lambda_;
  std::optional<ArrayId> carried_, triggered_;
};

}  // namespace

void lower_backward(LoweredStep& step, const LearningRequest& request, LoweredPopulation& lowered) {
  BackwardLowering(step, request, lowered).run();
}

}  // namespace synfire::codegen
