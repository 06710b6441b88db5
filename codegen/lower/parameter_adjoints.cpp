// SPDX-License-Identifier: Apache-2.0
#include "lower/parameter_adjoints.hpp"

#include <utility>

#include "lower/double_precision.hpp"
#include "lower/shorthands.hpp"
#include "lower/symbolic.hpp"

namespace synfire::codegen {

ParameterAdjoints::ParameterAdjoints(LoweredStep& step) : step_(step) {}

void ParameterAdjoints::add(const Reverse& reverse, const Expr& factor) { add(reverse.array_adjoints(), factor); }

void ParameterAdjoints::add(const std::map<ArrayId, Expr>& derivatives, const Expr& factor) {
  for (const auto& [array, derivative] : derivatives) {
    Expr& total = pending_[array];
    total = plus(total, factor ? times(derivative, factor) : derivative);
  }
}

ArrayId ParameterAdjoints::sum_of(ArrayId coefficient) {
  const auto found = sums_.find(coefficient);
  if (found != sums_.end()) return found->second;
  const std::string& name = step_.context.program.arrays[coefficient].name;
  return sums_[coefficient] = step_.context.program.add(
             element_array(step_, "d_" + name, "sum over the steps of the derivatives by " + name));
}

void ParameterAdjoints::store(bool at_spikes, Body& out) {
  for (const auto& [coefficient, derivative] : std::exchange(pending_, {})) {
    if (!derivative) continue;
    const ArrayId sum = sum_of(coefficient);
    // Spikes are handled by other threads than the neurons.
    Array& array = step_.context.program.arrays[sum];
    array.scattered = array.scattered || at_spikes;
    out.add(Store{sum, plus(load(sum, Type::f32), derivative)});
  }
}

void ParameterAdjoints::begin(Body& out) {
  std::map<ArrayId, Expr> first = std::exchange(pending_, {});
  for (const auto& [coefficient, derivative] : first) {
    if (derivative) sum_of(coefficient);
  }
  for (const auto& [coefficient, sum] : sums_) {
    const auto found = first.find(coefficient);
    out.add(Store{sum, or_zero(found == first.end() ? nullptr : found->second)});
  }
}

// dc/dp of a coefficient; null if it is 0.
Expr ParameterAdjoints::slope(Scope& scope, const TrainedCoefficient& coefficient, const std::string& parameter) {
  if (std::holds_alternative<language::Name>(coefficient.formula->node)) {
    const bool is_own = std::get<language::Name>(coefficient.formula->node).name == parameter;
    return is_own ? constant(1) : nullptr;
  }
  const language::Expression formula = symbolic::differentiate(coefficient.formula, parameter);
  if (const auto known = symbolic::as_number(formula)) return *known == 0 ? nullptr : constant(*known);
  const std::string text = language::to_string(formula);
  auto found = slopes_.find(text);
  if (found == slopes_.end()) {
    const std::string comment =
        "derivative of " + language::to_string(coefficient.formula) + " with respect to " + parameter;
    found =
        slopes_.emplace(text, Slope{formula, scope.declare("slope", comment, formula), scope.is_shared(formula)}).first;
  }
  return load(found->second.array, Type::f32, found->second.shared ? number(0) : nullptr);
}

Expr ParameterAdjoints::gradient_of(Scope& scope, const TrainedParameter& parameter, Body& out) {
  Expr total;
  for (const TrainedCoefficient& coefficient : scope.coefficients()) {
    const auto sum = sums_.find(coefficient.array);
    if (sum == sums_.end()) continue;
    const Expr by_parameter = slope(scope, coefficient, parameter.name);
    if (by_parameter) total = plus(total, times(load(sum->second, Type::f32), by_parameter));
  }
  return total ? out.let("by_" + parameter.name, total) : nullptr;
}

Expr ParameterAdjoints::finish(const InitialAdjoint& initial, Body& out, std::vector<LoweredParameter>& parameters) {
  Expr all;
  const auto finish = [&](Scope& scope, std::optional<std::size_t> synapse, bool is_readout) {
    slopes_.clear();
    for (const TrainedParameter& parameter : scope.trained()) {
      LoweredParameter lowered{.trained = parameter};
      if (synapse) lowered.connection = step_.synapses[*synapse].incoming.connection->name;
      lowered.variable =
          (is_readout ? "readout." : "") + (parameter.is_initial() ? parameter.state + "(0)" : parameter.name);
      const Expr gradient = parameter.is_initial() ? load(initial(synapse, parameter.state), Type::f32)
                                                   : gradient_of(scope, parameter, out);
      Array array = element_array(step_, step_.context.program.arrays[parameter.array].name + "_gradient",
                                  "gradient of " + lowered.variable);
      array.lifetime = Lifetime::persistent;
      array.storage = Storage::global;
      array.role = contract::BufferRole::gradient;
      array.per_slot = true;
      array.shape = {step_.count};
      lowered.gradient = step_.context.program.add(std::move(array));
      if (gradient) {
        out.add(Store{lowered.gradient, plus(load(lowered.gradient, Type::f32), gradient)});
        all = plus(all, apply(Operation::multiply, {gradient, constant(0)}));
      }
      parameters.push_back(std::move(lowered));
    }
    prepare(scope, synapse ? "synapses of \"" + step_.synapses[*synapse].incoming.connection->name + "\""
                           : (is_readout ? "readout of \"" : "\"") + step_.population.name + "\"");
  };
  finish(step_.neuron, std::nullopt, false);
  for (std::size_t c = 0; c < step_.synapses.size(); ++c) finish(*step_.synapses[c].scope, c, false);
  if (step_.readout != nullptr) finish(*step_.readout, std::nullopt, true);
  return all;
}

// After each update: the coefficients of a model and their slopes.
void ParameterAdjoints::prepare(Scope& scope, const std::string& owner) {
  for (const bool shared : {true, false}) {
    DoublePrecision made(step_.context, scope, shared);
    for (const TrainedCoefficient& each : scope.coefficients()) {
      if (each.shared == shared && !std::holds_alternative<language::Name>(each.formula->node))
        made.assign(each.array, each.formula);
    }
    for (const auto& [text, each] : slopes_) {
      if (each.shared == shared) made.assign(each.array, each.formula);
    }
    std::vector<Statement> body = made.take();
    if (body.empty()) continue;
    step_.context.program.learning->prepare.push_back(
        ElementPhase{"coefficients of " + owner, shared ? 1 : step_.count, std::move(body)});
  }
}

}  // namespace synfire::codegen
