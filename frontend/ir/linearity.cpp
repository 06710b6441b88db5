// SPDX-License-Identifier: Apache-2.0
#include "ir/linearity.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace synfire::ir {
namespace {

using namespace language;

// The degree of an expression in `weight`: free of it, `weight` times something free of it, or anything else. Zero is
// both of the first two.
enum class Degree { zero, free, proportional, other };

using Names = std::set<std::string>;  // states made dependent on the weight by an earlier statement

Degree degree(const Expression& expression, const Names& changed);

Degree sum(Degree a, Degree b) {
  if (a == Degree::zero) return b;
  if (b == Degree::zero) return a;
  return a == b ? a : Degree::other;
}

Degree product(Degree a, Degree b) {
  if (a == Degree::other || b == Degree::other) return Degree::other;
  if (a == Degree::zero || b == Degree::zero) return Degree::zero;
  if (a == Degree::free) return b;
  return b == Degree::free ? a : Degree::other;
}

bool is_free(Degree value) { return value == Degree::zero || value == Degree::free; }

Degree quotient(Degree a, Degree b) { return is_free(b) ? a : Degree::other; }

struct DegreeOf {
  const Names& changed;

  Degree operator()(const Number& node) const { return node.value == 0.0 ? Degree::zero : Degree::free; }
  Degree operator()(const Boolean&) const { return Degree::free; }
  Degree operator()(const Name& node) const {
    if (node.name == "weight") return Degree::proportional;
    return changed.contains(node.name) ? Degree::other : Degree::free;
  }
  Degree operator()(const Unary& node) const {
    const Degree operand = degree(node.operand, changed);
    if (node.operation == UnaryOperator::negate) return operand;
    return is_free(operand) ? Degree::free : Degree::other;
  }
  Degree operator()(const Binary& node) const {
    const Degree left = degree(node.left, changed);
    const Degree right = degree(node.right, changed);
    switch (node.operation) {
      case BinaryOperator::add:
      case BinaryOperator::subtract: return sum(left, right);
      case BinaryOperator::multiply: return product(left, right);
      case BinaryOperator::divide: return quotient(left, right);
      default: return is_free(left) && is_free(right) ? Degree::free : Degree::other;
    }
  }
  Degree operator()(const Conditional& node) const {
    if (!is_free(degree(node.condition, changed))) return Degree::other;
    return sum(degree(node.then, changed), degree(node.otherwise, changed));
  }
  Degree operator()(const Call& node) const {
    const bool free = std::all_of(node.arguments.begin(), node.arguments.end(),
                                  [&](const Expression& argument) { return is_free(degree(argument, changed)); });
    return free ? Degree::free : Degree::other;
  }
};

Degree degree(const Expression& expression, const Names& changed) {
  return std::visit(DegreeOf{changed}, expression->node);
}

bool is_proportional(const Expression& expression, const Names& changed) {
  const Degree found = degree(expression, changed);
  return found == Degree::proportional || found == Degree::zero;
}

// Whether `value` is `target` plus something proportional to the weight.
bool increments(const Expression& value, const std::string& target, const Names& changed) {
  if (const auto* node = std::get_if<Name>(&value->node)) return node->name == target;
  if (const auto* node = std::get_if<Conditional>(&value->node)) {
    return is_free(degree(node->condition, changed)) && increments(node->then, target, changed) &&
           increments(node->otherwise, target, changed);
  }
  const auto* node = std::get_if<Binary>(&value->node);
  if (!node) return false;
  const bool left = increments(node->left, target, changed) && is_proportional(node->right, changed);
  if (node->operation == BinaryOperator::subtract) return left;
  if (node->operation != BinaryOperator::add) return false;
  return left || (is_proportional(node->left, changed) && increments(node->right, target, changed));
}

std::optional<int> first_offender(const std::vector<Statement>& statements, Names& changed) {
  for (const Statement& statement : statements) {
    if (const auto* assignment = std::get_if<Assign>(&statement->node)) {
      if (!increments(assignment->value, assignment->target, changed)) return statement->column;
      changed.insert(assignment->target);
      continue;
    }
    const If& branches = std::get<If>(statement->node);
    if (!is_free(degree(branches.condition, changed))) return statement->column;
    if (const auto column = first_offender(branches.then, changed)) return column;
    if (const auto column = first_offender(branches.otherwise, changed)) return column;
  }
  return std::nullopt;
}

}  // namespace

std::optional<int> first_not_proportional_to_weight(const std::vector<Statement>& on_spike) {
  Names changed;
  return first_offender(on_spike, changed);
}

}  // namespace synfire::ir
