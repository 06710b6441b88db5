// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>

#include "lower/symbolic.hpp"

namespace synfire::codegen::symbolic {
namespace {

using namespace language;

constexpr std::size_t most_terms = 200;

// Powers of atoms, by the atom's text.
using Monomial = std::map<std::string, double>;
// A sum of coefficient · monomial.
using Polynomial = std::map<Monomial, double>;

struct TooLong {};

class NormalForm {
 public:
  Expression of(const Expression& expression) { return expression_of(polynomial(expression)); }

 private:
  Polynomial polynomial(const Expression& expression) {
    if (const auto value = as_number(expression)) return constant(*value);
    if (const auto* node = std::get_if<Unary>(&expression->node); node && node->operation == UnaryOperator::negate)
      return scaled(polynomial(node->operand), -1);
    if (const auto* node = std::get_if<Binary>(&expression->node)) return of_binary(expression, *node);
    if (const auto* node = std::get_if<Conditional>(&expression->node)) return of_conditional(*node);
    if (const auto* node = std::get_if<Call>(&expression->node)) return of_call(*node);
    return atom(expression);
  }

  static Polynomial constant(double value) { return value == 0 ? Polynomial{} : Polynomial{{Monomial{}, value}}; }

  Polynomial atom(const Expression& expression, double power = 1) {
    if (const auto value = as_number(expression)) return constant(std::pow(*value, power));
    const std::string text = language::to_string(expression);
    atoms_.emplace(text, expression);
    return {{Monomial{{text, power}}, 1.0}};
  }

  static Polynomial scaled(Polynomial p, double factor) {
    for (auto& [monomial, coefficient] : p) coefficient *= factor;
    return p;
  }

  static void add(Polynomial& to, const Monomial& monomial, double coefficient) {
    double& place = to[monomial];
    // Drops terms that cancel up to rounding.
    const double total = place + coefficient;
    place = std::abs(total) <= 1e-14 * std::max(std::abs(place), std::abs(coefficient)) ? 0 : total;
    if (place == 0) to.erase(monomial);
    if (to.size() > most_terms) throw TooLong{};
  }

  static Polynomial added(Polynomial a, const Polynomial& b, double factor) {
    for (const auto& [monomial, coefficient] : b) add(a, monomial, factor * coefficient);
    return a;
  }

  static Monomial multiplied(Monomial a, const Monomial& b) {
    for (const auto& [name, power] : b) {
      double& place = a[name];
      place += power;
      if (place == 0) a.erase(name);
    }
    return a;
  }

  static Polynomial multiplied(const Polynomial& a, const Polynomial& b) {
    Polynomial result;
    for (const auto& [left, x] : a)
      for (const auto& [right, y] : b) add(result, multiplied(left, right), x * y);
    return result;
  }

  static Monomial to_power(Monomial monomial, double exponent) {
    for (auto& [name, power] : monomial) power *= exponent;
    return monomial;
  }

  // The common factor of all terms: the powers nearest to 0, and the first coefficient.
  static std::pair<Monomial, double> content(const Polynomial& p) {
    Monomial common = p.begin()->first;
    for (const auto& [monomial, coefficient] : p) {
      for (auto it = common.begin(); it != common.end();) {
        const auto found = monomial.find(it->first);
        const bool shared = found != monomial.end() && (found->second > 0) == (it->second > 0);
        if (shared && std::abs(found->second) < std::abs(it->second)) it->second = found->second;
        it = shared ? std::next(it) : common.erase(it);
      }
    }
    return {common, p.begin()->second};
  }

  static Polynomial divided(const Polynomial& p, const Monomial& monomial, double coefficient) {
    return multiplied(p, {{to_power(monomial, -1), 1 / coefficient}});
  }

  // p^exponent for a whole exponent.
  Polynomial to_whole_power(const Polynomial& p, double exponent) {
    if (p.empty()) return exponent == 0 ? constant(1) : exponent > 0 ? Polynomial{} : atom_of_zero_division(exponent);
    if (p.size() == 1) {
      return {{to_power(p.begin()->first, exponent), std::pow(p.begin()->second, exponent)}};
    }
    if (exponent >= 0 && exponent <= 4) {
      Polynomial result = constant(1);
      for (int k = 0; k < static_cast<int>(exponent); ++k) result = multiplied(result, p);
      return result;
    }
    const auto [common, coefficient] = content(p);
    const Polynomial rest = atom(expression_of(divided(p, common, coefficient)), exponent);
    return multiplied(rest, {{to_power(common, exponent), std::pow(coefficient, exponent)}});
  }

  Polynomial atom_of_zero_division(double exponent) {
    return atom(binary(BinaryOperator::power, number(0), number(exponent)));
  }

  Polynomial quotient_of(const Polynomial& p, const Polynomial& q) {
    if (q.size() > 1 && p.size() == q.size()) {  // p may be a multiple of q
      const auto [p_common, p_first] = content(p);
      const auto [q_common, q_first] = content(q);
      if (same(divided(p, p_common, p_first), divided(q, q_common, q_first)))
        return {{multiplied(p_common, to_power(q_common, -1)), p_first / q_first}};
    }
    return multiplied(p, to_whole_power(q, -1));
  }

  static bool same(const Polynomial& a, const Polynomial& b) { return added(a, b, -1).empty(); }

  Polynomial of_binary(const Expression& expression, const Binary& node) {
    switch (node.operation) {
      case BinaryOperator::add: return added(polynomial(node.left), polynomial(node.right), 1);
      case BinaryOperator::subtract: return added(polynomial(node.left), polynomial(node.right), -1);
      case BinaryOperator::multiply: return multiplied(polynomial(node.left), polynomial(node.right));
      case BinaryOperator::divide: return quotient_of(polynomial(node.left), polynomial(node.right));
      case BinaryOperator::power: return of_power(node.left, node.right);
      default: return atom(fold(binary(node.operation, whole(node.left), whole(node.right), expression->column)));
    }
  }

  Polynomial of_power(const Expression& base, const Expression& exponent) {
    const auto value = as_number(whole(exponent));
    if (value && *value == std::floor(*value)) return to_whole_power(polynomial(base), *value);
    const Expression inner = whole(base);
    if (value && std::holds_alternative<Name>(inner->node)) return atom(inner, *value);
    return atom(fold(binary(BinaryOperator::power, inner, whole(exponent))));
  }

  Polynomial of_conditional(const Conditional& node) {
    const Expression choice = fold(conditional(whole(node.condition), whole(node.then), whole(node.otherwise)));
    return std::holds_alternative<Conditional>(choice->node) ? atom(choice) : polynomial(choice);
  }

  Polynomial of_call(const Call& node) {
    std::vector<Expression> arguments;
    for (const Expression& argument : node.arguments) arguments.push_back(whole(argument));
    if (node.function == "pow") return of_power(arguments[0], arguments[1]);
    return atom(fold(call(node.function, std::move(arguments))));
  }

  // A subexpression that is an atom of the expression or inside one.
  static Expression whole(const Expression& expression) { return simplify(expression); }

  Expression power_of(const std::string& name, double exponent) const {
    const Expression& base = atoms_.at(name);
    return exponent == 1 ? base : binary(BinaryOperator::power, base, number(exponent));
  }

  // coefficient · monomial · factor, as `a * b / c`; factor may be null.
  Expression term(const Monomial& monomial, double coefficient, const Expression& factor) const {
    Expression top, bottom;
    const auto multiply = [](Expression& to, const Expression& e) {
      to = to ? binary(BinaryOperator::multiply, to, e) : e;
    };
    if (coefficient != 1 && coefficient != -1) multiply(top, number(coefficient));
    for (const auto& [name, power] : monomial) {
      if (power > 0) multiply(top, power_of(name, power));
    }
    if (factor) multiply(top, factor);
    for (const auto& [name, power] : monomial) {
      if (power < 0) multiply(bottom, power_of(name, -power));
    }
    if (!top) top = number(1);
    if (coefficient == -1) top = unary(UnaryOperator::negate, top);
    return bottom ? binary(BinaryOperator::divide, top, bottom) : top;
  }

  Expression sum_of(const Polynomial& p) const {
    std::vector<std::pair<Monomial, double>> ordered(p.begin(), p.end());
    std::stable_partition(ordered.begin(), ordered.end(), [](const auto& each) { return each.second > 0; });
    Expression result;
    for (const auto& [monomial, coefficient] : ordered) {
      if (!result)
        result = term(monomial, coefficient, nullptr);
      else if (coefficient < 0)
        result = binary(BinaryOperator::subtract, result, term(monomial, -coefficient, nullptr));
      else
        result = binary(BinaryOperator::add, result, term(monomial, coefficient, nullptr));
    }
    return result;
  }

  Expression expression_of(const Polynomial& p) const {
    if (p.empty()) return number(0);
    if (p.size() == 1) return term(p.begin()->first, p.begin()->second, nullptr);
    const Monomial common = content(p).first;
    double factor = std::abs(p.begin()->second);
    bool negative = true;
    for (const auto& [monomial, coefficient] : p) {
      if (std::abs(coefficient) != factor) factor = 1;
      negative = negative && coefficient < 0;
    }
    if (negative) factor = -factor;
    if (common.empty() && factor == 1) return sum_of(p);
    return term(common, factor, sum_of(divided(p, common, factor)));
  }

  std::map<std::string, Expression> atoms_;
};

}  // namespace

Expression simplify(const Expression& expression) {
  try {
    return NormalForm().of(expression);
  } catch (const TooLong&) {
    return fold(expression);
  }
}

}  // namespace synfire::codegen::symbolic
