// SPDX-License-Identifier: Apache-2.0
#include "jit/log.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>
#include <sstream>
#include <vector>

namespace synfire::codegen::jit {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::set<std::size_t> lines_named(const std::string& log, const std::string& file) {
  std::set<std::size_t> numbers;
  for (std::size_t at = log.find(file); at != std::string::npos; at = log.find(file, at + 1)) {
    const std::size_t digits = at + file.size() + 1;
    if (digits < log.size() && std::isdigit(static_cast<unsigned char>(log[digits])) != 0)
      numbers.insert(static_cast<std::size_t>(std::strtoul(log.c_str() + digits, nullptr, 10)));
  }
  return numbers;
}

}  // namespace

std::string with_source_lines(const std::string& log, const std::string& source, const std::string& file) {
  const std::vector<std::string> lines = lines_of(source);
  std::string text = log;
  std::size_t shown = 0;
  for (const std::size_t number : lines_named(log, file)) {
    if (number == 0 || number > lines.size() || ++shown > 10) continue;
    text += "\n" + file + ":" + std::to_string(number) + "\n";
    for (std::size_t i = std::max<std::size_t>(number, 2) - 1; i <= std::min(number + 1, lines.size()); ++i)
      text += (i == number ? "> " : "  ") + lines[i - 1] + "\n";
  }
  return text;
}

}  // namespace synfire::codegen::jit
