// SPDX-License-Identifier: Apache-2.0
#include "files/cursor.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "files/members.hpp"

namespace synfire::files {

void Cursor::fail_at(json::Position position, Problem problem) const {
  problem.path = path_.empty() ? "description" : path_;
  problem.place = reading_->source.place(position);
  reading_->problems.push_back(std::move(problem));
  // A file can have an error in every few bytes; nobody reads them all.
  constexpr std::size_t most = 10000;
  if (reading_->problems.size() == most) throw DataError(std::move(reading_->problems));
}

void Cursor::wrong_type(const std::string& expected, const std::string& hint) const {
  fail({.kind = ProblemKind::malformed_file,
        .message = "the value has the wrong type",
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
  if (!node_->text()) wrong_type("a string");
  return node_->text();
}

namespace {

// Where a misplaced key belongs; empty if unknown.
std::string home_of(const std::string& path, const std::string& key) {
  bool in_compile = false;
  members(Type<CompileSettings>{}, [&](const char* known, auto, const Rule& = {}) { in_compile |= key == known; });
  bool in_connectivity = key == "type";
  alternatives(Type<Connectivity>{}, [&]<class Each>(Type<Each> type) {
    members(type, [&](const char* known, auto, const Rule& = {}) { in_connectivity |= key == known; });
  });
  if (path.empty() && in_compile) return "move it into \"compile\"";
  const bool in_connection = path.starts_with("connections[") && path.ends_with(']');
  if (in_connection && in_connectivity) return "move it into \"connectivity\"";
  return {};
}

}  // namespace

void Cursor::refuse_other_keys(const std::vector<std::string>& known) const {
  for (const json::Member& member : *node_->object()) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    const std::string home = home_of(path_, member.key);
    fail_at(member.position, {.kind = ProblemKind::unknown_name,
                              .message = "unknown key \"" + member.key + '"',
                              .hint = home.empty() ? suggest(member.key, known) : home,
                              .given = member.key});
  }
}

void Cursor::missing_key(const std::string& key) const {
  std::vector<std::string> keys;
  for (const json::Member& member : *node_->object()) keys.push_back(member.key);
  const std::string nearest = nearest_name(key, keys);
  fail({.kind = ProblemKind::malformed_file,
        .message = "missing key \"" + key + '"',
        .hint = nearest.empty() ? "" : "is \"" + nearest + "\" a misspelling?",
        .expected = key});
}

void Cursor::unknown_name(const std::string& given, std::vector<std::string> known) const {
  std::erase(known, std::string{});
  fail({.kind = ProblemKind::unknown_name,
        .message = "unknown name \"" + given + '"',
        .hint = suggest(given, known),
        .given = given});
}

}  // namespace synfire::files
