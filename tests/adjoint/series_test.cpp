// SPDX-License-Identifier: Apache-2.0
#include "reference/series.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "reference/polynomial.hpp"
#include "synfire/language/parse.hpp"

namespace synfire::codegen::reference {
namespace {

// One equation and the time.
struct OneFlow {
  explicit OneFlow(const std::string& rate)
      : tape({"x", "t", "k"}, {false, false, true}),
        series(tape, {tape.add(language::parse_expression(rate))}, 1, {}) {}

  double flow(double x, double from, double length) {
    for (double rest = length; rest != 0;) {
      const double inputs[] = {x, from, 0.7};
      std::vector<double> constants;
      tape.evaluate_constants(inputs, constants);
      series.expand(inputs, constants, std::abs(rest));
      const double step =
          std::copysign(series.until_switch(std::min(std::abs(rest), series.reach()), std::copysign(1.0, rest)), rest);
      x = value_at(series.of_input(0), step);
      from += step;
      rest -= step;
    }
    return x;
  }

  Tape tape;
  FlowSeries series;
};

TEST(Series, FollowsKnownSolutions) {
  EXPECT_NEAR(OneFlow("-k * x").flow(2, 0, 40), 2 * std::exp(-28), 1e-24);
  EXPECT_NEAR(OneFlow("1 + x * x").flow(0, 0, 1.4), std::tan(1.4), 1e-12);
  EXPECT_NEAR(OneFlow("exp(-x)").flow(0, 0, 3), std::log(4), 1e-14);
  EXPECT_NEAR(OneFlow("x * cos(t)").flow(1, 0, 5), std::exp(std::sin(5)), 1e-13);
  EXPECT_NEAR(OneFlow("sqrt(x)").flow(1, 0, 2), 4, 1e-13);
  EXPECT_NEAR(OneFlow("2 - abs(x - 1)").flow(0, 0, 1.5), 3 - 4 * std::exp(-1.5), 1e-9);  // changes sides at log 2
  EXPECT_NEAR(OneFlow("x ** 1.5").flow(1, 0, 1), 4, 1e-12);
  EXPECT_NEAR(OneFlow("1 / (2 * x)").flow(1, 0, 3), 2, 1e-13);
}

// Flowing forward and back is the identity, whatever the functions.
TEST(Series, FlowsBack) {
  for (const char* rate : {"tanh(x) - 0.3 * sin(t)", "sigmoid(x) * log(2 + x * x)", "expm1(-x) + log1p(x * x)",
                           "max(x, 0.5) - abs(sin(x))", "(0.2 if k > 0.5 else 3) * x"}) {
    OneFlow one(rate);
    EXPECT_NEAR(one.flow(one.flow(0.8, 1, 1.5), 2.5, -1.5), 0.8, 1e-13) << rate;
  }
}

Series polynomial(std::initializer_list<double> coefficients) {
  Series series{};
  std::copy(coefficients.begin(), coefficients.end(), series.begin());
  return series;
}

TEST(Polynomial, FindsTheFirstCrossingHoweverFlat) {
  const auto parabola = [](double top) { return polynomial({top - 0.25, 1, -1}); };
  const auto found = first_not_negative(parabola(1e-12), 1);
  ASSERT_TRUE(found);
  EXPECT_NEAR(*found, 0.5 - 1e-6, 1e-9);
  EXPECT_FALSE(first_not_negative(parabola(-1e-12), 1));
  EXPECT_FALSE(first_not_negative(parabola(1e-2), 0.39));
  EXPECT_NEAR(*first_not_negative(polynomial({-0.105, 0.71, -1.5, 1}), 1), 0.3, 1e-14);  // roots .3, .5, .7
}

TEST(Polynomial, FindsTheLargestValue) {
  const Series two_hills = polynomial({0, 1, -6, 12.5, -8});
  const auto found = largest(two_hills, 1, -1);
  ASSERT_TRUE(found);
  double best = -1;
  for (double t = 0; t <= 1; t += 1e-4) best = std::max(best, value_at(two_hills, t));
  EXPECT_NEAR(found->value, best, 1e-7);
  EXPECT_FALSE(largest(two_hills, 1, best + 1e-6));
}

TEST(Tape, DifferentiatesBackwards) {
  const std::string text =
      "x * sin(k) / (1 + t) - tanh(x * t) + sigmoid(k) * exp(-x) + max(x, t) * min(k, t) + abs(x - 3) + sqrt(k + x ** "
      "3)"
      " + log(1 + x * x) + log1p(k) + cos(t) + expm1(x) + x ** 2.5 + (x if t > k else k)";
  Tape tape({"x", "t", "k"}, {false, false, false});
  const int node = tape.add(language::parse_expression(text));
  const double at[] = {0.9, 1.3, 0.4};
  std::vector<double> values, adjoints(tape.nodes().size(), 0.0);
  tape.evaluate(at, values);
  adjoints[static_cast<std::size_t>(node)] = 1;
  double derivative[3] = {};
  tape.reverse(values, adjoints, derivative);
  for (int i = 0; i < 3; ++i) {
    double above[] = {at[0], at[1], at[2]}, below[] = {at[0], at[1], at[2]};
    above[i] += 1e-6;
    below[i] -= 1e-6;
    std::vector<double> up, down;
    tape.evaluate(above, up);
    tape.evaluate(below, down);
    const std::size_t n = static_cast<std::size_t>(node);
    EXPECT_NEAR(derivative[i], (up[n] - down[n]) / 2e-6, 1e-8) << i;
  }
}

// Program texts can have equal sides as well: resets cause them.
TEST(Tape, ChoosesWhereSidesAreEqual) {
  const auto derivative = [](const std::string& text) {
    Tape tape({"x"}, {false});
    const int node = tape.add(language::parse_expression(text));
    const double at = 0;
    std::vector<double> values, adjoints(tape.nodes().size(), 0.0);
    tape.evaluate(&at, values);
    adjoints[static_cast<std::size_t>(node)] = 1;
    double result = 0;
    tape.reverse(values, adjoints, &result);
    return result;
  };
  EXPECT_EQ(derivative("abs(x)"), 0);
  EXPECT_EQ(derivative("max(x, -2 * x)"), 1);
  EXPECT_EQ(derivative("min(3 * x, x)"), 3);
}

}  // namespace
}  // namespace synfire::codegen::reference
