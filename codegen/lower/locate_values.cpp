// SPDX-License-Identifier: Apache-2.0
#include "lower/locate_values.hpp"

#include "lower/shorthands.hpp"

namespace synfire::codegen {

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
    const Expr is_not_finite = apply(Operation::not_equal, {apply(Operation::subtract, {value, value}), constant(0)});
    const Expr is_first = body.let("is_first", both(is_not_finite, apply(Operation::equal, {known, number(0)})));
    const Expr last = apply(Operation::subtract, {product_u32(builtin(Builtin::timesteps), 2), number(1)});
    const Expr time =
        variable.backward ? apply(Operation::subtract, {last, builtin(Builtin::step)}) : builtin(Builtin::step);
    const Expr before = load(*learning.non_finite, Type::u32, when_entry);
    body.add(Store{*learning.non_finite, apply(Operation::select, {is_first, builtin(Builtin::slot_example), known}),
                   entry});
    body.add(Store{*learning.non_finite, apply(Operation::select, {is_first, time, before}), when_entry});
  }
  return ElementPhase{label, count, body.take(), true};
}

}  // namespace synfire::codegen
