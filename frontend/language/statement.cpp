// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "synfire/language/expression.hpp"

namespace synfire::language {
namespace {

bool equal_nodes(const Assign& a, const Assign& b) { return a.target == b.target && equal(a.value, b.value); }
bool equal_nodes(const If& a, const If& b) {
  return equal(a.condition, b.condition) && equal(a.then, b.then) && equal(a.otherwise, b.otherwise);
}

}  // namespace

Statement assign(std::string target, Expression value, int column) {
  return std::make_shared<const StatementNode>(StatementNode{Assign{std::move(target), std::move(value)}, column});
}

Statement if_statement(Expression condition, std::vector<Statement> then, std::vector<Statement> otherwise,
                       int column) {
  return std::make_shared<const StatementNode>(
      StatementNode{If{std::move(condition), std::move(then), std::move(otherwise)}, column});
}

void for_each_expression(const Statement& statement, const std::function<void(const Expression&)>& visit) {
  if (const auto* assignment = std::get_if<Assign>(&statement->node)) return visit(assignment->value);
  const If& branches = std::get<If>(statement->node);
  visit(branches.condition);
  for (const Statement& inner : branches.then) for_each_expression(inner, visit);
  for (const Statement& inner : branches.otherwise) for_each_expression(inner, visit);
}

void for_each_assignment(const Statement& statement, const std::function<void(const Assign&)>& visit) {
  if (const auto* assignment = std::get_if<Assign>(&statement->node)) return visit(*assignment);
  const If& branches = std::get<If>(statement->node);
  for (const Statement& inner : branches.then) for_each_assignment(inner, visit);
  for (const Statement& inner : branches.otherwise) for_each_assignment(inner, visit);
}

bool equal(const Statement& a, const Statement& b) {
  if (a == b) return true;
  if (!a || !b || a->node.index() != b->node.index()) return false;
  return std::visit(
      [&](const auto& node) { return equal_nodes(node, std::get<std::decay_t<decltype(node)>>(b->node)); }, a->node);
}

bool equal(const std::vector<Statement>& a, const std::vector<Statement>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Statement& x, const Statement& y) { return equal(x, y); });
}

}  // namespace synfire::language
