// SPDX-License-Identifier: Apache-2.0
// Lexer of the model language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace synfire::language {

enum class TokenKind { number, name, keyword, symbol, separator, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;
  double number = 0.0;
  int column = 1;  // from 1
};

enum class Newlines { are_space, separate_statements };

// The last token is `end`. Throws SyntaxError for invalid characters and numbers.
std::vector<Token> tokenize(std::string_view text, Newlines newlines);

// How messages name a token: `"+"`, `end of text`.
std::string describe(const Token& token);

}  // namespace synfire::language
