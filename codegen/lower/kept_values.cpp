// SPDX-License-Identifier: Apache-2.0
#include "lower/kept_values.hpp"

#include <algorithm>

#include "lower/shorthands.hpp"

namespace synfire::codegen {
namespace {

Expr local_of_definition(const Trace::Definition& definition) {
  return local(local_of(definition.name), definition.value->type);
}

}  // namespace

Expr KeptValues::on_tape(std::uint32_t number, const Trace::Definition& definition) {
  Tape& tape = step_.context.program.learning->tapes[number];
  const bool is_boolean = definition.value->type == Type::boolean;
  const std::string what = local_of(definition.name);
  const ArrayId source = step_.context.program.add(
      element_array(step_, step_.population.name + "_kept_" + what, what + " in this step, for the tape"));
  const Expr value = local_of_definition(definition);
  add(*definition.statement,
      {source, is_boolean ? apply(Operation::select, {value, constant(1), constant(0)}) : value});
  const auto number_of_value = static_cast<std::uint32_t>(tape.kept.size());
  tape.kept.push_back(source);
  const Expr place = builtin(Builtin::tape_place);
  const Expr row = product_u32(builtin(Builtin::tape_capacity), number_of_value);
  const Expr kept = load(*tape.values, Type::f32, number_of_value == 0 ? place : sum_u32(row, place));
  return is_boolean ? apply(Operation::not_equal, {kept, constant(0)}) : kept;
}

Expr KeptValues::history(const Trace::Definition& definition, const Expr& step) {
  const ArrayId id = history_of(definition);
  const Expr value = load(id, step_.context.program.arrays[id].type, row_index(step_, step));
  return definition.value->type == Type::boolean ? apply(Operation::not_equal, {value, number(0)}) : value;
}

void KeptValues::insert() {
  std::stable_sort(stores_.begin(), stores_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto each = stores_.rbegin(); each != stores_.rend(); ++each)
    step_.body.insert(step_.body.begin() + static_cast<std::ptrdiff_t>(each->first) + 1, each->second);
}

ArrayId KeptValues::history_of(const Trace::Definition& definition) {
  const auto known = histories_.find(definition.name);
  if (known != histories_.end()) return known->second;
  const bool is_float = definition.value->type == Type::f32;
  const bool is_flag = definition.value->type == Type::boolean;
  const std::string what = local_of(definition.name);
  Array array = element_array(step_, step_.population.name + "_history_" + what, what + " in each step");
  array.type = is_float ? Type::f32 : Type::u32;
  array.element_type = is_float  ? contract::ElementType::f32
                       : is_flag ? contract::ElementType::u8
                                 : contract::ElementType::u32;
  array.extent = std::size_t{step_.context.options.timesteps} * step_.count;
  array.lifetime = Lifetime::persistent;
  array.storage = Storage::global;
  array.role = contract::BufferRole::workspace;
  array.per_slot = true;
  array.shape = {step_.context.options.timesteps, step_.count};
  const ArrayId id = step_.context.program.add(std::move(array));
  const Expr value = local_of_definition(definition);
  add(*definition.statement, {id, is_flag ? apply(Operation::select, {value, number(1), number(0)}) : value,
                              row_index(step_, builtin(Builtin::step))});
  return histories_[definition.name] = id;
}

void KeptValues::add(std::size_t statement, Store store) { stores_.emplace_back(statement, std::move(store)); }

}  // namespace synfire::codegen
