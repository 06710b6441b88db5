// SPDX-License-Identifier: Apache-2.0
#include "ir/text_checker.hpp"

#include <algorithm>
#include <array>

#include "synfire/language/parse.hpp"

namespace synfire::ir {
namespace {

using namespace language;

// Functions that only some texts may call, and the hint for the others.
struct Restricted {
  std::string_view name;
  std::string_view where;
};
constexpr std::array<Restricted, 5> restricted = {{
    {"crosses", "use it only as the whole threshold of a neuron"},
    {"normal", "use random numbers only in neurons"},
    {"per_step", "use it only as a term of a sum in the dynamics of a neuron"},
    {"step_mean", "use it only in the current of a synapse"},
    {"uniform", "use random numbers only in neurons"},
}};

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_logical(BinaryOperator operation) {
  return operation == BinaryOperator::logical_and || operation == BinaryOperator::logical_or;
}

bool is_equality(BinaryOperator operation) {
  return operation == BinaryOperator::equal || operation == BinaryOperator::not_equal;
}

bool is_arithmetic(BinaryOperator operation) { return operation <= BinaryOperator::power; }

std::string arity(const Function& function, std::size_t given) {
  return "\"" + std::string(function.name) + "\" takes " + std::to_string(function.arguments) +
         (function.arguments == 1 ? " argument, " : " arguments, ") + std::to_string(given) + " given";
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(name, known);
  return nearest.empty() ? std::string{} : "did you mean \"" + nearest + "\"?";
}

// The column where an expression begins, left of the operator that its node points at.
int first_column(const Expression& expression) {
  if (const auto* node = std::get_if<Binary>(&expression->node)) return first_column(node->left);
  if (const auto* node = std::get_if<Conditional>(&expression->node)) return first_column(node->then);
  return expression->column;
}

}  // namespace

Scope Scope::with(const std::vector<std::string>& numbers, const std::vector<std::string>& more_functions) const {
  Scope result = *this;
  for (const std::string& name : numbers) result.names.emplace(name, Type::number);
  result.functions.insert(result.functions.end(), more_functions.begin(), more_functions.end());
  return result;
}

Expression TextChecker::expression(Type expected) const {
  try {
    Expression parsed = parse_expression(text_);
    require(parsed, expected);
    return parsed;
  } catch (const SyntaxError& error) {
    fail(error.column(), error.what());
    return nullptr;
  }
}

std::vector<Statement> TextChecker::statements() const {
  try {
    std::vector<Statement> parsed = parse_statements(text_);
    for (const Statement& statement : parsed) check_statement(statement);
    return parsed;
  } catch (const SyntaxError& error) {
    fail(error.column(), error.what());
    return {};
  }
}

std::optional<Equation> TextChecker::equation() const {
  try {
    Equation parsed = parse_equation(text_);
    check_target(parsed.variable, parsed.column + 1);
    require(parsed.derivative, Type::number);
    return parsed;
  } catch (const SyntaxError& error) {
    fail(error.column(), error.what());
    return std::nullopt;
  }
}

void TextChecker::fail(int column, const std::string& message, const std::string& hint) const {
  const Position position = position_of(text_, column);
  std::string where = ", " + where_;
  if (text_.find('\n') != std::string::npos) where += ", line " + std::to_string(position.line);
  report_.at(where + ", column " + std::to_string(position.column))
      .add({.kind = ProblemKind::model_text,
            .message = message,
            .hint = (hint.empty() ? "here:" : hint) + '\n' + with_caret(text_, column)});
}

void TextChecker::require(const Expression& expression, Type expected) const {
  const Type found = check(expression);
  if (found == Type::unknown || expected == Type::unknown || found == expected) return;
  const int column = first_column(expression);
  if (expected == Type::number) {
    fail(column, "expected a number, found a condition", "use `1 if … else 0` to convert a condition to a number");
  } else {
    fail(column, "expected a condition, found a number", "compare the number, for example with > 0");
  }
}

Type TextChecker::check(const Expression& expression) const {
  struct Dispatch {
    const TextChecker& checker;
    int column;
    Type operator()(const Number&) const { return Type::number; }
    Type operator()(const Boolean&) const { return Type::boolean; }
    Type operator()(const Name& node) const { return checker.check_name(node, column); }
    Type operator()(const Unary& node) const { return checker.check_unary(node); }
    Type operator()(const Binary& node) const { return checker.check_binary(node, column); }
    Type operator()(const Conditional& node) const { return checker.check_conditional(node, column); }
    Type operator()(const Call& node) const { return checker.check_call(node, column); }
  };
  return std::visit(Dispatch{*this, expression->column}, expression->node);
}

Type TextChecker::check_name(const Name& name, int column) const {
  const auto found = scope_.names.find(name.name);
  if (found != scope_.names.end()) return found->second;
  if (scope_.open) return Type::number;
  if (name.name == "input_spike") {
    fail(column, "\"input_spike\" can only be the whole threshold of a neuron");
    return Type::unknown;
  }
  std::vector<std::string> known;
  for (const auto& entry : scope_.names) known.push_back(entry.first);
  fail(column, "unknown name \"" + name.name + '"', did_you_mean(name.name, known));
  return Type::unknown;
}

Type TextChecker::check_unary(const Unary& unary) const {
  const Type type = unary.operation == UnaryOperator::negate ? Type::number : Type::boolean;
  require(unary.operand, type);
  return type;
}

Type TextChecker::check_binary(const Binary& binary, int column) const {
  if (is_equality(binary.operation)) {
    const Type left = check(binary.left);
    const Type right = check(binary.right);
    if (left != right && left != Type::unknown && right != Type::unknown) {
      fail(column, "cannot compare a number with a condition");
    }
    return Type::boolean;
  }
  const Type operands = is_logical(binary.operation) ? Type::boolean : Type::number;
  require(binary.left, operands);
  require(binary.right, operands);
  return is_arithmetic(binary.operation) ? Type::number : Type::boolean;
}

Type TextChecker::check_conditional(const Conditional& conditional, int column) const {
  require(conditional.condition, Type::boolean);
  const Type then = check(conditional.then);
  const Type otherwise = check(conditional.otherwise);
  if (then == Type::unknown || otherwise == Type::unknown) return Type::unknown;
  if (then != otherwise) fail(column, "one branch is a number, the other a condition");
  return then == otherwise ? then : Type::unknown;
}

Type TextChecker::check_call(const Call& call, int column) const {
  const Type argument_type = call.function == "crosses" ? Type::unknown : Type::number;
  for (const Expression& argument : call.arguments) require(argument, argument_type);
  for (const Scope::Own& own : scope_.own) {
    if (own.function.name == call.function && static_cast<std::size_t>(own.function.arguments) == call.arguments.size())
      return own.result;
  }
  const auto* const own = find_own(call.function);
  if (own != nullptr && own->function.name != "max") {
    fail(column, arity(own->function, call.arguments.size()));
    return own->result;
  }
  const auto found = std::find_if(functions().begin(), functions().end(),
                                  [&](const Function& function) { return function.name == call.function; });
  if (found == functions().end()) {
    fail(column, "unknown function \"" + call.function + '"', did_you_mean(call.function, names_of_functions()));
    return Type::unknown;
  }
  if (static_cast<std::size_t>(found->arguments) != call.arguments.size()) {
    fail(column, arity(*found, call.arguments.size()));
  }
  const auto* const limit = std::find_if(restricted.begin(), restricted.end(),
                                         [&](const Restricted& entry) { return entry.name == call.function; });
  if (limit == restricted.end() || contains(scope_.functions, call.function)) return Type::number;
  fail(column, "\"" + call.function + "\" cannot be used here", std::string(limit->where));
  return Type::unknown;
}

const Scope::Own* TextChecker::find_own(std::string_view name) const {
  const auto found = std::find_if(scope_.own.begin(), scope_.own.end(),
                                  [&](const Scope::Own& each) { return each.function.name == name; });
  return found == scope_.own.end() ? nullptr : &*found;
}

std::vector<std::string> TextChecker::names_of_functions() const {
  std::vector<std::string> names;
  for (const Function& function : functions()) names.emplace_back(function.name);
  for (const Scope::Own& each : scope_.own) names.emplace_back(each.function.name);
  return names;
}

void TextChecker::check_statement(const Statement& statement) const {
  if (const auto* assignment = std::get_if<Assign>(&statement->node)) {
    check_target(assignment->target, statement->column);
    require(assignment->value, Type::number);
    return;
  }
  const If& branches = std::get<If>(statement->node);
  require(branches.condition, Type::boolean);
  for (const Statement& inner : branches.then) check_statement(inner);
  for (const Statement& inner : branches.otherwise) check_statement(inner);
}

void TextChecker::check_target(const std::string& target, int column) const {
  if (contains(scope_.states, target)) return;
  if (scope_.names.contains(target)) {
    fail(column, "\"" + target + "\" is not a state variable and cannot change");
  } else {
    fail(column, "unknown state variable \"" + target + '"', did_you_mean(target, scope_.states));
  }
}

}  // namespace synfire::ir
