// SPDX-License-Identifier: Apache-2.0
#include "lower/loss_phase.hpp"

#include <map>
#include <set>

#include "lower/shorthands.hpp"
#include "lower/step_loss.hpp"
#include "lower/symbolic.hpp"

namespace synfire::codegen {
namespace {

using language::Expression;

class LossLowering {
 public:
  LossLowering(LoweringContext& context, LossPhase& phase)
      : context_(context), phase_(phase), outside_(context.names, 0) {}

  void run(const DerivedLoss& loss) {
    const bool differentiated = phase_.derivative.has_value();
    std::vector<LossReduction> reductions = loss.reductions;
    if (differentiated) reductions.insert(reductions.end(), loss.of_derivative.begin(), loss.of_derivative.end());
    define_given(loss, reductions, differentiated);
    for (const LossReduction& each : reductions) add(each);
    if (differentiated) {
      Body body(context_.names, 0);
      const Expr slope = weighted(lower(loss.derivative, builtin(Builtin::element), body));
      if (each_step())
        body.add(Store{*phase_.derivative, quotient(slope, step_count()), in_row_of_step(builtin(Builtin::element))});
      else
        body.add(Store{*phase_.derivative, slope});
      phase_.slopes = body.take();
    }
    const Expr value = weighted(lower(loss.loss, nullptr, outside_));
    if (each_step())
      add_to_sum(value, phase_.losses, *phase_.rest, number(0), outside_);
    else
      outside_.add(Store{phase_.losses, value, number(0)});
    phase_.result = outside_.take();
  }

  void run_steps(double factor) {
    const std::string total = outside_.reserve("total");
    phase_.reductions.push_back({Reduction::Kind::sum, total, {}, load(phase_.values, Type::f32)});
    const Expr scaled = apply(Operation::multiply, {constant(factor), f32(total)});
    phase_.result = {Store{phase_.losses, quotient(scaled, step_count()), number(0)}};
  }

 private:
  bool each_step() const { return phase_.rest.has_value(); }
  Expr in_row_of_step(const Expr& neuron) const {
    return sum_u32(product_u32(builtin(Builtin::step), phase_.neurons), neuron);
  }

  Expr weighted(const Expr& value) const { return apply(Operation::multiply, {value, weight_}); }

  // The weight, and the label and the duration, if anything reads them.
  void define_given(const DerivedLoss& loss, const std::vector<LossReduction>& reductions, bool differentiated) {
    std::set<std::string> read;
    const auto look = [&](const Expression& e) {
      for (const std::string& each : names_in(e)) {
        const std::string index = index_of_condition(each);
        read.insert(index.empty() ? each : index);
      }
    };
    for (const LossReduction& each : reductions) {
      look(each.element);
      if (each.kind == LossReduction::Kind::at) read.insert(each.index);
    }
    look(loss.loss);
    if (differentiated) look(loss.derivative);
    std::vector<Statement> body;
    const std::string weight = outside_.reserve("weight");
    body.emplace_back(Let{weight, loss_weight(*phase_.weights, each_step() ? builtin(Builtin::step) : number(0))});
    weight_ = local(weight, Type::f32);
    const auto define = [&](const std::string& name, const Expr& value) {
      if (!read.contains(name)) return;
      const std::string own = outside_.reserve(name);
      body.emplace_back(Let{own, value});
      locals_[name] = local(own, value->type);
    };
    if (phase_.given) define("label", load(*phase_.given, Type::u32, number(0)));
    define("duration", apply(Operation::multiply, {step_count(), constant(context_.options.dt)}));
    phase_.reductions.push_back({Reduction::Kind::value, {}, std::move(body), nullptr});
  }

  Expr index_of(const std::string& index) const {
    const auto found = locals_.find(index);
    return found == locals_.end() ? number(static_cast<std::uint32_t>(std::stoul(index))) : found->second;
  }

  void add(const LossReduction& reduction) {
    const std::string name = outside_.reserve(reduction.name);
    if (reduction.kind == LossReduction::Kind::at) {
      const Expr value = lower(reduction.element, index_of(reduction.index), outside_);
      outside_.add(Let{name, value});
      phase_.reductions.push_back({Reduction::Kind::value, {}, outside_.take(), nullptr});
    } else {
      Body body(context_.names, 0);
      const Expr value = lower(reduction.element, builtin(Builtin::element), body);
      phase_.reductions.push_back({kind_of(reduction.kind), name, body.take(), value});
    }
    const bool is_index = reduction.kind == LossReduction::Kind::first;
    locals_[reduction.name] = local(name, is_index ? Type::u32 : Type::f32);
  }

  static Reduction::Kind kind_of(LossReduction::Kind kind) {
    if (kind == LossReduction::Kind::sum) return Reduction::Kind::sum;
    return kind == LossReduction::Kind::largest ? Reduction::Kind::largest : Reduction::Kind::first;
  }

  // The value for one neuron; `neuron` is null outside reductions.
  Expr lower(const Expression& expression, const Expr& neuron, Body& body) {
    Scope scope(context_, {}, {}, phase_.label, phase_.neurons, {});
    for (const auto& [name, value] : locals_)
      scope.bind(name, value->type == Type::u32 ? apply(Operation::to_f32, {value}) : value);
    Expr readout;
    const auto value_of_neuron = [&] {
      if (!readout) readout = named("v", load(phase_.values, Type::f32, neuron), body);
      return readout;
    };
    for (const std::string& each : names_in(expression)) {
      const std::string index = index_of_condition(each), value = name_of_silent(each);
      if (!index.empty()) scope.bind(each, apply(Operation::equal, {neuron, index_of(index)}));
      if (value == "v") {
        scope.bind(each, named("is_silent", less(value_of_neuron(), constant(silent_below)), body));
      } else if (!value.empty()) {
        scope.bind(each, named(value + "_is_silent", less(locals_.at(value), constant(silent_below)), body));
      }
      if (each == "v") scope.bind(each, value_of_neuron());
      if (each == "y") scope.bind(each, named("y", target(neuron), body));
      if (each == "k") scope.bind(each, apply(Operation::to_f32, {neuron}));
    }
    return scope.lower(expression, body);
  }

  Expr target(const Expr& neuron) const {
    return load(*phase_.given, Type::f32, each_step() ? in_row_of_step(neuron) : neuron);
  }

  // In a loop over the neurons.
  Expr named(const std::string& name, const Expr& value, Body& body) const {
    return &body == &outside_ ? value : body.let(name, value);
  }

  LoweringContext& context_;
  LossPhase& phase_;
  Body outside_;                        // of loops
  Expr weight_;                         // of the loss
  std::map<std::string, Expr> locals_;  // the label, the duration, results of reductions
};

}  // namespace

void lower_loss(LoweringContext& context, const DerivedLoss& loss, LossPhase& phase) {
  LossLowering(context, phase).run(loss);
}

void lower_step_loss(LoweringContext& context, double factor, LossPhase& phase) {
  LossLowering(context, phase).run_steps(factor);
}

}  // namespace synfire::codegen
