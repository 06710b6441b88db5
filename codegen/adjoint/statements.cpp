// SPDX-License-Identifier: Apache-2.0
#include "adjoint/statements.hpp"

#include <set>
#include <string>
#include <utility>

namespace synfire::codegen {
namespace {

using namespace language;
using symbolic::Substitution;

void apply(const std::vector<Statement>& statements, Substitution& values);

void apply_branches(const If& node, Substitution& values) {
  const Expression condition = symbolic::substitute(node.condition, values);
  Substitution then = values;
  Substitution otherwise = values;
  apply(node.then, then);
  apply(node.otherwise, otherwise);
  std::set<std::string> assigned;
  for (const auto* branch : {&then, &otherwise}) {
    for (const auto& [name, value] : *branch) assigned.insert(name);
  }
  const auto in = [](const Substitution& branch, const std::string& name) {
    const auto found = branch.find(name);
    return found == branch.end() ? language::name(name) : found->second;
  };
  for (const std::string& name : assigned)
    values[name] = symbolic::fold(conditional(condition, in(then, name), in(otherwise, name)));
}

void apply(const std::vector<Statement>& statements, Substitution& values) {
  for (const Statement& statement : statements) {
    if (const auto* node = std::get_if<Assign>(&statement->node))
      values[node->target] = symbolic::substitute(node->value, values);
    else
      apply_branches(std::get<If>(statement->node), values);
  }
}

}  // namespace

Substitution effect_of(const std::vector<Statement>& statements) {
  Substitution values;
  apply(statements, values);
  return values;
}

void for_each_part(const Expression& expression, const std::function<void(const Expression&)>& visit) {
  visit(expression);
  if (const auto* node = std::get_if<Unary>(&expression->node)) for_each_part(node->operand, visit);
  if (const auto* node = std::get_if<Binary>(&expression->node)) {
    for_each_part(node->left, visit);
    for_each_part(node->right, visit);
  }
  if (const auto* node = std::get_if<Conditional>(&expression->node)) {
    for (const Expression* each : {&node->condition, &node->then, &node->otherwise}) for_each_part(*each, visit);
  }
  if (const auto* node = std::get_if<Call>(&expression->node)) {
    for (const Expression& argument : node->arguments) for_each_part(argument, visit);
  }
}

}  // namespace synfire::codegen
