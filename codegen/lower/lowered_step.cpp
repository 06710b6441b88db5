// SPDX-License-Identifier: Apache-2.0
#include "lower/lowered_step.hpp"

#include "lower/shorthands.hpp"

namespace synfire::codegen {

Array element_array(const LoweredStep& step, const std::string& name, const std::string& comment) {
  Array array;
  array.name = step.context.names.unique(name);
  array.comment = comment;
  array.extent = step.count;
  return array;
}

Expr row_index(const LoweredStep& step, const Expr& row) {
  return sum_u32(product_u32(row, step.count), builtin(Builtin::element));
}

Expr ring_index(const LoweredStep& step, std::uint32_t depth) {
  return row_index(step, apply(Operation::modulo, {builtin(Builtin::step), number(depth)}));
}

}  // namespace synfire::codegen
