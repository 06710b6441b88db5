// SPDX-License-Identifier: Apache-2.0
#include "lower/symbolic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "synfire/language/parse.hpp"

namespace synfire::codegen::symbolic {
namespace {

using language::parse_expression;
using Names = std::set<std::string, std::less<>>;

std::string folded(const std::string& text) { return language::to_string(fold(parse_expression(text))); }

double value_of(const std::string& name) {
  if (name == "x") return 3;
  if (name == "y") return -2;
  if (name == "a") return 0.5;
  return 7;
}

double value(const Expression& expression) { return evaluate(expression, value_of); }
double value(const std::string& text) { return value(parse_expression(text)); }

TEST(Fold, ComputesNumbers) {
  EXPECT_EQ(folded("1 + 2 * 3"), "7");
  EXPECT_EQ(folded("-(2 - 5)"), "3");
  EXPECT_EQ(folded("2 ** 10"), "1024");
  EXPECT_EQ(folded("max(1, min(5, 3))"), "3");
  EXPECT_EQ(folded("sqrt(16) + abs(-2) + floor(1.5) + ceil(1.5) + sign(-3)"), "8");
  EXPECT_EQ(folded("round(2.5) + round(3.5)"), "6");  // half to even, as on the device
}

TEST(Fold, DropsNeutralElements) {
  EXPECT_EQ(folded("x + 0"), "x");
  EXPECT_EQ(folded("0 + x"), "x");
  EXPECT_EQ(folded("x - 0"), "x");
  EXPECT_EQ(folded("0 - x"), "-x");
  EXPECT_EQ(folded("1 * x"), "x");
  EXPECT_EQ(folded("x * 1"), "x");
  EXPECT_EQ(folded("-1 * x"), "-x");
  EXPECT_EQ(folded("x * 0"), "0");
  EXPECT_EQ(folded("0 / x"), "0 / x");  // which is NaN for x = 0
  EXPECT_EQ(folded("0 / (x - 3) * 0"), "0 / (x - 3) * 0");
  EXPECT_EQ(folded("x / 1"), "x");
  EXPECT_EQ(folded("x ** 1"), "x");
  EXPECT_EQ(folded("x ** 0"), "1");
  EXPECT_EQ(folded("-(-x)"), "x");
}

TEST(Fold, DecidesChoices) {
  EXPECT_EQ(folded("x if true else y"), "x");
  EXPECT_EQ(folded("x if 1 > 2 else y"), "y");
  EXPECT_EQ(folded("x if not (true and false) else y"), "x");
  EXPECT_EQ(folded("x if a > 1 and true else y"), "x if a > 1 else y");
  EXPECT_EQ(folded("x if a > 1 or true else y"), "x");
  EXPECT_EQ(folded("x if a > 1 and false else y"), "y");
}

TEST(NonFinitePart, IsTheInnermost) {
  const Substitution zeros{{"p", language::number(0)}, {"q", language::number(0)}};
  const auto part = [&](const std::string& text) {
    const Expression found = non_finite_part(parse_expression(text), zeros);
    return found ? language::to_string(found) : "";
  };
  EXPECT_EQ(part("x + 2 * (p / q)"), "p / q");
  EXPECT_EQ(part("exp(1 / q - x)"), "1 / q");
  EXPECT_EQ(part("x + p"), "");
}

TEST(Fold, LeavesDrawsAlone) { EXPECT_EQ(folded("uniform() + 2 * 3"), "uniform() + 6"); }

TEST(Substitute, PutsValuesInAndFolds) {
  const Substitution values{{"scale", language::boolean(true)}, {"tau", language::number(4)}};
  const auto result = substitute(parse_expression("(x - v) / tau if scale else -v / tau"), values);
  EXPECT_EQ(language::to_string(result), "(x - v) / 4");
}

TEST(Evaluate, FollowsTheLanguage) {
  EXPECT_EQ(value("x + y * 2"), -1);
  EXPECT_EQ(value("x if y < 0 else 1"), 3);
  EXPECT_EQ(value("not (x > y)"), 0);
  EXPECT_EQ(value("x > 1 and y > 1"), 0);
  EXPECT_EQ(value("x > 1 or y > 1"), 1);
  EXPECT_EQ(value("x != 3"), 0);
  EXPECT_DOUBLE_EQ(value("exp(log(x)) + expm1(log1p(x))"), 6);
  EXPECT_DOUBLE_EQ(value("sin(x)^2 + cos(x)^2"), 1);
  EXPECT_DOUBLE_EQ(value("sigmoid(y)"), 1 / (1 + std::exp(2.0)));
  EXPECT_DOUBLE_EQ(value("tanh(a) * pow(x, 2)"), 9 * std::tanh(0.5));
  EXPECT_THROW(value("uniform()"), std::logic_error);
}

TEST(LinearForm, FindsCoefficients) {
  const auto form = linear_form(parse_expression("(x - y) / a + 3 * x + b - 2 * (y + c)"), {"x", "y"});
  ASSERT_TRUE(form);
  ASSERT_EQ(form->coefficients.size(), 2u);
  EXPECT_DOUBLE_EQ(value(form->coefficients.at("x")), 5);
  EXPECT_DOUBLE_EQ(value(form->coefficients.at("y")), -4);
  EXPECT_DOUBLE_EQ(value(form->rest), 7 - 14);
}

TEST(LinearForm, LeavesZeroCoefficientsOut) {
  const auto form = linear_form(parse_expression("x + y - x"), {"x", "y"});
  ASSERT_TRUE(form);
  EXPECT_EQ(form->coefficients.count("x"), 0u);
  EXPECT_EQ(form->coefficients.count("y"), 1u);
}

TEST(LinearForm, IsNothingWhereItIsNotLinear) {
  for (const char* text : {"x * x", "x * y", "1 / x", "exp(x)", "x ** 2", "x if x > 0 else 0", "a / (x + 1)"})
    EXPECT_FALSE(linear_form(parse_expression(text), {"x", "y"})) << text;
  EXPECT_TRUE(linear_form(parse_expression("exp(a) * x"), {"x", "y"}));
}

TEST(Terms, SeparateConstantsFromFactors) {
  const auto list = terms(parse_expression("2 * x / a - (y - 3 * c)"), {"a", "c"});
  ASSERT_EQ(list.size(), 3u);
  EXPECT_DOUBLE_EQ(value(list[0].coefficient), 4);
  EXPECT_EQ(language::to_string(list[0].factor), "x");
  EXPECT_DOUBLE_EQ(value(list[1].coefficient), -1);
  EXPECT_EQ(language::to_string(list[1].factor), "y");
  EXPECT_DOUBLE_EQ(value(list[2].coefficient), 21);
  EXPECT_TRUE(is_number(list[2].factor, 1));
}

TEST(Terms, OfZeroAreNone) { EXPECT_TRUE(terms(parse_expression("0"), {}).empty()); }

TEST(IsConstant, NeedsKnownNamesAndNoDraws) {
  EXPECT_TRUE(is_constant(parse_expression("a + 1"), {"a"}));
  EXPECT_FALSE(is_constant(parse_expression("a + b"), {"a"}));
  for (const char* text : {"uniform()", "1 + normal()", "per_step(1)", "step_mean(1)"})
    EXPECT_FALSE(is_constant(parse_expression(text), {})) << text;
}

TEST(MatrixFunctions, FoldWhereAllIsKnown) {
  const auto rate = language::number(-0.25);
  EXPECT_DOUBLE_EQ(*as_number(matrix_exponential(0, 0, 1, {rate}, language::number(2))), std::exp(-0.5));
  EXPECT_DOUBLE_EQ(*as_number(matrix_phi(0, 0, 1, {rate}, language::number(2))), std::expm1(-0.5) / -0.25);
  const auto open = matrix_exponential(0, 0, 1, {language::name("a")}, language::number(2));
  EXPECT_FALSE(as_number(open));
  EXPECT_DOUBLE_EQ(value(open), std::exp(1.0));
}

// A random expression over x, y and a; numbers are small, so that nothing overflows.
Expression random_expression(std::mt19937& random, int depth) {
  if (depth == 0 || random() % 5 == 0) {
    static const char* const names[] = {"x", "y", "a"};
    if (random() % 2 == 0) return language::name(names[random() % 3]);
    return language::number(static_cast<double>(static_cast<int>(random() % 5)) - 2);
  }
  const auto next = [&] { return random_expression(random, depth - 1); };
  using enum language::BinaryOperator;
  switch (random() % 6) {
    case 0: return language::binary(add, next(), next());
    case 1: return language::binary(subtract, next(), next());
    case 2: return language::binary(multiply, next(), next());
    case 3: return language::unary(language::UnaryOperator::negate, next());
    case 4: return language::conditional(language::binary(less, next(), next()), next(), next());
    default: return language::call("max", {next(), next()});
  }
}

TEST(Properties, RewritingKeepsTheValue) {
  const unsigned seed = 20240;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    const Expression expression = random_expression(random, 5);
    const double expected = value(expression);
    const std::string text = language::to_string(expression);
    const double tolerance = 1e-9 * (1 + std::abs(expected));
    EXPECT_NEAR(value(fold(expression)), expected, tolerance) << text;
    double total = 0;
    for (const Term& term : terms(expression, Names{"a"})) total += value(term.coefficient) * value(term.factor);
    EXPECT_NEAR(total, expected, tolerance) << text;
    const auto form = linear_form(expression, {"x", "y"});
    if (!form) continue;
    double linear = value(form->rest);
    for (const auto& [name, coefficient] : form->coefficients) linear += value(coefficient) * value_of(name);
    EXPECT_NEAR(linear, expected, tolerance) << text;
  }
}

}  // namespace
}  // namespace synfire::codegen::symbolic
