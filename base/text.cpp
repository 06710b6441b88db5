// SPDX-License-Identifier: Apache-2.0
#include "synfire/base/text.hpp"

#include <algorithm>
#include <cstdint>

namespace synfire::base {
namespace {

constexpr std::size_t longest_array_name = 1000;

enum class Style { line, lines, json };

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

// The first character of a text, which is not empty. A byte that is not UTF-8 is a character of its own.
Character first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {lead};
  std::uint32_t code = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!continues(text[i])) return {lead};
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  if (surrogate || overlong || code > 0x10FFFF) return {lead};
  return {code, bytes, true};
}

// C0, DEL and C1; line separators; bidirectional marks.
bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

// Invisible characters, which would let different names look the same: zero-width spaces, byte order marks, tags.
bool is_invisible(std::uint32_t code) {
  return code == 0x00AD || code == 0x180E || (code >= 0x200B && code <= 0x200F) || (code >= 0x2060 && code <= 0x206F) ||
         code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE0FFF);
}

std::string hexadecimal(std::uint32_t code, int digits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) text += "0123456789abcdef"[(code >> shift) & 15u];
  return text;
}

std::string escape_of(const Character& character, Style style) {
  if (character.code == '\n') return "\\n";
  if (character.code == '\t') return "\\t";
  if (character.code == '\r') return "\\r";
  if (style != Style::json && (character.code < 0x80 || !character.valid))
    return "\\x" + hexadecimal(character.code, 2);
  if (character.code < 0x10000) return "\\u" + hexadecimal(character.code, 4);
  if (style != Style::json) return "\\U" + hexadecimal(character.code, 8);
  const std::uint32_t above = character.code - 0x10000;  // a surrogate pair in JSON
  return "\\u" + hexadecimal(0xD800 + (above >> 10), 4) + "\\u" + hexadecimal(0xDC00 + (above & 0x3FFu), 4);
}

std::string escaped(std::string_view text, Style style) {
  const std::string_view stays = style == Style::line ? "" : "\n\t";
  std::string result;
  while (!text.empty()) {
    const Character character = first_of(text);
    const bool stands = character.code < 0x80 && stays.find(text.front()) != std::string_view::npos;
    if (stands || (character.valid && !is_control(character.code) && !is_invisible(character.code)))
      result += text.substr(0, character.bytes);
    else
      result += escape_of(character, style);
    text.remove_prefix(character.bytes);
  }
  return result;
}

std::string shortened(std::string_view text, std::size_t most, Style style) {
  if (text.size() <= most) return escaped(text, style);
  std::size_t begin = most / 2, end = text.size() - most / 2;
  while (begin > 0 && continues(text[begin])) --begin;
  while (end < text.size() && continues(text[end])) ++end;
  return escaped(text.substr(0, begin), style) + "… (" + std::to_string(end - begin) + " bytes) …" +
         escaped(text.substr(end), style);
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

bool is_object_name(std::string_view name, std::size_t most) {
  if (name.empty() || name.size() > most) return false;
  const auto allowed = [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; };
  return (is_letter_or_digit(name.front()) || name.front() == '_') && std::all_of(name.begin(), name.end(), allowed);
}

bool is_array_name(std::string_view name) {
  if (name.empty() || name.size() > longest_array_name) return false;
  while (!name.empty()) {
    const Character character = first_of(name);
    if (!character.valid || is_control(character.code)) return false;
    name.remove_prefix(character.bytes);
  }
  return true;
}

std::string one_line(std::string_view text, std::size_t most) { return shortened(text, most, Style::line); }

std::string printable(std::string_view text, std::size_t most) { return shortened(text, most, Style::lines); }

std::string printable_json(std::string_view document) { return escaped(document, Style::json); }

}  // namespace synfire::base
