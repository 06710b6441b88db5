// SPDX-License-Identifier: Apache-2.0
#include "names.hpp"

#include <cstddef>

namespace synfire::nir {
namespace {

constexpr std::size_t longest = 90;  // leaves room for a number

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string object_name(const std::string& name, std::set<std::string>& taken) {
  std::string result;
  for (const char c : name) {
    if (result.size() == longest) break;
    const bool allowed = is_letter(c) || c == '-' || c == '.';
    if (allowed || result.empty() || result.back() != '_') result += allowed ? c : '_';
  }
  if (result.empty() || !is_letter(result.front())) result.insert(0, "_");
  std::string free = result;
  for (int number = 2; !taken.insert(free).second; ++number) free = result + "_" + std::to_string(number);
  return free;
}

}  // namespace synfire::nir
