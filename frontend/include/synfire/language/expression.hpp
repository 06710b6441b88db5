// SPDX-License-Identifier: Apache-2.0
// The abstract syntax of the model language: immutable trees that passes share and rewrite.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace synfire::language {

struct ExpressionNode;
using Expression = std::shared_ptr<const ExpressionNode>;

enum class UnaryOperator { negate, logical_not };
enum class BinaryOperator {
  add,
  subtract,
  multiply,
  divide,
  power,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  logical_and,
  logical_or,
};

struct Number {
  double value;
};
struct Boolean {
  bool value;
};
struct Name {
  std::string name;
};
struct Unary {
  UnaryOperator operation;
  Expression operand;
};
struct Binary {
  BinaryOperator operation;
  Expression left, right;
};
// `then if condition else otherwise`
struct Conditional {
  Expression condition, then, otherwise;
};
struct Call {
  std::string function;
  std::vector<Expression> arguments;
};

struct ExpressionNode {
  std::variant<Number, Boolean, Name, Unary, Binary, Conditional, Call> node;
  int column = 0;  // from 1, where the user wrote it; 0 for derived expressions. Ignored in comparisons.
  int depth = 1;   // nodes on the longest path down, for the parser to bound recursion; set by the builders
};

Expression number(double value, int column = 0);
Expression boolean(bool value, int column = 0);
Expression name(std::string text, int column = 0);
// The negation of a number is a negative number, so that `-2` has only one form.
Expression unary(UnaryOperator operation, Expression operand, int column = 0);
Expression binary(BinaryOperator operation, Expression left, Expression right, int column = 0);
Expression conditional(Expression condition, Expression then, Expression otherwise, int column = 0);
Expression call(std::string function, std::vector<Expression> arguments, int column = 0);

// Structural equality, ignoring positions.
bool equal(const Expression& a, const Expression& b);

// The expression as text, with as few parentheses as possible; parsing it gives an equal expression.
std::string to_string(const Expression& expression);

// All names that occur, each once, in order of first occurrence (except function names).
std::vector<std::string> names_in(const Expression& expression);
// The first call of `function`; nullptr if there is none.
const ExpressionNode* find_call(const Expression& expression, std::string_view function);
// Whether a call of `function` occurs.
bool calls(const Expression& expression, std::string_view function);

struct StatementNode;
using Statement = std::shared_ptr<const StatementNode>;

// `target = value`; `+=` and the like are parsed into it.
struct Assign {
  std::string target;
  Expression value;
};
// `if condition { … } else { … }`
struct If {
  Expression condition;
  std::vector<Statement> then, otherwise;
};

struct StatementNode {
  std::variant<Assign, If> node;
  int column = 0;
};

Statement assign(std::string target, Expression value, int column = 0);
Statement if_statement(Expression condition, std::vector<Statement> then, std::vector<Statement> otherwise,
                       int column = 0);

// The statement as text, on several lines if it has branches; parsing it gives an equal statement.
std::string to_string(const Statement& statement);

// Calls `visit` with every expression of the statement, branches included, in order.
void for_each_expression(const Statement& statement, const std::function<void(const Expression&)>& visit);
// Calls `visit` with every assignment of the statement, branches included, in order.
void for_each_assignment(const Statement& statement, const std::function<void(const Assign&)>& visit);

// Structural equality, ignoring positions.
bool equal(const Statement& a, const Statement& b);
bool equal(const std::vector<Statement>& a, const std::vector<Statement>& b);

// `dvariable/dt = derivative`
struct Equation {
  std::string variable;
  Expression derivative;
  int column = 0;
};

std::string to_string(const Equation& equation);

}  // namespace synfire::language
