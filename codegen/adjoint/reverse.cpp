// SPDX-License-Identifier: Apache-2.0
#include "adjoint/reverse.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace synfire::codegen {
namespace {

const ConstantExpr* as_constant(const Expr& expression) {
  return expression ? std::get_if<ConstantExpr>(&expression->node) : nullptr;
}

const OperationExpr* as_operation(const Expr& expression, Operation operation) {
  const auto* node = std::get_if<OperationExpr>(&expression->node);
  return node != nullptr && node->operation == operation ? node : nullptr;
}

bool is_zero(const Expr& expression) {
  const ConstantExpr* known = as_constant(expression);
  return !expression || (known != nullptr && known->value == 0);
}

Expr quotient_of(const Expr& a, const Expr& b) {
  if (is_zero(a)) return nullptr;
  const ConstantExpr* known = as_constant(b);
  const bool has_inverse = known != nullptr && std::isnormal(static_cast<float>(1 / known->value));
  return has_inverse ? times(a, constant(1 / known->value)) : apply(Operation::divide, {a, b});
}

Expr squared(const Expr& a) { return apply(Operation::multiply, {a, a}); }

}  // namespace

Expr or_zero(const Expr& a) { return a ? a : constant(0); }

Expr negated(const Expr& a) {
  if (is_zero(a)) return nullptr;
  if (const ConstantExpr* known = as_constant(a)) return constant(-known->value);
  if (const OperationExpr* node = as_operation(a, Operation::negate)) return node->operands[0];
  return apply(Operation::negate, {a});
}

Expr plus(const Expr& a, const Expr& b) {
  if (is_zero(a)) return is_zero(b) ? nullptr : b;
  if (is_zero(b)) return a;
  const ConstantExpr* left = as_constant(a);
  const ConstantExpr* right = as_constant(b);
  // The sum or product of two floats, computed in double and rounded, is the correctly rounded sum or product.
  if (left != nullptr && right != nullptr) return constant(left->value + right->value);
  if (const OperationExpr* node = as_operation(b, Operation::negate)) return minus(a, node->operands[0]);
  return apply(Operation::add, {a, b});
}

Expr minus(const Expr& a, const Expr& b) {
  if (is_zero(b)) return is_zero(a) ? nullptr : a;
  if (is_zero(a)) return negated(b);
  if (const OperationExpr* node = as_operation(b, Operation::negate)) return plus(a, node->operands[0]);
  return apply(Operation::subtract, {a, b});
}

Expr times(const Expr& a, const Expr& b) {
  if (is_zero(a) || is_zero(b)) return nullptr;
  const ConstantExpr* left = as_constant(a);
  const ConstantExpr* right = as_constant(b);
  if (left != nullptr && right != nullptr) return constant(left->value * right->value);
  if (left != nullptr && left->value == -1) return negated(b);
  if (right != nullptr && right->value == -1) return negated(a);
  return apply(Operation::multiply, {a, b});
}

Expr chosen(const Expr& condition, const Expr& then, const Expr& otherwise) {
  if (is_zero(then) && is_zero(otherwise)) return nullptr;
  return apply(Operation::select, {condition, or_zero(then), or_zero(otherwise)});
}

Reverse::Reverse(const Trace& trace, Body& out, std::set<std::string> wanted, std::set<std::string> stops,
                 std::set<ArrayId> arrays)
    : trace_(trace), out_(out), stops_(std::move(stops)), active_(std::move(wanted)), arrays_(std::move(arrays)) {
  for (const Trace::Definition& definition : trace.definitions()) {
    if (stops_.count(definition.name) == 0 && is_active(definition.value)) active_.insert(definition.name);
  }
}

// Conditions only choose which branch is differentiated.
bool Reverse::is_active(const Expr& expression) const {
  if (!expression || expression->type != Type::f32) return false;
  if (const auto* node = std::get_if<LocalExpr>(&expression->node)) return active_.count(node->name) != 0;
  if (const auto* node = std::get_if<LoadExpr>(&expression->node)) return arrays_.count(node->array) != 0;
  const auto* node = std::get_if<OperationExpr>(&expression->node);
  return node != nullptr && std::any_of(node->operands.begin(), node->operands.end(),
                                        [this](const Expr& operand) { return is_active(operand); });
}

Expr Reverse::adjoint(const std::string& name) const {
  const auto found = adjoints_.find(name);
  return found == adjoints_.end() ? nullptr : found->second;
}

// A local, for an adjoint that is used several times.
Expr Reverse::atom(const Expr& adjoint) { return out_.let("d", adjoint); }

void Reverse::seed(const Expr& value, const Expr& adjoint) {
  if (!is_zero(adjoint)) propagate(value, adjoint, value);
}

void Reverse::run() {
  const auto& definitions = trace_.definitions();
  for (auto definition = definitions.rbegin(); definition != definitions.rend(); ++definition) {
    const auto found = adjoints_.find(definition->name);
    if (found == adjoints_.end() || is_zero(found->second)) continue;
    const std::string wanted = is_traced(definition->name) ? local_of(definition->name) : definition->name;
    found->second = out_.let("d_" + wanted, found->second);
    if (stops_.count(definition->name) != 0) continue;
    propagate(definition->value, found->second, local(definition->name, definition->value->type));
  }
}

// `result`: names the value of the expression.
void Reverse::propagate(const Expr& expression, const Expr& adjoint, const Expr& result) {
  if (is_zero(adjoint) || !is_active(expression)) return;
  if (const auto* node = std::get_if<LocalExpr>(&expression->node)) {
    Expr& total = adjoints_[node->name];
    total = plus(total, adjoint);
    return;
  }
  if (const auto* node = std::get_if<LoadExpr>(&expression->node)) {
    Expr& total = array_adjoints_[node->array];
    total = plus(total, adjoint);
    return;
  }
  const auto& node = std::get<OperationExpr>(expression->node);
  const auto active = std::count_if(node.operands.begin(), node.operands.end(),
                                    [this](const Expr& operand) { return is_active(operand); });
  propagate(node, active > 1 ? atom(adjoint) : adjoint, result);
}

void Reverse::chain(const Expr& argument, const Expr& adjoint, const Expr& derivative) {
  propagate(argument, times(adjoint, derivative), argument);
}

void Reverse::propagate(const OperationExpr& node, const Expr& adjoint, const Expr& result) {
  const auto operand = [&](std::size_t i) { return node.operands[i]; };
  const auto give = [&](std::size_t i, const Expr& share) { propagate(operand(i), share, operand(i)); };
  const auto one = constant(1);
  switch (node.operation) {
    case Operation::negate: return give(0, negated(adjoint));
    case Operation::add: give(0, adjoint); return give(1, adjoint);
    case Operation::subtract: give(0, adjoint); return give(1, negated(adjoint));
    case Operation::multiply:
      if (is_active(operand(0))) give(0, times(adjoint, operand(1)));
      if (is_active(operand(1))) give(1, times(adjoint, operand(0)));
      return;
    case Operation::divide:
      if (is_active(operand(0))) give(0, quotient_of(adjoint, operand(1)));
      if (is_active(operand(1))) give(1, negated(quotient_of(times(adjoint, result), operand(1))));
      return;
    case Operation::select:
      give(1, chosen(operand(0), adjoint, nullptr));
      return give(2, chosen(operand(0), nullptr, adjoint));
    case Operation::maximum:
    case Operation::minimum: {
      const Operation test = node.operation == Operation::maximum ? Operation::greater_equal : Operation::less_equal;
      const Expr first = apply(test, {operand(0), operand(1)});
      give(0, chosen(first, adjoint, nullptr));
      return give(1, chosen(first, nullptr, adjoint));
    }
    case Operation::absolute: return chain(operand(0), adjoint, apply(Operation::sign, {operand(0)}));
    case Operation::cosine: return chain(operand(0), adjoint, negated(apply(Operation::sine, {operand(0)})));
    case Operation::sine: return chain(operand(0), adjoint, apply(Operation::cosine, {operand(0)}));
    case Operation::exponential: return chain(operand(0), adjoint, result);
    case Operation::exponential_minus_one: return chain(operand(0), adjoint, plus(result, one));
    case Operation::logarithm: return give(0, quotient_of(adjoint, operand(0)));
    case Operation::logarithm_one_plus: return give(0, quotient_of(adjoint, plus(operand(0), one)));
    case Operation::square_root: return give(0, quotient_of(times(adjoint, constant(0.5)), result));
    case Operation::hyperbolic_tangent: return chain(operand(0), adjoint, minus(one, squared(result)));
    case Operation::sigmoid: return chain(operand(0), adjoint, times(result, minus(one, result)));
    case Operation::power: {
      const Expr& base = operand(0);
      const Expr& exponent = operand(1);
      if (is_active(base)) {
        const Expr lower = apply(Operation::power, {base, apply(Operation::subtract, {exponent, one})});
        give(0, times(adjoint, times(exponent, lower)));
      }
      if (is_active(exponent)) give(1, times(adjoint, times(result, apply(Operation::logarithm, {base}))));
      return;
    }
    // Piecewise constant, or not of real values.
    case Operation::ceiling:
    case Operation::floor:
    case Operation::round:
    case Operation::sign:
    case Operation::modulo:
    case Operation::less:
    case Operation::less_equal:
    case Operation::greater:
    case Operation::greater_equal:
    case Operation::equal:
    case Operation::not_equal:
    case Operation::logical_and:
    case Operation::logical_or:
    case Operation::logical_not:
    case Operation::to_f32:
    // Only in preparations.
    case Operation::to_f64:
    case Operation::to_u32:
    case Operation::matrix_exponential:
    case Operation::matrix_phi: return;
  }
}

}  // namespace synfire::codegen
