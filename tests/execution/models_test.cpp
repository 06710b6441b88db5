// SPDX-License-Identifier: Apache-2.0
// Users' models against independent solutions: closed forms, or fine integration in double.
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <functional>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using testing::OnDevice;

class Models : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Models);

using State = std::array<double, 2>;

// Kutta's fourth-order method with a step so small that its error is negligible.
State flow(State x, double duration, const std::function<State(const State&)>& slope) {
  constexpr int parts = 100;
  const double h = duration / parts;
  const auto moved = [](const State& from, double step, const State& by) {
    return State{from[0] + step * by[0], from[1] + step * by[1]};
  };
  for (int i = 0; i < parts; ++i) {
    const State a = slope(x), b = slope(moved(x, h / 2, a)), c = slope(moved(x, h / 2, b)), d = slope(moved(x, h, c));
    for (int k = 0; k < 2; ++k) x[k] += h / 6 * (a[k] + 2 * b[k] + 2 * c[k] + d[k]);
  }
  return x;
}

const NeuronModel izhikevich{
    .name = "izhikevich",
    .parameters = {{"a", 0.02}, {"b", 0.2}, {"c", -65.0}, {"d", 8.0}},
    .state = {{"v", -65.0}, {"u", -13.0}},
    .dynamics = {"dv/dt = 0.04*v*v + 5*v + 140 - u + I", "du/dt = a*(b*v - u)"},
    .threshold = "v >= 30",
    .reset = {"v = c", "u = u + d"},
    .integrator = Integrator::rk4,
};

// Spikes if v ≥ 30 at the end of a step, like the model. The current begins in step 1.
std::vector<std::uint32_t> izhikevich_spikes(double dt, std::uint32_t steps, double a, double d) {
  State x{-65, -13};
  std::vector<std::uint32_t> spikes;
  for (std::uint32_t step = 0; step < steps; ++step) {
    const double current = step == 0 ? 0 : 10;
    x = flow(x, dt, [&](const State& s) {
      return State{0.04 * s[0] * s[0] + 5 * s[0] + 140 - s[1] + current, a * (0.2 * s[0] - s[1])};
    });
    if (x[0] < 30) continue;
    spikes.push_back(step);
    x = {-65, x[1] + d};
  }
  return spikes;
}

// Compares the number of spikes, the first time and the intervals: a reset loses the crossing time within the step, so
// errors of the times themselves accumulate.
void expect_intervals_near(const std::vector<std::uint32_t>& actual, const std::vector<std::uint32_t>& expected,
                           int steps, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const auto interval = [i](const std::vector<std::uint32_t>& times) {
      return static_cast<double>(times[i]) - (i == 0 ? 0.0 : static_cast<double>(times[i - 1]));
    };
    EXPECT_NEAR(interval(actual), interval(expected), steps) << what << ", spike " << i;
  }
}

TEST_P(Models, IzhikevichSpikesRegularlyAndFast) {
  constexpr std::uint32_t steps = 3000;
  constexpr double dt = 0.05;
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto regular = network.add(izhikevich, 1), fast = network.add(izhikevich.with({{"a", 0.1}, {"d", 2.0}}), 1);
  network.connect(input, regular, Dense{10.0});
  network.connect(input, fast, Dense{10.0});
  InferenceCompiler options = compiler(steps);
  options.dt = dt;
  options.record = {{regular, "spikes"}, {fast, "spikes"}};
  const SpikeTrains spikes = testing::spikes_in_every_step(steps);
  const Predictions results = options.compile(network).predict({{input, spikes}});
  const auto expected = izhikevich_spikes(dt, steps, 0.02, 8), expected_fast = izhikevich_spikes(dt, steps, 0.1, 2);
  ASSERT_GT(expected.size(), 3u);
  ASSERT_GT(expected_fast.size(), expected.size());
  expect_intervals_near(testing::spike_steps(results, regular), expected, 2, "regular");
  expect_intervals_near(testing::spike_steps(results, fast), expected_fast, 2, "fast");
}

// FitzHugh's neuron has no reset: with crosses() it spikes once per cycle, on entry; with a level test in every step
// above the threshold.
TEST_P(Models, CrossingsAreCountedOnce) {
  constexpr std::uint32_t steps = 1500;
  constexpr double dt = 0.1;
  NeuronModel fitzhugh{.name = "fitzhugh",
                       .state = {{"v", -1.0}, {"w", 0.0}},
                       .dynamics = {"dv/dt = v - v*v*v/3 - w + 0.5", "dw/dt = 0.08*(v + 0.7 - 0.8*w)"},
                       .threshold = "crosses(v >= 1)"};
  Network network;
  const auto crossing = network.add(fitzhugh, 1);
  fitzhugh.threshold = "v >= 1";
  const auto level = network.add(fitzhugh, 1);
  InferenceCompiler options = compiler(steps);
  options.dt = dt;
  options.record = {{crossing, "spikes"}, {crossing, "v"}, {level, "spikes"}};
  const Predictions results = options.compile(network).predict(1);

  State x{-1, 0};
  std::vector<std::uint32_t> entries, above;
  std::vector<double> v;
  for (std::uint32_t step = 0; step < steps; ++step) {
    const bool was_above = x[0] >= 1;
    x = flow(x, dt, [](const State& s) {
      return State{s[0] - s[0] * s[0] * s[0] / 3 - s[1] + 0.5, 0.08 * (s[0] + 0.7 - 0.8 * s[1])};
    });
    v.push_back(x[0]);
    if (x[0] < 1) continue;
    above.push_back(step);
    if (!was_above) entries.push_back(step);
  }
  ASSERT_GT(entries.size(), 2u);
  testing::expect_near(testing::trace(results, crossing, "v"), v, 1e-3, "v");
  expect_intervals_near(testing::spike_steps(results, crossing), entries, 1, "crossings");
  EXPECT_NEAR(static_cast<double>(testing::spike_steps(results, level).size()), static_cast<double>(above.size()), 3);
}

// Crossings of expressions without states are undetectable and refused; they work if the neuron keeps the value in a
// state.
TEST_P(Models, CrossingsOfInputsNeedAState) {
  NeuronModel edge{.name = "edge", .state = {{"seen", 0.0}}, .threshold = "crosses(input > 0)"};
  edge.parameters = with_input_frames({});
  Network refused;
  refused.add(edge, 1);
  EXPECT_THROW(compiler(6).compile(refused), ModelError);

  edge.update = {"seen = input"};
  edge.threshold = "crosses(seen > 0)";
  Network network;
  const auto edges = network.add(edge.with({{"input_frames", 6}}), 1);
  InferenceCompiler options = compiler(6);
  options.record = {{edges, "spikes"}};
  const Tensor<float> frames({1, 6, 1}, {1, 1, 0, 1, -1, 1});
  const Predictions results = options.compile(network).predict({{edges, frames}});
  EXPECT_THAT(testing::spike_steps(results, edges), ::testing::ElementsAre(0, 3, 5));
}

// Each integrator against its scheme, on systems whose equations read one another in either order.
struct Scheme {
  Integrator integrator;
  State (*step)(State, double dt);
};

State van_der_pol(const State& s) { return {2 * (1 - s[1] * s[1]) * s[0] - s[1], s[0]}; }

State euler_step(State s, double dt) {
  const State k = van_der_pol(s);
  return {s[0] + dt * k[0], s[1] + dt * k[1]};
}

State rk4_step(State s, double dt) {
  const auto at = [&](double h, const State& k) { return State{s[0] + h * k[0], s[1] + h * k[1]}; };
  const State a = van_der_pol(s), b = van_der_pol(at(dt / 2, a)), c = van_der_pol(at(dt / 2, b)),
              d = van_der_pol(at(dt, c));
  return {s[0] + dt / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0]), s[1] + dt / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])};
}

State exponential_euler_step(State s, double dt) {
  const double rate = 2 * (1 - s[1] * s[1]);
  return {s[0] * std::exp(rate * dt) - s[1] * std::expm1(rate * dt) / rate, s[1] + dt * s[0]};
}

TEST_P(Models, IntegratorsUpdateAllVariablesAtOnce) {
  const std::vector<Scheme> schemes{{Integrator::euler, euler_step},
                                    {Integrator::rk4, rk4_step},
                                    {Integrator::exponential_euler, exponential_euler_step}};
  constexpr std::uint32_t steps = 30;
  constexpr double dt = 0.05;
  Network network;
  InferenceCompiler options = compiler(steps);
  options.dt = dt;
  std::vector<PopulationId> populations;
  for (const Scheme& scheme : schemes) {
    const NeuronModel model{.name = "van_der_pol",
                            .state = {{"y", 0.5}, {"x", 1.5}},
                            .dynamics = {"dy/dt = 2*(1 - x*x)*y - x", "dx/dt = y"},
                            .integrator = scheme.integrator};
    populations.push_back(network.add(model, 1));
    options.record.push_back({populations.back(), "y"});
    options.record.push_back({populations.back(), "x"});
  }
  const Predictions results = options.compile(network).predict(1);
  for (std::size_t i = 0; i < schemes.size(); ++i) {
    State s{0.5, 1.5};
    std::vector<double> y, x;
    for (std::uint32_t step = 0; step < steps; ++step) {
      s = schemes[i].step(s, dt);
      y.push_back(s[0]);
      x.push_back(s[1]);
    }
    const std::string name(to_string(schemes[i].integrator));
    testing::expect_near(testing::trace(results, populations[i], "y"), y, 1e-5, name + " y");
    testing::expect_near(testing::trace(results, populations[i], "x"), x, 1e-5, name + " x");
  }
}

// A rate that is just another state variable: held at its value before the step, whatever the order of the equations.
TEST_P(Models, RatesAreHeldOverTheStep) {
  NeuronModel model{.name = "rated", .state = {{"w", -1.0}, {"v", 1.0}}, .dynamics = {"dw/dt = -w / 4", "dv/dt = w*v"}};
  Network network;
  const auto rate_first = network.add(model, 1);
  std::swap(model.dynamics[0], model.dynamics[1]);
  const auto rate_last = network.add(model, 1);
  InferenceCompiler options = compiler(6);
  options.record = {{rate_first, "v"}, {rate_last, "v"}};
  const Predictions results = options.compile(network).predict(1);
  std::vector<double> expected;
  double w = -1, v = 1;
  for (int step = 0; step < 6; ++step) {
    v *= std::exp(w);
    w *= std::exp(-0.25);
    expected.push_back(v);
  }
  testing::expect_near(testing::trace(results, rate_first, "v"), expected, 1e-6, "rate first");
  testing::expect_near(testing::trace(results, rate_last, "v"), expected, 1e-6, "rate last");
}

// Linear systems are solved exactly: equal time constants (a defective matrix), an oscillation, a chain of
// three.
TEST_P(Models, LinearSystemsAreExact) {
  Network network;
  const auto equal = network.add(NeuronModel{.name = "equal",
                                             .parameters = {{"tau", 5.0}},
                                             .state = {{"v", 0.0}, {"i", 1.0}},
                                             .dynamics = {"dv/dt = (i - v) / tau", "di/dt = -i / tau"}},
                                 1);
  const auto oscillator = network.add(NeuronModel{.name = "oscillator",
                                                  .parameters = {{"omega", 0.7}},
                                                  .state = {{"x", 1.0}, {"y", 0.0}},
                                                  .dynamics = {"dx/dt = -omega*y", "dy/dt = omega*x"},
                                                  .integrator = Integrator::exact},
                                      1);
  const auto chain = network.add(NeuronModel{.name = "chain",
                                             .state = {{"c", 0.0}, {"b", 0.0}, {"a", 1.0}},
                                             .dynamics = {"dc/dt = b - c", "db/dt = a - b", "da/dt = -a"}},
                                 1);
  InferenceCompiler options = compiler(20);
  options.record = {{equal, "v"}, {oscillator, "x"}, {oscillator, "y"}, {chain, "c"}};
  const Predictions results = options.compile(network).predict(1);
  std::vector<double> v, x, y, c;
  for (int n = 1; n <= 20; ++n) {
    v.push_back(n / 5.0 * std::exp(-n / 5.0));
    x.push_back(std::cos(0.7 * n));
    y.push_back(std::sin(0.7 * n));
    c.push_back(n * n / 2.0 * std::exp(-n));
  }
  testing::expect_near(testing::trace(results, equal, "v"), v, 1e-6, "equal");
  testing::expect_near(testing::trace(results, oscillator, "x"), x, 2e-6, "x");
  testing::expect_near(testing::trace(results, oscillator, "y"), y, 2e-6, "y");
  testing::expect_near(testing::trace(results, chain, "c"), c, 1e-6, "chain");
}

// A user's struct works like the built-in ones: a threshold, statements, a flag known at compile time.
struct Accumulate {
  Value fast = {};
  static NeuronModel text() {
    return {.name = "accumulate",
            .parameters = {{"fast", false}, {"limit", 6.0}},
            .state = {{"v", 0.0}, {"n", 0.0}},
            .update = {"v += 2 if fast else 1", "if not (n > 1) { v += 0.5 }", "if v > 100 { v = 0 } else { n += 0 }"},
            .threshold = "v >= limit and not (n >= 3)",
            .reset = {"n = n + 1", "if n >= 2 { v = -1 } else { v = v - limit }"}};
  }
  static std::vector<Member<Accumulate>> members() { return {{"fast", &Accumulate::fast}}; }
};

std::vector<double> accumulated(bool fast, std::uint32_t steps) {
  std::vector<double> trace;
  double v = 0;
  int n = 0;
  for (std::uint32_t step = 0; step < steps; ++step) {
    v += fast ? 2 : 1;
    if (n <= 1) v += 0.5;
    if (v >= 6 && n < 3) {
      ++n;
      v = n >= 2 ? -1 : v - 6;
    }
    trace.push_back(v);
  }
  return trace;
}

TEST_P(Models, FlagsAndStatementsOfAUsersStruct) {
  Network network;
  const auto slow = network.add(Accumulate{}, 1), fast = network.add(Accumulate{.fast = true}, 1);
  InferenceCompiler options = compiler(25);
  options.record = {{slow, "v"}, {fast, "v"}};
  const Predictions results = options.compile(network).predict(1);
  testing::expect_near(testing::trace(results, slow, "v"), accumulated(false, 25), 0, "slow");
  testing::expect_near(testing::trace(results, fast, "v"), accumulated(true, 25), 0, "fast");
}

// A finer step refines the flow; an unscaled input stays the same per nominal step.
TEST_P(Models, NominalStepKeepsWhatAnInputIs) {
  Network network;
  const auto neuron = network.add(LeakyIntegrateFireInput{.v_thresh = 100, .tau_mem = 20}, 1);
  const Tensor<float> one = testing::ones(1);
  const auto end_of = [&](std::uint32_t steps, double dt, double nominal) {
    InferenceCompiler options = compiler(steps);
    options.dt = dt;
    options.nominal_dt = nominal;
    options.record = {{neuron, "v"}};
    return testing::trace(options.compile(network).predict({{neuron, one}}), neuron, "v").back();
  };
  const double alpha = std::exp(-0.25 / 20);
  double v = 0;
  for (int step = 0; step < 40; ++step) v = alpha * v + 0.25;
  EXPECT_NEAR(end_of(40, 0.25, 1), v, 1e-5);
  EXPECT_NEAR(end_of(40, 0.25, 0), 4 * v, 4e-5);
}

// The first neuron stays finite, the second overflows single precision in step 3, the third in step 7.
TEST_P(Models, AStateThatIsNotFiniteIsAnErrorThatSaysWhereItBegan) {
  Network network;
  network.add(NeuronModel{.name = "growing",
                          .parameters = {{"factor", std::vector<float>{1, 1e10f, 1e5f}}},
                          .state = {{"v", 1.0}},
                          .update = {"v = v * factor"},
                          .threshold = "v < 0"},
              3, {.readout = "spike_count", .name = "cells"});
  for (const std::size_t memory : {std::size_t{1} << 20, std::size_t{1}}) {  // in one window, and step by step
    InferenceCompiler options = compiler(40);
    options.batch_size = 2;
    options.recording_memory = memory;
    options.record = {{"cells", "spikes"}};
    auto model = options.compile(network);
    try {
      (void)model.predict(3);
      FAIL() << "nothing was thrown";
    } catch (const RunError& error) {
      EXPECT_EQ(error.problems().front().path, "population \"cells\", neuron 1");
      EXPECT_EQ(error.problems().front().message, "\"v\" is not finite: first in example 0, step 3");
    }
    EXPECT_NO_THROW((void)model.predict(3, {.allow_non_finite = true}));
  }
}

// Sums over time do not drift: in single precision alone the mean is 1 % too large.
TEST_P(Models, TheMeanOfAConstantIsTheConstant) {
  if (GetParam() == "simt") GTEST_SKIP() << "too slow on the emulator";
  Network network;
  network.add(NeuronModel{.name = "constant", .state = {{"v", 0.1}}, .dynamics = {"dv/dt = 0"}}, 1,
              {.readout = "avg_var", .name = "cells"});
  const Predictions mean = compiler(1000000).compile(network).predict(1);
  EXPECT_NEAR(static_cast<double>(mean["cells"][0]), 0.1, 1e-8);
}

TEST_P(Models, RefractoryPeriodsOfArraysAreAsLongAsThoseOfNumbers) {
  const std::vector<float> periods{2.05f, 5.15f, 10.05f, 20.1f};
  Network network;
  network.add(NeuronModel{.name = "always",
                          .parameters = {{"tau_ref", periods}},
                          .state = {{"v", 2.0}},
                          .threshold = "v >= 1",
                          .refractory = Refractory{.period = "tau_ref", .hold = {"v"}}},
              4, {.readout = "spike_count", .name = "cells"});
  InferenceCompiler options = compiler(10000);
  options.dt = 0.05;
  const Predictions counts = options.compile(network).predict(1);
  EXPECT_THAT(counts["cells"].values(), ::testing::ElementsAre(244, 98, 50, 25));
}

// 0 · x hides nothing: the division by 0 is detected, at the latest when the state is NaN.
TEST_P(Models, AFactorOfZeroHidesNoDivisionByZero) {
  Network network;
  network.add(NeuronModel{.name = "exponential",
                          .parameters = {{"slope", 0.0}},
                          .state = {{"v", -70.0}},
                          .dynamics = {"dv/dt = ((-65 - v) + slope * exp((v + 50) / slope) + 30) / 10"},
                          .threshold = "v >= 0",
                          .reset = {"v = -70"}},
              1, {.readout = "spike_count"});
  EXPECT_THROW((void)compiler(1000).compile(network).predict(1), Error);
}

}  // namespace
}  // namespace synfire
