// SPDX-License-Identifier: Apache-2.0
// Statistics of uniform() and normal() in models. Seeds are fixed: these tests are deterministic.
#include <gmock/gmock.h>

#include <cmath>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using testing::OnDevice;

class Noise : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Noise);

struct Statistics {
  double mean = 0, variance = 0, lag_one = 0;  // lag_one: correlation of successive steps
};

// Over steps [from, end) and all neurons, around the given mean.
Statistics statistics(const Tensor<float>& recorded, std::size_t from, double expected_mean) {
  const std::size_t steps = recorded.shape()[1], neurons = recorded.shape()[2];
  const double n = static_cast<double>((steps - from) * neurons);
  Statistics result;
  double lagged = 0;
  for (std::size_t t = from; t < steps; ++t) {
    for (std::size_t i = 0; i < neurons; ++i) {
      const double x = recorded[t * neurons + i] - expected_mean;
      const double before = recorded[(t - 1) * neurons + i] - expected_mean;
      result.mean += (x + expected_mean) / n;
      result.variance += x * x / n;
      lagged += x * before / n;
    }
  }
  result.lag_one = lagged / result.variance;
  return result;
}

// Independent draws in each step and neuron; two in one model differ.
TEST_P(Noise, DrawsAreIndependent) {
  const NeuronModel model{.name = "draws",
                          .state = {{"u", 0.0}, {"a", 0.0}, {"b", 0.0}, {"c", 0.0}},
                          .update = {"u = uniform()", "a = normal()", "b = normal()", "c = a * b"}};
  Network network;
  const auto neurons = network.add(model, 1000);
  InferenceCompiler options = compiler(40);
  options.record = {{neurons, "u"}, {neurons, "a"}, {neurons, "b"}, {neurons, "c"}};
  const Predictions results = options.compile(network).predict(1);
  const double error = 4 / std::sqrt(39000.0);
  const Statistics u = statistics(results.recorded(neurons, "u"), 1, 0.5);
  EXPECT_NEAR(u.mean, 0.5, error * std::sqrt(1 / 12.0));
  EXPECT_NEAR(u.variance, 1 / 12.0, error * 0.1);
  EXPECT_NEAR(u.lag_one, 0, error);
  for (const char* name : {"a", "b"}) {
    const Statistics normal = statistics(results.recorded(neurons, name), 1, 0);
    EXPECT_NEAR(normal.mean, 0, error) << name;
    EXPECT_NEAR(normal.variance, 1, error * std::sqrt(2.0)) << name;
    EXPECT_NEAR(normal.lag_one, 0, error) << name;
  }
  EXPECT_NEAR(statistics(results.recorded(neurons, "c"), 1, 0).mean, 0, error);
}

// An Ornstein–Uhlenbeck process, an exact decay and a draw per step, has variance σ²/(1 − α²) and correlation α.
TEST_P(Noise, DrivesAnOrnsteinUhlenbeckProcess) {
  const NeuronModel model{.name = "ornstein_uhlenbeck",
                          .parameters = {{"tau", 5.0}, {"sigma", 0.5}, {"rest", -2.0}},
                          .state = {{"v", -2.0}},
                          .dynamics = {"dv/dt = (rest - v) / tau + per_step(sigma * normal())"}};
  Network network;
  const auto neurons = network.add(model, 1000);
  InferenceCompiler options = compiler(80);
  options.seed = 7;
  options.record = {{neurons, "v"}};
  const Predictions results = options.compile(network).predict(1);
  const double alpha = std::exp(-0.2);
  const double variance = 0.25 / (1 - alpha * alpha);
  const Statistics v = statistics(results.recorded(neurons, "v"), 40, -2);
  // About 1000 × 40 / 10 independent samples.
  EXPECT_NEAR(v.mean, -2, 4 * std::sqrt(variance / 4000));
  EXPECT_NEAR(v.variance, variance, 4 * variance * std::sqrt(2 / 4000.0));
  EXPECT_NEAR(v.lag_one, alpha, 0.02);
}

// An adaptive exponential neuron with noise spikes irregularly, about as often as a simulation of the same equations
// with other noise.
TEST_P(Noise, DrivesAdaptiveExponentialNeurons) {
  const NeuronModel model{
      .name = "adaptive_exponential",
      .parameters = {{"sigma", 3.0}},
      .state = {{"v", -70.0}, {"w", 0.0}},
      .dynamics = {"dv/dt = (-(v + 70) + 2*exp((v + 50) / 2) - w + 17) / 10 + per_step(sigma*normal())",
                   "dw/dt = (0.2*(v + 70) - w) / 100"},
      .threshold = "v >= -30",
      .reset = {"v = -58", "w += 4"},
      .integrator = Integrator::euler};
  Network network;
  const auto neurons = network.add(model, 400, {.readout = "spike_count"});
  constexpr std::uint32_t steps = 200;
  const Predictions results = compiler(steps).compile(network).predict(1);
  testing::Random random(3);
  double expected = 0;
  for (int i = 0; i < 400; ++i) {
    double v = -70, w = 0;
    for (std::uint32_t step = 0; step < steps; ++step) {
      // Box–Muller on another generator.
      const double radius = std::sqrt(-2 * std::log(1 - static_cast<double>(random.uniform(0, 1))));
      const double normal = radius * std::cos(2 * M_PI * random.uniform(0, 1));
      const double slope = (-(v + 70) + 2 * std::exp((v + 50) / 2) - w + 17) / 10;
      w += (0.2 * (v + 70) - w) / 100;
      v += slope + 3 * normal;
      if (v < -30) continue;
      expected += 1;
      v = -58;
      w += 4;
    }
  }
  double total = 0;
  for (const float count : results[neurons].values()) total += count;
  ASSERT_GT(expected, 400);
  EXPECT_NEAR(total, expected, 6 * std::sqrt(expected));  // not less regular than Poisson
}

}  // namespace
}  // namespace synfire
