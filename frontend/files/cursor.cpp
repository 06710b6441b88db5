// SPDX-License-Identifier: Apache-2.0
#include "files/cursor.hpp"

#include <algorithm>
#include <utility>

namespace synfire::files {

void Cursor::fail_at(json::Position position, Problem problem) const {
  problem.path = path_.empty() ? "description" : path_;
  problem.place = place_at(position);
  reading_->problems.push_back(std::move(problem));
  // A file can have a mistake in every few bytes; nobody reads them all.
  constexpr std::size_t most = 10000;
  if (reading_->problems.size() == most) throw DataError(std::move(reading_->problems));
}

void Cursor::wrong_type(const std::string& expected, const std::string& hint) const {
  fail({.kind = ProblemKind::malformed_file,
        .message = "another kind of value is needed",
        .hint = hint,
        .expected = expected,
        .given = json::describe(*node_)});
}

const json::Object* Cursor::object() const {
  if (!node_->object()) wrong_type("an object");
  return node_->object();
}

const json::List* Cursor::list() const {
  if (!node_->list()) wrong_type("a list");
  return node_->list();
}

const std::string* Cursor::text() const {
  if (!node_->text()) wrong_type("a text");
  return node_->text();
}

void Cursor::refuse_other_keys(const std::vector<std::string>& known) const {
  for (const json::Member& member : *node_->object()) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    fail_at(member.position, {.kind = ProblemKind::unknown_name,
                              .message = "unknown key \"" + member.key + '"',
                              .hint = suggest(member.key, known),
                              .given = member.key});
  }
}

void Cursor::missing_key(const std::string& key) const {
  std::vector<std::string> keys;
  for (const json::Member& member : *node_->object()) keys.push_back(member.key);
  const std::string nearest = nearest_name(key, keys);
  fail({.kind = ProblemKind::malformed_file,
        .message = "the key \"" + key + "\" is missing",
        .hint = nearest.empty() ? "" : "is \"" + nearest + "\" meant for it?",
        .expected = key});
}

void Cursor::unknown_name(const std::string& given, std::vector<std::string> known) const {
  std::erase(known, std::string{});
  fail({.kind = ProblemKind::unknown_name,
        .message = "\"" + given + "\" is not known here",
        .hint = suggest(given, known),
        .given = given});
}

}  // namespace synfire::files
