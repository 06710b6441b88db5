// SPDX-License-Identifier: Apache-2.0
// JSON documents that keep the position of each value, for problems to be reported there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace synfire::json {

// Line and column from 1; a column counts characters. 0 in documents that were not parsed.
struct Position {
  int line = 0;
  int column = 0;
  std::size_t origin = 0;  // 0: the text; from 1: the override that put the value there (files::Source)
};

struct Node;
struct Member;
using List = std::vector<Node>;
using Object = std::vector<Member>;  // in the order of the text

// Integers stay integers: a seed has 64 bits.
struct Node {
  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, List, Object> content;
  Position position = {};

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(content); }
  bool is_number() const { return content.index() >= 2 && content.index() <= 4; }
  double number() const;  // of a number
  const bool* flag() const { return std::get_if<bool>(&content); }
  const std::string* text() const { return std::get_if<std::string>(&content); }
  const List* list() const { return std::get_if<List>(&content); }
  const Object* object() const { return std::get_if<Object>(&content); }
};

struct Member {
  std::string key;
  Node value;
  Position position = {};  // of the key
};

// nullptr if `object` has no such key.
const Node* find(const Object& object, std::string_view key);

// How messages describe the value: `the string "x"`, `the number 2.5`, `a list`.
std::string describe(const Node& node);

// Limits on the length of documents and on the nesting of lists and objects.
inline constexpr std::size_t longest_text = std::size_t{32} << 20;
inline constexpr std::size_t deepest = 64;

// `file`: the name of the text in problems. Throws DataError: malformed_file for text that is not JSON, not UTF-8 or
// beyond the limits; duplicate_name for all repeated keys of objects.
Node parse(std::string_view text, const std::string& file);

// The document as readable text, with a newline at the end; numbers are exact. Throws ModelError (invalid_name) for
// strings that are not UTF-8. Numbers must be finite.
std::string print(const Node& node);

}  // namespace synfire::json
