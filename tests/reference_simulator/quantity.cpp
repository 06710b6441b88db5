// SPDX-License-Identifier: Apache-2.0
#include "reference_simulator/quantity.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "math.cuh"

namespace synfire::testing::reference {
namespace {

using language::BinaryOperator;
using Kind = Quantity::Kind;

// Arithmetic and comparison, shared by both precisions.
template <class T>
double compute(BinaryOperator operation, T a, T b) {
  switch (operation) {
    case BinaryOperator::add: return a + b;
    case BinaryOperator::subtract: return a - b;
    case BinaryOperator::multiply: return a * b;
    case BinaryOperator::divide: return a / b;
    case BinaryOperator::less: return a < b ? 1 : 0;
    case BinaryOperator::less_equal: return a <= b ? 1 : 0;
    case BinaryOperator::greater: return a > b ? 1 : 0;
    case BinaryOperator::greater_equal: return a >= b ? 1 : 0;
    case BinaryOperator::equal: return a == b ? 1 : 0;
    case BinaryOperator::not_equal: return a != b ? 1 : 0;
    case BinaryOperator::logical_and: return a != 0 && b != 0 ? 1 : 0;
    case BinaryOperator::logical_or: return a != 0 || b != 0 ? 1 : 0;
    case BinaryOperator::power: break;
  }
  throw std::logic_error("a power is not an elementary operation");
}

// Whole powers up to 4 are products, the power 1/2 is a square root.
Quantity power(const Quantity& base, const Quantity& exponent) {
  if (base.kind != Kind::runtime && exponent.kind != Kind::runtime) {
    return {std::max(base.kind, exponent.kind), std::pow(base.constant, exponent.constant)};
  }
  const float x = base.single();
  if (exponent.is_number(2)) return runtime(x * x);
  if (exponent.is_number(3)) return runtime(x * x * x);
  if (exponent.is_number(4)) return runtime((x * x) * (x * x));
  if (exponent.is_number(0.5)) return runtime(device::square_root(x));
  return runtime(device::power(x, exponent.single()));
}

double in_double(const std::string& function, const std::vector<Quantity>& arguments) {
  const double x = arguments[0].constant;
  if (function == "abs") return std::fabs(x);
  if (function == "ceil") return std::ceil(x);
  if (function == "cos") return std::cos(x);
  if (function == "exp") return std::exp(x);
  if (function == "expm1") return std::expm1(x);
  if (function == "floor") return std::floor(x);
  if (function == "log") return std::log(x);
  if (function == "log1p") return std::log1p(x);
  if (function == "max") return std::fmax(x, arguments[1].constant);
  if (function == "min") return std::fmin(x, arguments[1].constant);
  if (function == "round") return std::rint(x);
  if (function == "sign") return x > 0 ? 1 : x < 0 ? -1 : 0;
  if (function == "sin") return std::sin(x);
  if (function == "sqrt") return std::sqrt(x);
  if (function == "tanh") return std::tanh(x);
  if (function == "sigmoid") return 1 / (1 + std::exp(-x));
  throw std::logic_error("no such function: " + function);
}

float in_single(const std::string& function, const std::vector<Quantity>& arguments) {
  const float x = arguments[0].single();
  if (function == "abs") return device::absolute(x);
  if (function == "ceil") return device::ceil_of(x);
  if (function == "cos") return device::cosine(x);
  if (function == "exp") return device::exponential(x);
  if (function == "expm1") return device::exponential_minus_one(x);
  if (function == "floor") return device::floor_of(x);
  if (function == "log") return device::logarithm(x);
  if (function == "log1p") return device::logarithm_one_plus(x);
  if (function == "max") return device::maximum(x, arguments[1].single());
  if (function == "min") return device::minimum(x, arguments[1].single());
  if (function == "round") return device::round_of(x);
  if (function == "sign") return device::sign_of(x);
  if (function == "sin") return device::sine(x);
  if (function == "sqrt") return device::square_root(x);
  if (function == "tanh") return device::hyperbolic_tangent(x);
  if (function == "sigmoid") return device::sigmoid(x);
  throw std::logic_error("no such function: " + function);
}

std::optional<double> as_number(const Quantity& a) {
  return a.kind == Kind::number ? std::optional(a.constant) : std::nullopt;
}

Shortcut shortcut_of_logic(BinaryOperator operation, std::optional<double> left, std::optional<double> right) {
  const bool neutral = operation == BinaryOperator::logical_and;
  if (left) return (*left != 0) == neutral ? Shortcut::right : Shortcut::left;
  if (right) return (*right != 0) == neutral ? Shortcut::left : Shortcut::right;
  return Shortcut::none;
}

}  // namespace

Quantity number(double value) { return {Kind::number, value}; }
Quantity element(double value) { return {Kind::element, value}; }
Quantity runtime(float value) { return {Kind::runtime, 0.0, value}; }

Shortcut shortcut(BinaryOperator operation, std::optional<double> left, std::optional<double> right) {
  switch (operation) {
    case BinaryOperator::logical_and:
    case BinaryOperator::logical_or: return shortcut_of_logic(operation, left, right);
    case BinaryOperator::add:
      if (left == 0.0) return Shortcut::right;
      if (right == 0.0) return Shortcut::left;
      return Shortcut::none;
    case BinaryOperator::subtract:
      if (right == 0.0) return Shortcut::left;
      if (left == 0.0) return Shortcut::negated_right;
      return Shortcut::none;
    case BinaryOperator::multiply:
      if (left == 0.0 || right == 0.0) return Shortcut::zero;
      if (left == 1.0) return Shortcut::right;
      if (right == 1.0) return Shortcut::left;
      if (left == -1.0) return Shortcut::negated_right;
      return Shortcut::none;
    case BinaryOperator::divide:
      if (left == 0.0) return Shortcut::zero;
      if (right == 1.0) return Shortcut::left;
      return Shortcut::none;
    case BinaryOperator::power:
      if (right == 0.0) return Shortcut::one;
      if (right == 1.0) return Shortcut::left;
      return Shortcut::none;
    default: return Shortcut::none;
  }
}

Quantity negate(const Quantity& a) { return {a.kind, -a.constant, -a.changing}; }

Quantity logical_not(const Quantity& a) {
  const int opposite = a.holds() ? 0 : 1;
  return {a.kind, static_cast<double>(opposite), static_cast<float>(opposite)};
}

Quantity apply(BinaryOperator operation, const Quantity& a, const Quantity& b) {
  const auto left = as_number(a);
  const auto right = as_number(b);
  if (!left || !right) {
    switch (shortcut(operation, left, right)) {
      case Shortcut::left: return a;
      case Shortcut::right: return b;
      case Shortcut::negated_right: return negate(b);
      case Shortcut::zero: return number(0);
      case Shortcut::one: return number(1);
      case Shortcut::none: break;
    }
  }
  if (operation == BinaryOperator::power) return power(a, b);
  const Kind kind = std::max(a.kind, b.kind);
  if (kind != Kind::runtime) return {kind, compute(operation, a.constant, b.constant)};
  // The result is a float or 0 or 1: the conversion through double is lossless.
  return runtime(static_cast<float>(compute(operation, a.single(), b.single())));
}

Quantity select(const Quantity& condition, const Quantity& then, const Quantity& otherwise) {
  const Quantity& chosen = condition.holds() ? then : otherwise;
  if (condition.kind == Kind::number) return chosen;
  const Kind kind = std::max({condition.kind, then.kind, otherwise.kind});
  return kind == Kind::runtime ? runtime(chosen.single()) : element(chosen.constant);
}

Quantity call(const std::string& function, const std::vector<Quantity>& arguments) {
  if (function == "pow") return power(arguments[0], arguments[1]);
  Kind kind = Kind::number;
  for (const Quantity& argument : arguments) kind = std::max(kind, argument.kind);
  return kind == Kind::runtime ? runtime(in_single(function, arguments))
                               : Quantity{kind, in_double(function, arguments)};
}

Quantity sum(const Quantity& a, const Quantity& b) { return apply(BinaryOperator::add, a, b); }
Quantity product(const Quantity& a, const Quantity& b) { return apply(BinaryOperator::multiply, a, b); }
Quantity quotient(const Quantity& a, const Quantity& b) { return apply(BinaryOperator::divide, a, b); }

}  // namespace synfire::testing::reference
