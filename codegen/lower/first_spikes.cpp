// SPDX-License-Identifier: Apache-2.0
#include "lower/first_spikes.hpp"

#include <limits>

#include "lower/shorthands.hpp"

namespace synfire::codegen {
namespace {

// Whether the first spike arrived in an earlier step.
Expr is_over(const Expr& first) { return less(first, builtin(Builtin::step)); }

// Between launches, for those that continue the example.
Array saved_array(LoweringContext& context, const Array& declared, const ir::Connection& connection) {
  Array saved = declared;
  saved.name = context.names.unique(declared.name + "_saved");
  saved.element_type = contract::ElementType::u32;
  saved.lifetime = Lifetime::persistent;
  saved.storage = Storage::global;
  saved.role = contract::BufferRole::trial_state;
  saved.per_example = true;
  saved.shape = {declared.extent};
  saved.carried = contract::carry_spikes;
  saved.connection = connection.name;
  saved.variable = "first_arrival";
  return saved;
}

}  // namespace

bool passes_first_spikes(const ir::Connection& connection) {
  const auto* pool = std::get_if<MaxPool2D>(&connection.connectivity);
  return pool != nullptr && pool->first_spike;
}

FirstSpikes lower_first_spikes(LoweringContext& context, const ir::Connection& connection,
                               const DeliverPhase& delivery) {
  const std::string label = "first spikes of windows (\"" + connection.name + "\")";
  Array array;
  array.name = context.names.unique(connection.name + "_first_arrival");
  array.type = Type::u32;
  array.comment = "step in which the first spike of a window arrived";
  array.extent = delivery.targets;
  FirstSpikes lowered;
  lowered.arrivals = context.program.add(array);
  const ArrayId arrivals = lowered.arrivals;

  Body body(context.names, 0);
  const Store none{arrivals, number(std::numeric_limits<std::uint32_t>::max())};
  if (context.options.resumable) {
    const ArrayId saved = context.program.add(saved_array(context, array, connection));
    body.add(If{builtin(Builtin::is_continued), {Store{arrivals, load(saved, Type::u32)}}, {none}});
    lowered.before.emplace_back(ElementPhase{.label = label, .count = delivery.targets, .body = body.take()});
    body.add(If{builtin(Builtin::saves), {Store{saved, load(arrivals, Type::u32)}}, {}});
    lowered.after.emplace_back(ElementPhase{.label = label, .count = delivery.targets, .body = body.take()});
  } else {
    body.add(none);
    lowered.before.emplace_back(ElementPhase{.label = label, .count = delivery.targets, .body = body.take()});
  }

  const Expr arriving = body.let("arriving", load(delivery.arriving, Type::f32));
  const Expr first = body.let("first", load(arrivals, Type::u32));
  const Expr over = body.let("over", is_over(first));
  const Expr silent = either(over, apply(Operation::equal, {arriving, constant(0)}));
  body.add(Store{arrivals, apply(Operation::select, {silent, first, builtin(Builtin::step)})});
  body.add(Store{delivery.arriving, apply(Operation::select, {over, constant(0), arriving})});
  lowered.step.emplace_back(ElementPhase{.label = label, .count = delivery.targets, .body = body.take()});
  return lowered;
}

Expr until_first(const Expr& value, ArrayId arrivals) {
  return apply(Operation::select, {is_over(load(arrivals, Type::u32)), constant(0), value});
}

}  // namespace synfire::codegen
