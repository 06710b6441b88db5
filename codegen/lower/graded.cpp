// SPDX-License-Identifier: Apache-2.0
#include "lower/graded.hpp"

#include <utility>

#include "lower/shorthands.hpp"
#include "lower/symbolic.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire::codegen {
namespace {

Expr product(const Expr& a, const Expr& b) { return apply(Operation::multiply, {a, b}); }
Expr sum(const Expr& a, const Expr& b) { return apply(Operation::add, {a, b}); }

// The element of this target in the slot of the step in which what is sent now arrives.
Expr place_of_arrival(const GradedConnection& connection, std::uint32_t depth) {
  const Expr step = sum_u32(builtin(Builtin::step), number(1 + connection.delay));
  const Expr slot = apply(Operation::modulo, {step, number(depth)});
  return sum_u32(product_u32(slot, connection.targets), builtin(Builtin::element));
}

// The synapse from a source onto this target.
Expr synapse_from(const Expr& source, const GradedConnection& connection) {
  return sum_u32(product_u32(source, connection.targets), builtin(Builtin::element));
}

}  // namespace

void GradedLowering::declare_inputs() {
  for (std::uint32_t i = 0; i < network_.populations.size(); ++i) {
    const ir::Population& population = network_.populations[i];
    const ir::ParsedNeuron parsed = ir::parse(population.neuron);
    if (!parsed.is_graded()) continue;
    Source& source = sources_[i];
    source.scope =
        std::make_unique<Scope>(context_, population.name, "population " + population.name,
                                "populations[" + std::to_string(i) + "] \"" + population.name + "\"",
                                static_cast<std::uint32_t>(population.neurons()), population.neuron.parameters);
    source.value = source.scope->specialize(parsed.graded);
    if (parsed.uses_input) source.frames.emplace(context_, population);
    source.is_constant = !symbolic::mentions(source.value, {"t"}) && (!source.frames || source.frames->is_constant());
  }
}

GradedLowering::Source& GradedLowering::source_of(const GradedConnection& connection) {
  return sources_.at(network_.connections[connection.index].source);
}

Expr GradedLowering::sent_by(const Expr& element, Source& source, Body& body) const {
  Scope& scope = *source.scope;
  scope.look_at(element);
  if (symbolic::mentions(source.value, {"t"})) {
    const Expr step = apply(Operation::to_f32, {builtin(Builtin::step)});
    scope.bind("t", body.let("t", product(step, constant(context_.options.dt))));
  }
  if (source.frames) scope.bind("input", source.frames->value(source.frames->begin(body), element));
  return body.let("sent", scope.lower(source.value, body));
}

Expr GradedLowering::weighted_sum(const GradedConnection& connection, Body& body) {
  Source& source = source_of(connection);
  const auto weight_at = [&](const Expr& index) {
    return connection.weights ? load(*connection.weights, Type::f32, index) : constant(connection.weight);
  };
  if (connection.pattern == Pattern::one_to_one) return product(weight_at(nullptr), sent_by(nullptr, source, body));
  const std::string total = body.variable("total", constant(0));
  body.repeat(connection.sources, "source", [&](const Expr& each) {
    const Expr sent = sent_by(each, source, body);
    body.set(total, sum(f32(total), product(weight_at(synapse_from(each, connection)), sent)));
  });
  return f32(total);
}

ArrayId GradedLowering::array(const std::string& name, const std::string& comment, std::uint32_t extent) {
  Array array;
  array.name = context_.names.unique(name);
  array.comment = comment;
  array.extent = extent;
  return context_.program.add(std::move(array));
}

GradedPhases GradedLowering::deliver(const GradedConnection& connection) {
  GradedPhases phases;
  const ir::Connection& of = network_.connections[connection.index];
  const std::string label = "values of \"" + network_.populations[of.source].name + "\" reach \"" +
                            network_.populations[of.target].name + "\" (\"" + of.name + "\")";
  const Expr place = place_of_arrival(connection, connection.ring_depth());
  Body body(context_.names, 0);
  if (!source_of(connection).is_constant) {
    body.add(Store{connection.arriving, weighted_sum(connection, body), place});
    phases.step.emplace_back(
        ElementPhase{.label = label, .count = connection.targets, .body = body.take(), .delivers = true});
    return phases;
  }
  const std::string& name = context_.program.arrays[connection.arriving].name;
  const ArrayId each_step = array(name + "_each_step", "weighted values that arrive in each step", connection.targets);
  body.add(Store{each_step, weighted_sum(connection, body)});
  phases.before.emplace_back(ElementPhase{label + ", the same in each step", connection.targets, body.take()});
  body.add(Store{connection.arriving, load(each_step, Type::f32), place});
  phases.step.emplace_back(
      ElementPhase{.label = label, .count = connection.targets, .body = body.take(), .delivers = true});
  return phases;
}

void GradedLowering::add_gradient(const GradedConnection& connection, ArrayId gradient, const Expr& factor,
                                  Body& body) {
  Source& source = source_of(connection);
  const auto add = [&](const Expr& element, const Expr& index) {
    const Expr change = product(sent_by(element, source, body), factor);
    body.add(Store{gradient, sum(load(gradient, Type::f32, index), change), index});
  };
  if (connection.pattern == Pattern::one_to_one) return add(nullptr, nullptr);
  body.repeat(connection.sources, "source", [&](const Expr& each) { add(each, synapse_from(each, connection)); });
}

GradedPhases GradedLowering::deliver_back(const GradedConnection& connection, ArrayId gradient, ArrayId lambda,
                                          std::uint32_t depth) {
  GradedPhases phases;
  const std::string label = "gradient of \"" + network_.connections[connection.index].name + "\"";
  Body body(context_.names, 0);
  const Expr arriving = body.let("lambda", load(lambda, Type::f32, place_of_arrival(connection, depth)));
  if (!source_of(connection).is_constant) {
    add_gradient(connection, gradient, arriving, body);
    phases.step.emplace_back(ElementPhase{label, connection.targets, body.take()});
    return phases;
  }
  const ArrayId total = array(context_.program.arrays[lambda].name + "_total",
                              "derivative with respect to what arrives in each step", connection.targets);
  body.add(Store{total, sum(load(total, Type::f32), arriving)});
  phases.step.emplace_back(ElementPhase{label + ", summed over the steps", connection.targets, body.take()});
  body.add(Store{total, constant(0)});
  phases.before.emplace_back(ElementPhase{label + ", zeroed", connection.targets, body.take()});
  add_gradient(connection, gradient, body.let("lambda", load(total, Type::f32)), body);
  phases.after.emplace_back(ElementPhase{label, connection.targets, body.take()});
  return phases;
}

}  // namespace synfire::codegen
