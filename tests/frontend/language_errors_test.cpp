// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "synfire/language/parse.hpp"

namespace synfire::language {
namespace {

struct Mistake {
  const char* text;
  int column;
};

TEST(LanguageErrors, SaysWhereAnExpressionGoesWrong) {
  for (const Mistake& mistake : {Mistake{"", 1},
                                 {"a +", 4},
                                 {"(a", 3},
                                 {"a b", 3},
                                 {"a = b", 3},
                                 {"a < b < c", 7},
                                 {"f(a,)", 5},
                                 {"a if b", 7},
                                 {"2v", 2},
                                 {"1e999", 1},
                                 {"a $ b", 3},
                                 {"a && b", 3},
                                 {"v ≥ 1", 3},
                                 {"not", 4},
                                 {"if", 1},
                                 {"a)", 2},
                                 {"a !b", 3}}) {
    try {
      parse_expression(mistake.text);
      ADD_FAILURE() << mistake.text << " parsed";
    } catch (const SyntaxError& error) {
      EXPECT_EQ(error.column(), mistake.column) << mistake.text << ": " << error.what();
    }
  }
}

TEST(LanguageErrors, SaysWhereStatementsAndEquationsGoWrong) {
  for (const Mistake& mistake : {Mistake{"a", 2},
                                 {"a = 1 b = 2", 7},
                                 {"if a { b = 1", 13},
                                 {"a = 1 }", 7},
                                 {"1 = a", 1},
                                 {"if a b = 1", 6},
                                 {"a == 1", 3},
                                 {"a = 1 else { }", 7}}) {
    try {
      parse_statements(mistake.text);
      ADD_FAILURE() << mistake.text << " parsed";
    } catch (const SyntaxError& error) {
      EXPECT_EQ(error.column(), mistake.column) << mistake.text << ": " << error.what();
    }
  }
  for (const Mistake& mistake :
       {Mistake{"v = 1", 1}, {"dv = 1", 4}, {"dv/dx = 1", 4}, {"d/dt = 1", 1}, {"dv/dt 1", 7}}) {
    try {
      parse_equation(mistake.text);
      ADD_FAILURE() << mistake.text << " parsed";
    } catch (const SyntaxError& error) {
      EXPECT_EQ(error.column(), mistake.column) << mistake.text << ": " << error.what();
    }
  }
}

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

TEST(LanguageErrors, RefusesDeepNesting) {
  constexpr int many = 100'000;
  for (const std::string& text :
       {repeated("(", many), repeated("-", many) + "a", repeated("not ", many) + "a", "a" + repeated(" + a", many),
        "a" + repeated(" ** a", many), repeated("f(", many), "a" + repeated(" if b else a", many)}) {
    EXPECT_THROW(parse_expression(text), SyntaxError) << text.substr(0, 20);
  }
  EXPECT_THROW(parse_statements(repeated("if a {", many)), SyntaxError);
  EXPECT_THROW(parse_statements("if a {}" + repeated(" else if a {}", many)), SyntaxError);
  EXPECT_NO_THROW(parse_expression(repeated("(", 60) + "a" + repeated(")", 60)));
  EXPECT_NO_THROW(parse_expression("a" + repeated(" + a", 500)));
}

}  // namespace
}  // namespace synfire::language
