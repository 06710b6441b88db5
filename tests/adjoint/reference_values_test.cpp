// SPDX-License-Identifier: Apache-2.0
// Published numbers of a reference system that trains with EventProp: two inputs, two hidden and two output neurons.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "reference/grid.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen::reference {
namespace {

const LeakyIntegrateFire lif{.relative_reset = false, .integrate_during_refrac = false, .scale_i = true};
const Exponential synapse{.tau = 5.0, .scale_i = true};

ir::Network network_of(const Neuron& output, const synfire::Readout& readout, const Value& first, const Value& second,
                       const Value& delay = 0.0) {
  Network network;
  const auto a = network.add(SpikeInput{}, 2, {.name = "input"});
  const auto b = network.add(lif, 2, {.name = "hidden"});
  const auto c = network.add(output, 2, {.readout = readout, .name = "output"});
  network.connect(a, b, Dense{first, delay}, {.synapse = synapse, .name = "first", .max_delay = 5});
  network.connect(b, c, Dense{second}, {.synapse = synapse, .name = "second"});
  return network.resolve();
}

void expect_near(const std::vector<double>& values, const std::array<double, 4>& expected, double tolerance,
                 const std::string& what) {
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(values[i], expected[i], tolerance) << what << " [" << i << "]";
}

struct SpikeTimeCase {
  Loss loss;
  std::array<double, 4> first, second;
};

// Exact values, computed elsewhere with exact spike times in double.
TEST(ReferenceValues, SpikeTimeLosses) {
  const std::vector<SpikeTimeCase> cases{{TimeToFirstSpikeCrossentropy{.alpha = 0.1},
                                          {-.042442, .053650, -.029254, .038071},
                                          {-.129647, .136313, -.116616, .123247}},
                                         {RelativeMeanSquareError{.delta = 1},
                                          {-.081922, .103772, -.056467, .073640},
                                          {-.250449, .263429, -.225276, .238178}}};
  ir::Network network = network_of(lif, "first_spike_time", {{4, 5}, {5.5, 3.5}}, {{4.5, 3}, {3.2, 4.6}});
  for (ir::Connection& connection : network.connections) connection.latency = 0;
  for (const SpikeTimeCase& each : cases) {
    const ReferenceOptions options{.dt = 0.01, .timesteps = 3000, .losses = {{2, each.loss}}};
    const CompiledNetwork compiled = compile_reference(network, options);
    Example example;
    example.spikes = {{{100, 0}, {400, 0}, {200, 1}, {600, 1}}, {}, {}};
    example.input.resize(3);
    example.targets = {{0, {}}};
    Trial trial(compiled, compiled.drawn.values, example);
    trial.run_forward();
    const Values gradient = trial.run_backward();
    const std::string& name = each.loss.name;
    expect_near(gradient.connections[0].weights, each.first, 1e-6, name);
    expect_near(gradient.connections[1].weights, each.second, 1e-6, name);
    // On the grid of 0.01 ms, within 2 %.
    const GridNetwork steps = compile_grid(network, options);
    GridTrial grid(steps, steps.drawn.values, example);
    grid.run_forward();
    const Values on_grid = grid.run_backward();
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(on_grid.connections[0].weights[i], each.first[i], 0.02 * std::abs(each.first[i]));
      EXPECT_NEAR(on_grid.connections[1].weights[i], each.second[i], 0.02 * std::abs(each.second[i]));
    }
  }
}

// ---- The reference's own recursion, in which the adjoint is the exact solution of its differential equation from step
// to step, with a drive held constant over the step, rather than the transpose of the forward step. Voltage losses
// carry 1 / τ_mem.

constexpr double tau_mem = 20, tau_syn = 5;

struct VoltageCase {
  const char* readout;
  std::array<double, 4> first, second;
  Value delay = 0.0;
};

struct Recursion {
  double dt;
  std::uint32_t steps;
  std::array<double, 4> w1, w2;
  std::array<std::uint32_t, 4> delay{};        // of the first connection, steps
  std::vector<std::array<int, 2>> input = {};  // step, neuron
  std::string readout = {};
  bool last_input = false;  // whether the last step has synaptic input; the reference leaves it out
  std::array<std::vector<std::array<double, 2>>, 2> tape{};  // by hidden neuron: step, D
  std::array<double, 4> g1{}, g2{};
  std::array<double, 2> value{}, at{};

  double alpha() const { return std::exp(-dt / tau_mem); }
  double beta() const { return std::exp(-dt / tau_syn); }

  void forward() {
    std::array<double, 2> v{}, i{}, out_v{}, out_i{};
    std::vector<std::array<double, 2>> arriving(steps + 10), spiked(steps + 10);
    for (const auto& [step, neuron] : input)
      for (std::size_t j = 0; j < 2; ++j) {
        const std::size_t w = 2 * static_cast<std::size_t>(neuron) + j;
        const std::size_t due = static_cast<std::size_t>(step) + 1 + delay[w];
        if (due < steps) arriving[due][j] += w1[w];
      }
    const double scale = tau_syn * (1 - beta()) / dt;
    std::array<double, 2> largest{-1e38, -1e38};
    for (std::uint32_t n = 0; n < steps; ++n) {
      const bool silent = n + 1 == steps && !last_input;
      for (std::size_t j = 0; j < 2; ++j) {
        const double raw = silent ? 0 : i[j] + arriving[n][j];
        v[j] = alpha() * v[j] + (1 - alpha()) * scale * raw;
        i[j] = raw * beta();
        double out_raw = out_i[j];
        for (std::size_t h = 0; h < 2; ++h)
          if (n > 0 && spiked[n - 1][h] != 0) out_raw += w2[2 * h + j];
        if (silent) out_raw = 0;
        out_v[j] = alpha() * out_v[j] + (1 - alpha()) * scale * out_raw;
        out_i[j] = out_raw * beta();
        const double t = n / static_cast<double>(steps);
        if (readout == "avg_var") value[j] += out_v[j] / steps;
        if (readout == "sum_var") value[j] += out_v[j];
        if (readout == "avg_var_exp_weight") value[j] += std::exp(-t) * out_v[j] / steps;
        if (out_v[j] > largest[j]) {
          largest[j] = out_v[j];
          at[j] = n;
        }
        if (v[j] < 1) continue;
        tape[j].push_back({static_cast<double>(n), raw - v[j]});
        spiked[n][j] = 1;
        v[j] = 0;
      }
    }
    if (readout == "max_var") value = largest;
  }

  void backward() {
    std::array<double, 2> share{};
    const double total = std::exp(value[0]) + std::exp(value[1]);
    for (std::size_t k = 0; k < 2; ++k) share[k] = (k == 0 ? 1 : 0) - std::exp(value[k]) / total;
    std::vector<std::array<double, 4>> history(steps + 12);  // by step: λ_V, λ_I of the hidden neurons
    std::array<double, 2> hv{}, hi{}, ov{}, oi{};
    const double a = tau_mem / (tau_mem - tau_syn);
    for (std::uint32_t t = steps; t-- > 0;) {
      const auto before_v = ov, before_i = oi;
      for (std::size_t k = 0; k < 2; ++k) {
        double drive = share[k] / (tau_mem * steps * dt);
        if (readout == "avg_var_exp_weight")
          drive *= std::exp(-(t + 1.0) / steps);  // the backward pass's clock is a step ahead
        if (readout == "max_var" && at[k] != t) drive = 0;
        oi[k] = drive + (oi[k] - drive) * beta() + a * (ov[k] - drive) * (alpha() - beta());
        ov[k] = drive + (ov[k] - drive) * alpha();
        hi[k] = hi[k] * beta() + a * hv[k] * (alpha() - beta());
        hv[k] = hv[k] * alpha();
      }
      for (std::size_t h = 0; h < 2; ++h) {
        for (const auto& [step, slope] : tape[h]) {
          if (step != t) continue;
          double back = 0;
          for (std::size_t k = 0; k < 2; ++k) {
            g2[2 * h + k] -= tau_syn * before_i[k];
            back += w2[2 * h + k] * (before_v[k] - before_i[k]);
          }
          hv[h] += (hv[h] + back) / slope;
        }
      }
      history[t] = {hv[0], hv[1], hi[0], hi[1]};
    }
    for (const auto& [step, neuron] : input)
      for (std::size_t j = 0; j < 2; ++j) {
        const std::size_t w = 2 * static_cast<std::size_t>(neuron) + j;
        g1[w] -= tau_syn * history[static_cast<std::size_t>(step) + 1 + delay[w]][2 + j];
      }
  }
};

const std::vector<std::array<int, 2>> pattern{{1, 0}, {4, 0}, {2, 1}, {6, 1}, {7, 1}};

Recursion recursion_of(const std::string& readout, double dt, const std::array<double, 4>& first) {
  Recursion result{.dt = dt,
                   .steps = static_cast<std::uint32_t>(std::lround(20 / dt)),
                   .w1 = first,
                   .w2 = {0.8, -0.4, -0.3, 0.9},
                   .readout = readout};
  for (const auto& [step, neuron] : pattern) result.input.push_back({static_cast<int>(std::lround(step / dt)), neuron});
  return result;
}

// Values printed by the reference at dt 1, to 1e-4 of the largest: it uses single precision.
TEST(ReferenceValues, RecursionOfTheReference) {
  const std::vector<VoltageCase> cases{{"avg_var",
                                        {-3.963762e-4, 8.004080e-4, -3.863874e-4, 9.143325e-4},
                                        {-1.470485e-3, 1.470485e-3, -1.274701e-3, 1.274701e-3}},
                                       {"avg_var_exp_weight",
                                        {-2.082974e-4, 3.998176e-4, -2.030483e-4, 4.567249e-4},
                                        {-6.517128e-4, 6.517128e-4, -5.512682e-4, 5.512682e-4}},
                                       {"sum_var",
                                        {-3.604374e-4, 7.278366e-4, -3.513544e-4, 8.314318e-4},
                                        {-1.337158e-3, 1.337158e-3, -1.159125e-3, 1.159125e-3}},
                                       {"max_var",
                                        {-3.298704e-6, 1.757930e-5, -3.215577e-6, 2.008141e-5},
                                        {-1.960338e-4, 1.960338e-4, -1.931231e-4, 1.931231e-4}}};
  for (const VoltageCase& each : cases) {
    Recursion recursion = recursion_of(each.readout, 1, {1.6, 2.0, 1.8, 1.1});
    recursion.forward();
    recursion.backward();
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(recursion.g1[i], each.first[i], 1e-4 * each.first[3]) << each.readout << i;
      EXPECT_NEAR(recursion.g2[i], each.second[i], 1e-4 * each.second[1]) << each.readout << i;
    }
  }
}

double largest_of(const std::array<double, 4>& values) {
  double largest = 0;
  for (const double each : values) largest = std::max(largest, std::abs(each));
  return largest;
}

// Grid mode against that recursion, times 1 / τ_mem: both converge to the same value as dt decreases. At dt 1 the two
// discretizations differ by some 10 %.
TEST(ReferenceValues, GridModeTendsToTheReference) {
  for (const char* readout : {"avg_var", "avg_var_exp_weight", "sum_var"}) {
    std::vector<double> errors;
    for (const double dt : {1.0, 0.1, 0.02}) {
      Recursion recursion = recursion_of(readout, dt, {2.4, 3.0, 2.7, 1.65});
      recursion.last_input = true;
      recursion.forward();
      recursion.backward();
      const GridNetwork steps = compile_grid(
          network_of(LeakyIntegrate{.scale_i = true}, readout, {{2.4, 3.0}, {2.7, 1.65}}, {{0.8, -0.4}, {-0.3, 0.9}}),
          {.dt = dt, .timesteps = recursion.steps, .losses = {{2, {}}}});
      Example example;
      example.spikes.resize(3);
      for (const auto& [step, neuron] : recursion.input)
        example.spikes[0].push_back({static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(neuron)});
      example.input.resize(3);
      example.targets = {{0, {}}};
      GridTrial grid(steps, steps.drawn.values, example);
      const GridOutcome outcome = grid.run_forward();
      EXPECT_EQ(outcome.spikes[1].size(), recursion.tape[0].size() + recursion.tape[1].size());
      const Values gradient = grid.run_backward();
      const double sums = std::string(readout) == "sum_var" ? recursion.steps : 1;
      double error = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        const double first = gradient.connections[0].weights[i] / (tau_mem * sums);
        const double second = gradient.connections[1].weights[i] / (tau_mem * sums);
        error = std::max(error, std::abs(first - recursion.g1[i]) / largest_of(recursion.g1));
        error = std::max(error, std::abs(second - recursion.g2[i]) / largest_of(recursion.g2));
      }
      errors.push_back(error);
    }
    EXPECT_LT(errors[0], 0.25) << readout;
    EXPECT_LT(errors[1], 0.03) << readout;
    EXPECT_LT(errors[2], 0.01) << readout;
  }
}

// dL/dW2 of the reference by finite differences in double at dt 0.02; hidden spikes at 6.60, 6.74, 10.52, 14.88 ms.
TEST(ReferenceValues, FiniteDifferencesOfTheReference) {
  const GridNetwork steps_in_double = compile_grid(
      network_of(LeakyIntegrate{.scale_i = true}, "avg_var", {{2.4, 3.0}, {2.7, 1.65}}, {{0.8, -0.4}, {-0.3, 0.9}}),
      {.dt = 0.02, .timesteps = 1000, .losses = {{2, {}}}});
  Example example;
  example.spikes.resize(3);
  for (const auto& [step, neuron] : pattern)
    example.spikes[0].push_back({static_cast<std::uint32_t>(step * 50), static_cast<std::uint32_t>(neuron)});
  example.input.resize(3);
  example.targets = {{0, {}}};
  GridTrial grid(steps_in_double, steps_in_double.drawn.values, example);
  const GridOutcome outcome = grid.run_forward();
  std::vector<std::uint32_t> steps;
  for (const GivenSpike& each : outcome.spikes[1]) steps.push_back(each.step);
  EXPECT_EQ(steps, (std::vector<std::uint32_t>{330, 337, 526, 744}));
  const Values gradient = grid.run_backward();
  expect_near(gradient.connections[1].weights, {-6.856710e-2, 6.856710e-2, -5.183904e-2, 5.183904e-2}, 7e-5, "second");
}

}  // namespace
}  // namespace synfire::codegen::reference
