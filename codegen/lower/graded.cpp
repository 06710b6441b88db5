// SPDX-License-Identifier: Apache-2.0
#include "lower/graded.hpp"

#include <utility>

#include "lower/shorthands.hpp"
#include "lower/symbolic.hpp"
#include "synfire/ir/parsed_model.hpp"
#include "synfire/patches.hpp"

namespace synfire::codegen {
namespace {

Expr product(const Expr& a, const Expr& b) { return apply(Operation::multiply, {a, b}); }
Expr sum(const Expr& a, const Expr& b) { return apply(Operation::add, {a, b}); }

// The element of a target in the slot of the step in which what is sent now arrives.
Expr place_of_arrival(const GradedConnection& connection, std::uint32_t depth,
                      const Expr& target = builtin(Builtin::element)) {
  const Expr now = builtin(Builtin::step);
  const Expr step = connection.age == 0 ? now : sum_u32(now, number(connection.age));
  const Expr slot = apply(Operation::modulo, {step, number(depth)});
  return sum_u32(product_u32(slot, connection.targets), target);
}

// The synapse from a source onto this target.
Expr synapse_from(const Expr& source, const GradedConnection& connection) {
  return sum_u32(product_u32(source, connection.targets), builtin(Builtin::element));
}

// A pixel that may be outside the image.
struct SeenPixel {
  Expr pixel, exists;
};

// The source pixel that target pixel z sees through a tap.
SeenPixel seen(const PatchAxis& axis, const Expr& z, const Expr& tap) {
  const Expr distance = product_u32(tap, axis.dilation);
  if (!axis.transposed) {
    const Expr ahead = sum_u32(product_u32(z, axis.stride), distance);
    const Expr pixel = axis.padding == 0 ? ahead : apply(Operation::subtract, {ahead, number(axis.padding)});
    return {pixel, less(pixel, number(axis.source))};
  }
  const Expr ahead = axis.padding == 0 ? z : sum_u32(z, number(axis.padding));
  const Expr scaled = apply(Operation::subtract, {ahead, distance});
  const Expr whole = apply(Operation::equal, {rest_u32(scaled, axis.stride), number(0)});
  return {quotient_u32(scaled, axis.stride),
          both(less(scaled, number(axis.source * axis.stride)), axis.stride == 1 ? constant(1, Type::boolean) : whole)};
}

// The source neuron that filter `filter` of target pixel `pixel` sees through row `row` of the kernel: a tap and a
// channel of the filter's group. 0 where there is none.
SeenPixel seen_through(const PatchGeometry& patches, const Expr& pixel, const Expr& filter, const Expr& row,
                       Body& body) {
  const std::uint32_t channels = patches.channels_per_group(), width = patches.horizontal.kernel;
  const Expr tap = body.let("tap", quotient_u32(row, channels));
  const SeenPixel y = seen(patches.vertical, quotient_u32(pixel, patches.horizontal.target), quotient_u32(tap, width));
  const SeenPixel x = seen(patches.horizontal, rest_u32(pixel, patches.horizontal.target), rest_u32(tap, width));
  const Expr exists = body.let("exists", both(y.exists, x.exists));
  const Expr first = product_u32(quotient_u32(filter, patches.filters_per_group()), channels);
  const Expr channel = patches.groups == 1 ? rest_u32(row, channels) : sum_u32(first, rest_u32(row, channels));
  const Expr seen_pixel = sum_u32(product_u32(y.pixel, patches.horizontal.source), x.pixel);
  const Expr source = sum_u32(product_u32(seen_pixel, patches.source_channels), channel);
  return {body.let("source", apply(Operation::select, {exists, source, number(0)})), exists};
}

std::uint32_t rows_of(const PatchGeometry& patches) {
  return patches.vertical.kernel * patches.horizontal.kernel * patches.channels_per_group();
}

// The rows of a kernel from the last tap to the first.
Expr with_taps_reversed(const Expr& row, const PatchGeometry& patches) {
  const std::uint32_t channels = patches.channels_per_group();
  const Expr last = number(patches.vertical.kernel * patches.horizontal.kernel - 1);
  const Expr tap = apply(Operation::subtract, {last, quotient_u32(row, channels)});
  return sum_u32(product_u32(tap, channels), rest_u32(row, channels));
}

}  // namespace

void GradedLowering::declare_inputs() {
  for (std::uint32_t i = 0; i < network_.populations.size(); ++i) {
    const ir::Population& population = network_.populations[i];
    const ir::ParsedNeuron parsed = ir::parse(population.neuron);
    if (!parsed.is_graded()) continue;
    Source& source = sources_[i];
    if (parsed.sends_state) {
      const auto neurons = static_cast<std::uint32_t>(population.neurons());
      source.sent = array(population.name + "_sent", "value that each neuron sends after its step", neurons, true);
      source.is_constant = false;
      continue;
    }
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

std::optional<ArrayId> GradedLowering::sent_after_step(std::uint32_t population) const {
  const auto found = sources_.find(population);
  return found == sources_.end() ? std::nullopt : found->second.sent;
}

Expr GradedLowering::sent_by(const Expr& element, Source& source, Body& body) const {
  if (source.sent) return body.let("sent", load(*source.sent, Type::f32, element));
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
  if (connection.pattern == Pattern::kernel) return weighted_patch(connection, body);
  const std::string total = body.variable("total", constant(0));
  body.repeat(connection.sources, "source", [&](const Expr& each) {
    const Expr sent = sent_by(each, source, body);
    body.set(total, sum(f32(total), product(weight_at(synapse_from(each, connection)), sent)));
  });
  return f32(total);
}

// The sum over taps and channels in order: over the sources in order.
Expr GradedLowering::weighted_patch(const GradedConnection& connection, Body& body) {
  const PatchGeometry& patches = *connection.patches;
  const Expr filter = body.let("filter", rest_u32(builtin(Builtin::element), patches.target_channels));
  const Expr pixel = body.let("pixel", quotient_u32(builtin(Builtin::element), patches.target_channels));
  const std::string total = body.variable("total", constant(0));
  body.repeat(rows_of(patches), "turn", [&](const Expr& turn) {
    const Expr row = patches.vertical.transposed ? body.let("row", with_taps_reversed(turn, patches)) : turn;
    const SeenPixel seen = seen_through(patches, pixel, filter, row, body);
    const Expr sent =
        apply(Operation::select, {seen.exists, sent_by(seen.pixel, source_of(connection), body), constant(0)});
    const Expr entry = sum_u32(product_u32(row, patches.target_channels), filter);
    const Expr weight = connection.weights ? load(*connection.weights, Type::f32, entry) : constant(connection.weight);
    body.set(total, sum(f32(total), product(weight, sent)));
  });
  return f32(total);
}

ArrayId GradedLowering::array(const std::string& name, const std::string& comment, std::uint32_t extent,
                              bool scattered) {
  Array array;
  array.name = context_.names.unique(name);
  array.comment = comment;
  array.extent = extent;
  array.scattered = scattered;
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
    phases.step.emplace_back(ElementPhase{.label = label,
                                          .count = connection.targets,
                                          .body = body.take(),
                                          .delivers = true,
                                          .reads_others = source_of(connection).sent.has_value()});
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

void GradedLowering::add_kernel_gradient(const GradedConnection& connection, ArrayId gradient,
                                         const std::function<Expr(const Expr& target)>& factor_of, Body& body) {
  const PatchGeometry& patches = *connection.patches;
  const Expr filter = body.let("filter", rest_u32(builtin(Builtin::element), patches.target_channels));
  const Expr row = body.let("row", quotient_u32(builtin(Builtin::element), patches.target_channels));
  const std::string total = body.variable("total", constant(0));
  body.repeat(patches.vertical.target * patches.horizontal.target, "pixel", [&](const Expr& pixel) {
    const SeenPixel seen = seen_through(patches, pixel, filter, row, body);
    const Expr sent =
        apply(Operation::select, {seen.exists, sent_by(seen.pixel, source_of(connection), body), constant(0)});
    const Expr target = sum_u32(product_u32(pixel, patches.target_channels), filter);
    body.set(total, sum(f32(total), product(sent, factor_of(target))));
  });
  body.add(Store{gradient, sum(load(gradient, Type::f32), f32(total))});
}

GradedPhases GradedLowering::kernel_back(const GradedConnection& connection, ArrayId gradient, ArrayId lambda,
                                         std::uint32_t depth) {
  GradedPhases phases;
  const std::string label = "gradient of \"" + network_.connections[connection.index].name + "\"";
  const auto entries = static_cast<std::uint32_t>(context_.program.arrays[gradient].extent);
  Body body(context_.names, 0);
  const auto phase_of_entries = [&](const std::function<Expr(const Expr&)>& factor_of) {
    add_kernel_gradient(connection, gradient, factor_of, body);
    return ElementPhase{.label = label, .count = entries, .body = body.take(), .reads_others = true};
  };
  if (!source_of(connection).is_constant) {
    phases.step.emplace_back(phase_of_entries(
        [&](const Expr& target) { return load(lambda, Type::f32, place_of_arrival(connection, depth, target)); }));
    return phases;
  }
  const ArrayId total = array(context_.program.arrays[lambda].name + "_total",
                              "derivative with respect to what arrives in each step", connection.targets, true);
  body.add(Store{total, constant(0)});
  phases.before.emplace_back(ElementPhase{label + ", zeroed", connection.targets, body.take()});
  body.add(Store{total, sum(load(total, Type::f32), load(lambda, Type::f32, place_of_arrival(connection, depth)))});
  phases.step.emplace_back(ElementPhase{label + ", summed over the steps", connection.targets, body.take()});
  phases.after.emplace_back(phase_of_entries([&](const Expr& target) { return load(total, Type::f32, target); }));
  return phases;
}

GradedPhases GradedLowering::deliver_back(const GradedConnection& connection, ArrayId gradient, ArrayId lambda,
                                          std::uint32_t depth) {
  if (connection.pattern == Pattern::kernel) return kernel_back(connection, gradient, lambda, depth);
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
