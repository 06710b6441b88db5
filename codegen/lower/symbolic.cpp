// SPDX-License-Identifier: Apache-2.0
#include "lower/symbolic.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <utility>

#include "lower/matrix.hpp"
#include "synfire/contract/step_term.hpp"

namespace synfire::codegen::symbolic {
namespace {

using namespace language;

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

constexpr std::string_view exponential_name = "matrix_exponential";
constexpr std::string_view phi_name = "matrix_phi";

double apply_binary(BinaryOperator operation, double a, double b) {
  switch (operation) {
    case BinaryOperator::add: return a + b;
    case BinaryOperator::subtract: return a - b;
    case BinaryOperator::multiply: return a * b;
    case BinaryOperator::divide: return a / b;
    case BinaryOperator::power: return std::pow(a, b);
    case BinaryOperator::less: return a < b;
    case BinaryOperator::less_equal: return a <= b;
    case BinaryOperator::greater: return a > b;
    case BinaryOperator::greater_equal: return a >= b;
    case BinaryOperator::equal: return a == b;
    case BinaryOperator::not_equal: return a != b;
    case BinaryOperator::logical_and: return a != 0 && b != 0;
    case BinaryOperator::logical_or: return a != 0 || b != 0;
  }
  return 0;
}

bool is_arithmetic(BinaryOperator operation) { return operation <= BinaryOperator::power; }

// Functions of numbers; random and structural ones have no value.
std::optional<double> apply_function(const std::string& function, const std::vector<double>& x) {
  if (contract::can_apply(function)) return contract::apply_in_double(function, x);
  if (function == exponential_name || function == phi_name) {
    const auto row = static_cast<std::size_t>(x[0]);
    const auto column = static_cast<std::size_t>(x[1]);
    const auto n = static_cast<std::size_t>(x[2]);
    const double dt = x[3];
    std::vector<double> matrix(x.begin() + 4, x.end());
    if (function == phi_name) return codegen::matrix_phi(matrix, n, dt)[row * n + column];
    for (double& value : matrix) value *= dt;
    return codegen::matrix_exponential(matrix, n)[row * n + column];
  }
  return std::nullopt;
}

Expression fold_unary(const Unary& node, Expression operand, int column) {
  if (node.operation == UnaryOperator::negate) {
    if (const auto value = as_number(operand)) return number(-*value, column);
    if (const auto* inner = std::get_if<Unary>(&operand->node); inner && inner->operation == UnaryOperator::negate)
      return inner->operand;
  } else if (const auto value = as_boolean(operand)) {
    return boolean(!*value, column);
  }
  return unary(node.operation, std::move(operand), column);
}

Expression fold_logical(BinaryOperator operation, const Expression& left, const Expression& right, int column) {
  const bool neutral = operation == BinaryOperator::logical_and;
  for (const auto& [one, other] : {std::pair{left, right}, std::pair{right, left}}) {
    if (const auto value = as_boolean(one)) return *value == neutral ? other : one;
  }
  return binary(operation, left, right, column);
}

// Whether the value is finite whenever its inputs are.
bool stays_finite(const Expression& expression) {
  static const std::set<std::string, std::less<>> bounded{
      "abs", "ceil", "cos", "floor", "max", "min", "normal", "round", "sin", "sigmoid", "tanh", "uniform", "step_mean"};
  const auto all = [](const auto&... parts) { return (stays_finite(parts) && ...); };
  return std::visit(Overloaded{
                        [](const Number& node) { return std::isfinite(node.value); },
                        [](const Boolean&) { return true; },
                        [](const Name&) { return true; },
                        [&](const Unary& node) { return all(node.operand); },
                        [&](const Binary& node) {
                          const auto right = as_number(node.right);
                          if (node.operation == BinaryOperator::divide && !(right && *right != 0)) return false;
                          if (node.operation == BinaryOperator::power && !(right && *right >= 0)) return false;
                          return all(node.left, node.right);
                        },
                        [&](const Conditional& node) { return all(node.condition, node.then, node.otherwise); },
                        [&](const Call& node) {
                          return bounded.contains(node.function) &&
                                 std::all_of(node.arguments.begin(), node.arguments.end(), stays_finite);
                        },
                    },
                    expression->node);
}

// `of_numbers`: by the rules of algebra, where 0·x is 0 for any x.
Expression fold_binary(BinaryOperator operation, const Expression& left, const Expression& right, int column,
                       bool of_numbers = false) {
  if (operation == BinaryOperator::logical_and || operation == BinaryOperator::logical_or)
    return fold_logical(operation, left, right, column);
  const auto a = as_number(left);
  const auto b = as_number(right);
  if (a && b) {
    const double value = apply_binary(operation, *a, *b);
    return is_arithmetic(operation) ? number(value, column) : boolean(value != 0, column);
  }
  switch (operation) {
    case BinaryOperator::add:
      if (a == 0.0) return right;
      if (b == 0.0) return left;
      break;
    case BinaryOperator::subtract:
      if (b == 0.0) return left;
      if (a == 0.0) return fold_unary({UnaryOperator::negate, right}, right, column);
      break;
    case BinaryOperator::multiply:
      // A user's zero must not hide an infinity or a division by 0.
      if (a == 0.0 && (of_numbers || stays_finite(right))) return number(0, column);
      if (b == 0.0 && (of_numbers || stays_finite(left))) return number(0, column);
      if (a == 1.0) return right;
      if (b == 1.0) return left;
      if (a == -1.0) return fold_unary({UnaryOperator::negate, right}, right, column);
      break;
    case BinaryOperator::divide:
      // 0 / x is NaN if x is 0, and a user's x may be.
      if (a == 0.0 && of_numbers) return number(0, column);
      if (b == 1.0) return left;
      break;
    case BinaryOperator::power:
      if (b == 0.0) return number(1, column);
      if (b == 1.0) return left;
      break;
    default: break;
  }
  return binary(operation, left, right, column);
}

Expression fold_call(const Call& node, std::vector<Expression> arguments, int column) {
  std::vector<double> values;
  for (const Expression& argument : arguments) {
    const auto value = as_number(argument);
    if (!value) return call(node.function, std::move(arguments), column);
    values.push_back(*value);
  }
  if (const auto value = apply_function(node.function, values)) return number(*value, column);
  return call(node.function, std::move(arguments), column);
}

// Rebuilds bottom-up, folding.
Expression rebuild(const Expression& expression, const Substitution& values) {
  const int column = expression->column;
  return std::visit(Overloaded{
                        [&](const Number&) { return expression; },
                        [&](const Boolean&) { return expression; },
                        [&](const Name& node) {
                          const auto found = values.find(node.name);
                          return found == values.end() ? expression : found->second;
                        },
                        [&](const Unary& node) { return fold_unary(node, rebuild(node.operand, values), column); },
                        [&](const Binary& node) {
                          return fold_binary(node.operation, rebuild(node.left, values), rebuild(node.right, values),
                                             column);
                        },
                        [&](const Conditional& node) {
                          const Expression condition = rebuild(node.condition, values);
                          if (const auto known = as_boolean(condition))
                            return rebuild(*known ? node.then : node.otherwise, values);
                          const Expression then = rebuild(node.then, values);
                          const Expression otherwise = rebuild(node.otherwise, values);
                          return equal(then, otherwise) ? then : conditional(condition, then, otherwise, column);
                        },
                        [&](const Call& node) {
                          std::vector<Expression> arguments;
                          for (const Expression& argument : node.arguments)
                            arguments.push_back(rebuild(argument, values));
                          return fold_call(node, std::move(arguments), column);
                        },
                    },
                    expression->node);
}

using Names = std::set<std::string, std::less<>>;

std::optional<LinearForm> scaled(LinearForm form, const Expression& factor, bool divide) {
  const auto scale = [&](const Expression& e) { return divide ? quotient(e, factor) : product(e, factor); };
  for (auto& [name, coefficient] : form.coefficients) coefficient = scale(coefficient);
  form.rest = scale(form.rest);
  return form;
}

std::optional<LinearForm> combined(LinearForm left, const LinearForm& right, bool subtract) {
  for (const auto& [name, coefficient] : right.coefficients) {
    auto [place, added] = left.coefficients.try_emplace(name, number(0));
    place->second = subtract ? difference(place->second, coefficient) : sum(place->second, coefficient);
    if (is_number(place->second, 0)) left.coefficients.erase(place);
  }
  left.rest = subtract ? difference(left.rest, right.rest) : sum(left.rest, right.rest);
  return left;
}

std::optional<LinearForm> linear_binary(const Binary& node, const Names& variables) {
  const auto left = linear_form(node.left, variables);
  const auto right = linear_form(node.right, variables);
  if (!left || !right) return std::nullopt;
  switch (node.operation) {
    case BinaryOperator::add: return combined(*left, *right, false);
    case BinaryOperator::subtract: return combined(*left, *right, true);
    case BinaryOperator::multiply:
      if (right->coefficients.empty()) return scaled(*left, right->rest, false);
      if (left->coefficients.empty()) return scaled(*right, left->rest, false);
      return std::nullopt;
    case BinaryOperator::divide:
      if (right->coefficients.empty()) return scaled(*left, right->rest, true);
      return std::nullopt;
    default: return std::nullopt;
  }
}

void append_terms(const Expression& expression, const Expression& coefficient, const Names& constants,
                  std::vector<Term>& out);

void append_product(const Expression& expression, const Binary& node, const Expression& coefficient,
                    const Names& constants, std::vector<Term>& out) {
  if (node.operation == BinaryOperator::multiply && is_constant(node.left, constants))
    return append_terms(node.right, product(coefficient, node.left), constants, out);
  if (node.operation == BinaryOperator::multiply && is_constant(node.right, constants))
    return append_terms(node.left, product(coefficient, node.right), constants, out);
  if (node.operation == BinaryOperator::divide && is_constant(node.right, constants))
    return append_terms(node.left, quotient(coefficient, node.right), constants, out);
  out.push_back({coefficient, expression});
}

void append_terms(const Expression& expression, const Expression& coefficient, const Names& constants,
                  std::vector<Term>& out) {
  if (is_constant(expression, constants)) {
    if (!is_number(expression, 0)) out.push_back({product(coefficient, expression), number(1)});
    return;
  }
  const auto negated = [&] { return fold(unary(UnaryOperator::negate, coefficient)); };
  if (const auto* node = std::get_if<Unary>(&expression->node); node && node->operation == UnaryOperator::negate)
    return append_terms(node->operand, negated(), constants, out);
  const auto* node = std::get_if<Binary>(&expression->node);
  if (node == nullptr) {
    out.push_back({coefficient, expression});
  } else if (node->operation == BinaryOperator::add || node->operation == BinaryOperator::subtract) {
    append_terms(node->left, coefficient, constants, out);
    append_terms(node->right, node->operation == BinaryOperator::add ? coefficient : negated(), constants, out);
  } else {
    append_product(expression, *node, coefficient, constants, out);
  }
}

Expression matrix_call(std::string_view function, int row, int column, int n, const std::vector<Expression>& matrix,
                       Expression dt) {
  std::vector<Expression> arguments{number(row), number(column), number(n), std::move(dt)};
  arguments.insert(arguments.end(), matrix.begin(), matrix.end());
  return fold(call(std::string(function), std::move(arguments)));
}

}  // namespace

Expression substitute(const Expression& expression, const Substitution& values) { return rebuild(expression, values); }
Expression fold(const Expression& expression) { return rebuild(expression, {}); }

Expression non_finite_part(const Expression& expression, const Substitution& values) {
  const auto within = [&](std::initializer_list<Expression> parts) -> Expression {
    for (const Expression& each : parts) {
      if (Expression found = non_finite_part(each, values)) return found;
    }
    const auto value = as_number(rebuild(expression, values));
    return value && !std::isfinite(*value) ? expression : nullptr;
  };
  return std::visit(Overloaded{
                        [&](const Unary& node) { return within({node.operand}); },
                        [&](const Binary& node) {
                          return within({node.left, node.right});
                        },
                        [&](const Conditional& node) {
                          return within({node.condition, node.then, node.otherwise});
                        },
                        [&](const Call& node) {
                          for (const Expression& each : node.arguments) {
                            if (Expression found = non_finite_part(each, values)) return found;
                          }
                          return within({});
                        },
                        [&](const auto&) { return within({}); },
                    },
                    expression->node);
}

Expression replace_calls(const Expression& expression, std::string_view function,
                         const std::function<Expression(const Call&)>& replacement) {
  const auto recurse = [&](const Expression& e) { return replace_calls(e, function, replacement); };
  const int column = expression->column;
  if (const auto* node = std::get_if<Unary>(&expression->node))
    return fold(unary(node->operation, recurse(node->operand), column));
  if (const auto* node = std::get_if<Binary>(&expression->node)) {
    const Expression left = recurse(node->left);
    return fold(binary(node->operation, left, recurse(node->right), column));
  }
  if (const auto* node = std::get_if<Conditional>(&expression->node)) {
    const Expression condition = recurse(node->condition);
    const Expression then = recurse(node->then);
    return fold(conditional(condition, then, recurse(node->otherwise), column));
  }
  if (const auto* node = std::get_if<Call>(&expression->node)) {
    std::vector<Expression> arguments;
    for (const Expression& argument : node->arguments) arguments.push_back(recurse(argument));
    const Expression whole = call(node->function, std::move(arguments), column);
    return fold(node->function == function ? replacement(std::get<Call>(whole->node)) : whole);
  }
  return expression;
}

Expression sum(const Expression& a, const Expression& b) { return fold_binary(BinaryOperator::add, a, b, 0, true); }
Expression difference(const Expression& a, const Expression& b) {
  return fold_binary(BinaryOperator::subtract, a, b, 0, true);
}
Expression product(const Expression& a, const Expression& b) {
  return fold_binary(BinaryOperator::multiply, a, b, 0, true);
}
Expression quotient(const Expression& a, const Expression& b) {
  return fold_binary(BinaryOperator::divide, a, b, 0, true);
}

bool is_number(const Expression& expression, double value) { return as_number(expression) == value; }

std::optional<double> as_number(const Expression& expression) {
  const auto* node = std::get_if<Number>(&expression->node);
  return node ? std::optional(node->value) : std::nullopt;
}

std::optional<bool> as_boolean(const Expression& expression) {
  const auto* node = std::get_if<Boolean>(&expression->node);
  return node ? std::optional(node->value) : std::nullopt;
}

bool mentions(const Expression& expression, const Names& names) {
  const auto used = names_in(expression);
  return std::any_of(used.begin(), used.end(), [&](const std::string& name) { return names.count(name) != 0; });
}

bool is_constant(const Expression& expression, const Names& constants) {
  for (const std::string& name : names_in(expression)) {
    if (constants.count(name) == 0) return false;
  }
  // Draws differ every time; per_step and step_mean have a meaning only for the integrator.
  return !calls(expression, "uniform") && !calls(expression, "normal") && !calls(expression, "per_step") &&
         !calls(expression, "step_mean");
}

double evaluate(const Expression& expression, const std::function<double(const std::string&)>& value_of) {
  const auto recurse = [&](const Expression& e) { return evaluate(e, value_of); };
  return std::visit(
      Overloaded{
          [&](const Number& node) { return node.value; },
          [&](const Boolean& node) { return node.value ? 1.0 : 0.0; },
          [&](const Name& node) { return value_of(node.name); },
          [&](const Unary& node) {
            const double value = recurse(node.operand);
            return node.operation == UnaryOperator::negate ? -value : (value == 0 ? 1.0 : 0.0);
          },
          [&](const Binary& node) { return apply_binary(node.operation, recurse(node.left), recurse(node.right)); },
          [&](const Conditional& node) {
            return recurse(node.condition) != 0 ? recurse(node.then) : recurse(node.otherwise);
          },
          [&](const Call& node) {
            std::vector<double> arguments;
            for (const Expression& argument : node.arguments) arguments.push_back(recurse(argument));
            const auto value = apply_function(node.function, arguments);
            if (!value) throw std::logic_error("no constant value: " + node.function);
            return *value;
          },
      },
      expression->node);
}

std::optional<LinearForm> linear_form(const Expression& expression, const Names& variables) {
  if (!mentions(expression, variables)) return LinearForm{{}, expression};
  if (const auto* node = std::get_if<Name>(&expression->node)) return LinearForm{{{node->name, number(1)}}, number(0)};
  if (const auto* node = std::get_if<Unary>(&expression->node); node && node->operation == UnaryOperator::negate) {
    auto form = linear_form(node->operand, variables);
    return form ? scaled(*form, number(-1), false) : std::nullopt;
  }
  if (const auto* node = std::get_if<Binary>(&expression->node)) return linear_binary(*node, variables);
  return std::nullopt;
}

std::vector<Term> terms(const Expression& expression, const Names& constants) {
  std::vector<Term> result;
  append_terms(expression, number(1), constants, result);
  return result;
}

Expression matrix_exponential(int row, int column, int n, const std::vector<Expression>& matrix, Expression dt) {
  if (n == 1) return fold(call("exp", {product(matrix[0], dt)}));
  return matrix_call(exponential_name, row, column, n, matrix, std::move(dt));
}

Expression matrix_phi(int row, int column, int n, const std::vector<Expression>& matrix, Expression dt) {
  return matrix_call(phi_name, row, column, n, matrix, std::move(dt));
}

}  // namespace synfire::codegen::symbolic
