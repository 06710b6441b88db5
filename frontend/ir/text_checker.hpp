// SPDX-License-Identifier: Apache-2.0
// Parses the texts of a model and checks what they refer to. Problems are reported with the line of the text
// and a caret.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/report.hpp"
#include "synfire/language/expression.hpp"
#include "synfire/language/parse.hpp"

namespace synfire::ir {

enum class Type { number, boolean, unknown };  // unknown: already reported

// The names that a text may refer to.
struct Scope {
  std::map<std::string, Type> names;
  std::vector<std::string> states;     // what it may assign to
  std::vector<std::string> functions;  // those that only some texts may call: `uniform`, `per_step`, …
  bool open = false;                   // other names are numbers that are not yet known
  // Functions that only these texts have; they precede those of the language with as many arguments.
  struct Own {
    language::Function function;
    Type result = Type::number;
  };
  std::vector<Own> own = {};

  // A copy with additional names or functions.
  Scope with(const std::vector<std::string>& numbers, const std::vector<std::string>& more_functions = {}) const;
};

class TextChecker {
 public:
  // `where` in the model: `dynamics 1`, `threshold`.
  TextChecker(const Report& report, std::string where, const std::string& text, const Scope& scope)
      : report_(report), where_(std::move(where)), text_(text), scope_(scope) {}

  // Each returns what was parsed, or nothing on a syntax error.
  language::Expression expression(Type expected) const;
  std::vector<language::Statement> statements() const;
  std::optional<language::Equation> equation() const;

  // Reports a problem at a column of the text.
  void fail(int column, const std::string& message, const std::string& hint = {}) const;

  // Checks an expression that is already parsed.
  void require(const language::Expression& expression, Type expected) const;

 private:
  Type check(const language::Expression& expression) const;
  Type check_name(const language::Name& name, int column) const;
  Type check_unary(const language::Unary& unary) const;
  Type check_binary(const language::Binary& binary, int column) const;
  Type check_conditional(const language::Conditional& conditional, int column) const;
  Type check_call(const language::Call& call, int column) const;
  const Scope::Own* find_own(std::string_view name) const;
  std::vector<std::string> names_of_functions() const;
  void check_statement(const language::Statement& statement) const;
  void check_target(const std::string& target, int column) const;

  Report report_;
  std::string where_;
  const std::string& text_;
  const Scope& scope_;
};

}  // namespace synfire::ir
