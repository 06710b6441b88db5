// SPDX-License-Identifier: Apache-2.0
#include "synfire/language/expression.hpp"

#include <algorithm>
#include <cmath>

namespace synfire::language {
namespace {

Expression make(decltype(ExpressionNode::node) node, int column, int depth) {
  return std::make_shared<const ExpressionNode>(ExpressionNode{std::move(node), column, depth});
}

bool equal_numbers(double a, double b) { return a == b ? std::signbit(a) == std::signbit(b) : a != a && b != b; }

bool equal_nodes(const Number& a, const Number& b) { return equal_numbers(a.value, b.value); }
bool equal_nodes(const Boolean& a, const Boolean& b) { return a.value == b.value; }
bool equal_nodes(const Name& a, const Name& b) { return a.name == b.name; }
bool equal_nodes(const Unary& a, const Unary& b) { return a.operation == b.operation && equal(a.operand, b.operand); }
bool equal_nodes(const Binary& a, const Binary& b) {
  return a.operation == b.operation && equal(a.left, b.left) && equal(a.right, b.right);
}
bool equal_nodes(const Conditional& a, const Conditional& b) {
  return equal(a.condition, b.condition) && equal(a.then, b.then) && equal(a.otherwise, b.otherwise);
}
bool equal_nodes(const Call& a, const Call& b) {
  return a.function == b.function &&
         std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(), b.arguments.end(),
                    [](const Expression& x, const Expression& y) { return equal(x, y); });
}

// Visits the expression and all its subexpressions, left to right as written.
template <class Visit>
void walk(const Expression& expression, const Visit& visit) {
  visit(*expression);
  struct Children {
    const Visit& visit;
    void operator()(const Number&) const {}
    void operator()(const Boolean&) const {}
    void operator()(const Name&) const {}
    void operator()(const Unary& node) const { walk(node.operand, visit); }
    void operator()(const Binary& node) const {
      walk(node.left, visit);
      walk(node.right, visit);
    }
    void operator()(const Conditional& node) const {
      walk(node.then, visit);
      walk(node.condition, visit);
      walk(node.otherwise, visit);
    }
    void operator()(const Call& node) const {
      for (const Expression& argument : node.arguments) walk(argument, visit);
    }
  };
  std::visit(Children{visit}, expression->node);
}

}  // namespace

Expression number(double value, int column) { return make(Number{value}, column, 1); }

Expression boolean(bool value, int column) { return make(Boolean{value}, column, 1); }

Expression name(std::string text, int column) { return make(Name{std::move(text)}, column, 1); }

Expression unary(UnaryOperator operation, Expression operand, int column) {
  if (operation == UnaryOperator::negate) {
    if (const auto* literal = std::get_if<Number>(&operand->node)) return number(-literal->value, column);
  }
  const int depth = operand->depth + 1;
  return make(Unary{operation, std::move(operand)}, column, depth);
}

Expression binary(BinaryOperator operation, Expression left, Expression right, int column) {
  const int depth = std::max(left->depth, right->depth) + 1;
  return make(Binary{operation, std::move(left), std::move(right)}, column, depth);
}

Expression conditional(Expression condition, Expression then, Expression otherwise, int column) {
  const int depth = std::max({condition->depth, then->depth, otherwise->depth}) + 1;
  return make(Conditional{std::move(condition), std::move(then), std::move(otherwise)}, column, depth);
}

Expression call(std::string function, std::vector<Expression> arguments, int column) {
  int depth = 0;
  for (const Expression& argument : arguments) depth = std::max(depth, argument->depth);
  return make(Call{std::move(function), std::move(arguments)}, column, depth + 1);
}

bool equal(const Expression& a, const Expression& b) {
  if (a == b) return true;
  if (!a || !b || a->node.index() != b->node.index()) return false;
  return std::visit(
      [&](const auto& node) { return equal_nodes(node, std::get<std::decay_t<decltype(node)>>(b->node)); }, a->node);
}

std::vector<std::string> names_in(const Expression& expression) {
  std::vector<std::string> names;
  if (!expression) return names;
  walk(expression, [&](const ExpressionNode& node) {
    const auto* found = std::get_if<Name>(&node.node);
    if (found && std::find(names.begin(), names.end(), found->name) == names.end()) names.push_back(found->name);
  });
  return names;
}

const ExpressionNode* find_call(const Expression& expression, std::string_view function) {
  const ExpressionNode* found = nullptr;
  if (!expression) return found;
  walk(expression, [&](const ExpressionNode& node) {
    const auto* candidate = std::get_if<Call>(&node.node);
    if (!found && candidate && candidate->function == function) found = &node;
  });
  return found;
}

bool calls(const Expression& expression, std::string_view function) {
  return find_call(expression, function) != nullptr;
}

}  // namespace synfire::language
