// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "files/json.hpp"
#include "synfire/base/text.hpp"
#include "synfire/error.hpp"

namespace synfire::json {
namespace {

// The longest line, where lines can be broken.
constexpr std::size_t widest = 110;

std::string print_text(const std::string& text) {
  try {
    return base::printable_json(nlohmann::json(text).dump());
  } catch (const nlohmann::json::exception&) {
    throw ModelError({.kind = ProblemKind::invalid_name,
                      .path = "description",
                      .message = "the string is not UTF-8, which JSON requires",
                      .given = nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)});
  }
}

// The shortest digits that give the same number, with a point where they would look like an integer.
std::string print_number(double number) {
  std::array<char, 40> buffer;
  std::string digits(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr);
  if (digits.find_first_not_of("-0123456789") == std::string::npos) digits += ".0";
  return digits;
}

struct PrintLeaf {
  std::string operator()(std::nullptr_t) const { return "null"; }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(std::uint64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return print_number(number); }
  std::string operator()(const std::string& text) const { return print_text(text); }
  std::string operator()(const List&) const { return {}; }
  std::string operator()(const Object&) const { return {}; }
};

// Truncates a text at a character boundary.
std::string shorten(const std::string& text) {
  constexpr std::size_t longest = 60;
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while ((static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  return text.substr(0, end) + "…";
}

class Printer {
 public:
  std::string text;

  void print(const Node& node, std::size_t indent) {
    const std::size_t begin = text.size();
    const std::size_t column = begin - (text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
    if (print_in_line(node, column)) return;
    text.resize(begin);
    if (node.list()) print_parts(*node.list(), "[]", indent);
    if (node.object()) print_parts(*node.object(), "{}", indent);
  }

 private:
  static const Node& value_of(const Node& node) { return node; }
  static const Node& value_of(const Member& member) { return member.value; }
  static std::string key_of(const Node&) { return {}; }
  static std::string key_of(const Member& member) { return print_text(member.key) + ": "; }

  // Whether the node fit into the line; if not, the caller must remove what it printed.
  bool print_in_line(const Node& node, std::size_t column) {
    const std::size_t begin = text.size() - column;
    if (node.list()) return print_parts_in_line(*node.list(), "[]", begin);
    if (node.object()) return print_parts_in_line(*node.object(), "{}", begin);
    text += std::visit(PrintLeaf{}, node.content);
    return true;
  }

  template <class Parts>
  bool print_parts_in_line(const Parts& parts, const char* brackets, std::size_t line) {
    text += brackets[0];
    for (std::size_t i = 0; i < parts.size(); ++i) {
      text += (i == 0 ? "" : ", ") + key_of(parts[i]);
      if (!print_in_line(value_of(parts[i]), text.size() - line) || text.size() - line > widest) return false;
    }
    text += brackets[1];
    return true;
  }

  template <class Parts>
  void print_parts(const Parts& parts, const char* brackets, std::size_t indent) {
    text += brackets[0];
    for (std::size_t i = 0; i < parts.size(); ++i) {
      text += (i == 0 ? "\n" : ",\n") + std::string(indent + 2, ' ') + key_of(parts[i]);
      print(value_of(parts[i]), indent + 2);
    }
    text += '\n' + std::string(indent, ' ') + brackets[1];
  }
};

}  // namespace

std::string describe(const Node& node) {
  if (const std::string* text = node.text()) return "the string \"" + shorten(*text) + '"';
  if (node.list()) return "a list";
  if (node.object()) return "an object";
  return (node.is_number() ? "the number " : "") + std::visit(PrintLeaf{}, node.content);
}

std::string print(const Node& node) {
  Printer printer;
  printer.print(node, 0);
  return printer.text + '\n';
}

}  // namespace synfire::json
