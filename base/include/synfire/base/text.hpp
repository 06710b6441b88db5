// SPDX-License-Identifier: Apache-2.0
// Names, and foreign text on its way to a terminal, a log or another program: files and users choose it, so it may hold anything.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace synfire::base {

// Whether populations, connections and models can have the name: letters, digits, `_`, `-` and `.`, the first a letter, a digit
// or `_`; 1 to `most` of them.
bool is_object_name(std::string_view name, std::size_t most = 100);
inline constexpr const char* object_name_hint =
    "use letters, digits, \"_\", \"-\" and \".\", beginning with a letter, a digit or \"_\"; at most 100";

// Whether an array in a file can have the name: UTF-8 without control characters, 1 to 1000 bytes.
bool is_array_name(std::string_view name);

// The text as part of one line. Control characters (also those of Unicode, such as marks that turn the direction of text), characters
// that show nothing, and bytes that are not UTF-8 become \n, \t, \x1b, \u202e; of a text with more than `most` bytes the middle is left out.
std::string one_line(std::string_view text, std::size_t most = std::string_view::npos);

// The same, but line ends and tabs stay.
std::string printable(std::string_view text, std::size_t most = std::string_view::npos);

// A JSON document with the characters that one_line() does not show, but JSON allows in its strings, written as \u009b.
std::string printable_json(std::string_view document);

}  // namespace synfire::base
