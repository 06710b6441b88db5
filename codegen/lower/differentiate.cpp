// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <stdexcept>

#include "lower/symbolic.hpp"

namespace synfire::codegen::symbolic {
namespace {

using namespace language;

Expression negated(const Expression& e) { return difference(number(0), e); }

class Derivative {
 public:
  explicit Derivative(std::string_view variable) : variable_(variable) {}

  Expression of(const Expression& expression) const {
    if (!mentions_variable(expression)) return number(0);
    if (std::holds_alternative<Name>(expression->node)) return number(1);
    if (const auto* node = std::get_if<Unary>(&expression->node))
      return node->operation == UnaryOperator::negate ? negated(of(node->operand)) : number(0);
    if (const auto* node = std::get_if<Binary>(&expression->node)) return of_binary(*node);
    if (const auto* node = std::get_if<Conditional>(&expression->node))
      return choice(node->condition, of(node->then), of(node->otherwise));
    if (const auto* node = std::get_if<Call>(&expression->node)) return of_call(expression, *node);
    return number(0);
  }

 private:
  bool mentions_variable(const Expression& expression) const {
    for (const std::string& name : names_in(expression)) {
      if (name == variable_) return true;
    }
    return false;
  }

  static Expression choice(const Expression& condition, const Expression& then, const Expression& otherwise) {
    return fold(conditional(condition, then, otherwise));
  }

  Expression of_binary(const Binary& node) const {
    const Expression& a = node.left;
    const Expression& b = node.right;
    switch (node.operation) {
      case BinaryOperator::add: return sum(of(a), of(b));
      case BinaryOperator::subtract: return difference(of(a), of(b));
      case BinaryOperator::multiply: return sum(product(of(a), b), product(a, of(b)));
      case BinaryOperator::divide: {
        const Expression of_denominator = quotient(product(a, of(b)), product(b, b));
        return difference(quotient(of(a), b), of_denominator);
      }
      case BinaryOperator::power: return of_power(a, b);
      // Constant except for jumps.
      case BinaryOperator::less:
      case BinaryOperator::less_equal:
      case BinaryOperator::greater:
      case BinaryOperator::greater_equal:
      case BinaryOperator::equal:
      case BinaryOperator::not_equal:
      case BinaryOperator::logical_and:
      case BinaryOperator::logical_or: return number(0);
    }
    throw std::logic_error("unknown operator");
  }

  Expression of_power(const Expression& base, const Expression& exponent) const {
    const Expression power = binary(BinaryOperator::power, base, exponent);
    const Expression reduced = fold(binary(BinaryOperator::power, base, difference(exponent, number(1))));
    Expression by_base = product(product(exponent, reduced), of(base));
    if (!mentions_variable(exponent)) return by_base;
    return sum(by_base, product(product(power, fold(call("log", {base}))), of(exponent)));
  }

  Expression of_call(const Expression& expression, const Call& node) const {
    const std::string& function = node.function;
    if (function == "matrix_exponential" || function == "matrix_phi") return of_matrix_function(node);
    if (function == "max" || function == "min") {
      const auto comparison = function == "max" ? BinaryOperator::greater_equal : BinaryOperator::less_equal;
      const Expression first = fold(binary(comparison, node.arguments[0], node.arguments[1]));
      return choice(first, of(node.arguments[0]), of(node.arguments[1]));
    }
    if (function == "pow") return of_power(node.arguments[0], node.arguments[1]);
    if (function == "per_step" || function == "step_mean") return of_linear(node);
    if (node.arguments.size() != 1) return number(0);
    return product(outer(expression, node), of(node.arguments[0]));
  }

  // per_step and step_mean are linear in their argument.
  Expression of_linear(const Call& node) const {
    const Expression inner = of(node.arguments[0]);
    return as_number(inner) && node.function == "step_mean" ? inner : call(node.function, {inner});
  }

  // The derivative of a unary function at its argument.
  static Expression outer(const Expression& value, const Call& node) {
    const std::string& function = node.function;
    const Expression& x = node.arguments[0];
    if (function == "abs") return call("sign", {x});
    if (function == "cos") return negated(call("sin", {x}));
    if (function == "exp") return value;
    if (function == "expm1") return call("exp", {x});
    if (function == "log") return quotient(number(1), x);
    if (function == "log1p") return quotient(number(1), sum(number(1), x));
    if (function == "sin") return call("cos", {x});
    if (function == "sqrt") return quotient(number(0.5), value);
    if (function == "tanh") return difference(number(1), product(value, value));
    if (function == "sigmoid") return product(value, difference(number(1), value));
    if (function == "ceil" || function == "floor" || function == "round" || function == "sign") return number(0);
    throw std::logic_error("the derivative of " + function + " is not known");
  }

  // The derivative of an analytic matrix function F at A in direction E is the upper right block of F([[A, E], [0, A]])
  // (Higham 2008, theorem 3.6).
  Expression of_matrix_function(const Call& node) const {
    const int row = static_cast<int>(as_number(node.arguments[0]).value());
    const int column = static_cast<int>(as_number(node.arguments[1]).value());
    const int n = static_cast<int>(as_number(node.arguments[2]).value());
    const Expression& dt = node.arguments[3];
    if (mentions_variable(dt)) throw std::logic_error("cannot differentiate by the time step");
    std::vector<Expression> block(std::size_t{4} * n * n, number(0));
    const auto at = [&](int i, int j) -> Expression& { return block[static_cast<std::size_t>(i) * 2 * n + j]; };
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        const Expression& element = node.arguments[4 + static_cast<std::size_t>(i) * n + j];
        at(i, j) = at(n + i, n + j) = element;
        at(i, n + j) = of(element);
      }
    }
    return node.function == "matrix_phi" ? matrix_phi(row, n + column, 2 * n, block, dt)
                                         : matrix_exponential(row, n + column, 2 * n, block, dt);
  }

  std::string_view variable_;
};

}  // namespace

Expression differentiate(const Expression& expression, std::string_view variable) {
  return Derivative(variable).of(expression);
}

}  // namespace synfire::codegen::symbolic
