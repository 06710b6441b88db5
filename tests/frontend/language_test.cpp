// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include "synfire/language/parse.hpp"

namespace synfire::language {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string reprinted(const std::string& text) { return to_string(parse_expression(text)); }

TEST(Language, BindsOperatorsAsTheGrammarSays) {
  const auto a = name("a"), b = name("b"), c = name("c");
  using Operator = BinaryOperator;
  EXPECT_TRUE(equal(parse_expression("a + b * c"), binary(Operator::add, a, binary(Operator::multiply, b, c))));
  EXPECT_TRUE(equal(parse_expression("a - b - c"), binary(Operator::subtract, binary(Operator::subtract, a, b), c)));
  EXPECT_TRUE(equal(parse_expression("a ** b ^ c"), binary(Operator::power, a, binary(Operator::power, b, c))));
  EXPECT_TRUE(equal(parse_expression("-a ** b"), unary(UnaryOperator::negate, binary(Operator::power, a, b))));
  EXPECT_TRUE(
      equal(parse_expression("a or b and not c"),
            binary(Operator::logical_or, a, binary(Operator::logical_and, b, unary(UnaryOperator::logical_not, c)))));
  EXPECT_TRUE(equal(parse_expression("a if b else c if a else b"), conditional(b, a, conditional(a, c, b))));
  EXPECT_TRUE(equal(parse_expression("not a < b"), unary(UnaryOperator::logical_not, binary(Operator::less, a, b))));
}

TEST(Language, HasOneFormForNegativeNumbers) {
  EXPECT_TRUE(equal(parse_expression("-2.5"), number(-2.5)));
  EXPECT_TRUE(equal(parse_expression("-(2)"), number(-2)));
  EXPECT_TRUE(equal(parse_expression("--2"), number(2)));
  EXPECT_EQ(to_string(binary(BinaryOperator::power, number(-2), number(-3))), "(-2) ** -3");
  EXPECT_EQ(reprinted("-2 ** 2"), "-2 ** 2");
}

TEST(Language, ReadsNumbersExactly) {
  for (const auto& [text, value] : {std::pair{"1e-3", 1e-3}, {".5", 0.5}, {"2.", 2.0}, {"0.1", 0.1}, {"1E+2", 100.0}}) {
    EXPECT_TRUE(equal(parse_expression(text), number(value))) << text;
  }
}

TEST(Language, PrintsWithAsFewParenthesesAsNeeded) {
  for (const char* text : {"a + b * c",
                           "(a + b) * c",
                           "a - (b - c)",
                           "a / (b / c)",
                           "a / b / c",
                           "(a ** b) ** c",
                           "a ** b ** c",
                           "(-a) ** b",
                           "-a * b",
                           "--a",
                           "not (a and b) or c",
                           "not not a",
                           "(a if b else c) + 1",
                           "a if b else c if d else e",
                           "a if (b if c else d) else e",
                           "(a if b else c) if d else e",
                           "f(a, b if c else d)",
                           "a and (b or c)",
                           "(a < b) == (c < d)",
                           "exp(-abs(x) * dt)",
                           "uniform()",
                           "true and not false",
                           "3.4028234663852886e+38"}) {
    EXPECT_EQ(reprinted(text), text);
  }
  EXPECT_EQ(reprinted("((a)) + ((b * c))"), "a + b * c");
}

// Random trees, to find cases that the examples above miss.
class RandomTrees {
 public:
  explicit RandomTrees(unsigned seed) : random_(seed) {}

  Expression expression(int depth) {
    switch (depth == 0 ? pick(3) : pick(8)) {
      case 0: return number(numbers[pick(numbers.size())]);
      case 1: return boolean(pick(2) == 0);
      case 2: return name(names[pick(names.size())]);
      case 3: return unary(static_cast<UnaryOperator>(pick(2)), expression(depth - 1));
      case 4: return conditional(expression(depth - 1), expression(depth - 1), expression(depth - 1));
      case 5: return call(names[pick(names.size())], arguments(depth - 1));
      default: return binary(static_cast<BinaryOperator>(pick(13)), expression(depth - 1), expression(depth - 1));
    }
  }

  Statement statement(int depth) {
    if (depth == 0 || pick(2) == 0) return assign(names[pick(names.size())], expression(2));
    return if_statement(expression(2), statements(depth - 1), statements(depth - 1));
  }

  std::vector<Statement> statements(int depth) {
    std::vector<Statement> result(pick(3));
    for (Statement& each : result) each = statement(depth);
    return result;
  }

 private:
  static constexpr std::array numbers = {0.0, 1.0, -1.0, -0.0, 0.1, 1e-300, 1.7976931348623157e308, -2.5e17, 5e-324};
  static constexpr std::array names = {"a", "b_1", "_x", "tau_mem", "iffy"};

  std::size_t pick(std::size_t choices) { return random_() % choices; }

  std::vector<Expression> arguments(int depth) {
    std::vector<Expression> result(pick(4));
    for (Expression& each : result) each = expression(depth);
    return result;
  }

  std::mt19937 random_;
};

unsigned seed() {
  const char* given = std::getenv("SYNFIRE_TEST_SEED");
  return given ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
}

TEST(Language, PrintedExpressionsParseToThemselves) {
  const unsigned start = seed();
  SCOPED_TRACE("SYNFIRE_TEST_SEED=" + std::to_string(start));
  RandomTrees trees(start);
  for (int i = 0; i < 3000; ++i) {
    const Expression tree = trees.expression(i % 7);
    const std::string text = to_string(tree);
    ASSERT_TRUE(equal(parse_expression(text), tree)) << text << "\nbecame\n" << reprinted(text);
  }
}

TEST(Language, PrintedStatementsParseToThemselves) {
  const unsigned start = seed();
  SCOPED_TRACE("SYNFIRE_TEST_SEED=" + std::to_string(start));
  RandomTrees trees(start);
  for (int i = 0; i < 1000; ++i) {
    const Statement tree = trees.statement(i % 4);
    const std::string text = to_string(tree);
    ASSERT_TRUE(equal(parse_statements(text), {tree})) << text;
  }
}

TEST(Language, ParsesStatementsOverSeveralLines) {
  const auto statements = parse_statements(R"(
    # a comment; with = signs
    a = 1; b += (2 +
                 3)      # newlines between parentheses are white space
    if a > b { a = b }
    else if a == b { b *= 2; a -= 1 }
    else {
      b /= 2
    }
  )");
  const auto expected = parse_statements(
      "a = 1\nb = b + (2 + 3)\nif a > b { a = b } else { if a == b { b = b * 2\na = a - 1 } else { b = b / 2 "
      "} }");
  EXPECT_TRUE(equal(statements, expected));
  EXPECT_EQ(statements.size(), 3u);
  EXPECT_TRUE(parse_statements(" \n ; # nothing\n").empty());
}

TEST(Language, UpdatesTakeTheWholeRightSide) {
  EXPECT_TRUE(equal(parse_statements("a *= b + c"), parse_statements("a = a * (b + c)")));
}

TEST(Language, ParsesEquations) {
  const Equation equation = parse_equation("dv/dt = (I - v) / tau");
  EXPECT_EQ(equation.variable, "v");
  EXPECT_EQ(to_string(equation), "dv/dt = (I - v) / tau");
  EXPECT_EQ(parse_equation(" dd / dt = 1").variable, "d");
}

TEST(Language, KeepsColumns) {
  const Expression sum = parse_expression("v + tau * f(x)");
  const auto& node = std::get<Binary>(sum->node);
  EXPECT_EQ(sum->column, 3);
  EXPECT_EQ(node.left->column, 1);
  EXPECT_EQ(node.right->column, 9);
  EXPECT_EQ(std::get<Binary>(node.right->node).right->column, 11);
  EXPECT_EQ(parse_statements("a = 1\n  b = 2")[1]->column, 9);
}

TEST(Language, ComparesLiteralsBitForBit) {
  EXPECT_FALSE(equal(number(0.0), number(-0.0)));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(equal(number(nan), number(nan)));
  EXPECT_FALSE(equal(call("f", {}), call("f", {number(1)})));
  EXPECT_TRUE(equal(Expression{}, Expression{}));
  EXPECT_FALSE(equal(Expression{}, number(1)));
}

TEST(Language, FindsNamesAndCalls) {
  const Expression expression = parse_expression("b * exp(a) if c > b else sin(d)");
  EXPECT_THAT(names_in(expression), ElementsAre("b", "a", "c", "d"));
  EXPECT_TRUE(calls(expression, "sin"));
  EXPECT_FALSE(calls(expression, "cos"));
  EXPECT_TRUE(names_in(nullptr).empty());
}

TEST(Language, PutsACaretUnderAColumn) {
  EXPECT_EQ(with_caret("dv/dt = -v / tua", 14), "dv/dt = -v / tua\n             ^");
  EXPECT_EQ(with_caret("a = 1\n\tb = c", 12), "\tb = c\n\t    ^");
  EXPECT_EQ(with_caret("", 1), "\n^");
  EXPECT_EQ(position_of("a = 1\n\tb = c", 12).line, 2);
  EXPECT_EQ(position_of("a = 1\n\tb = c", 12).column, 6);
}

TEST(Language, KnowsNames) {
  for (const char* good : {"v", "_", "tau_mem", "V2"}) EXPECT_TRUE(is_name(good)) << good;
  for (const char* bad : {"", "2v", "a-b", "if", "true", "é", "a b"}) EXPECT_FALSE(is_name(bad)) << bad;
}

}  // namespace
}  // namespace synfire::language
