// SPDX-License-Identifier: Apache-2.0
// Derivatives, the normal form, and the derivation applied to published models.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "lower/symbolic.hpp"
#include "synfire/codegen/adjoint.hpp"
#include "synfire/language/parse.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen {
namespace {

using language::Expression;
using language::parse_expression;

std::string simple(const std::string& text) { return to_string(symbolic::simplify(parse_expression(text))); }
bool is_zero(const Expression& expression) { return symbolic::is_number(symbolic::simplify(expression), 0); }

TEST(Differentiate, AgreesWithDifferences) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> between(0.3, 0.9);
  for (const char* text :
       {"x * y / (1 + x)", "x ** 3 - y ** x", "exp(-x * y) + expm1(x)", "log(x) * log1p(y * x)", "sqrt(x + y)",
        "sin(x) * cos(x * y)", "tanh(x) / sigmoid(x - y)", "max(x, y) * min(2 * x, 1)", "abs(y - 2 * x)",
        "(x * x if x > y else x) + floor(x) + sign(x)", "pow(x, 2.5)", "-(x - y) * -x"}) {
    const Expression expression = parse_expression(text);
    const Expression derivative = symbolic::differentiate(expression, "x");
    const double x = between(random), y = between(random);
    const auto value = [&](const Expression& e, double at) {
      return symbolic::evaluate(e, [&](const std::string& name) { return name == "x" ? at : y; });
    };
    const double difference = (value(expression, x + 1e-6) - value(expression, x - 1e-6)) / 2e-6;
    EXPECT_NEAR(value(derivative, x), difference, 1e-8) << text;
    EXPECT_NEAR(value(symbolic::simplify(derivative), x), value(derivative, x), 1e-12) << text;
  }
}

// Coefficients of exact integration are differentiated through the block matrix.
TEST(Differentiate, KnowsMatrixFunctions) {
  const std::vector<Expression> matrix{parse_expression("-1 / x"), parse_expression("x * y"), parse_expression("0.3"),
                                       parse_expression("-y")};
  for (const auto& element : {symbolic::matrix_exponential(0, 1, 2, matrix, language::number(0.7)),
                              symbolic::matrix_phi(1, 0, 2, matrix, language::number(0.7))}) {
    const auto value = [&](const Expression& e, double at) {
      return symbolic::evaluate(e, [&](const std::string& name) { return name == "x" ? at : 0.6; });
    };
    const double difference = (value(element, 1.5 + 1e-6) - value(element, 1.5 - 1e-6)) / 2e-6;
    EXPECT_NEAR(value(symbolic::differentiate(element, "x"), 1.5), difference, 1e-9);
  }
}

TEST(Simplify, CollectsAndCancels) {
  EXPECT_EQ(simple("(I - v) / tau"), "(I - v) / tau");
  EXPECT_EQ(simple("x / (a + b) + x / (2 * a + 2 * b)"), "1.5 * x / (a + b)");
  EXPECT_EQ(simple("(a + b) / (3 * b + 3 * a) - 1 / 3"), "0");
  EXPECT_EQ(simple("-(-v / tau)"), "v / tau");
  EXPECT_EQ(simple("a / (b / c) - c * a / b"), "0");
  EXPECT_EQ(simple("(x + 1) ** 2 - x ** 2 - 2 * x"), "1");
  EXPECT_EQ(simple("exp(2 * x - x) - exp(x)"), "0");
  EXPECT_EQ(simple("a * (b if 1 + x > x else b)"), "a * b");
  EXPECT_EQ(simple("sqrt(x) * sqrt(x)"), "sqrt(x) ** 2");  // not x, which may be negative elsewhere
}

// Hidden neurons with published synapses, and the output they drive.
ir::Network event_prop_network() {
  const LeakyIntegrateFire lif{.relative_reset = false, .scale_i = true};
  const Exponential synapse{.tau = 5.0, .scale_i = true};
  Network network;
  const auto input = network.add(SpikeInput{}, 2, {.name = "input"});
  const auto hidden = network.add(lif, 2, {.name = "hidden"});
  network.connect(input, hidden, Dense{1.0}, {.synapse = synapse, .name = "w"});
  return network.resolve();
}

// Wunderlich & Pehle 2021, table 1, with λ_V = −τ_mem·λ_V(published), λ_I = −τ_syn·λ_I(published): they write the
// equations as τ_mem dV/dt = …, we as dV/dt = ….
TEST(Derivation, OfLeakyNeuronsIsEventProp) {
  const Adjoint adjoint = adjoint_of(hybrid_system(event_prop_network(), 1, {.keep_numbers = true}));
  const std::size_t v = adjoint.system.index_of("v");
  const std::size_t i = adjoint.system.index_of("w.x");
  const symbolic::Substitution published{{"λ_v", parse_expression("-tau_mem * lambda_V")},
                                         {"λ_w.x", parse_expression("-tau_syn * lambda_I")},
                                         {"w.x", parse_expression("I")},
                                         {"w.tau", parse_expression("tau_syn")},
                                         {"v_reset", parse_expression("0")}};
  const auto equals = [&](const Expression& ours, const std::string& theirs) {
    return is_zero(symbolic::difference(symbolic::substitute(ours, published), parse_expression(theirs)));
  };
  // τ_mem λ_V′ = −λ_V, τ_syn λ_I′ = −λ_I + λ_V in reversed time.
  EXPECT_TRUE(equals(adjoint.minus_lambda_rate[v], "-tau_mem * (-lambda_V / tau_mem)"));
  EXPECT_TRUE(equals(adjoint.minus_lambda_rate[i], "-tau_syn * ((-lambda_I + lambda_V) / tau_syn)"));
  // dL/dw = −τ_syn λ_I; a spike passes w (λ_V − λ_I) back to its source.
  ASSERT_EQ(adjoint.arrivals.size(), 1u);
  EXPECT_TRUE(equals(adjoint.arrivals[0].by_weight, "-tau_syn * lambda_I"));
  EXPECT_TRUE(equals(adjoint.arrivals[0].event_time, "w * (lambda_V - lambda_I)"));
  // λ_V⁻ = λ_V⁺ + (ϑ λ_V⁺ + Σ w (λ_V − λ_I)) / (τ_mem V̇⁻), at V = ϑ.
  const Expression before = symbolic::substitute(
      adjoint.lambda_before[v], {{"κ", symbolic::quotient(adjoint.event_time, adjoint.threshold_rate)}});
  const symbolic::Substitution at_threshold{{"v", parse_expression("v_thresh")}};
  const Expression ours = symbolic::substitute(symbolic::substitute(before, published), at_threshold);
  const Expression rate = parse_expression("(I - v_thresh) / tau_mem");
  const Expression theirs =
      symbolic::substitute(parse_expression("-tau_mem * (lambda_V + (v_thresh * lambda_V + back) / (tau_mem * rate))"),
                           {{"rate", rate}, {"back", language::name("Ση")}});
  // Both times τ_mem V̇⁻, so that no terms have to cancel across fractions.
  const auto cleared = [&](const Expression& e) {
    return symbolic::substitute(symbolic::simplify(e), {{"I", parse_expression("v_thresh + excess")}});
  };
  EXPECT_TRUE(is_zero(symbolic::difference(cleared(ours), cleared(theirs))))
      << to_string(symbolic::simplify(ours)) << "\n"
      << to_string(symbolic::simplify(theirs));
  EXPECT_TRUE(equals(adjoint.lambda_before[i], "-tau_syn * lambda_I"));
}

// Unscaled input is added once per nominal step, whatever the neuron's time constant.
TEST(Derivation, ReadsRatesAndJumps) {
  Network network;
  const auto input = network.add(SpikeInput{}, 2, {.name = "input"});
  const auto cells = network.add(LeakyIntegrate{.scale_i = true}, 2, {.readout = "avg_var", .name = "cells"});
  const auto sums = network.add(IntegrateFire{}, 2, {.name = "sums"});
  network.connect(input, cells, Dense{1.0}, {.name = "kicks"});
  network.connect(input, sums, Dense{1.0}, {.synapse = Exponential{}, .name = "shaped"});
  const ir::Network resolved = network.resolve();
  const HybridSystem leaky = hybrid_system(resolved, 1, {.dt = 0.5, .nominal_dt = 2.0, .keep_numbers = true});
  EXPECT_EQ(to_string(leaky.flow[1]), "v / 0.5");  // the readout counts steps of dt
  EXPECT_TRUE(is_zero(symbolic::difference(leaky.arrivals[0].jump[0], parse_expression("-expm1(-2 / tau_mem)"))))
      << to_string(leaky.arrivals[0].jump[0]);
  const HybridSystem sum = hybrid_system(resolved, 2, {.dt = 0.5, .nominal_dt = 2.0});
  EXPECT_TRUE(
      is_zero(symbolic::difference(sum.flow[0], language::binary(language::BinaryOperator::multiply,
                                                                 language::number(0.5), language::name("shaped.x")))));
}

TEST(Derivation, PrintsWhatTheDocumentShows) {
  std::ifstream file(SYNFIRE_DOCUMENT);
  ASSERT_TRUE(file) << SYNFIRE_DOCUMENT;
  std::stringstream document;
  document << file.rdbuf();
  const std::string printed = to_string(adjoint_of(hybrid_system(event_prop_network(), 1, {.keep_numbers = true})));
  EXPECT_THAT(document.str(), testing::HasSubstr(printed));
}

}  // namespace
}  // namespace synfire::codegen
