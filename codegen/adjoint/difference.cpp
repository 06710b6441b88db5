// SPDX-License-Identifier: Apache-2.0
#include "adjoint/difference.hpp"

#include <utility>

#include "adjoint/reverse.hpp"

namespace synfire::codegen {
namespace {

bool is_same(const Expr& a, const Expr& b) {
  if (a == b) return true;
  if (!a || !b || a->type != b->type || a->node.index() != b->node.index()) return false;
  if (const auto* node = std::get_if<ConstantExpr>(&a->node))
    return node->value == std::get<ConstantExpr>(b->node).value;
  if (const auto* node = std::get_if<LocalExpr>(&a->node)) return node->name == std::get<LocalExpr>(b->node).name;
  if (const auto* node = std::get_if<LoadExpr>(&a->node)) {
    const auto& other = std::get<LoadExpr>(b->node);
    return node->array == other.array && (node->index == other.index || is_same(node->index, other.index));
  }
  if (const auto* node = std::get_if<BuiltinExpr>(&a->node))
    return node->builtin == std::get<BuiltinExpr>(b->node).builtin;
  const auto* node = std::get_if<OperationExpr>(&a->node);
  if (node == nullptr) return false;
  const auto& other = std::get<OperationExpr>(b->node);
  if (node->operation != other.operation || node->operands.size() != other.operands.size()) return false;
  for (std::size_t i = 0; i < node->operands.size(); ++i) {
    if (!is_same(node->operands[i], other.operands[i])) return false;
  }
  return true;
}

bool opens(Operation operation) {
  return operation == Operation::add || operation == Operation::subtract || operation == Operation::maximum ||
         operation == Operation::minimum;
}

// The definition of a traced value if that is a sum or an extremum; otherwise the value itself.
Expr opened(const Trace& trace, const Expr& value) {
  const auto* name = std::get_if<LocalExpr>(&value->node);
  const Trace::Definition* definition = name == nullptr ? nullptr : trace.find(name->name);
  if (definition == nullptr) return value;
  const auto* node = std::get_if<OperationExpr>(&definition->value->node);
  return node != nullptr && opens(node->operation) ? definition->value : value;
}

// The difference of two sums with a common term, which cancels; null if they have none.
Expr without_common_term(const Trace& trace, const OperationExpr& a, const OperationExpr& b) {
  const auto sum = a.operation == Operation::add ? plus : minus;
  if (is_same(a.operands[0], b.operands[0])) {
    const Expr rest = difference(trace, a.operands[1], b.operands[1]);
    return or_zero(sum(nullptr, rest));
  }
  if (is_same(a.operands[1], b.operands[1])) return or_zero(difference(trace, a.operands[0], b.operands[0]));
  return nullptr;
}

// max(c, x) − max(c, y), or the same with min: x − y where both take their second operand, else the plain difference.
Expr of_extrema(const Trace& trace, const OperationExpr& a, const OperationExpr& b) {
  if (!is_same(a.operands[0], b.operands[0])) return nullptr;
  const Operation test = a.operation == Operation::maximum ? Operation::greater_equal : Operation::less_equal;
  const auto is_taken = [&](const OperationExpr& each) { return apply(test, {each.operands[1], each.operands[0]}); };
  const Expr both = apply(Operation::logical_and, {is_taken(a), is_taken(b)});
  const Expr either = apply(a.operation, a.operands);
  return or_zero(chosen(both, difference(trace, a.operands[1], b.operands[1]),
                        apply(Operation::subtract, {either, apply(b.operation, b.operands)})));
}

Expr of_operations(const Trace& trace, const Expr& a, const Expr& b) {
  const auto* left = std::get_if<OperationExpr>(&a->node);
  const auto* right = std::get_if<OperationExpr>(&b->node);
  if (left == nullptr || right == nullptr || left->operation != right->operation) return nullptr;
  const auto part = [&](std::size_t i) { return difference(trace, left->operands[i], right->operands[i]); };
  const auto shares = [&](std::size_t i) { return is_same(left->operands[i], right->operands[i]); };
  switch (left->operation) {
    case Operation::add:
    case Operation::subtract: return without_common_term(trace, *left, *right);
    case Operation::negate: return or_zero(negated(part(0)));
    case Operation::multiply:
      if (shares(0)) return or_zero(times(left->operands[0], part(1)));
      if (shares(1)) return or_zero(times(part(0), left->operands[1]));
      return nullptr;
    case Operation::divide:
      if (!shares(1)) return nullptr;
      if (const Expr rest = part(0)) return apply(Operation::divide, {rest, left->operands[1]});
      return constant(0);
    case Operation::select:
      if (!shares(0)) return nullptr;
      return or_zero(chosen(left->operands[0], part(1), part(2)));
    case Operation::maximum:
    case Operation::minimum: return of_extrema(trace, *left, *right);
    default: return nullptr;
  }
}

}  // namespace

Expr difference(const Trace& trace, const Expr& a, const Expr& b) {
  if (is_same(a, b)) return nullptr;
  const Expr made_of_a = opened(trace, a), made_of_b = opened(trace, b);
  const auto* less = std::get_if<OperationExpr>(&made_of_b->node);
  if (less != nullptr && less->operation == Operation::subtract && is_same(less->operands[0], a))
    return less->operands[1];
  if (const Expr found = of_operations(trace, made_of_a, made_of_b)) return minus(found, nullptr);
  return minus(a, b);
}

}  // namespace synfire::codegen
