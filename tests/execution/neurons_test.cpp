// SPDX-License-Identifier: Apache-2.0
// Parameters and initial values per neuron, resets and refractory periods of the built-in neurons.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using ::testing::ElementsAreArray;
using testing::OnDevice;

class Neurons : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Neurons);

// A population with arrays of parameters behaves like populations of one neuron with numbers.
TEST_P(Neurons, ParameterArraysAreOneValuePerNeuron) {
  const std::vector<float> tau_mem{5, 10, 20, 37.5f, 80}, thresholds{1, 1.5f, 0.5f, 2, 0.75f},
      resets{0, .25f, -.5f, .5f, 0};
  const std::vector<float> starts{0, .5f, -1, .25f, .125f}, periods{0, 3, 1, 2, 5};
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto all = network.add(LeakyIntegrateFire{.v_thresh = thresholds,
                                                  .v_reset = resets,
                                                  .v = starts,
                                                  .tau_mem = tau_mem,
                                                  .tau_refrac = periods,
                                                  .relative_reset = false,
                                                  .scale_i = true},
                               5);
  InferenceCompiler options = compiler(40);
  options.record = {{all, "v"}, {all, "spikes"}};
  std::vector<PopulationId> single;
  for (std::size_t i = 0; i < 5; ++i) {
    single.push_back(network.add(LeakyIntegrateFire{.v_thresh = thresholds[i],
                                                    .v_reset = resets[i],
                                                    .v = starts[i],
                                                    .tau_mem = tau_mem[i],
                                                    .tau_refrac = periods[i],
                                                    .relative_reset = false,
                                                    .scale_i = true},
                                 1));
    options.record.push_back({single.back(), "v"});
    options.record.push_back({single.back(), "spikes"});
  }
  for (const PopulationId target : single) network.connect(input, target, Dense{7.0});
  network.connect(input, all, Dense{7.0});
  const SpikeTrains spikes = testing::spikes_in_every_step(40);
  const Predictions results = options.compile(network).predict({{input, spikes}});
  for (std::uint32_t i = 0; i < 5; ++i) {
    const std::vector<float> expected = testing::trace(results, single[i], "v");
    testing::expect_near(testing::trace(results, all, "v", 0, i), {expected.begin(), expected.end()}, 1e-6,
                         "neuron " + std::to_string(i));
    const auto steps = testing::spike_steps(results, single[i]);
    EXPECT_GT(steps.size(), 2u);
    EXPECT_THAT(testing::spike_steps(results, all, 0, i), ElementsAreArray(steps)) << i;
  }
}

// The shortest interval is max(1, ⌈tau_refrac / dt⌉) steps. A neuron always above its threshold spikes at this
// interval.
TEST_P(Neurons, RefractoryPeriodsAreRoundedUpToSteps) {
  const std::vector<float> periods{0, .2f, .5f, .75f, 1, 2.6f};
  const std::vector<std::size_t> intervals{1, 1, 1, 2, 2, 6};
  Network network;
  const auto neurons = network.add(LeakyIntegrateFireInput{.tau_refrac = periods}, periods.size());
  const auto frozen_state = network.add(
      LeakyIntegrateFireInput{.tau_refrac = periods, .relative_reset = false, .integrate_during_refrac = false},
      periods.size());
  InferenceCompiler options = compiler(30);
  options.dt = 0.5;
  options.record = {{neurons, "spikes"}, {frozen_state, "spikes"}};
  const Tensor<float> data({1, periods.size()}, std::vector<float>(periods.size(), 50.0f));
  const Predictions results = options.compile(network).predict({{neurons, data}, {frozen_state, data}});
  for (std::uint32_t i = 0; i < periods.size(); ++i) {
    const auto steps = testing::spike_steps(results, neurons, 0, i);
    ASSERT_EQ(steps.size(), (30 + intervals[i] - 1) / intervals[i]) << i;
    for (std::size_t s = 1; s < steps.size(); ++s) EXPECT_EQ(steps[s] - steps[s - 1], intervals[i]) << i;
    // If held, v stays at its reset value until the neuron may spike, and is above the threshold one step later.
    const auto held = testing::spike_steps(results, frozen_state, 0, i);
    const std::size_t held_interval = periods[i] > 0 ? intervals[i] + 1 : 1;
    for (std::size_t s = 1; s < held.size(); ++s) EXPECT_EQ(held[s] - held[s - 1], held_interval) << i;
  }
}

// Initial values: arrays, and initializers, which are drawn once and are the same in every example.
TEST_P(Neurons, InitialValuesOfEachExampleAreTheSame) {
  Network network;
  const auto drawn =
      network.add(IntegrateFire{.v_thresh = 1e9, .v = Uniform{2, 3}}, 300, {.readout = "var", .name = "drawn"});
  const auto given =
      network.add(IntegrateFire{.v_thresh = 1e9, .v = std::vector<float>{4, -5, 6}}, 3, {.readout = "var"});
  InferenceCompiler options = compiler(1);
  options.batch_size = 2;
  const Predictions results = options.compile(network).predict(3);
  const auto first = testing::readout(results, drawn, 0);
  EXPECT_GE(*std::min_element(first.begin(), first.end()), 2);
  EXPECT_LT(*std::max_element(first.begin(), first.end()), 3);
  EXPECT_GT(*std::max_element(first.begin(), first.end()) - *std::min_element(first.begin(), first.end()), 0.9);
  for (std::size_t e = 0; e < 3; ++e) {
    EXPECT_EQ(testing::readout(results, drawn, e), first);
    EXPECT_THAT(testing::readout(results, given, e), ::testing::ElementsAre(4, -5, 6));
  }
}

// Expressions of per-neuron parameters, numbers and flags, are precomputed.
TEST_P(Neurons, ExpressionsOfParameterArraysAreConstants) {
  const std::vector<float> p{0, 1, 2, 3};
  const NeuronModel model{
      .name = "constants",
      .parameters = {{"p", Value(p)}},
      .state = {{"v", 0.0}, {"w", 0.0}},
      .update = {"v = exp(-p / 3) * sqrt(p + 1)", "if not (p > 1) { v = -v }", "w = 1 if p > 0 and p < 3 else 10 - p"},
      .threshold = "not (p == 2 or p > 2)"};
  Network network;
  const auto neurons = network.add(model, 4);
  InferenceCompiler options = compiler(1);
  options.record = {{neurons, "v"}, {neurons, "w"}, {neurons, "spikes"}};
  const Predictions results = options.compile(network).predict(1);
  const std::vector<double> w{10, 1, 1, 7};
  for (std::size_t i = 0; i < 4; ++i) {
    const double magnitude = std::exp(-p[i] / 3.0) * std::sqrt(p[i] + 1.0);
    EXPECT_NEAR(results.recorded(neurons, "v")[i], p[i] > 1 ? magnitude : -magnitude, 1e-6) << i;
    EXPECT_EQ(results.recorded(neurons, "w")[i], w[i]) << i;
  }
  EXPECT_THAT(results.spikes(neurons)[0], ::testing::ElementsAre(RecordedSpike{0, 0, 1}, RecordedSpike{1, 0, 1}));
}

// Time constants drawn by an initializer; the reference refuses these.
TEST_P(Neurons, TimeConstantsMayBeDrawn) {
  Network network;
  const auto neurons = network.add(LeakyIntegrate{.v = 1.0, .tau_mem = Uniform{5, 50}}, 200, {.readout = "var"});
  const auto values = testing::readout(compiler(1).compile(network).predict(1), neurons);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  EXPECT_GE(*low, std::exp(-1 / 5.0) - 1e-6);
  EXPECT_LE(*high, std::exp(-1 / 50.0) + 1e-6);
  EXPECT_LT(*low, std::exp(-1 / 7.0));
  EXPECT_GT(*high, std::exp(-1 / 40.0));
}

// The adapted threshold rises by beta with each spike; a relative reset subtracts only the base threshold.
TEST_P(Neurons, AdaptationSlowsSpiking) {
  const AdaptiveLeakyIntegrateFire model{.v_thresh = 1,
                                         .v_reset = .25,
                                         .a = 2,
                                         .beta = .5,
                                         .tau_mem = 10,
                                         .tau_refrac = 2,
                                         .tau_adapt = 30,
                                         .integrate_during_refrac = false};
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto neuron = network.add(model, 1);
  network.connect(input, neuron, Dense{0.9});
  InferenceCompiler options = compiler(50);
  options.record = {{neuron, "v"}, {neuron, "a"}, {neuron, "spikes"}};
  const SpikeTrains spikes = testing::spikes_in_every_step(50);
  const Predictions results = options.compile(network).predict({{input, spikes}});
  std::vector<double> v_trace, a_trace;
  std::vector<std::uint32_t> expected;
  double v = 0, a = 2;
  int rest = 0;
  for (std::uint32_t step = 0; step < 50; ++step) {
    if (rest > 0)
      --rest;
    else
      v = std::exp(-0.1) * v + (step == 0 ? 0 : 0.9);
    a *= std::exp(-1 / 30.0);
    if (v >= 1 + 0.5 * a && rest == 0) {
      expected.push_back(step);
      v -= 1 - 0.25;
      a += 1;
      rest = 2;
    }
    v_trace.push_back(v);
    a_trace.push_back(a);
  }
  ASSERT_GT(expected.size(), 4u);
  testing::expect_near(testing::trace(results, neuron, "v"), v_trace, 1e-5, "v");
  testing::expect_near(testing::trace(results, neuron, "a"), a_trace, 1e-5, "a");
  EXPECT_THAT(testing::spike_steps(results, neuron), ElementsAreArray(expected));
}

}  // namespace
}  // namespace synfire
