// SPDX-License-Identifier: Apache-2.0
#include "reference_simulator/expression.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "random.cuh"

namespace synfire::testing::reference {
namespace {

using namespace language;

template <class Node>
const Node* get(const Expression& expression) {
  return std::get_if<Node>(&expression->node);
}

// A literal number or flag.
std::optional<double> written_out(const Expression& expression) {
  if (const auto* node = get<language::Number>(expression)) return node->value;
  if (const auto* node = get<language::Boolean>(expression)) return node->value ? 1 : 0;
  return std::nullopt;
}

bool is_condition(BinaryOperator operation) { return operation >= BinaryOperator::less; }

Expression write_out(const Quantity& quantity, bool condition) {
  return condition ? boolean(quantity.holds()) : language::number(quantity.constant);
}

Expression negated(const Expression& operand) {
  if (const auto value = written_out(operand)) return language::number(-*value);
  const auto* inner = get<Unary>(operand);
  if (inner != nullptr && inner->operation == UnaryOperator::negate) return inner->operand;
  return unary(UnaryOperator::negate, operand);
}

Expression specialized(const Unary& node, const Numbers& numbers) {
  const Expression operand = specialize(node.operand, numbers);
  if (node.operation == UnaryOperator::negate) return negated(operand);
  if (const auto value = written_out(operand)) return boolean(*value == 0);
  return unary(node.operation, operand);
}

Expression specialized(const Binary& node, const Numbers& numbers) {
  Expression left = specialize(node.left, numbers);
  Expression right = specialize(node.right, numbers);
  const auto a = written_out(left);
  const auto b = written_out(right);
  if (a && b) {
    return write_out(apply(node.operation, reference::number(*a), reference::number(*b)), is_condition(node.operation));
  }
  switch (shortcut(node.operation, a, b)) {
    case Shortcut::left: return left;
    case Shortcut::right: return right;
    case Shortcut::negated_right: return negated(right);
    case Shortcut::zero: return language::number(0);
    case Shortcut::one: return language::number(1);
    case Shortcut::none: break;
  }
  return binary(node.operation, left, right);
}

Expression specialized(const Conditional& node, const Numbers& numbers) {
  const Expression condition = specialize(node.condition, numbers);
  if (const auto known = written_out(condition)) return specialize(*known != 0 ? node.then : node.otherwise, numbers);
  const Expression then = specialize(node.then, numbers);
  const Expression otherwise = specialize(node.otherwise, numbers);
  return equal(then, otherwise) ? then : conditional(condition, then, otherwise);
}

Expression specialized(const Call& node, const Numbers& numbers) {
  std::vector<Expression> arguments;
  std::vector<Quantity> known;
  for (const Expression& argument : node.arguments) {
    arguments.push_back(specialize(argument, numbers));
    if (const auto value = written_out(arguments.back())) known.push_back(reference::number(*value));
  }
  const bool structural = node.function == "per_step" || node.function == "step_mean";
  if (!structural && !arguments.empty() && known.size() == arguments.size()) {
    return write_out(reference::call(node.function, known), false);
  }
  return language::call(node.function, std::move(arguments));
}

Quantity evaluate(const Call& node, const Names& names, Draws* draws) {
  if (node.function == "uniform") return runtime(draws->uniform());
  if (node.function == "normal") return runtime(draws->normal());
  std::vector<Quantity> arguments;
  for (const Expression& argument : node.arguments) arguments.push_back(reference::evaluate(argument, names, draws));
  return reference::call(node.function, arguments);
}

}  // namespace

Expression specialize(const Expression& expression, const Numbers& numbers) {
  if (const auto* node = get<Name>(expression)) {
    const auto found = numbers.find(node->name);
    return found == numbers.end() ? expression : found->second;
  }
  if (const auto* node = get<Unary>(expression)) return specialized(*node, numbers);
  if (const auto* node = get<Binary>(expression)) return specialized(*node, numbers);
  if (const auto* node = get<Conditional>(expression)) return specialized(*node, numbers);
  if (const auto* node = get<Call>(expression)) return specialized(*node, numbers);
  return expression;
}

std::vector<Statement> specialize(const std::vector<Statement>& statements, const Numbers& numbers) {
  std::vector<Statement> result;
  for (const Statement& statement : statements) {
    if (const auto* assignment = std::get_if<Assign>(&statement->node)) {
      result.push_back(assign(assignment->target, specialize(assignment->value, numbers)));
    } else {
      const If& branches = std::get<If>(statement->node);
      result.push_back(if_statement(specialize(branches.condition, numbers), specialize(branches.then, numbers),
                                    specialize(branches.otherwise, numbers)));
    }
  }
  return result;
}

std::vector<Equation> specialize(const std::vector<Equation>& equations, const Numbers& numbers) {
  std::vector<Equation> result;
  result.reserve(equations.size());
  for (const Equation& equation : equations)
    result.push_back({equation.variable, specialize(equation.derivative, numbers)});
  return result;
}

Expression rewrite(const Expression& expression, const std::function<Expression(const Expression&)>& replacement) {
  if (Expression replaced = replacement(expression)) return replaced;
  if (const auto* node = get<Unary>(expression)) return unary(node->operation, rewrite(node->operand, replacement));
  if (const auto* node = get<Binary>(expression)) {
    const Expression left = rewrite(node->left, replacement);
    return binary(node->operation, left, rewrite(node->right, replacement));
  }
  if (const auto* node = get<Conditional>(expression)) {
    const Expression condition = rewrite(node->condition, replacement);
    const Expression then = rewrite(node->then, replacement);
    return conditional(condition, then, rewrite(node->otherwise, replacement));
  }
  if (const auto* node = get<Call>(expression)) {
    std::vector<Expression> arguments;
    for (const Expression& argument : node->arguments) arguments.push_back(rewrite(argument, replacement));
    return language::call(node->function, std::move(arguments));
  }
  return expression;
}

bool mentions(const Expression& expression, const NameSet& names) {
  const std::vector<std::string> used = names_in(expression);
  return std::any_of(used.begin(), used.end(), [&](const std::string& name) { return names.contains(name); });
}

bool is_call(const Expression& expression, const std::string& function) {
  const auto* node = get<Call>(expression);
  return node != nullptr && node->function == function;
}

float Draws::uniform() { return device::draw_uniform(key_, neuron_, example_, step_, words_++); }

float Draws::normal() {
  words_ += words_ % 2;  // two words of one block
  const std::uint32_t first = words_;
  words_ += 2;
  return device::draw_normal(key_, neuron_, example_, step_, first);
}

const Quantity& Names::operator[](const std::string& name) const {
  for (const auto& [known, value] : values_) {
    if (known == name) return value;
  }
  throw std::logic_error("unknown name " + name);
}

void Names::set(const std::string& name, const Quantity& value) {
  for (auto& [known, old] : values_) {
    if (known == name) {
      old = value;
      return;
    }
  }
  values_.emplace_back(name, value);
}

Quantity evaluate(const Expression& expression, const Names& names, Draws* draws) {
  const auto recurse = [&](const Expression& part) { return evaluate(part, names, draws); };
  if (const auto value = written_out(expression)) return number(*value);
  if (const auto* node = get<Name>(expression)) return names[node->name];
  if (const auto* node = get<Unary>(expression)) {
    const Quantity operand = recurse(node->operand);
    return node->operation == UnaryOperator::negate ? negate(operand) : logical_not(operand);
  }
  if (const auto* node = get<Binary>(expression)) {
    const Quantity left = recurse(node->left);
    return apply(node->operation, left, recurse(node->right));
  }
  if (const auto* node = get<Conditional>(expression)) {
    const Quantity condition = recurse(node->condition);
    const Quantity then = recurse(node->then);
    return select(condition, then, recurse(node->otherwise));
  }
  return evaluate(std::get<Call>(expression->node), names, draws);
}

void execute(const std::vector<Statement>& statements, Names& names, Draws* draws, bool done) {
  for (const Statement& statement : statements) {
    if (const auto* assignment = std::get_if<Assign>(&statement->node)) {
      const float value = evaluate(assignment->value, names, draws).single();
      if (done) names.set(assignment->target, runtime(value));
      continue;
    }
    const If& branches = std::get<If>(statement->node);
    const bool chosen = evaluate(branches.condition, names, draws).holds();
    execute(branches.then, names, draws, done && chosen);
    execute(branches.otherwise, names, draws, done && !chosen);
  }
}

}  // namespace synfire::testing::reference
