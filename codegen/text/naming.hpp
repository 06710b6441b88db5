// SPDX-License-Identifier: Apache-2.0
// Makes the identifiers of generated source from the names that users give.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace synfire::codegen::text {

// `name` with everything that C++ does not allow replaced by `_`.
std::string identifier(std::string_view name);

// Hands out identifiers that are unique, are not keywords, and are not used by generated source itself.
class Names {
 public:
  Names();
  // `wanted` as an identifier, with a number appended if it is taken.
  std::string unique(std::string_view wanted);
  // A name that is unique, and stays unique with each of the suffixes appended.
  std::string unique_family(std::string_view wanted, const std::vector<std::string_view>& suffixes);
  // Like `unique`, for a name in an inner scope: it shadows no name that `outer` has handed out or will.
  std::string unique_within(Names& outer, std::string_view wanted);

 private:
  std::unordered_set<std::string> taken_;
  std::unordered_set<std::string> avoided_;  // taken in inner scopes
};

}  // namespace synfire::codegen::text
