// SPDX-License-Identifier: Apache-2.0
// The texts of surrogates: built-in ones against their formulas, and the mistakes of users' own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "error/problems.hpp"
#include "lower/symbolic.hpp"
#include "synfire/catalog.hpp"
#include "synfire/codegen/surrogates.hpp"
#include "synfire/ir/parsed_model.hpp"
#include "synfire/registry.hpp"
#include "synfire/surrogates.hpp"

namespace synfire {
namespace {

using test::problem_at;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

template <class T>
class SurrogateOf : public ::testing::Test {};
using AllSurrogates = ::testing::Types<Atan, Boxcar, FastSigmoid, Gaussian, StraightThrough, Triangle>;
TYPED_TEST_SUITE(SurrogateOf, AllSurrogates);

TYPED_TEST(SurrogateOf, HasAMemberForEachParameterOfItsText) {
  std::vector<std::string> members, parameters;
  for (const auto& each : TypeParam::members()) members.emplace_back(each.name);
  for (const Parameter& each : TypeParam::text().parameters) {
    parameters.push_back(each.name);
    EXPECT_EQ(each.min, 0);
    EXPECT_TRUE(each.exclusive_min);
  }
  EXPECT_EQ(members, parameters);
  EXPECT_THAT(set_members(TypeParam{}), IsEmpty());
}

TYPED_TEST(SurrogateOf, IsRegisteredAndHasNoProblems) {
  const SurrogateModel model = TypeParam::text();
  EXPECT_THAT(problems_of(model, "here"), IsEmpty());
  ASSERT_NE(find_surrogate(model.name), nullptr);
  EXPECT_EQ(*find_surrogate(model.name), model);
  EXPECT_EQ(surrogate_model(Surrogate(TypeParam{})), model);
}

double derivative_at(const codegen::SurrogateRule& rule, double x) {
  return codegen::symbolic::evaluate(rule.derivative, [&](const std::string&) { return x; });
}

struct Known {
  Surrogate surrogate;
  std::function<double(double)> formula;
  std::optional<double> support = std::nullopt;
};

TEST(Surrogates, HaveTheDerivativesOfTheirPapers) {
  const double pi = std::numbers::pi;
  const std::vector<Known> all{
      {"fast_sigmoid", [](double x) { return 1 / std::pow(1 + 25 * std::abs(x), 2); }},
      {FastSigmoid{.slope = 10.0}, [](double x) { return 1 / std::pow(1 + 10 * std::abs(x), 2); }},
      {"atan", [&](double x) { return 1 / (1 + std::pow(pi * x, 2)); }},
      {Atan{.alpha = 3.0}, [&](double x) { return 1.5 / (1 + std::pow(pi / 2 * 3 * x, 2)); }},
      {"triangle", [](double x) { return std::max(0.0, 1 - std::abs(x)); }, 1.0},
      {Triangle{.width = 0.5, .scale = 0.3}, [](double x) { return 0.3 * std::max(0.0, 1 - std::abs(x) / 0.5); }, 0.5},
      {"gaussian", [&](double x) { return std::exp(-x * x / 0.5) / (0.5 * std::sqrt(2 * pi)); }},
      {"boxcar", [](double x) { return std::abs(x) < 0.5 ? 1.0 : 0.0; }, 0.5},
      {Boxcar{.width = 0.25, .height = 2.0}, [](double x) { return std::abs(x) < 0.25 ? 2.0 : 0.0; }, 0.25},
      {"straight_through", [](double) { return 1.0; }}};
  for (const Known& each : all) {
    const SurrogateModel model = surrogate_model(each.surrogate);
    const codegen::SurrogateRule rule = codegen::surrogate_rule(model, false, "here");
    for (const double x : {-2.0, -0.5, -0.25, -0.1, 0.0, 0.2, 0.5, 1.0, 3.0})
      EXPECT_NEAR(derivative_at(rule, x), each.formula(x), 1e-12) << model.name << " at " << x;
    EXPECT_EQ(rule.support, each.support) << model.name;
    if (rule.support) {
      EXPECT_EQ(derivative_at(rule, *rule.support), 0) << model.name;
    }
  }
}

// The integral of a density is that of a step: 1.
TEST(Surrogates, DensitiesHaveTheIntegralOfAStep) {
  for (const char* name : {"atan", "gaussian", "triangle", "boxcar"}) {
    const codegen::SurrogateRule rule = codegen::surrogate_rule(*find_surrogate(name), false, "here");
    double sum = 0;
    for (double x = -200; x < 200; x += 1e-2) sum += derivative_at(rule, x + 5e-3) * 1e-2;
    EXPECT_NEAR(sum, 1, 2e-3) << name;
  }
}

TEST(Surrogates, AreInTheCatalog) {
  std::vector<std::string> names;
  std::string text;
  for (const CatalogEntry& each : catalog()) {
    if (each.kind == "surrogate") names.push_back(each.name);
    if (each.name == "triangle") text = each.text;
  }
  EXPECT_EQ(text, "surrogate \"triangle\"\n  derivative: scale * max(0, 1 - abs(x) / width)\n  support: width\n");
  EXPECT_THAT(names, IsSupersetOf({"atan", "boxcar", "fast_sigmoid", "gaussian", "straight_through", "triangle"}));
}

struct Mistake {
  SurrogateModel model;
  ProblemKind kind;
  std::string path, hint = {};
};

TEST(Surrogates, MistakesInTextsAreReported) {
  const auto named = [](const std::string& derivative, const std::string& support = {}) {
    return SurrogateModel{
        .name = "own", .parameters = {{"width", 2.0}, {"flag", true}}, .derivative = derivative, .support = support};
  };
  using enum ProblemKind;
  const std::vector<Mistake> all{
      {{.name = "fast_sigmoidd"}, unknown_name, "here", "fast_sigmoid"},
      {named(""), model_text, "here \"own\""},
      {named("1 / (1 + abs(y))"), model_text, "here \"own\", derivative, column 14"},
      {named("widht * x"), model_text, "here \"own\", derivative, column 1", "did you mean \"width\"?"},
      {named("x + dt"), model_text, "here \"own\", derivative, column 5"},
      {named("x + t"), model_text, "here \"own\", derivative, column 5"},
      {named("x > 0"), model_text, "here \"own\", derivative, column 1", "1 if"},
      {named("uniform() * x"), model_text, "here \"own\", derivative, column 1"},
      {named("x; width"), model_text, "here \"own\", derivative, column 2"},
      {named("x", "x"), model_text, "here \"own\", support, column 1"},
      {named("x", "flag"), model_text, "here \"own\", support, column 1"},
      {{.name = "own", .parameters = {{"x", 1.0}}, .derivative = "x"}, invalid_name, "here \"own\""},
      {{.name = "own", .parameters = {{"type", 1.0}}, .derivative = "x"}, invalid_name, "here \"own\""},
      {{.name = "own", .parameters = {{"a", Normal{}}}, .derivative = "a * x"}, invalid_value, "here.a"},
      {{.name = "own !", .derivative = "x"}, invalid_name, "here"},
      {surrogate_model(Triangle{.width = 0.0}), invalid_value, "here.width"},
      {surrogate_model(Atan{.alpha = -1.0}), invalid_value, "here.alpha"},
      {Gaussian::text().with({{"sigmma", 1.0}}), unknown_name, "here.sigmma", "sigma"}};
  for (const Mistake& each : all) {
    const std::vector<Problem> problems = problems_of(each.model, "here");
    ASSERT_THAT(problems, ElementsAre(problem_at(each.kind, each.path)))
        << each.model.derivative << " | " << each.model.support;
    EXPECT_THAT(problems[0].hint, ::testing::HasSubstr(each.hint));
  }
}

// What lies outside of the support is never computed.
TEST(Surrogates, NeedToBeFiniteInTheirSupportOnly) {
  const SurrogateModel circle{
      .name = "circle", .parameters = {{"r", 0.5}}, .derivative = "sqrt(r**2 - x**2)", .support = "r"};
  EXPECT_EQ(codegen::surrogate_rule(circle, true, "here").support, 0.5);
  EXPECT_NO_THROW(codegen::surrogate_rule(surrogate_model(Gaussian{.sigma = 0.04}), true, "here"));
}

TEST(Surrogates, TextsWithoutUseAreRefused) {
  const auto own = [](const std::string& derivative, const std::string& support = {}) {
    return SurrogateModel{.name = "own", .parameters = {{"width", 1.0}}, .derivative = derivative, .support = support};
  };
  const std::vector<std::pair<SurrogateModel, std::string>> all{{own("x / (width - 1)"), "derivative"},
                                                                {own("exp(1000 * width)"), "derivative"},
                                                                {own("1 / x"), "derivative"},
                                                                {own("log(x)", "width"), "derivative"},
                                                                {own("0 * width"), "derivative"},
                                                                {own("max(0, x)", "width - 1"), "support"},
                                                                {own("max(0, x)", "-width"), "support"},
                                                                {own("max(0, x)", "width / 0"), "support"},
                                                                {own("max(0, x)", "1e-60 * width"), "support"}};
  for (const auto& [model, part] : all) {
    EXPECT_THAT(problems_of(model, "here"), IsEmpty()) << model.derivative;
    const auto action = [&model = model] { codegen::surrogate_rule(model, false, "here"); };
    EXPECT_THAT(test::thrown_by(action), ElementsAre(problem_at(ProblemKind::invalid_value, "here \"own\", " + part)))
        << model.derivative << " | " << model.support;
  }
}

}  // namespace
}  // namespace synfire
