// SPDX-License-Identifier: Apache-2.0
// Identifiers of generated source, made in one place from the names that users give.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace synfire::codegen::text {

// `name` with everything that C++ does not allow replaced by `_`.
std::string identifier(std::string_view name);

// Hands out identifiers that are unique, no keyword, and none that generated source uses itself.
class Names {
 public:
  Names();
  // `wanted` made an identifier; with a number where it is taken.
  std::string unique(std::string_view wanted);
  // A name that others are made from by appending suffixes: they are unique too.
  std::string unique_family(std::string_view wanted, const std::vector<std::string_view>& suffixes);
  // As `unique`, for a name in an inner scope: it hides none of `outer`, which will not hand it out later either.
  std::string unique_within(Names& outer, std::string_view wanted);

 private:
  std::unordered_set<std::string> taken_;
  std::unordered_set<std::string> avoided_;  // taken in inner scopes
};

}  // namespace synfire::codegen::text
