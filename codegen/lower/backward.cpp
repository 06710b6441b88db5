// SPDX-License-Identifier: Apache-2.0
#include "lower/backward.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "adjoint/difference.hpp"
#include "adjoint/recall.hpp"
#include "lower/extremum_timing.hpp"
#include "lower/first_spikes.hpp"
#include "lower/locate_values.hpp"
#include "lower/parameter_adjoints.hpp"
#include "lower/spike_adjoint.hpp"
#include "lower/step_loss.hpp"
#include "lower/surrogate_adjoint.hpp"

namespace synfire::codegen {
namespace {

class BackwardLowering {
 public:
  BackwardLowering(LoweredStep& step, const LearningRequest& request, LoweredPopulation& lowered)
      : step_(step),
        context_(step.context),
        request_(request),
        lowered_(lowered),
        traced_(step),
        kept_(step),
        parameters_(step) {}

  void run() {
    declare_adjoints();
    if (request_.tape) lower_events();
    lower_flow();
    lower_start();
    lower_end();
    kept_.insert();
  }

 private:
  using States = std::vector<PopulationAdjoints::State>;

  std::string label(const std::string& what) const { return what + step_.label; }

  bool is_exact() const { return request_.surrogate == nullptr; }

  void lower_events() {
    if (is_exact()) {
      lowered_.events.emplace_back(
          SpikeAdjoint(traced_, request_, kept_, adjoints_, parameters_).lower(label("spikes of")));
      return;
    }
    lowered_.events.push_back(lower_surrogate(traced_, request_, kept_, adjoints_, parameters_, label("surrogate of")));
    lowered_.events.emplace_back(lower_resets(traced_, request_, kept_, adjoints_, parameters_, label("spikes of")));
  }

  // ---- Adjoints between steps

  PopulationAdjoints::State declare_adjoint(const std::string& prefix, const std::string& variable) {
    Array array = element_array(step_, prefix + "_lambda_" + variable, "adjoint of " + variable);
    array.scattered = request_.tape.has_value();
    return {context_.program.add(std::move(array)), variable};
  }

  void declare_adjoints() {
    for (const LoweredState& state : step_.states)
      adjoints_.neuron.push_back(declare_adjoint(step_.population.name, state.variable.name));
    for (const LoweredSynapse& synapse : step_.synapses) {
      adjoints_.synapses.emplace_back();
      for (const LoweredState& state : synapse.states)
        adjoints_.synapses.back().push_back(declare_adjoint(synapse.incoming.connection->name, state.variable.name));
    }
    for (const LoweredState& state : step_.readout_states)
      adjoints_.readout.push_back(declare_adjoint(step_.population.name + "_readout", state.variable.name));
    adjoints_.at_start.resize(step_.states.size());
    adjoints_.at_end.resize(step_.states.size());
    adjoints_.lifts.resize(step_.synapses.size());
  }

  ArrayId adjoint_of(std::optional<std::size_t> synapse, const std::string& state) const {
    const States& adjoints = synapse ? adjoints_.synapses[*synapse] : adjoints_.neuron;
    return std::find_if(adjoints.begin(), adjoints.end(), [&](const auto& each) { return each.variable == state; })
        ->array;
  }

  // ---- All neurons

  // Reads what spikes have added to an array, and zeroes it for the previous step.
  static Expr take(const std::optional<ArrayId>& array, const std::string& name, Body& out) {
    if (!array) return nullptr;
    Expr value = out.let(name, load(*array, Type::f32));
    out.add(Store{*array, constant(0)});
    return value;
  }

  void lower_flow() {
    Body out(context_.names, 0);
    Trace trace = traced_.forward;
    const Values lambda = load_adjoints(adjoints_.neuron, "lambda_", out);
    const Values readout_lambda = load_adjoints(adjoints_.readout, "lambda_readout_", out);
    std::vector<Values> synapse_lambda;
    for (const States& each : adjoints_.synapses) synapse_lambda.push_back(load_adjoints(each, "lambda_", out));
    Reverse flow(trace, out, adjoints_wanted(), {}, parameters_.arrays());
    for (std::size_t k = 0; k < lambda.size(); ++k) {
      flow.seed(f32(traced_.flowed[k]), lambda[k]);
      flow.seed(f32(traced_.flowed[k]), take(adjoints_.at_end[k], "at_end_" + step_.states[k].variable.name, out));
    }
    for (std::size_t m = 0; m < readout_lambda.size(); ++m) flow.seed(f32(traced_.read_out[m]), readout_lambda[m]);
    for (std::size_t c = 0; c < synapse_lambda.size(); ++c) {
      for (std::size_t l = 0; l < synapse_lambda[c].size(); ++l)
        flow.seed(f32(traced_.synapse_flowed[c][l]), synapse_lambda[c][l]);
    }
    if (request_.step_loss) {
      const StepLoss loss{step_, request_, out};
      const Expr x = f32(traced_.flowed[output_state(step_)]);
      flow.seed(x, out.let("d_loss", loss.derivative(x)));
    }
    if (request_.step_derivatives) {
      const Expr slope = load(*request_.step_derivatives, Type::f32, row_index(step_, builtin(Builtin::step)));
      flow.seed(f32(traced_.flowed[output_state(step_)]), out.let("d_loss", slope));
    }
    seed_currents(flow, out);
    flow.run();
    parameters_.add(flow);
    parameters_.store(false, out);
    if (traced_.resting && is_exact()) lower_end_of_rest(lambda, readout_lambda, synapse_lambda, trace, out);
    store_neuron(flow, lambda, out);
    for (std::size_t m = 0; m < readout_lambda.size(); ++m)
      store(adjoints_.readout[m], flow.adjoint(traced_.readout_start[m]), readout_lambda[m], out);
    const Values rises = timing_of_extrema(flow, readout_lambda, trace, out);
    for (std::size_t c = 0; c < synapse_lambda.size(); ++c) {
      for (std::size_t l = 0; l < synapse_lambda[c].size(); ++l)
        store(adjoints_.synapses[c][l], flow.adjoint(traced_.synapse_start[c][l]), nullptr, out);
      store_arrivals(c, flow, synapse_lambda[c], rises[c], out);
    }
    recall(out, trace, context_.program,
           [this](const auto& each) { return kept_.history(each, builtin(Builtin::step)); });
    lowered_.backward_step.emplace_back(ElementPhase{label("neurons of"), step_.count, out.take()});
    locate_adjoints();
  }

  Values timing_of_extrema(const Reverse& flow, const Values& readout_lambda, Trace& trace, Body& out) {
    for (const LoweredSynapse& synapse : step_.synapses) {
      if (synapse.incoming.timing) return ExtremumTiming(traced_, trace, out).lower(flow, readout_lambda);
    }
    return Values(step_.synapses.size());
  }

  std::set<std::string> adjoints_wanted() const {
    std::set<std::string> wanted(traced_.start.begin(), traced_.start.end());
    wanted.insert(traced_.readout_start.begin(), traced_.readout_start.end());
    wanted.insert(traced_.arriving.begin(), traced_.arriving.end());
    for (const auto* names : {&traced_.synapse_start, &traced_.synapse_taken_up}) {
      for (const Names& each : *names) wanted.insert(each.begin(), each.end());
    }
    return wanted;
  }

  // The `I` that event code reads: that of the step, and at its start that of the previous step plus what is taken up.
  void seed_currents(Reverse& flow, Body& out) {
    const Expr now = take(adjoints_.current, "at_current", out);
    if (now) flow.seed(f32(traced_.current), now);
    flow.seed(f32(traced_.current), take(adjoints_.current_in_support, "in_support", out));
    if (!adjoints_.current_before) return;
    const Expr start = take(adjoints_.current_before, "at_current_before", out);
    flow.seed(f32(traced_.current), start);
    flow.seed(f32(traced_.current_without), negated(start));
    const Expr later = out.let("later_current", load(*adjoints_.later_current, Type::f32));
    flow.seed(f32(traced_.current), later);
    const Expr is_first = apply(Operation::equal, {builtin(Builtin::step), number(0)});
    flow.seed(f32(traced_.current_without), apply(Operation::select, {is_first, start, constant(0)}));
    out.add(Store{*adjoints_.later_current, start});
  }

  void store_neuron(const Reverse& flow, const Values& unchanged, Body& out) {
    for (std::size_t k = 0; k < adjoints_.neuron.size(); ++k) {
      const Expr by_spikes = take(adjoints_.at_start[k], "at_start_" + step_.states[k].variable.name, out);
      store(adjoints_.neuron[k], plus(flow.adjoint(traced_.start[k]), by_spikes), unchanged[k], out);
    }
  }

  // `unchanged`: the value already in the array.
  static void store(const PopulationAdjoints::State& to, const Expr& value, const Expr& unchanged, Body& out) {
    if (!unchanged || value != unchanged) out.add(Store{to.array, or_zero(value)});
  }

  // Λ of this step, and the decrease of the loss if an arrival of weight 1 comes one step later.
  void store_arrivals(std::size_t c, const Reverse& flow, const Values& synapse_lambda, const Expr& rise, Body& out) {
    const IncomingConnection& incoming = step_.synapses[c].incoming;
    const Expr now = or_zero(flow.adjoint(traced_.arriving[c]));
    const auto store = [&](ArrayId ring, const Expr& value) {
      const Expr passed = incoming.first_arrival ? until_first(value, *incoming.first_arrival) : value;
      out.add(Store{ring, passed, ring_index(step_, incoming.adjoint_depth)});
    };
    if (incoming.lambda) store(*incoming.lambda, now);
    if (!incoming.timing) return;
    Expr falls = minus(now, later_arrivals(c, now, flow, synapse_lambda, out));
    falls = minus(minus(falls, rise), take(adjoints_.lifts[c], "triggered", out));
    store(*incoming.timing, or_zero(falls));
  }

  // Λ of the next step. If a synapse adds arrivals to one of its states, it is the adjoint of that state.
  Expr later_arrivals(std::size_t c, const Expr& now, const Reverse& flow, const Values& synapse_lambda, Body& out) {
    for (std::size_t l = 0; l < synapse_lambda.size(); ++l) {
      if (flow.adjoint(traced_.synapse_start[c][l]) == now) return synapse_lambda[l];
    }
    const std::string& name = step_.synapses[c].incoming.connection->name;
    const ArrayId array = context_.program.add(element_array(
        step_, name + "_later", "derivative with respect to the arrivals of \"" + name + "\" one step later"));
    later_.push_back(array);
    Expr later = out.let("later", load(array, Type::f32));
    out.add(Store{array, now});
    return later;
  }

  // In the last step in which the neuron rests: had it spiked earlier, the held states would flow again here.
  void lower_end_of_rest(const Values& lambda, const Values& readout_lambda, const std::vector<Values>& synapse_lambda,
                         Trace& trace, Body& out) {
    const EndOfStep held = traced_.end(), free = traced_.end_if_free(trace);
    Expr by_place;
    const auto add = [&](const Values& adjoints, const Values& a, const Values& b) {
      for (std::size_t k = 0; k < a.size(); ++k)
        by_place = plus(by_place, times(adjoints[k], difference(trace, a[k], b[k])));
    };
    add(lambda, held.neuron, free.neuron);
    add(readout_lambda, held.readout, free.readout);
    for (std::size_t c = 0; c < synapse_lambda.size(); ++c) add(synapse_lambda[c], held.synapses[c], free.synapses[c]);
    if (request_.step_loss) {
      const StepLoss loss{step_, request_, out};
      const std::size_t k = output_state(step_);
      by_place = plus(by_place, loss.difference(held.neuron[k], free.neuron[k]));
    }
    if (!by_place) return;
    const Expr ends = chosen(traced_.rest_ends, by_place, nullptr);
    out.add(Store{*adjoints_.carried, plus(load(*adjoints_.carried, Type::f32), ends)});
  }

  void locate_adjoints() {
    std::vector<std::pair<contract::LocatedVariable, ArrayId>> variables;
    const auto add = [&](const std::string& connection, const PopulationAdjoints::State& adjoint) {
      variables.push_back({{step_.population.name, connection, adjoint.variable, true, step_.count}, adjoint.array});
    };
    for (const auto& each : adjoints_.neuron) add("", each);
    for (std::size_t c = 0; c < step_.synapses.size(); ++c) {
      for (const auto& each : adjoints_.synapses[c]) add(step_.synapses[c].incoming.connection->name, each);
    }
    lowered_.backward_step.push_back(
        locate_values(context_, label("locate non-finite adjoints of"), step_.count, variables));
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
          trace, [&](Body& body) { return Values{traced_.texts.readout_value(locals_of(readout), x, body)}; })[0];
      std::set<std::string> given(readout.begin(), readout.end());
      if (x) given.insert(output);
      Reverse reverse(trace, out, given, given, parameters_.arrays());
      reverse.seed(value, load(*request_.derivative, Type::f32));
      reverse.run();
      parameters_.add(reverse);
      for (const std::string& name : given) seeds[name] = reverse.adjoint(name);
    }
    for (std::size_t m = 0; m < adjoints_.readout.size(); ++m)
      out.add(Store{adjoints_.readout[m].array, or_zero(readout.empty() ? nullptr : seeds[readout[m]])});
    for (const auto& each : adjoints_.neuron) {
      const bool is_output = !output.empty() && each.variable == step_.parsed.output;
      out.add(Store{each.array, or_zero(is_output ? seeds[output] : nullptr)});
    }
    for (const States& adjoints : adjoints_.synapses) {
      for (const auto& each : adjoints) out.add(Store{each.array, constant(0)});
    }
    clear_what_spikes_leave(out);
    parameters_.begin(out);
    recall(out, trace, context_.program, nullptr);
    lowered_.backward_before.emplace_back(ElementPhase{label("final adjoints of"), step_.count, out.take()});
  }

  void clear_what_spikes_leave(Body& out) const {
    std::vector<std::optional<ArrayId>> arrays{adjoints_.carried, adjoints_.current, adjoints_.current_before,
                                               adjoints_.later_current, adjoints_.current_in_support};
    arrays.insert(arrays.end(), adjoints_.at_end.begin(), adjoints_.at_end.end());
    arrays.insert(arrays.end(), adjoints_.at_start.begin(), adjoints_.at_start.end());
    arrays.insert(arrays.end(), adjoints_.lifts.begin(), adjoints_.lifts.end());
    arrays.insert(arrays.end(), later_.begin(), later_.end());
    for (const auto& array : arrays) {
      if (array) out.add(Store{*array, constant(0)});
    }
  }

  // A non-finite state or adjoint stays non-finite, or has made another one non-finite that does.
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
    for (const auto& each : adjoints_.neuron) add(each.array);
    for (const States& adjoints : adjoints_.synapses) {
      for (const auto& each : adjoints) add(each.array);
    }
    sum = plus(sum,
               parameters_.finish([this](const auto& synapse, const auto& state) { return adjoint_of(synapse, state); },
                                  out, lowered_.parameters));
    const Expr zero = out.let("zero", or_zero(sum));
    count_event(step_, request_.event_counts, contract::EventCount::not_finite,
                apply(Operation::not_equal, {zero, constant(0)}), out);
    lowered_.backward_after.emplace_back(
        ElementPhase{label("check for non-finite values in"), step_.count, out.take()});
  }

  LoweredStep& step_;
  LoweringContext& context_;
  const LearningRequest& request_;
  LoweredPopulation& lowered_;
  TracedStep traced_;
  KeptValues kept_;
  PopulationAdjoints adjoints_;
  ParameterAdjoints parameters_;
  std::vector<ArrayId> later_;  // Λ of the next step
};

}  // namespace

void lower_backward(LoweredStep& step, const LearningRequest& request, LoweredPopulation& lowered) {
  BackwardLowering(step, request, lowered).run();
}

}  // namespace synfire::codegen
