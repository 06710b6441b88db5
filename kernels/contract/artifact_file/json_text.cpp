// SPDX-License-Identifier: Apache-2.0
#include "artifact_file/json_text.hpp"

#include <set>
#include <vector>

#include "synfire/error.hpp"

namespace synfire::artifact {
namespace {

// Deeper than any manifest, and shallow enough for recursion.
constexpr int most_levels = 32;

[[noreturn]] void malformed(const std::string& path, std::string message) {
  throw DataError({.kind = ProblemKind::malformed_file, .path = path, .message = std::move(message)});
}

// Callback of the parser: limits the depth, and rejects duplicate keys of open objects.
class Guard {
 public:
  explicit Guard(const std::string& path) : path_(path) {}

  bool operator()(int depth, Json::parse_event_t event, const Json& value) {
    if (depth > most_levels) malformed(path_, "the values are nested too deeply");
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key && !keys_.back().insert(value.get<std::string>()).second) {
      malformed(path_, "duplicate key \"" + value.get<std::string>() + "\"");
    }
    return true;
  }

 private:
  const std::string& path_;
  std::vector<std::set<std::string>> keys_;
};

bool is_short(const Json& list) {
  if (!list.is_array()) return false;
  for (const Json& element : list) {
    if (element.is_structured()) return false;
  }
  return true;
}

void print(const Json& json, std::string& text, std::size_t indentation) {
  if (!json.is_structured() || json.empty() || is_short(json)) {
    text += json.dump();
    return;
  }
  text += json.is_object() ? '{' : '[';
  bool first = true;
  for (const auto& [key, value] : json.items()) {
    text += (first ? "\n" : ",\n") + std::string(indentation + 2, ' ');
    if (json.is_object()) text += Json(key).dump() + ": ";
    print(value, text, indentation + 2);
    first = false;
  }
  text += '\n' + std::string(indentation, ' ') + (json.is_object() ? '}' : ']');
}

}  // namespace

Json parse_json(std::span<const std::byte> text, const std::string& path) {
  const auto* const begin = reinterpret_cast<const char*>(text.data());
  try {
    return Json::parse(begin, begin + text.size(), Guard(path));
  } catch (const Json::exception& error) {
    malformed(path, std::string("the text is not JSON: ") + error.what());
  }
}

void check_version(const Json& json, const Version& version, const std::string& path) {
  const auto found = json.find(version.key);
  // Whoever reads the text reports other mistakes.
  if (found == json.end() || !found->is_number_unsigned() || *found == version.known) return;
  const bool newer = found->get<std::uint64_t>() > version.known;
  const std::string remedy = version.remedy;
  throw DataError({.kind = ProblemKind::unsupported,
                   .path = path + ": " + version.key,
                   .message = std::string("the file has another version of ") + version.of,
                   .hint = newer ? "update Synfire, or " + remedy + " with this version of it" : remedy,
                   .expected = std::to_string(version.known),
                   .given = found->dump()});
}

std::string json_text(const Json& json) {
  std::string text;
  print(json, text, 0);
  return text + '\n';
}

}  // namespace synfire::artifact
