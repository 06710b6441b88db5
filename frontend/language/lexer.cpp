// SPDX-License-Identifier: Apache-2.0
#include "language/lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "synfire/language/parse.hpp"

namespace synfire::language {
namespace {

// Longer ones first, so that `<=` is not read as `<`.
constexpr std::array<std::string_view, 26> symbols = {
    "**", "<=", ">=", "==", "!=", "+=", "-=", "*=", "/=", "+", "-", "*", "/",
    "^",  "<",  ">",  "=",  "(",  ")",  "{",  "}",  ",",  "!", "&", "|", "%"};

// Not `std::isalpha`, which depends on the locale.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  Lexer(std::string_view text, Newlines newlines) : text_(text), newlines_(newlines) {}

  std::vector<Token> run() {
    while (at_ < text_.size()) step();
    push(TokenKind::end, 0);
    return std::move(tokens_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '\n') return read_newline();
    if (c == ' ' || c == '\t' || c == '\r') return void(++at_);
    if (c == '#') return skip_comment();
    if (c == ';') return push(TokenKind::separator, 1);
    if (is_letter(c)) return read_word();
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return read_number();
    read_symbol();
  }

  void push(TokenKind kind, std::size_t length) {
    tokens_.push_back({kind, std::string(text_.substr(at_, length)), 0.0, column()});
    at_ += length;
  }

  void read_newline() {
    if (newlines_ == Newlines::separate_statements && open_parentheses_ == 0) return push(TokenKind::separator, 1);
    ++at_;
  }

  void skip_comment() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  void read_word() {
    std::size_t end = at_;
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    const bool reserved = std::find(keywords().begin(), keywords().end(), word) != keywords().end();
    push(reserved ? TokenKind::keyword : TokenKind::name, end - at_);
  }

  void read_number() {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range) throw SyntaxError("the number is out of range", column());
    const auto length = static_cast<std::size_t>(end - (text_.data() + at_));
    if (at_ + length < text_.size() && is_letter(text_[at_ + length])) {
      throw SyntaxError("letter after a number; write * between factors", column() + static_cast<int>(length));
    }
    push(TokenKind::number, length);
    tokens_.back().number = value;
  }

  void read_symbol() {
    const auto* const found = std::find_if(symbols.begin(), symbols.end(), [&](std::string_view symbol) {
      return text_.substr(at_, symbol.size()) == symbol;
    });
    if (found == symbols.end()) throw SyntaxError("unexpected character \"" + character() + '"', column());
    if (*found == "(") ++open_parentheses_;
    if (*found == ")" && open_parentheses_ > 0) --open_parentheses_;
    push(TokenKind::symbol, found->size());
  }

  // The whole UTF-8 sequence, to keep the message readable.
  std::string character() const {
    std::size_t end = at_ + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
    return std::string(text_.substr(at_, end - at_));
  }

  int column() const { return static_cast<int>(at_) + 1; }

  std::string_view text_;
  Newlines newlines_;
  std::size_t at_ = 0;
  int open_parentheses_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

const std::vector<std::string_view>& keywords() {
  static const std::vector<std::string_view> all = {"and", "else", "false", "if", "not", "or", "true"};
  return all;
}

bool is_name(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); })) return false;
  return std::find(keywords().begin(), keywords().end(), text) == keywords().end();
}

std::vector<Token> tokenize(std::string_view text, Newlines newlines) { return Lexer(text, newlines).run(); }

std::string describe(const Token& token) {
  if (token.kind == TokenKind::end) return "end of text";
  if (token.text == "\n") return "end of line";
  return '"' + token.text + '"';
}

}  // namespace synfire::language
