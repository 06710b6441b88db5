// SPDX-License-Identifier: Apache-2.0
// Printer of expressions and statements, with parentheses only where the grammar needs them.
#include <array>
#include <charconv>
#include <cmath>

#include "synfire/language/expression.hpp"

namespace synfire::language {
namespace {

// The rules of the grammar (parse.hpp), from the loosest binding to the tightest.
enum Level {
  conditional_level,
  or_level,
  and_level,
  not_level,
  comparison_level,
  sum_level,
  product_level,
  factor_level,
  power_level,
  atom_level
};

struct Form {
  const char* symbol;
  Level level;        // of the whole
  Level left, right;  // the loosest allowed on either side without parentheses
};

Form form(BinaryOperator operation) {
  switch (operation) {
    case BinaryOperator::add: return {"+", sum_level, sum_level, product_level};
    case BinaryOperator::subtract: return {"-", sum_level, sum_level, product_level};
    case BinaryOperator::multiply: return {"*", product_level, product_level, factor_level};
    case BinaryOperator::divide: return {"/", product_level, product_level, factor_level};
    case BinaryOperator::power: return {"**", power_level, atom_level, factor_level};
    case BinaryOperator::less: return {"<", comparison_level, sum_level, sum_level};
    case BinaryOperator::less_equal: return {"<=", comparison_level, sum_level, sum_level};
    case BinaryOperator::greater: return {">", comparison_level, sum_level, sum_level};
    case BinaryOperator::greater_equal: return {">=", comparison_level, sum_level, sum_level};
    case BinaryOperator::equal: return {"==", comparison_level, sum_level, sum_level};
    case BinaryOperator::not_equal: return {"!=", comparison_level, sum_level, sum_level};
    case BinaryOperator::logical_and: return {"and", and_level, and_level, not_level};
    case BinaryOperator::logical_or: return {"or", or_level, or_level, and_level};
  }
  return {"?", atom_level, atom_level, atom_level};
}

std::string print_number(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string print(const Expression& expression, Level loosest);

struct Printer {
  Level level = atom_level;  // of the printed text

  std::string operator()(const Number& node) {
    if (std::signbit(node.value)) level = factor_level;
    return print_number(node.value);
  }
  std::string operator()(const Boolean& node) { return node.value ? "true" : "false"; }
  std::string operator()(const Name& node) { return node.name; }
  std::string operator()(const Unary& node) {
    const bool negates = node.operation == UnaryOperator::negate;
    level = negates ? factor_level : not_level;
    return (negates ? "-" : "not ") + print(node.operand, level);
  }
  std::string operator()(const Binary& node) {
    const Form shape = form(node.operation);
    level = shape.level;
    return print(node.left, shape.left) + ' ' + shape.symbol + ' ' + print(node.right, shape.right);
  }
  std::string operator()(const Conditional& node) {
    level = conditional_level;
    return print(node.then, or_level) + " if " + print(node.condition, or_level) + " else " +
           print(node.otherwise, conditional_level);
  }
  std::string operator()(const Call& node) {
    std::string text = node.function + '(';
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
      text += (i ? ", " : "") + print(node.arguments[i], conditional_level);
    }
    return text + ')';
  }
};

std::string print(const Expression& expression, Level loosest) {
  Printer printer;
  const std::string text = std::visit(printer, expression->node);
  return printer.level < loosest ? '(' + text + ')' : text;
}

std::string print_block(const std::vector<Statement>& statements, const std::string& indent);

std::string print_statement(const Statement& statement, const std::string& indent) {
  if (const auto* assignment = std::get_if<Assign>(&statement->node)) {
    return indent + assignment->target + " = " + to_string(assignment->value);
  }
  const If& branches = std::get<If>(statement->node);
  std::string text = indent + "if " + to_string(branches.condition) + ' ' + print_block(branches.then, indent);
  if (!branches.otherwise.empty()) text += " else " + print_block(branches.otherwise, indent);
  return text;
}

std::string print_block(const std::vector<Statement>& statements, const std::string& indent) {
  std::string text = "{\n";
  for (const Statement& statement : statements) text += print_statement(statement, indent + "  ") + '\n';
  return text + indent + '}';
}

}  // namespace

std::string to_string(const Expression& expression) {
  return expression ? print(expression, conditional_level) : std::string{};
}

std::string to_string(const Statement& statement) { return print_statement(statement, ""); }

std::string to_string(const Equation& equation) {
  return 'd' + equation.variable + "/dt = " + to_string(equation.derivative);
}

}  // namespace synfire::language
