// SPDX-License-Identifier: Apache-2.0
// A cursor in a list of tokens: peeks at and consumes tokens, and reports unexpected ones.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "language/lexer.hpp"
#include "synfire/language/parse.hpp"

namespace synfire::language {

// A symbol and its operation.
struct Operator {
  std::string_view symbol;
  BinaryOperator operation;
};

class TokenCursor {
 public:
  TokenCursor(std::string_view text, Newlines newlines) : tokens_(tokenize(text, newlines)) {}

  void skip_separators() {
    while (peek().kind == TokenKind::separator) next();
  }

  const Token& peek() const { return tokens_[at_]; }
  void next() {
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  bool is(std::string_view text) const {
    return (peek().kind == TokenKind::symbol || peek().kind == TokenKind::keyword) && peek().text == text;
  }
  // Consumes the symbol or keyword if it comes next; returns whether it did.
  bool take(std::string_view text) {
    if (!is(text)) return false;
    next();
    return true;
  }
  void expect(std::string_view text) {
    if (!take(text)) fail('"' + std::string(text) + '"');
  }
  void expect_end(const std::string& what) {
    if (peek().kind != TokenKind::end) fail(what);
  }

  // The one of the operators that comes next, or nullptr.
  template <std::size_t size>
  const Operator* one_of(const std::array<Operator, size>& operators) const {
    for (const Operator& candidate : operators) {
      if (is(candidate.symbol)) return &candidate;
    }
    return nullptr;
  }
  template <std::size_t size>
  const Operator* take_one_of(const std::array<Operator, size>& operators) {
    const Operator* found = one_of(operators);
    if (found) next();
    return found;
  }

  // For lookahead of more than one token.
  std::size_t position() const { return at_; }
  void go_back(std::size_t position) { at_ = position; }

  [[noreturn]] void fail(const std::string& expected) const {
    std::string message = "expected " + expected + ", found " + describe(peek());
    if (is("=")) message += "; to compare, write ==";
    throw SyntaxError(message, peek().column);
  }

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace synfire::language
