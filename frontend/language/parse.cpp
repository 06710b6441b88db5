// SPDX-License-Identifier: Apache-2.0
// Recursive descent over the grammar in parse.hpp: one function for each of its rules.
#include "synfire/language/parse.hpp"

#include <array>
#include <utility>

#include "language/token_cursor.hpp"

namespace synfire::language {
namespace {

// Bounds on recursion here and in later passes over the trees: far more than models need, far less than a stack holds.
constexpr int deepest_nesting = 200;
constexpr int deepest_tree = 1000;

constexpr std::array<Operator, 6> comparisons = {{{"<", BinaryOperator::less},
                                                  {"<=", BinaryOperator::less_equal},
                                                  {">", BinaryOperator::greater},
                                                  {">=", BinaryOperator::greater_equal},
                                                  {"==", BinaryOperator::equal},
                                                  {"!=", BinaryOperator::not_equal}}};
constexpr std::array<Operator, 2> sums = {{{"+", BinaryOperator::add}, {"-", BinaryOperator::subtract}}};
constexpr std::array<Operator, 2> products = {{{"*", BinaryOperator::multiply}, {"/", BinaryOperator::divide}}};
constexpr std::array<Operator, 2> powers = {{{"**", BinaryOperator::power}, {"^", BinaryOperator::power}}};
constexpr std::array<Operator, 4> updates = {{{"+=", BinaryOperator::add},
                                              {"-=", BinaryOperator::subtract},
                                              {"*=", BinaryOperator::multiply},
                                              {"/=", BinaryOperator::divide}}};

class Parser : TokenCursor {
 public:
  using TokenCursor::TokenCursor;

  Expression whole_expression() {
    Expression result = expression();
    expect_end("an operator or the end of the expression");
    return result;
  }

  std::vector<Statement> whole_text() {
    std::vector<Statement> result = statements();
    expect_end("a new statement on its own line or after \";\"");
    return result;
  }

  Equation whole_equation() {
    const Token left = peek();
    if (left.kind != TokenKind::name || left.text.size() < 2 || left.text.front() != 'd') fail("\"dname/dt\"");
    next();
    expect("/");
    if (peek().text != "dt") fail("\"dt\"");
    next();
    expect("=");
    return {left.text.substr(1), whole_expression(), left.column};
  }

 private:
  // Tracks the current nesting depth of the rules.
  class Nesting {
   public:
    explicit Nesting(Parser& parser) : parser_(parser) {
      if (++parser_.nesting_ > deepest_nesting) parser_.too_deep();
    }
    ~Nesting() { --parser_.nesting_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };

  Expression expression() {
    const Nesting nesting(*this);
    Expression then = disjunction();
    const int column = peek().column;
    if (!take("if")) return then;
    Expression condition = disjunction();
    if (!take("else")) fail("\"else\" and the value if the condition is false");
    Expression otherwise = expression();
    return checked(conditional(std::move(condition), std::move(then), std::move(otherwise), column));
  }

  Expression disjunction() {
    Expression left = conjunction();
    for (int column = peek().column; take("or"); column = peek().column) {
      left = checked(binary(BinaryOperator::logical_or, left, conjunction(), column));
    }
    return left;
  }

  Expression conjunction() {
    Expression left = negation();
    for (int column = peek().column; take("and"); column = peek().column) {
      left = checked(binary(BinaryOperator::logical_and, left, negation(), column));
    }
    return left;
  }

  Expression negation() {
    const Nesting nesting(*this);
    const int column = peek().column;
    if (take("not")) return checked(unary(UnaryOperator::logical_not, negation(), column));
    return comparison();
  }

  Expression comparison() {
    Expression left = sum();
    const int column = peek().column;
    const Operator* operation = take_one_of(comparisons);
    if (!operation) return left;
    Expression result = checked(binary(operation->operation, left, sum(), column));
    if (one_of(comparisons)) fail("\"and\" between two comparisons, which cannot be chained");
    return result;
  }

  Expression sum() {
    Expression left = product();
    for (;;) {
      const int column = peek().column;
      const Operator* operation = take_one_of(sums);
      if (!operation) return left;
      left = checked(binary(operation->operation, left, product(), column));
    }
  }

  Expression product() {
    Expression left = factor();
    for (;;) {
      const int column = peek().column;
      const Operator* operation = take_one_of(products);
      if (!operation) return left;
      left = checked(binary(operation->operation, left, factor(), column));
    }
  }

  Expression factor() {
    const Nesting nesting(*this);
    const int column = peek().column;
    if (take("-")) return checked(unary(UnaryOperator::negate, factor(), column));
    if (take("+")) return factor();
    return power();
  }

  Expression power() {
    Expression base = atom();
    const int column = peek().column;
    if (!take_one_of(powers)) return base;
    return checked(binary(BinaryOperator::power, base, factor(), column));
  }

  Expression atom() {
    const Token token = peek();
    if (token.kind == TokenKind::number) return next(), number(token.number, token.column);
    if (token.kind == TokenKind::name) return next(), name_or_call(token);
    if (take("true")) return boolean(true, token.column);
    if (take("false")) return boolean(false, token.column);
    if (!take("(")) fail("a number, a name or \"(\"");
    Expression inner = expression();
    expect(")");
    return inner;
  }

  Expression name_or_call(const Token& token) {
    if (!take("(")) return name(token.text, token.column);
    std::vector<Expression> arguments;
    if (take(")")) return call(token.text, {}, token.column);
    do arguments.push_back(expression());
    while (take(","));
    expect(")");
    return checked(call(token.text, std::move(arguments), token.column));
  }

  std::vector<Statement> statements() {
    std::vector<Statement> result;
    for (;;) {
      skip_separators();
      if (peek().kind == TokenKind::end || is("}")) return result;
      result.push_back(statement());
      if (peek().kind != TokenKind::separator) return result;
    }
  }

  Statement statement() {
    const Token token = peek();
    if (take("if")) return branches(token.column);
    if (token.kind != TokenKind::name) fail("a name to assign to or \"if\"");
    next();
    if (take("=")) return assign(token.text, expression(), token.column);
    const int column = peek().column;
    const Operator* update = take_one_of(updates);
    if (!update) fail("\"=\", \"+=\", \"-=\", \"*=\" or \"/=\"");
    Expression value = binary(update->operation, name(token.text, token.column), expression(), column);
    return assign(token.text, checked(std::move(value)), token.column);
  }

  Statement branches(int column) {
    const Nesting nesting(*this);
    Expression condition = expression();
    std::vector<Statement> then = block();
    if (!take_else()) return if_statement(std::move(condition), std::move(then), {}, column);
    const int inner = peek().column;
    std::vector<Statement> otherwise = take("if") ? std::vector<Statement>{branches(inner)} : block();
    return if_statement(std::move(condition), std::move(then), std::move(otherwise), column);
  }

  // `else` may be on the line after the closing brace.
  bool take_else() {
    const std::size_t before = position();
    skip_separators();
    if (take("else")) return true;
    go_back(before);
    return false;
  }

  std::vector<Statement> block() {
    expect("{");
    std::vector<Statement> inner = statements();
    expect("}");
    return inner;
  }

  Expression checked(Expression expression) const {
    if (expression->depth > deepest_tree) too_deep();
    return expression;
  }

  [[noreturn]] void too_deep() const {
    throw SyntaxError("the code is nested too deeply; split it into several statements", peek().column);
  }
  int nesting_ = 0;
};

}  // namespace

Expression parse_expression(std::string_view text) { return Parser(text, Newlines::are_space).whole_expression(); }

std::vector<Statement> parse_statements(std::string_view text) {
  return Parser(text, Newlines::separate_statements).whole_text();
}

Equation parse_equation(std::string_view text) { return Parser(text, Newlines::are_space).whole_equation(); }

}  // namespace synfire::language
