// SPDX-License-Identifier: Apache-2.0
// Parser of the model language.
//
//   expression  := disjunction [ "if" disjunction "else" expression ]
//   disjunction := conjunction { "or" conjunction }
//   conjunction := negation { "and" negation }
//   negation    := "not" negation | comparison
//   comparison  := sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ]
//   sum         := product { ("+" | "-") product }
//   product     := factor { ("*" | "/") factor }
//   factor      := ("-" | "+") factor | power
//   power       := atom [ ("**" | "^") factor ]
//   atom        := number | "true" | "false" | name | name "(" [ expression { "," expression } ] ")"
//                | "(" expression ")"
//   statement   := name ("=" | "+=" | "-=" | "*=" | "/=") expression
//                | "if" expression "{" statements "}" [ "else" ( "{" statements "}" | if-statement ) ]
//   statements  := [ statement { (";" | newline) statement } ]
//   equation    := "d" name "/dt" "=" expression
// A comment runs from # to the end of the line. A newline separates statements, except between parentheses; elsewhere
// it is white space. Columns count bytes from the start of the text, including newlines.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "synfire/language/expression.hpp"

namespace synfire::language {

// A text that does not parse or has no meaning: the error and its position.
class SyntaxError : public std::runtime_error {
 public:
  SyntaxError(const std::string& message, int column) : std::runtime_error(message), column_(column) {}
  int column() const noexcept { return column_; }  // from 1

 private:
  int column_;
};

// Each throws SyntaxError.
Expression parse_expression(std::string_view text);
std::vector<Statement> parse_statements(std::string_view text);
Equation parse_equation(std::string_view text);

// The functions of the language with their numbers of arguments: abs, ceil, cos, exp, expm1, floor, log,
// log1p, max, min, pow, round, sign, sin, sqrt, tanh, sigmoid, uniform (0), normal (0), per_step, step_mean,
// crosses.
struct Function {
  std::string_view name;
  int arguments;
};
const std::vector<Function>& functions();

// Reserved words, which cannot be names.
const std::vector<std::string_view>& keywords();

// Whether `text` can be a name: a letter or `_`, then letters, digits and `_`; not a reserved word.
bool is_name(std::string_view text);

// Line and column, both from 1, of a column in a text that may have several lines.
struct Position {
  int line = 1;
  int column = 1;
};
Position position_of(std::string_view text, int column);

// The line of `text` that contains `column`, and below it a line with a caret under the column.
std::string with_caret(std::string_view text, int column);

}  // namespace synfire::language
