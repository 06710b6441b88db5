// SPDX-License-Identifier: Apache-2.0
#include "lower/running_sum.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "lower/symbolic.hpp"

namespace synfire::codegen {
namespace {

using language::BinaryOperator;
using language::Expression;
using language::Statement;

struct Addend {
  Expression value;
  bool subtracted;
};

// Splits `a + b - c` into added and subtracted terms, in order.
void append_addends(const Expression& expression, bool subtracted, std::vector<Addend>& out) {
  const auto* node = std::get_if<language::Binary>(&expression->node);
  const bool subtracts = node && node->operation == BinaryOperator::subtract;
  if (!node || (!subtracts && node->operation != BinaryOperator::add)) return out.push_back({expression, subtracted});
  append_addends(node->left, subtracted, out);
  append_addends(node->right, subtracted != subtracts, out);
}

Expression sum_of(const std::vector<Addend>& addends) {
  Expression sum;
  for (const Addend& each : addends) {
    const auto operation = each.subtracted ? BinaryOperator::subtract : BinaryOperator::add;
    if (sum)
      sum = language::binary(operation, sum, each.value);
    else
      sum = each.subtracted ? language::unary(language::UnaryOperator::negate, each.value) : each.value;
  }
  return sum;
}

std::set<std::string> targets_of(const std::vector<Statement>& statements) {
  std::set<std::string> targets;
  for (const Statement& each : statements)
    language::for_each_assignment(each, [&](const language::Assign& assigned) { targets.insert(assigned.target); });
  return targets;
}

// Whether all assignments of the statement to the variable only add to it. In a branch nothing else may read it, since
// the additions come after the branch.
bool only_adds(const Statement& statement, const std::string& variable, bool in_branch) {
  if (const auto* assigned = std::get_if<language::Assign>(&statement->node)) {
    if (assigned->target == variable) return summand_of(*assigned) != nullptr;
    return !in_branch || !symbolic::mentions(assigned->value, {variable});
  }
  const auto& branch = std::get<language::If>(statement->node);
  if (!targets_of({statement}).contains(variable)) return true;
  if (in_branch && symbolic::mentions(branch.condition, {variable})) return false;
  const auto adds = [&](const Statement& each) { return only_adds(each, variable, true); };
  return std::all_of(branch.then.begin(), branch.then.end(), adds) &&
         std::all_of(branch.otherwise.begin(), branch.otherwise.end(), adds);
}

}  // namespace

Expression summand_of(const language::Assign& assigned) {
  std::vector<Addend> addends;
  append_addends(assigned.value, false, addends);
  const auto is_target = [&](const Addend& each) {
    const auto* name = std::get_if<language::Name>(&each.value->node);
    return name && name->name == assigned.target && !each.subtracted;
  };
  const auto target = std::find_if(addends.begin(), addends.end(), is_target);
  if (target == addends.end()) return nullptr;
  addends.erase(target);
  for (const Addend& each : addends) {
    if (symbolic::mentions(each.value, {assigned.target})) return nullptr;
  }
  return sum_of(addends);
}

std::set<std::string> running_sums(const ir::ParsedReadout& readout) {
  std::set<std::string> sums;
  const std::set<std::string> at_spikes = targets_of(readout.on_spike);
  for (const std::string& variable : targets_of(readout.on_step)) {
    const bool adds = std::all_of(readout.on_step.begin(), readout.on_step.end(),
                                  [&](const Statement& each) { return only_adds(each, variable, false); });
    if (adds && !at_spikes.contains(variable)) sums.insert(variable);
  }
  return sums;
}

Statement with_sums_renamed(const Statement& statement, const std::set<std::string>& sums,
                            const std::function<std::string(const std::string&)>& renamed) {
  if (const auto* assigned = std::get_if<language::Assign>(&statement->node)) {
    if (!sums.contains(assigned->target)) return statement;
    const std::string name = renamed(assigned->target);
    return language::assign(name, language::binary(BinaryOperator::add, language::name(name), summand_of(*assigned)));
  }
  const auto& branch = std::get<language::If>(statement->node);
  std::vector<Statement> then, otherwise;
  for (const Statement& each : branch.then) then.push_back(with_sums_renamed(each, sums, renamed));
  for (const Statement& each : branch.otherwise) otherwise.push_back(with_sums_renamed(each, sums, renamed));
  return language::if_statement(branch.condition, std::move(then), std::move(otherwise), statement->column);
}

}  // namespace synfire::codegen
