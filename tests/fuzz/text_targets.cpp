// SPDX-License-Identifier: Apache-2.0
// Targets that read text.
#include <string>
#include <string_view>

#include "fuzz/targets.hpp"
#include "synfire/language/parse.hpp"

namespace synfire::fuzz {
namespace {

template <class Parse>
void parse_twice(std::string_view text, Parse parse) {
  std::string written;
  try {
    written = parse(text);
  } catch (const language::SyntaxError&) {
    return;
  }
  try {
    if (parse(written) != written) throw Defect("writing it again gives a different text: " + written);
  } catch (const language::SyntaxError& error) {
    throw Defect("cannot read back the written text: " + written + ": " + error.what());
  }
}

}  // namespace

void model_language(Bytes input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  parse_twice(text, [](std::string_view each) { return language::to_string(language::parse_expression(each)); });
  parse_twice(text, [](std::string_view each) { return language::to_string(language::parse_equation(each)); });
  parse_twice(text, [](std::string_view each) {
    std::string written;
    for (const language::Statement& statement : language::parse_statements(each))
      written += language::to_string(statement) + "\n";
    return written;
  });
}

}  // namespace synfire::fuzz
