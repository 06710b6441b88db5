// SPDX-License-Identifier: Apache-2.0
// Currents of arriving spikes: built-in and users' synapses against closed forms.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using testing::OnDevice;

class Synapses : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Synapses);

const SynapseModel alpha{
    .name = "alpha",
    .parameters = {{"tau", 5.0}},
    .state = {{"x", 0.0}, {"g", 0.0}},
    .dynamics = {"dx/dt = -x / tau", "dg/dt = (x - g) / tau"},
    .on_spike = {"x += weight"},
    .current = "g",
};

SynapseModel averaged_alpha() {
  SynapseModel model = alpha;
  model.current = "2 * step_mean(g) + 0.5 * step_mean(x)";
  return model;
}

// ∫ of s·exp(−s) from 0 to s.
double alpha_integral(double s) { return 1 - (1 + s) * std::exp(-s); }

// One spike at 0 arrives in step 1; k steps later the currents are those of time k·dt.
TEST_P(Synapses, AnswerOneSpikeAsTheirClosedForms) {
  constexpr double dt = 0.5, tau = 2, weight = -1.5;
  constexpr std::uint32_t steps = 25;
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  std::vector<PopulationId> probes;
  InferenceCompiler options = compiler(steps);
  options.dt = dt;
  for (const Synapse& synapse :
       {Synapse(Delta{}), Synapse(Exponential{.tau = tau}), Synapse(Exponential{.tau = tau, .scale_i = true}),
        Synapse(alpha.with({{"tau", tau}})), Synapse(averaged_alpha().with({{"tau", tau}}))}) {
    probes.push_back(network.add(testing::current_probe(), 1));
    network.connect(input, probes.back(), Dense{weight}, {.synapse = synapse});
    options.record.push_back({probes.back(), "v"});
  }
  const SpikeTrains spike = testing::spikes_at({0});
  const Predictions results = options.compile(network).predict({{input, spike}});
  std::vector<std::vector<double>> expected(5, {0.0});
  for (std::uint32_t k = 0; k + 1 < steps; ++k) {
    const double s = k * dt / tau, next = (k + 1) * dt / tau;
    const double mean_x = (std::exp(-s) - std::exp(-next)) * tau / dt;
    expected[0].push_back(k == 0 ? weight : 0);
    expected[1].push_back(weight * std::exp(-s));
    expected[2].push_back(weight * mean_x);
    expected[3].push_back(weight * s * std::exp(-s));
    expected[4].push_back(weight * (2 * (alpha_integral(next) - alpha_integral(s)) * tau / dt + 0.5 * mean_x));
  }
  for (std::size_t i = 0; i < probes.size(); ++i) {
    testing::expect_near(testing::trace(results, probes[i], "v"), expected[i], 2e-6, "synapse " + std::to_string(i));
  }
}

// At any dt an immediate arrival is the kick of a nominal step; held currents scale with the step.
TEST_P(Synapses, DeltaKicksAreThoseOfANominalStep) {
  constexpr double tau = 4, weight = 0.25, bias = 0.5;
  for (const double dt : {1.0, 0.5, 0.1}) {
    Network network;
    const auto input = network.add(SpikeInput{}, 1);
    const auto scaled = network.add(LeakyIntegrate{.tau_mem = tau, .scale_i = true}, 1);
    const auto unscaled = network.add(LeakyIntegrate{.tau_mem = tau}, 1);
    const auto both = network.add(LeakyIntegrate{.tau_mem = tau}, 1);
    InferenceCompiler options = compiler(static_cast<std::uint32_t>(std::lround(4 / dt)));
    options.dt = dt;
    options.nominal_dt = 1;
    for (const auto& each : {scaled, unscaled, both}) {
      network.connect(input, each, Dense{weight});
      options.record.push_back({each, "v"});
    }
    const SynapseModel held{.name = "held", .current = "0.5"};
    network.connect(input, both, Dense{1.0}, {.synapse = held, .name = "held"});
    const Predictions results = options.compile(network).predict({{input, testing::spikes_at({2})}});
    const std::size_t arrives = static_cast<std::size_t>(std::lround(2 / dt)) + 1;
    EXPECT_NEAR(testing::trace(results, scaled, "v")[arrives], -weight * std::expm1(-1 / tau), 1e-6) << dt;
    EXPECT_NEAR(testing::trace(results, unscaled, "v")[arrives], weight, 1e-6) << dt;
    double v = 0;
    for (std::size_t step = 0; step <= arrives; ++step) v = v * std::exp(-dt / tau) + bias * dt;
    EXPECT_NEAR(testing::trace(results, both, "v")[arrives], v + weight, 1e-6) << dt;
  }
}

// A conductance pulls its target towards a potential: the current reads the target's v before the step.
TEST_P(Synapses, ConductancesReadTheTarget) {
  const SynapseModel conductance{.name = "conductance",
                                 .parameters = {{"tau", 5.0}, {"reversal", 3.0}},
                                 .state = {{"g", 0.0}},
                                 .dynamics = {"dg/dt = -g / tau"},
                                 .on_spike = {"g += weight"},
                                 .current = "g * (reversal - v)"};
  const SynapseModel instant{
      .name = "instant", .parameters = {{"reversal", -1.0}}, .current = "arriving * (reversal - v)"};
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto target = network.add(LeakyIntegrate{.v = 0.5, .tau_mem = 10, .scale_i = true}, 1);
  network.connect(input, target, Dense{0.4}, {.synapse = conductance});
  network.connect(input, target, Dense{0.2}, {.synapse = instant});
  InferenceCompiler options = compiler(20);
  options.record = {{target, "v"}};
  const std::vector<float> times{0, 3, 4, 9};
  const SpikeTrains spikes = testing::spikes_at(times);
  const Predictions results = options.compile(network).predict({{input, spikes}});
  std::vector<double> expected;
  double v = 0.5, g = 0;
  const double decay = std::exp(-0.1);
  for (int step = 0; step < 20; ++step) {
    const bool arrives = std::find(times.begin(), times.end(), static_cast<float>(step - 1)) != times.end();
    if (arrives) g += 0.4;
    const double current = g * (3 - v) + (arrives ? 0.2 * (-1 - v) : 0);
    v = decay * v + (1 - decay) * current;
    g *= std::exp(-0.2);
    expected.push_back(v);
  }
  testing::expect_near(testing::trace(results, target, "v"), expected, 1e-6, "v");
}

// With both scaled, a step is the exact mean of the joint flow: the reference's scheme, here also for tau_mem =
// tau_syn.
TEST_P(Synapses, ScaledSchemeAtEqualTimeConstants) {
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto target = network.add(LeakyIntegrate{.tau_mem = 5, .scale_i = true}, 1);
  network.connect(input, target, Dense{2.0}, {.synapse = Exponential{.tau = 5.0, .scale_i = true}});
  InferenceCompiler options = compiler(15);
  options.record = {{target, "v"}};
  const SpikeTrains spike = testing::spikes_at({0});
  const Predictions results = options.compile(network).predict({{input, spike}});
  const double decay = std::exp(-0.2);
  std::vector<double> expected;
  double v = 0, x = 0;
  for (int step = 0; step < 15; ++step) {
    if (step == 1) x = 2;
    v = decay * v + (1 - decay) * x * 5 * (1 - decay);
    x *= decay;
    expected.push_back(v);
  }
  testing::expect_near(testing::trace(results, target, "v"), expected, 1e-6, "v");
}

// A synapse's parameters may differ between target neurons, and its update runs after the flow.
TEST_P(Synapses, ParametersPerTargetAndUpdates) {
  const SynapseModel counting{
      .name = "counting",
      .parameters = {{"limit", Value(std::vector<float>{1, 2, 3})}, {"tau", Value(std::vector<float>{2, 5, 9})}},
      .state = {{"x", 0.25}, {"n", 0.0}},
      .dynamics = {"dx/dt = -x / tau"},
      .update = {"if n >= limit { x = 0 }"},
      .on_spike = {"x += weight", "n += weight"},
      .current = "x"};
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto target = network.add(testing::current_probe(), 3);
  network.connect(input, target, Dense{1.0}, {.synapse = counting});
  InferenceCompiler options = compiler(6);
  options.record = {{target, "v"}};
  const SpikeTrains spikes = testing::spikes_in_every_step(6);
  const Predictions results = options.compile(network).predict({{input, spikes}});
  const std::vector<double> taus{2, 5, 9};
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<double> expected;
    double x = 0.25, n = 0;
    for (int step = 0; step < 6; ++step) {
      if (step > 0) {
        x += 1;
        n += 1;
      }
      expected.push_back(x);
      x *= std::exp(-1 / taus[i]);
      if (n >= static_cast<double>(i + 1)) x = 0;
    }
    testing::expect_near(testing::trace(results, target, "v", 0, i), expected, 1e-6, "target " + std::to_string(i));
  }
}

}  // namespace
}  // namespace synfire
