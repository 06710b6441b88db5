// SPDX-License-Identifier: Apache-2.0
// JSON as artifact files use it: in written order, every key once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace synfire::artifact {

using Json = nlohmann::ordered_json;

// Throws DataError (malformed_file) for text that is not JSON, and for duplicate keys, of which other parsers silently
// keep one. `path` names the text in messages.
Json parse_json(std::span<const std::byte> text, const std::string& path);

// A version number of a text, under `key`, and what to do about another one.
struct Version {
  const char* key;
  std::uint32_t known;
  const char* of;      // "the layout of artifacts"
  const char* remedy;  // "compile the network again"
};
// Throws DataError (unsupported) if the number is there and differs.
void check_version(const Json& json, const Version& version, const std::string& path);

// Indented, one line per member; short lists on one line.
std::string json_text(const Json& json);

}  // namespace synfire::artifact
