// SPDX-License-Identifier: Apache-2.0
// Points without a gradient: near-tangent crossings, coinciding spikes, coinciding arrivals. They are counted and
// reported.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "reference/finite_difference.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen::reference {
namespace {

using ::testing::HasSubstr;

GivenSpike spike(std::uint32_t step, std::uint32_t neuron) { return {.step = step, .neuron = neuron}; }

// One input and one neuron; a single spike lifts it just to its threshold.
struct Touching {
  static constexpr double weight = 0.5, tau_mem = 12, tau = 4;

  static ir::Network network(double threshold) {
    Network network;
    const auto input = network.add(SpikeInput{}, 1, {.name = "input"});
    const auto cell = network.add(LeakyIntegrateFire{.v_thresh = threshold, .tau_mem = tau_mem}, 1,
                                  {.readout = "avg_var", .name = "cell"});
    network.connect(input, cell, Dense{weight}, {.synapse = Exponential{.tau = tau}, .name = "w"});
    return network.resolve();
  }

  // Peak of v = weight (e^(−t/tau_mem) − e^(−t/tau)) / (1/tau − 1/tau_mem).
  static double peak() {
    const double a = 1 / tau_mem, b = 1 / tau;
    const double time = std::log(b / a) / (b - a);
    return weight * (std::exp(-a * time) - std::exp(-b * time)) / (b - a);
  }

  static GradientCheckOptions options() {
    GradientCheckOptions options;
    options.timesteps = 30;
    options.losses = {{1, MeanSquareError{}}};
    options.everything = true;
    options.on_grid = false;
    options.examples = {{.spikes = {{spike(2, 0)}, {}}, .input = {{}, {}}, .targets = {{0, {1.0}}}}};
    return options;
  }
};

TEST(Kinks, NearTangentCrossingsAreCounted) {
  const GradientCheck touched = check_gradients(Touching::network(Touching::peak() * (1 - 1e-14)), Touching::options());
  EXPECT_EQ(touched.spikes, 1u);
  EXPECT_EQ(touched.near_tangent, 1u);
  EXPECT_THAT(to_string(touched), HasSubstr("1 near-tangent"));
  // Any change of v or of the threshold removes the spike.
  for (const CheckedEntry& each : touched.entries) {
    EXPECT_TRUE(std::isfinite(each.derived)) << each.tensor;
    const bool moves_it = each.tensor == "w.weight" || each.tensor == "cell.v_thresh";
    EXPECT_TRUE(each.kink || !moves_it) << each.tensor;
  }
  const GradientCheck missed = check_gradients(Touching::network(Touching::peak() * (1 + 1e-14)), Touching::options());
  EXPECT_EQ(missed.spikes, 0u);
  EXPECT_EQ(missed.near_tangent, 0u);
  const GradientCheck crossed = check_gradients(Touching::network(Touching::peak() * 0.98), Touching::options());
  EXPECT_EQ(crossed.spikes, 1u);
  EXPECT_EQ(crossed.near_tangent, 0u);
  EXPECT_TRUE(crossed.passed()) << to_string(crossed);
}

// Two neurons with the same input, with or without connections between them.
GradientCheck twins(double coupling, double difference) {
  Network network;
  const auto input = network.add(SpikeInput{}, 1, {.name = "input"});
  const auto cells =
      network.add(LeakyIntegrateFire{.relative_reset = false}, 2, {.readout = "avg_var", .name = "cells"});
  network.connect(input, cells, Dense{Tensor({1, 2}, std::vector<float>{0.5f, 0.5f + static_cast<float>(difference)})},
                  {.synapse = Exponential{.tau = 4.0}, .name = "in"});
  if (coupling != 0)
    network.connect(cells, cells, Sparse{{0, 1}, {1, 0}, coupling}, {.synapse = Exponential{}, .name = "back"});
  GradientCheckOptions options;
  options.timesteps = 30;
  options.losses = {{1, MeanSquareError{}}};
  options.examples = {{.spikes = {{spike(1, 0)}, {}}, .input = {{}, {}}, .targets = {{0, {1.0, 0.5}}}}};
  return check_gradients(network.resolve(), options);
}

TEST(Kinks, SpikesThatCoincideAreTold) {
  const GradientCheck coupled = twins(-0.2, 0);
  EXPECT_EQ(coupled.spikes, 2u);
  EXPECT_TRUE(coupled.ties);
  EXPECT_THAT(to_string(coupled), HasSubstr("two neurons spike at the same time"));
  // The effect of one on the other arrives a step later, whichever is first.
  EXPECT_EQ(coupled.kinks(), 0u) << to_string(coupled);
  EXPECT_TRUE(coupled.passed()) << to_string(coupled);
  // Independent neurons may spike together.
  const GradientCheck apart = twins(0, 0);
  EXPECT_TRUE(apart.ties);
  EXPECT_TRUE(apart.passed()) << to_string(apart);
  EXPECT_EQ(apart.kinks(), 0u);
  const GradientCheck in_turn = twins(-0.2, 0.05);
  EXPECT_FALSE(in_turn.ties);
  EXPECT_TRUE(in_turn.passed()) << to_string(in_turn);
  EXPECT_EQ(in_turn.kinks(), 0u);
}

// Two simultaneous arrivals: their order does not matter if currents add, nor, to first order, if a conductance changes
// the flow, but it does if the second finds less to open.
TEST(Kinks, ArrivalsThatCoincide) {
  const auto kinks_with = [](const SynapseModel& synapse) {
    Network network;
    const auto input = network.add(SpikeInput{}, 2, {.name = "input"});
    const auto cell = network.add(LeakyIntegrate{}, 1, {.readout = "avg_var", .name = "cell"});
    network.connect(input, cell, Dense{Uniform{0.3, 0.6}, 1.0}, {.synapse = synapse, .name = "w"});
    GradientCheckOptions options;
    options.timesteps = 20;
    options.losses = {{1, MeanSquareError{}}};
    options.everything = true;
    options.examples = {{.spikes = {{spike(3, 0), spike(3, 1)}, {}}, .input = {{}, {}}, .targets = {{0, {1.0}}}}};
    const GradientCheck check = check_gradients(network.resolve(), options);
    std::size_t delays = 0;
    for (const CheckedEntry& each : check.entries) {
      EXPECT_TRUE(each.kink || each.error <= 1) << to_string(check);
      delays += each.kink && each.tensor == "w.delay";
    }
    EXPECT_EQ(check.kinks(), delays) << to_string(check);
    return delays;
  };
  SynapseModel synapse{.name = "mine",
                       .parameters = {{"tau", 5.0}},
                       .state = {{"s", 0.0}},
                       .dynamics = {"ds/dt = -s / tau"},
                       .on_spike = {"s += weight"},
                       .current = "s"};
  EXPECT_EQ(kinks_with(synapse), 0u);
  synapse.current = "s * (3 - v)";
  EXPECT_EQ(kinks_with(synapse), 0u);
  synapse.dynamics = {"ds/dt = -s / tau - 0.1 * s * s"};
  EXPECT_EQ(kinks_with(synapse), 2u);
}

}  // namespace
}  // namespace synfire::codegen::reference
