// SPDX-License-Identifier: Apache-2.0
// Names, and untrusted text (from files and users) on its way to a terminal, a log or another program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace synfire::base {

// How many problems a text for people lists; `Error::problems()` has all.
inline constexpr std::size_t most_problems_shown = 100;

// Whether the name is valid for populations, connections and models: 1 to `most` letters, digits, `_`, `-` and `.`,
// starting with a letter, a digit or `_`.
bool is_object_name(std::string_view name, std::size_t most = 100);
inline constexpr const char* object_name_hint =
    "use letters, digits, \"_\", \"-\" and \".\", starting with a letter, a digit or \"_\"; at most 100";

// Whether the name is valid for an array in a file: UTF-8 without control characters, 1 to 1000 bytes.
bool is_array_name(std::string_view name);

// The text as part of one line. Control characters (including those of Unicode, such as bidirectional marks), invisible
// characters and bytes that are not UTF-8 are escaped: \n, \t, \x1b, \u202e. The middle of a text of more than `most`
// bytes is left out.
std::string one_line(std::string_view text, std::size_t most = std::string_view::npos);

// The same, but keeps line ends and tabs.
std::string printable(std::string_view text, std::size_t most = std::string_view::npos);

// A JSON document in which the characters that one_line() escapes, but JSON allows in strings, are written as \u009b.
std::string printable_json(std::string_view document);

}  // namespace synfire::base
