// SPDX-License-Identifier: Apache-2.0
// Compiler options that users add through the environment.
#pragma once

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace synfire::codegen::jit {

// The words of a variable, separated by spaces; none if it is not set.
inline std::vector<std::string> words_of_variable(const char* variable) {
  const char* const text = std::getenv(variable);
  std::istringstream words(text != nullptr ? text : "");
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(word);
  return all;
}

}  // namespace synfire::codegen::jit
