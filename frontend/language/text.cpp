// SPDX-License-Identifier: Apache-2.0
// The functions of the language, and positions in a text.
#include <algorithm>

#include "synfire/language/parse.hpp"

namespace synfire::language {
namespace {

std::size_t offset_of(std::string_view text, int column) {
  return std::min(static_cast<std::size_t>(std::max(column, 1)) - 1, text.size());
}

std::size_t line_start(std::string_view text, std::size_t offset) {
  const std::size_t newline = text.substr(0, offset).rfind('\n');
  return newline == std::string_view::npos ? 0 : newline + 1;
}

}  // namespace

const std::vector<Function>& functions() {
  static const std::vector<Function> all = {
      {"abs", 1},      {"ceil", 1},      {"cos", 1},   {"crosses", 1}, {"exp", 1},  {"expm1", 1},
      {"floor", 1},    {"log", 1},       {"log1p", 1}, {"max", 2},     {"min", 2},  {"normal", 0},
      {"per_step", 1}, {"pow", 2},       {"round", 1}, {"sigmoid", 1}, {"sign", 1}, {"sin", 1},
      {"sqrt", 1},     {"step_mean", 1}, {"tanh", 1},  {"uniform", 0},
  };
  return all;
}

Position position_of(std::string_view text, int column) {
  const std::size_t offset = offset_of(text, column);
  const auto newlines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
  return {static_cast<int>(newlines) + 1, static_cast<int>(offset - line_start(text, offset)) + 1};
}

std::string with_caret(std::string_view text, int column) {
  const std::size_t offset = offset_of(text, column);
  const std::size_t start = line_start(text, offset);
  const std::size_t end = std::min(text.find('\n', offset), text.size());
  std::string result(text.substr(start, end - start));
  result += '\n';
  for (const char c : text.substr(start, offset - start)) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;  // inside a UTF-8 sequence
    if (!continues) result += c == '\t' ? '\t' : ' ';
  }
  return result + '^';
}

}  // namespace synfire::language
