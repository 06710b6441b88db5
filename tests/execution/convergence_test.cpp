// SPDX-License-Identifier: Apache-2.0
// Users' models against independent solutions in double, at several dt: each integrator has its documented order. These
// tests print the tables of docs/models.md.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>

#include "execution/networks.hpp"
#include "execution/user_models.hpp"

namespace synfire {
namespace {

using namespace testing;

class Proof : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Proof);

// ---- Independent solutions

template <std::size_t n>
using State = std::array<double, n>;
template <std::size_t n>
using Slope = std::function<State<n>(const State<n>&)>;

// The 3/8 rule (Kutta 1901), different from the compiler's method, in steps so fine that its error is far below that of
// single precision.
template <std::size_t n>
State<n> flow(State<n> x, double duration, const Slope<n>& slope, double finest = 2e-3) {
  const int parts = static_cast<int>(std::ceil(duration / finest));
  const double h = duration / parts;
  const auto moved = [&](std::initializer_list<std::pair<double, const State<n>*>> terms) {
    State<n> result = x;
    for (const auto& [factor, k] : terms) {
      for (std::size_t i = 0; i < n; ++i) result[i] += h * factor * (*k)[i];
    }
    return result;
  };
  for (int i = 0; i < parts; ++i) {
    const State<n> a = slope(x), b = slope(moved({{1.0 / 3, &a}})), c = slope(moved({{-1.0 / 3, &a}, {1, &b}})),
                   d = slope(moved({{1, &a}, {-1, &b}, {1, &c}}));
    x = moved({{0.125, &a}, {0.375, &b}, {0.375, &c}, {0.125, &d}});
  }
  return x;
}

// ---- Runs

// Traces of one variable, and spikes, of models side by side: one network per dt.
struct Traces {
  std::vector<std::vector<float>> values;
  std::vector<std::vector<std::uint32_t>> spikes;
};

Traces run(InferenceCompiler compiler, const std::vector<NeuronModel>& models, const std::string& variable, double dt,
           std::uint32_t steps) {
  Network network;
  compiler.dt = dt;
  compiler.timesteps = steps;
  std::vector<PopulationId> populations;
  for (const NeuronModel& model : models) {
    populations.push_back(network.add(model, 1));
    compiler.record.push_back({populations.back(), variable});
    if (!model.threshold.empty()) compiler.record.push_back({populations.back(), "spikes"});
  }
  const Predictions results = compiler.compile(network).predict(1);
  Traces traces;
  for (std::size_t i = 0; i < models.size(); ++i) {
    traces.values.push_back(trace(results, populations[i], variable));
    traces.spikes.push_back(models[i].threshold.empty() ? std::vector<std::uint32_t>{}
                                                        : spike_steps(results, populations[i]));
  }
  return traces;
}

NeuronModel integrated(NeuronModel model, Integrator integrator, std::uint32_t substeps = 1) {
  model.integrator = integrator;
  model.substeps = substeps;
  return model;
}

// ---- Orders

struct Convergence {
  std::string name;
  std::vector<double> dts, errors;

  // The slope of the line through (log dt, log error).
  double order() const {
    double x_mean = 0, y_mean = 0, xy = 0, xx = 0;
    const auto n = static_cast<double>(dts.size());
    for (std::size_t i = 0; i < dts.size(); ++i) {
      x_mean += std::log(dts[i]) / n;
      y_mean += std::log(errors[i]) / n;
    }
    for (std::size_t i = 0; i < dts.size(); ++i) {
      xy += (std::log(dts[i]) - x_mean) * (std::log(errors[i]) - y_mean);
      xx += (std::log(dts[i]) - x_mean) * (std::log(dts[i]) - x_mean);
    }
    return xy / xx;
  }

  void print() const {
    std::printf("%-44s", name.c_str());
    for (std::size_t i = 0; i < dts.size(); ++i) std::printf("  dt %-8.4g error %-9.3g", dts[i], errors[i]);
    std::printf("  order %.2f\n", order());
  }
};

void expect_order(const Convergence& convergence, double order, double tolerance) {
  convergence.print();
  EXPECT_NEAR(convergence.order(), order, tolerance) << convergence.name;
}

// ---- Equations, written again

Slope<2> izhikevich_slope(double drive) {
  return [=](const State<2>& s) {
    return State<2>{0.04 * s[0] * s[0] + 5 * s[0] + 140 - s[1] + drive, 0.02 * (0.2 * s[0] - s[1])};
  };
}

// x / (1 − e^(−x)).
double ratio(double x) { return std::abs(x) < 1e-9 ? 1 + x / 2 : x / -std::expm1(-x); }

Slope<4> hodgkin_huxley_slope(double drive) {
  return [=](const State<4>& s) {
    const auto [v, m, h, n] = s;
    const double current = 120 * m * m * m * h * (v - 50) + 36 * n * n * n * n * (v + 77) + 0.3 * (v + 54.387);
    return State<4>{drive - current, ratio((v + 40) / 10) * (1 - m) - 4 * std::exp((-65 - v) / 18) * m,
                    0.07 * std::exp((-65 - v) / 20) * (1 - h) - 1 / (std::exp((-35 - v) / 10) + 1) * h,
                    0.1 * ratio((v + 55) / 10) * (1 - n) - 0.125 * std::exp((-65 - v) / 80) * n};
  };
}

Slope<2> adaptive_exponential_slope(double drive) {
  return [=](const State<2>& s) {
    const double v = std::min(s[0], -30.0);
    return State<2>{(-30 * (s[0] + 70.6) + 60 * std::exp((v + 50.4) / 2) - s[1] + drive) / 281,
                    (4 * (v + 70.6) - s[1]) / 144};
  };
}

// The largest error at multiples of `grid` (ms); a trace has the value at the end of each step.
template <std::size_t n>
double largest_error(const std::vector<float>& trace, double dt, State<n> x, const Slope<n>& slope, double grid,
                     double duration) {
  double error = 0;
  for (int i = 1; i * grid <= duration + 1e-9; ++i) {
    x = flow(x, grid, slope);
    const auto step = static_cast<std::size_t>(std::lround(i * grid / dt)) - 1;
    error = std::max(error, std::abs(x[0] - static_cast<double>(trace.at(step))));
  }
  return error;
}

template <std::size_t n>
struct Variant {
  std::string name;
  NeuronModel model;
  State<n> initial;
  Slope<n> slope;
  std::vector<double> dts;
  double order, tolerance;
};

// The order of each variant, on the host: many compilations.
template <std::size_t n>
void expect_orders(const std::vector<Variant<n>>& variants, double grid, double duration) {
  for (const Variant<n>& variant : variants) {
    Convergence convergence{variant.name, variant.dts, {}};
    for (const double dt : variant.dts) {
      const auto steps = static_cast<std::uint32_t>(std::lround(duration / dt));
      const Traces traces = run({.device = "host", .cache_folder = cache_folder()}, {variant.model},
                                variant.model.state[0].name, dt, steps);
      convergence.errors.push_back(largest_error(traces.values[0], dt, variant.initial, variant.slope, grid, duration));
    }
    expect_order(convergence, variant.order, variant.tolerance);
  }
}

// Before its first spike, since a reset would reduce the order.
TEST(Convergence, Izhikevich) {
  const NeuronModel model = izhikevich.with({{"drive", 10.0}});
  const State<2> rest{-65, -13};
  const Slope<2> slope = izhikevich_slope(10);
  const std::vector<double> fine{1 / 128.0, 1 / 256.0, 1 / 512.0}, coarse{0.0625, 0.03125, 0.015625};
  expect_orders<2>(
      {{"izhikevich, euler", integrated(model, Integrator::euler), rest, slope, fine, 1, 0.15},
       {"izhikevich, euler, 8 sub-steps", integrated(model, Integrator::euler, 8), rest, slope, coarse, 1, 0.15},
       {"izhikevich, rk4", integrated(model, Integrator::rk4), rest, slope, {0.25, 0.125, 0.0625}, 4, 0.4},
       {"izhikevich, rk4, 4 sub-steps", integrated(model, Integrator::rk4, 4), rest, slope, {1, 0.5, 0.25}, 4, 0.4}},
      3, 3);
}

// A whole action potential.
TEST(Convergence, HodgkinHuxley) {
  const NeuronModel model = hodgkin_huxley.with({{"drive", 10.0}});
  const State<4> rest{-65, 0.0529325, 0.5961208, 0.3176769};
  const Slope<4> slope = hodgkin_huxley_slope(10);
  const std::vector<double> fine{0.0125, 0.00625, 0.003125}, coarse{0.1, 0.05, 0.025};
  const auto with = [&](Integrator integrator, std::uint32_t substeps = 1) {
    return integrated(model, integrator, substeps);
  };
  expect_orders<4>(
      {{"hodgkin_huxley, euler", with(Integrator::euler), rest, slope, fine, 1, 0.2},
       {"hodgkin_huxley, exponential_euler", with(Integrator::exponential_euler), rest, slope, fine, 1, 0.2},
       {"hodgkin_huxley, exponential_euler, 8 sub-steps", with(Integrator::exponential_euler, 8), rest, slope, coarse,
        1, 0.2},
       {"hodgkin_huxley, rk4", with(Integrator::rk4), rest, slope, {0.05, 0.025, 0.0125}, 4, 0.4},
       {"hodgkin_huxley, rk4, 4 sub-steps", with(Integrator::rk4, 4), rest, slope, {0.2, 0.1, 0.05}, 4, 0.4}},
      0.4, 8);
}

// From rest to the foot of the upstroke.
TEST(Convergence, AdaptiveExponential) {
  const NeuronModel model = adaptive_exponential.with({{"drive", 1000.0}});
  const State<2> rest{-70.6, 0};
  const Slope<2> slope = adaptive_exponential_slope(1000);
  const auto with = [&](Integrator integrator, std::uint32_t substeps = 1) {
    return integrated(model, integrator, substeps);
  };
  expect_orders<2>(
      {{"adaptive_exponential, euler", with(Integrator::euler), rest, slope, {0.25, 0.125, 0.0625}, 1, 0.2},
       {"adaptive_exponential, euler, 8 sub-steps", with(Integrator::euler, 8), rest, slope, {2, 1, 0.5}, 1, 0.2},
       {"adaptive_exponential, rk4", with(Integrator::rk4), rest, slope, {4, 2, 1}, 4, 0.6},
       {"adaptive_exponential, rk4, 2 sub-steps", with(Integrator::rk4, 2), rest, slope, {8, 4, 2}, 4, 0.6}},
      8, 8);
}

// dv/dt = -v / tau + drive / dt0: the term that per_step adds after each flow equals the drive of the equation to first
// order.
TEST(Convergence, PerStepRefersToTheNominalStep) {
  const NeuronModel model{.name = "scaled",
                          .parameters = {{"drive", 0.5}},
                          .state = {{"v", 0.0}},
                          .dynamics = {"dv/dt = -v / 10 + per_step(drive)"}};
  Convergence convergence{"per_step, exact", {0.5, 0.25, 0.125, 0.0625}, {}};
  for (const double dt : convergence.dts) {
    const auto steps = static_cast<std::uint32_t>(8 / dt);
    const Traces traces =
        run({.device = "host", .nominal_dt = 1.0, .cache_folder = cache_folder()}, {model}, "v", dt, steps);
    convergence.errors.push_back(std::abs(static_cast<double>(traces.values[0].back()) + 5 * std::expm1(-0.8)));
  }
  expect_order(convergence, 1, 0.05);
}

// ---- Synapses

// The value of a neuron or probe at the end of each step, for spikes sent at these times (ms); they arrive one step
// later.
const std::vector<float> sent{2, 6, 8};

std::vector<float> driven(InferenceCompiler compiler, const NeuronModel& model, const SynapseModel& synapse,
                          double weight, double dt, double duration) {
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto neuron = network.add(model, 1);
  network.connect(input, neuron, Dense{weight}, {.synapse = synapse});
  compiler.dt = dt;
  compiler.timesteps = static_cast<std::uint32_t>(std::lround(duration / dt));
  compiler.record = {{neuron, "v"}};
  return trace(compiler.compile(network).predict({{input, spikes_at(sent)}}), neuron, "v");
}

// The sum of the responses to all spikes, at the beginning of each step.
std::vector<double> superposition(const std::function<double(double)>& response, double dt, std::size_t steps) {
  std::vector<double> sums;
  for (std::size_t step = 0; step < steps; ++step) {
    double sum = 0;
    for (const float time : sent) {
      const double since = (static_cast<double>(step) - 1) * dt - static_cast<double>(time);
      if (since > -dt / 2) sum += response(since);
    }
    sums.push_back(sum);
  }
  return sums;
}

// Linear synapses are exact at any dt.
TEST_P(Proof, SynapsesOfTwoStatesAreExact) {
  for (const double dt : {0.25, 1.0, 2.0}) {
    const auto alpha = driven(compiler(1), current_probe(), alpha_current, 3, dt, 40);
    expect_near(alpha, superposition([](double t) { return 3 * t / 5 * std::exp(1 - t / 5); }, dt, alpha.size()), 1e-5,
                "alpha, dt " + std::to_string(dt));
    const auto difference = driven(compiler(1), current_probe(), double_exponential, 3, dt, 40);
    const double peak = std::log(5.0) / 0.8;
    const double scale = 3 / (std::exp(-peak / 5) - std::exp(-peak));
    const auto response = [&](double t) { return scale * (std::exp(-t / 5) - std::exp(-t)); };
    expect_near(difference, superposition(response, dt, difference.size()), 1e-5,
                "double_exponential, dt " + std::to_string(dt));
  }
}

// A conductance that decays and a membrane, with jumps of the conductance.
double driven_membrane(double weight, double dt, double duration) {
  State<2> x{-60, 0};
  double now = 0;
  const Slope<2> slope = [](const State<2>& s) { return State<2>{(-60 - s[0] - s[1] * s[0]) / 20, -s[1] / 5}; };
  for (const float time : sent) {
    const double arrival = static_cast<double>(time) + dt;
    x = flow(x, arrival - now, slope);
    x[1] += weight;
    now = arrival;
  }
  return flow(x, duration - now, slope)[0];
}

// With a current held over the step, any integrator is first order; with the mean of the conductance, second.
TEST(Convergence, Conductances) {
  const InferenceCompiler compiler{.device = "host", .cache_folder = cache_folder()};
  struct Way {
    std::string name;
    NeuronModel neuron;
    SynapseModel synapse;
    double order;
  };
  SynapseModel held = mean_conductance;
  held.current = "g";
  for (const Way& way : {Way{"conductance, current held", membrane, conductance, 1},
                         Way{"conductance, exponential_euler, g held", conductance_membrane, held, 1},
                         Way{"conductance, exponential_euler, mean of g", conductance_membrane, mean_conductance, 2}}) {
    Convergence convergence{way.name, {2, 1, 0.5, 0.25}, {}};
    for (const double dt : convergence.dts) {
      const float v = driven(compiler, way.neuron, way.synapse, 0.5, dt, 20).back();
      convergence.errors.push_back(std::abs(static_cast<double>(v) - driven_membrane(0.5, dt, 20)));
    }
    expect_order(convergence, way.order, 0.25);
  }
}

// However strong the conductance: v approaches the reversal potential without passing it.
TEST_P(Proof, StrongConductancesAreStable) {
  const std::vector<float> v = driven(compiler(1), conductance_membrane, mean_conductance, 1000, 1, 20);
  EXPECT_GT(*std::max_element(v.begin(), v.end()), -0.2f);
  EXPECT_LE(*std::max_element(v.begin(), v.end()), 0.0f);
}

// ---- Spike times

// Tests the threshold and resets at the end of each step, as models do.
template <std::size_t n>
std::vector<std::uint32_t> spikes_on_the_grid(State<n> x, double dt, std::uint32_t steps, const Slope<n>& slope,
                                              const std::function<bool(const State<n>&)>& above,
                                              const std::function<State<n>(State<n>)>& reset) {
  std::vector<std::uint32_t> spikes;
  for (std::uint32_t step = 0; step < steps; ++step) {
    const bool was_above = above(x);
    x = flow(x, dt, slope);
    if (!above(x) || (was_above && !reset)) continue;
    spikes.push_back(step);
    if (reset) x = reset(x);
  }
  return spikes;
}

void expect_times_near(const std::vector<std::uint32_t>& actual, const std::vector<std::uint32_t>& expected, int steps,
                       const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(static_cast<double>(actual[i]), static_cast<double>(expected[i]), steps) << what << ", spike " << i;
}

// Regular firing without a reset: each action potential counts once, when it crosses 0 mV.
TEST_P(Proof, HodgkinHuxleySpikesWhenItShould) {
  constexpr double dt = 0.1;
  constexpr std::uint32_t steps = 1000;
  const NeuronModel model = hodgkin_huxley.with({{"drive", 10.0}});
  const Traces traces =
      run(compiler(1), {integrated(model, Integrator::rk4, 8), integrated(model, Integrator::exponential_euler, 50)},
          "v", dt, steps);
  const auto expected = spikes_on_the_grid<4>(
      {-65, 0.0529325, 0.5961208, 0.3176769}, dt, steps, hodgkin_huxley_slope(10),
      [](const State<4>& s) { return s[0] >= 0; }, nullptr);
  ASSERT_GT(expected.size(), 5u);
  expect_times_near(traces.spikes[0], expected, 1, "rk4, 8 sub-steps");
  expect_times_near(traces.spikes[1], expected, 2, "exponential_euler, 50 sub-steps");
}

// A dt at which the upstroke needs sub-steps, and spike-frequency adaptation.
TEST_P(Proof, AdaptiveExponentialSpikesWhenItShould) {
  constexpr double dt = 0.25;
  constexpr std::uint32_t steps = 1200;
  const NeuronModel model = adaptive_exponential.with({{"drive", 1000.0}});
  const Traces traces =
      run(compiler(1), {model, integrated(model, Integrator::euler), integrated(model, Integrator::euler, 100)}, "w",
          dt, steps);
  const auto expected = spikes_on_the_grid<2>(
      {-70.6, 0}, dt, steps, adaptive_exponential_slope(1000), [](const State<2>& s) { return s[0] >= -30; },
      [](const State<2>& s) {
        return State<2>{-70.6, s[1] + 80.5};
      });
  ASSERT_GT(expected.size(), 5u);
  ASSERT_GT(expected.back() - expected[expected.size() - 2], 3 * (expected[1] - expected[0]) / 2);
  expect_times_near(traces.spikes[0], expected, 1, "automatic, 8 sub-steps");
  expect_times_near(traces.spikes[2], expected, 3, "euler, 100 sub-steps");
  EXPECT_NE(traces.spikes[1], expected);  // euler alone is late
}

// Regular firing. From 30 mV, v takes 0.8 ms to diverge: with this dt it is finite at the end of the step.
TEST_P(Proof, IzhikevichSpikesWhenItShould) {
  constexpr double dt = 0.125;
  constexpr std::uint32_t steps = 2400;
  const NeuronModel model = izhikevich.with({{"drive", 10.0}});
  const Traces traces = run(compiler(1), {integrated(model, Integrator::rk4, 16)}, "v", dt, steps);
  const auto expected = spikes_on_the_grid<2>(
      {-65, -13}, dt, steps, izhikevich_slope(10), [](const State<2>& s) { return s[0] >= 30; },
      [](const State<2>& s) {
        return State<2>{-65, s[1] + 8};
      });
  ASSERT_GT(expected.size(), 5u);
  expect_times_near(traces.spikes[0], expected, 2, "rk4, 16 sub-steps");
}

// Piecewise exact solutions, at any dt: while v is held, its trace flows separately.
TEST_P(Proof, HeldStatesStandStillForTheOthersToo) {
  for (const double dt : {0.1, 0.5, 1.25}) {
    const auto steps = static_cast<std::uint32_t>(std::lround(100 / dt));
    const Traces traces = run(compiler(1), {refractory_crossing, integrated(refractory_crossing, Integrator::rk4, 4)},
                              "trace", dt, steps);
    double v = 0, w = 0;
    std::uint32_t rest = 0;
    std::vector<double> expected;
    std::vector<std::uint32_t> spikes;
    for (std::uint32_t step = 0; step < steps; ++step) {
      const double fast = std::exp(-dt / 10), slow = std::exp(-dt / 15);
      if (rest > 0) {
        --rest;
        w = v + (w - v) * slow;
      } else {
        // v = 1.5 + a e^(-t/10): the trace of the exponential is a (e^(-t/10) - e^(-t/15)) 10 / (10 - 15).
        const double a = v - 1.5;
        w = 1.5 + (w - 1.5) * slow - 2 * a * (fast - slow);
        const bool was_above = v >= 1;
        v = 1.5 + a * fast;
        if (v >= 1 && !was_above) {
          spikes.push_back(step);
          v = 0.25;
          rest = static_cast<std::uint32_t>(std::lround(5 / dt));
        }
      }
      expected.push_back(w);
    }
    ASSERT_GT(spikes.size(), 4u);
    const std::string what = "dt " + std::to_string(dt);
    EXPECT_EQ(traces.spikes[0], spikes) << what;
    EXPECT_EQ(traces.spikes[1], spikes) << what;
    expect_near(traces.values[0], expected, 2e-6, "exact, " + what);
    expect_near(traces.values[1], expected, 5e-6, "rk4, " + what);
  }
}

// ---- Noise

struct Moments {
  double mean = 0, variance = 0, correlation = 0;
};

// Over all neurons, from step `from` on; correlation of samples `lag` steps apart.
Moments moments(const Tensor<float>& recorded, std::size_t from, std::size_t lag) {
  const std::size_t steps = recorded.shape()[1], neurons = recorded.size() / steps;
  Moments result;
  double count = 0, pairs = 0, product = 0, square = 0;
  for (std::size_t step = from; step < steps; ++step) {
    for (std::size_t i = 0; i < neurons; ++i) {
      const auto x = static_cast<double>(recorded[step * neurons + i]);
      result.mean += x;
      square += x * x;
      count += 1;
      if (step < from + lag) continue;
      product += x * static_cast<double>(recorded[(step - lag) * neurons + i]);
      pairs += 1;
    }
  }
  result.mean /= count;
  result.variance = square / count - result.mean * result.mean;
  result.correlation = (product / pairs - result.mean * result.mean) / result.variance;
  return result;
}

// Stationary mean, variance and correlation, at several dt; deterministic, since the seed is fixed.
TEST_P(Proof, NoiseHasTheStatisticsOfItsProcess) {
  for (const double dt : {0.5, 2.0, 5.0}) {
    Network network;
    const auto exact = network.add(ornstein_uhlenbeck.with({{"mean", 3.0}, {"sd", 2.0}}), 300);
    const auto held = network.add(noisy_membrane.with({{"mean", 3.0}, {"sd", 2.0}}), 300);
    const auto parts =
        network.add(integrated(noisy_membrane.with({{"mean", 3.0}, {"sd", 2.0}}), Integrator::euler, 8), 300);
    InferenceCompiler options = compiler(static_cast<std::uint32_t>(400 / dt));
    options.dt = dt;
    options.seed = 11;
    options.record = {{exact, "v"}, {held, "v"}, {parts, "v"}};
    const Predictions results = options.compile(network).predict(1);
    const auto from = static_cast<std::size_t>(100 / dt), lag = static_cast<std::size_t>(10 / dt);
    // 300 neurons for 300 ms: a sample is independent after about two time constants of 10 ms.
    const double samples = 300.0 * 300 / 20;
    const double held_variance = 4 * (20 / dt) * std::tanh(dt / 20);
    for (const auto& [population, variance] : {std::pair{exact, 4.0}, {held, held_variance}, {parts, held_variance}}) {
      const Moments found = moments(results.recorded(population, "v"), from, lag);
      std::printf("noise, dt %-4g mean %.3f (3)  variance %.3f (%.3f)  correlation after tau %.3f (%.3f)\n", dt,
                  found.mean, found.variance, variance, found.correlation, std::exp(-1.0));
      EXPECT_NEAR(found.mean, 3, 4 * std::sqrt(variance / samples)) << dt;
      EXPECT_NEAR(found.variance, variance, 4 * variance * std::sqrt(2 / samples)) << dt;
      EXPECT_NEAR(found.correlation, std::exp(-1.0), 0.05) << dt;
    }
  }
}

// ---- Sub-steps

// dv/dt = t + I + draw - v in four parts: the drive is that of the whole step, and per_step comes once.
TEST_P(Proof, InputsAreHeldOverSubsteps) {
  constexpr std::uint32_t steps = 12;
  constexpr double dt = 0.5;
  const NeuronModel model{.name = "parts",
                          .state = {{"v", 0.0}, {"draw", 0.0}},
                          .dynamics = {"dv/dt = t + I + draw - v + dt + per_step(v)"},
                          .update = {"draw = uniform()"},
                          .integrator = Integrator::euler,
                          .substeps = 4};
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto neuron = network.add(model, 1);
  network.connect(input, neuron, Dense{0.25});
  InferenceCompiler options = compiler(steps);
  options.dt = dt;
  options.nominal_dt = 2;
  options.record = {{neuron, "v"}, {neuron, "draw"}};
  const Predictions results = options.compile(network).predict({{input, spikes_in_every_step(steps)}});
  const std::vector<float> draws = trace(results, neuron, "draw");
  std::vector<double> expected;
  double v = 0;
  for (std::uint32_t step = 0; step < steps; ++step) {
    const double drive = step * dt + (step > 0 ? 0.25 : 0) + (step > 0 ? static_cast<double>(draws[step - 1]) : 0) + dt;
    const double jump = v * dt / 2;
    for (int part = 0; part < 4; ++part) v += dt / 4 * (drive - v);
    v += jump;
    expected.push_back(v);
  }
  expect_near(trace(results, neuron, "v"), expected, 2e-5, "v");
}

TEST_P(Proof, ExactSolutionsTakeNoSubsteps) {
  const NeuronModel model = integrated(refractory_crossing, Integrator::automatic);
  NeuronModel parts = model;
  parts.substeps = 100;
  const Traces traces = run(compiler(1), {model, parts}, "trace", 0.5, 100);
  EXPECT_EQ(traces.values[0], traces.values[1]);
  EXPECT_EQ(traces.spikes[0], traces.spikes[1]);
}

// Synapses have sub-steps too; arrivals are added once.
TEST_P(Proof, SynapsesHaveSubsteps) {
  SynapseModel model = conductance;
  model.current = "g";
  model.dynamics = {"dg/dt = -g * g / tau"};
  model.integrator = Integrator::euler;
  model.substeps = 5;
  const std::vector<float> current = driven(compiler(1), current_probe(), model, 2, 1, 20);
  std::vector<double> expected;
  double g = 0;
  for (int step = 0; step < 20; ++step) {
    if (step == 3 || step == 7 || step == 9) g += 2;
    expected.push_back(g);
    for (int part = 0; part < 5; ++part) g -= 0.2 * g * g / 5;
  }
  expect_near(current, expected, 1e-5, "current");
}

// Many neurons with individual parameters that spike, rest, draw and have synapses with sub-steps: the host, which
// loops over sub-steps per strip of neurons, and every other device give the same bits.
TEST_P(Proof, SubstepsGiveTheSameBitsEverywhere) {
  NeuronModel model = refractory_crossing;
  model.parameters.push_back({"noise", 0.3});
  model.dynamics = {"dv/dt = (drive + I - v) / tau + noise * normal()",
                    "dtrace/dt = (v - trace * abs(trace)) / tau_trace"};
  model.substeps = 3;
  SynapseModel synapse = conductance;
  synapse.dynamics = {"dg/dt = -g * abs(g) / tau"};
  synapse.substeps = 5;
  Network network;
  const auto cells = network.add(model.with({{"drive", Uniform{1.0, 3.0}}}), 300, {.readout = "spike_count"});
  network.connect(cells, cells, Dense{Uniform{-0.01, 0.01}}, {.synapse = synapse});
  InferenceCompiler options = compiler(60);
  options.seed = 5;
  options.record = {{cells, "v"}, {cells, "trace"}};
  InferenceCompiler on_host = options;
  on_host.device = "host";
  const Predictions expected = on_host.compile(network).predict(2);
  for (const char* schedule : {"trial", "step"}) {
    options.schedule = schedule;
    const Predictions results = options.compile(network).predict(2);
    expect_same_bits(results[cells], expected[cells], std::string("spikes, ") + schedule);
    expect_same_bits(results.recorded(cells, "v"), expected.recorded(cells, "v"), std::string("v, ") + schedule);
    expect_same_bits(results.recorded(cells, "trace"), expected.recorded(cells, "trace"), schedule);
  }
  EXPECT_GT(*std::max_element(expected[cells].values().begin(), expected[cells].values().end()), 1.0f);
}

TEST(Substeps, OutOfRangeIsRefused) {
  for (const std::uint32_t substeps : {0u, 10001u}) {
    NeuronModel neuron = izhikevich;
    neuron.substeps = substeps;
    SynapseModel synapse = alpha_current;
    synapse.substeps = substeps;
    Network network;
    const auto cells = network.add(neuron, 2);
    network.connect(cells, cells, Dense{1.0}, {.synapse = synapse});
    const std::vector<Problem> problems = network.validate();
    ASSERT_EQ(problems.size(), 2u);
    for (const Problem& problem : problems) {
      EXPECT_EQ(problem.kind, ProblemKind::invalid_value);
      EXPECT_THAT(problem.path, ::testing::EndsWith(".substeps"));
      EXPECT_EQ(problem.given, std::to_string(substeps));
      EXPECT_EQ(problem.expected, "1 … 10000");
      EXPECT_FALSE(problem.hint.empty());
    }
  }
}

}  // namespace
}  // namespace synfire
