// SPDX-License-Identifier: Apache-2.0
#include "program/walk.hpp"

namespace synfire::codegen {
namespace {

void visit_all(const Expr& expression, const std::function<void(const Expr&)>& visit) {
  if (!expression) return;
  if (const auto* load = std::get_if<LoadExpr>(&expression->node)) visit_all(load->index, visit);
  if (const auto* operation = std::get_if<OperationExpr>(&expression->node)) {
    for (const Expr& operand : operation->operands) visit_all(operand, visit);
  }
  visit(expression);
}

// The expressions of a statement, without those of nested statements.
struct OwnExpressions {
  const std::function<void(const Expr&)>& visit;

  void operator()(const Let& s) const { visit_all(s.value, visit); }
  void operator()(const Variable& s) const { visit_all(s.value, visit); }
  void operator()(const Set& s) const { visit_all(s.value, visit); }
  void operator()(const Store& s) const {
    visit_all(s.value, visit);
    visit_all(s.index, visit);
  }
  void operator()(const Emit& s) const {
    visit_all(s.spiked, visit);
    visit_all(s.negative, visit);
  }
  void operator()(const Comment&) const {}
  void operator()(const If& s) const { visit_all(s.condition, visit); }
  void operator()(const Repeat&) const {}
};

}  // namespace

void for_each_statement(const std::vector<Statement>& body, const std::function<void(const Statement&)>& visit) {
  for (const Statement& statement : body) {
    visit(statement);
    if (const auto* choice = std::get_if<If>(&statement)) {
      for_each_statement(choice->then, visit);
      for_each_statement(choice->otherwise, visit);
    }
    if (const auto* repeat = std::get_if<Repeat>(&statement)) for_each_statement(repeat->body, visit);
  }
}

void for_each_expression(const std::vector<Statement>& body, const std::function<void(const Expr&)>& visit) {
  for_each_statement(body, [&](const Statement& statement) { std::visit(OwnExpressions{visit}, statement); });
}

bool reads_local(const std::vector<Statement>& body, const std::string& local) {
  bool found = false;
  for_each_expression(body, [&](const Expr& expression) {
    const auto* named = std::get_if<LocalExpr>(&expression->node);
    found = found || (named != nullptr && named->name == local);
  });
  return found;
}

}  // namespace synfire::codegen
