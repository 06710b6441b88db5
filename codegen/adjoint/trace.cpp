// SPDX-License-Identifier: Apache-2.0
#include "adjoint/trace.hpp"

#include <functional>
#include <stdexcept>
#include <utility>

namespace synfire::codegen {

bool is_traced(const std::string& name) { return name.find('@') != std::string::npos; }

std::string local_of(const std::string& traced) { return traced.substr(0, traced.find('@')); }

Expr replace_locals(const Expr& expression,
                    const std::function<Expr(const std::string& name, Type type)>& replacement) {
  if (!expression) return nullptr;
  if (const auto* node = std::get_if<LocalExpr>(&expression->node)) {
    Expr other = replacement(node->name, expression->type);
    return other ? other : expression;
  }
  if (const auto* node = std::get_if<LoadExpr>(&expression->node)) {
    if (!node->index) return expression;
    Expr index = replace_locals(node->index, replacement);
    return index == node->index ? expression : load(node->array, expression->type, std::move(index));
  }
  if (const auto* node = std::get_if<OperationExpr>(&expression->node)) {
    std::vector<Expr> operands;
    bool changed = false;
    for (const Expr& operand : node->operands) {
      operands.push_back(replace_locals(operand, replacement));
      changed = changed || operands.back() != operand;
    }
    return changed ? apply(node->operation, std::move(operands)) : expression;
  }
  return expression;
}

void for_each_local(const Expr& expression, const std::function<void(const std::string& name)>& visit) {
  if (!expression) return;
  if (const auto* node = std::get_if<LocalExpr>(&expression->node)) visit(node->name);
  if (const auto* node = std::get_if<LoadExpr>(&expression->node)) for_each_local(node->index, visit);
  if (const auto* node = std::get_if<OperationExpr>(&expression->node)) {
    for (const Expr& operand : node->operands) for_each_local(operand, visit);
  }
}

void Trace::read(const std::vector<Statement>& body, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) read(body[i], i);
}

void Trace::read(const std::vector<Statement>& made) {
  for (const Statement& statement : made) read(statement, std::nullopt);
}

void Trace::read(const Statement& statement, std::optional<std::size_t> index) {
  if (const auto* let = std::get_if<Let>(&statement)) return assign(let->name, let->value, index);
  if (const auto* variable = std::get_if<Variable>(&statement)) return assign(variable->name, variable->value, index);
  if (const auto* set = std::get_if<Set>(&statement)) return assign(set->name, set->value, index);
  if (std::holds_alternative<If>(statement)) throw std::logic_error("an if statement within a step has no derivative");
  if (const auto* repeat = std::get_if<Repeat>(&statement)) {
    for (std::uint32_t turn = 0; turn < repeat->count; ++turn) {
      for (const Statement& each : repeat->body) read(each, std::nullopt);
    }
  }
}

void Trace::assign(const std::string& local, const Expr& value, std::optional<std::size_t> index) {
  if (neglected_.count(local) != 0) return;
  Expr traced = now(value);
  const std::string name = local + "@" + std::to_string(++versions_[local]);
  places_[name] = definitions_.size();
  definitions_.push_back({name, std::move(traced), index});
  current_[local] = name;
}

void Trace::define(const std::string& name, Expr value) {
  places_[name] = definitions_.size();
  definitions_.push_back({name, std::move(value), std::nullopt});
}

Trace::Values Trace::replay(const Values& replaced, const std::set<std::string>& given, const std::string& mark) {
  Values other = replaced;
  const auto replacement = [&other](const std::string& name, Type) -> Expr {
    const auto found = other.find(name);
    return found == other.end() ? nullptr : found->second;
  };
  const std::size_t count = definitions_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = definitions_[i].name;
    if (replaced.count(name) != 0 || given.count(name) != 0) continue;
    Expr value = replace_locals(definitions_[i].value, replacement);
    if (value == definitions_[i].value) continue;
    const bool is_atom =
        std::holds_alternative<ConstantExpr>(value->node) || std::holds_alternative<LocalExpr>(value->node);
    if (is_atom) {
      other[name] = std::move(value);
      continue;
    }
    const Type type = value->type;
    const std::string again = unused_name(local_of(name) + "_" + mark);
    define(again, std::move(value));
    other[name] = local(again, type);
  }
  return other;
}

std::string Trace::unused_name(const std::string& base) const {
  std::size_t version = 1;
  while (places_.count(base + "@" + std::to_string(version)) != 0) ++version;
  return base + "@" + std::to_string(version);
}

Expr Trace::now(const Expr& expression) const {
  return replace_locals(expression, [this](const std::string& name, Type type) -> Expr {
    if (neglected_.count(name) != 0) return constant(0, type);
    const auto found = current_.find(name);
    return found == current_.end() ? nullptr : local(found->second, type);
  });
}

const Trace::Definition* Trace::find(const std::string& name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &definitions_[found->second];
}

}  // namespace synfire::codegen
