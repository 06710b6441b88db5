// SPDX-License-Identifier: Apache-2.0
#include "adjoint/sign.hpp"

#include <algorithm>
#include <cmath>
#include <variant>
#include <vector>

#include "lower/symbolic.hpp"

namespace synfire::codegen {
namespace {

using namespace language;

Interval around(std::vector<double> values) {
  for (double& value : values) {
    if (std::isnan(value)) value = 0;  // 0 · ∞
  }
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {*least, *most};
}

Interval times(const Interval& a, const Interval& b) {
  return around({a.least * b.least, a.least * b.most, a.most * b.least, a.most * b.most});
}

Interval inverse(const Interval& a) {
  if (a.least > 0 || a.most < 0) return {1 / a.most, 1 / a.least};
  return {};
}

class Bounds {
 public:
  explicit Bounds(const std::map<std::string, Interval, std::less<>>& names) : names_(names) {}

  Interval of(const Expression& expression) const {
    if (const auto value = symbolic::as_number(expression)) return {*value, *value};
    if (const auto* node = std::get_if<Name>(&expression->node)) {
      const auto found = names_.find(node->name);
      return found == names_.end() ? Interval{} : found->second;
    }
    if (const auto* node = std::get_if<Unary>(&expression->node); node && node->operation == UnaryOperator::negate) {
      const Interval a = of(node->operand);
      return {-a.most, -a.least};
    }
    if (const auto* node = std::get_if<Binary>(&expression->node)) return of_binary(*node);
    if (const auto* node = std::get_if<Conditional>(&expression->node)) {
      const Interval a = of(node->then);
      const Interval b = of(node->otherwise);
      return {std::min(a.least, b.least), std::max(a.most, b.most)};
    }
    if (const auto* node = std::get_if<Call>(&expression->node)) return of_call(*node);
    return {};
  }

 private:
  Interval of_binary(const Binary& node) const {
    const Interval a = of(node.left);
    const Interval b = of(node.right);
    switch (node.operation) {
      case BinaryOperator::add: return {a.least + b.least, a.most + b.most};
      case BinaryOperator::subtract: return {a.least - b.most, a.most - b.least};
      case BinaryOperator::multiply: return times(a, b);
      case BinaryOperator::divide: return times(a, inverse(b));
      case BinaryOperator::power:
        if (const auto exponent = symbolic::as_number(node.right); exponent && std::fmod(*exponent, 2) == 0)
          return {0, std::numeric_limits<double>::infinity()};
        return a.least >= 0 ? Interval{0, std::numeric_limits<double>::infinity()} : Interval{};
      default: return {0, 1};
    }
  }

  Interval of_call(const Call& node) const {
    const std::string& f = node.function;
    if (f == "exp") {
      const Interval a = of(node.arguments[0]);
      return {std::exp(a.least), std::exp(a.most)};
    }
    if (f == "abs" || f == "sqrt") return {0, std::numeric_limits<double>::infinity()};
    if (f == "sigmoid") return {0, 1};
    if (f == "tanh" || f == "sin" || f == "cos" || f == "sign") return {-1, 1};
    if (f == "max" || f == "min") {
      const Interval a = of(node.arguments[0]);
      const Interval b = of(node.arguments[1]);
      if (f == "max") return {std::max(a.least, b.least), std::max(a.most, b.most)};
      return {std::min(a.least, b.least), std::min(a.most, b.most)};
    }
    return {};
  }

  const std::map<std::string, Interval, std::less<>>& names_;
};

}  // namespace

Interval bounds_of(const Expression& expression, const std::map<std::string, Interval, std::less<>>& names) {
  return Bounds(names).of(expression);
}

}  // namespace synfire::codegen
