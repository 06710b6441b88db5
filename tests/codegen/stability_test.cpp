// SPDX-License-Identifier: Apache-2.0
#include "lower/stability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

std::vector<Problem> warnings_about(NeuronModel model, double dt, Integrator integrator, std::uint32_t substeps = 1) {
  model.integrator = integrator;
  model.substeps = substeps;
  Network network;
  network.add(model, 3);
  return check_stability(network.resolve(), {.dt = dt, .timesteps = 10});
}

const NeuronModel decaying{
    .name = "decaying", .parameters = {{"tau", 2.0}}, .state = {{"v", 0.0}}, .dynamics = {"dv/dt = (I - v) / tau"}};

TEST(Stability, WarnsOfEulerBeyondTwoTimeConstants) {
  EXPECT_TRUE(warnings_about(decaying, 3.9, Integrator::euler).empty());
  const std::vector<Problem> problems = warnings_about(decaying, 4.1, Integrator::euler);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::time_scale);
  EXPECT_EQ(problems[0].severity, Severity::warning);
  EXPECT_EQ(problems[0].expected, "steps of at most 4 ms");
  EXPECT_EQ(problems[0].given, "4.1 ms");
  EXPECT_THAT(problems[0].hint, ::testing::HasSubstr("substeps 2 "));
}

TEST(Stability, CountsSubsteps) { EXPECT_TRUE(warnings_about(decaying, 7.9, Integrator::euler, 2).empty()); }

TEST(Stability, Rk4HoldsLonger) {
  EXPECT_TRUE(warnings_about(decaying, 5.5, Integrator::rk4).empty());
  EXPECT_EQ(warnings_about(decaying, 5.6, Integrator::rk4).size(), 1u);
}

TEST(Stability, OthersAreAlwaysStable) {
  EXPECT_TRUE(warnings_about(decaying, 100, Integrator::automatic).empty());
  EXPECT_TRUE(warnings_about(decaying, 100, Integrator::exponential_euler).empty());
}

TEST(Stability, TakesRatesAtTheInitialValues) {
  NeuronModel model = decaying;
  model.state = {{"v", 0.0}, {"g", 3.0}};
  model.dynamics = {"dv/dt = -g * v", "dg/dt = -g * g"};
  EXPECT_TRUE(warnings_about(model, 0.6, Integrator::euler).empty());
  EXPECT_EQ(warnings_about(model, 0.7, Integrator::euler).size(), 1u);
}

TEST(Stability, SaysNothingOfRatesThatItDoesNotKnow) {
  EXPECT_TRUE(warnings_about(decaying.with({{"tau", Uniform{1, 2}}}), 100, Integrator::euler).empty());
}

TEST(Stability, LooksAtSynapses) {
  SynapseModel synapse{.name = "decaying",
                       .state = {{"g", 0.0}},
                       .dynamics = {"dg/dt = -g / 0.2"},
                       .on_spike = {"g += weight"},
                       .current = "g",
                       .integrator = Integrator::euler};
  Network network;
  const auto cells = network.add("integrate_fire", 2);
  network.connect(cells, cells, Dense{1.0}, {.synapse = synapse});
  const std::vector<Problem> problems = check_stability(network.resolve(), {.dt = 1, .timesteps = 10});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].path, ::testing::EndsWith(".synapse"));
}

}  // namespace
}  // namespace synfire::codegen
