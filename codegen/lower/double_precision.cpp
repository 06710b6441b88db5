// SPDX-License-Identifier: Apache-2.0
#include "lower/double_precision.hpp"

#include <cstddef>

#include "lower/operations.hpp"
#include "lower/shorthands.hpp"

namespace synfire::codegen {
namespace {

using namespace language;

constexpr auto f64 = [](double value) { return constant(value, Type::f64); };

}  // namespace

void DoublePrecision::assign(ArrayId array, const Expression& expression) {
  Expr value = lower(expression);
  if (value->type == Type::boolean) value = apply(Operation::select, {value, f64(1), f64(0)});
  body_.add(Store{array, apply(Operation::to_f32, {value}), shared_ ? number(0) : nullptr});
}

Expr DoublePrecision::parameter(const std::string& name) {
  Expr& value = parameters_[name];
  if (!value) {
    const Expr single = load(scope_.array_of(name), Type::f32, shared_ ? number(0) : nullptr);
    value = body_.let(name, apply(Operation::to_f64, {single}));
  }
  return value;
}

Expr DoublePrecision::lower(const Expression& expression) {
  if (const auto* node = std::get_if<Number>(&expression->node)) return f64(node->value);
  if (const auto* node = std::get_if<Boolean>(&expression->node)) return constant(node->value ? 1 : 0, Type::boolean);
  if (const auto* node = std::get_if<Name>(&expression->node)) return parameter(node->name);
  if (const auto* node = std::get_if<Unary>(&expression->node))
    return apply(operation_of(node->operation), {lower(node->operand)});
  if (const auto* node = std::get_if<Binary>(&expression->node)) {
    const Expr left = lower(node->left);
    return apply(operation_of(node->operation), {left, lower(node->right)});
  }
  if (const auto* node = std::get_if<Conditional>(&expression->node)) {
    const Expr condition = lower(node->condition);
    const Expr then = lower(node->then);
    return apply(Operation::select, {condition, then, lower(node->otherwise)});
  }
  const auto& node = std::get<Call>(expression->node);
  const bool is_exponential = node.function == "matrix_exponential";
  if (is_exponential || node.function == "matrix_phi") {
    // row, column, size, dt, elements
    std::vector<Expr> operands;
    for (std::size_t i = 0; i < 2; ++i)
      operands.push_back(number(static_cast<std::uint32_t>(symbolic::as_number(node.arguments[i]).value())));
    for (std::size_t i = 3; i < node.arguments.size(); ++i) operands.push_back(lower(node.arguments[i]));
    return apply(is_exponential ? Operation::matrix_exponential : Operation::matrix_phi, std::move(operands));
  }
  std::vector<Expr> operands;
  for (const Expression& argument : node.arguments) operands.push_back(lower(argument));
  return apply(operation_of(node.function), std::move(operands));
}

}  // namespace synfire::codegen
