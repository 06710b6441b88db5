// SPDX-License-Identifier: Apache-2.0
// The meaning of model texts: several statements, `I` and `dt`, endless spikes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "reference/trial.hpp"
#include "synfire/error.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen::reference {
namespace {

using ::testing::HasSubstr;

struct Texts {
  NeuronModel neuron = {.name = "mine",
                        .parameters = {{"tau", 20.0}, {"th", 0.3}},
                        .state = {{"v", 0.0}},
                        .dynamics = {"dv/dt = (I - v) / tau"},
                        .threshold = "v >= th",
                        .reset = {"v = 0"}};
  ReadoutModel readout = {.name = "mean", .state = {{"s", 0.0}}, .on_step = {"s += x"}, .value = "s / (duration / dt)"};
  SynapseModel synapse = Exponential::text();
  double dt = 1, nominal_dt = 0;
};

ir::Network network_of(const Texts& texts) {
  Network network;
  const auto input = network.add(SpikeInput{}, 3, {.name = "input"});
  const auto hidden = network.add(texts.neuron, 3, {.name = "hidden"});
  const auto output = network.add(texts.neuron, 2, {.readout = texts.readout, .name = "output"});
  network.connect(input, hidden, Dense{Uniform{0.6, 1.6}}, {.synapse = texts.synapse, .name = "a"});
  network.connect(hidden, output, Dense{Uniform{0.6, 1.6}}, {.synapse = texts.synapse, .name = "b"});
  return network.resolve();
}

GradientCheckOptions options_of(const Texts& texts) {
  GradientCheckOptions options;
  options.dt = texts.dt;
  options.nominal_dt = texts.nominal_dt;
  options.timesteps = 40;
  options.seed = 3;
  options.losses = {{2, MeanSquareError{}}};
  options.everything = true;
  options.on_grid = false;
  options.entries_in_all = 10;
  return options;
}

void expect_proved(const Texts& texts) {
  const GradientCheck check = check_gradients(network_of(texts), options_of(texts));
  EXPECT_TRUE(check.passed()) << to_string(check);
  EXPECT_GT(check.spikes, 6u);
  EXPECT_EQ(check.not_exact, "");
}

GradientCheck check_on_grid(const Texts& texts) {
  GradientCheckOptions options = options_of(texts);
  options.on_grid = true;
  return check_gradients(network_of(texts), options);
}

double loss_of(const Texts& texts) { return check_gradients(network_of(texts), options_of(texts)).loss; }

TEST(Texts, ReadoutsOfSeveralStatements) {
  Texts once, twice, through, chosen;
  once.readout.on_step = {"s += 1.5 * x"};
  twice.readout.on_step = {"s += x", "s += 0.5 * x"};
  through.readout.state.push_back({"m", 0.0});
  through.readout.on_step = {"m = x", "m = m + 0.5 * m", "s += m"};
  chosen.readout.parameters = {{"k", Uniform{1, 2}}};
  chosen.readout.on_step = {"if k > 0.5 { s += x; s += 0.5 * x } else { s += 3 * x }"};
  for (const Texts& each : {once, twice, through, chosen}) {
    expect_proved(each);
    EXPECT_NEAR(loss_of(each), loss_of(once), 1e-12);
  }
}

// on_spike sees the values that on_step left.
TEST(Texts, ReadoutsThatKeepTheLastValueForASpike) {
  Texts kept, direct;
  kept.readout = {.name = "kept",
                  .state = {{"m", 0.0}, {"s", 0.0}},
                  .on_step = {"m = x * x"},
                  .on_spike = {"s += m * t", "s += m"},
                  .value = "s"};
  direct.readout = {.name = "direct", .state = {{"s", 0.0}}, .on_spike = {"s += x * x * (1 + t)"}, .value = "s"};
  for (const Texts& each : {kept, direct}) expect_proved(each);
  EXPECT_NEAR(loss_of(kept) / loss_of(direct), 1, 1e-12);
  Texts extremum;
  extremum.readout = {.name = "highest",
                      .state = {{"m", 0.0}, {"s", 0.0}},
                      .on_step = {"m = max(m, x)"},
                      .on_spike = {"s += m"},
                      .value = "s"};
  const GradientCheck check = check_on_grid(extremum);
  EXPECT_THAT(check.not_exact, HasSubstr("the extremum over all steps"));
}

TEST(Texts, ExtremaOnEitherSide) {
  Texts texts;
  texts.readout = {.name = "highest", .state = {{"m", 0.0}}, .on_step = {"m = max(x, m)"}, .value = "m"};
  expect_proved(texts);
  texts.readout.on_step = {"m = min(m, -x)"};
  expect_proved(texts);
}

// As in programs: the actual step, not the nominal one.
TEST(Texts, TheStepIsTheOneThatThereIs) {
  Texts texts, plain;
  texts.dt = plain.dt = 0.5;
  texts.nominal_dt = plain.nominal_dt = 1.0;
  texts.readout.on_step = {"s += x * dt"};
  plain.readout.on_step = {"s += x * 0.5"};
  expect_proved(texts);
  EXPECT_NEAR(loss_of(texts) / loss_of(plain), 1, 1e-12);
  texts.readout = plain.readout;
  texts.neuron.dynamics = {"dv/dt = (I * dt - v) / tau"};
  plain.neuron.dynamics = {"dv/dt = (I * 0.5 - v) / tau"};
  texts.neuron.threshold = "v >= th * dt";
  plain.neuron.threshold = "v >= th * 0.5";
  texts.synapse.current = "x * (1 + dt)";
  plain.synapse.current = "x * 1.5";
  expect_proved(texts);
  EXPECT_NEAR(loss_of(texts) / loss_of(plain), 1, 1e-12);
}

TEST(Texts, ResetsOfSeveralStatements) {
  Texts once, twice;
  once.neuron.state.push_back({"u", 0.1});
  once.neuron.dynamics = {"dv/dt = (I - v - u) / tau", "du/dt = -u / tau"};
  twice = once;
  once.neuron.reset = {"u = 0.5 * u - 0.2 * v + 0.02", "v = 0.4 * u - 0.5 * v"};
  twice.neuron.reset = {"v = 0.5 * v", "u -= v", "u = 0.5 * u + 0.1 * v + 0.02", "v = 0.4 * u - v"};
  // u: (u − v/2)/2 + v/20 + 0.02 = u/2 − v/5 + 0.02; v: 0.4 u − v/2, each with the old u.
  for (const Texts& each : {once, twice}) expect_proved(each);
  EXPECT_NEAR(loss_of(once), loss_of(twice), 1e-12);
}

// λ of the synapses contributes.
TEST(Texts, ResetsAndThresholdsThatReadTheCurrent) {
  Texts reset, threshold;
  reset.neuron.reset = {"v = 0 - 0.2 * I"};
  expect_proved(reset);
  threshold.neuron.parameters[1].value = 0.5;
  threshold.neuron.threshold = "v + 0.05 * I >= th";
  threshold.neuron.refractory = Refractory{.period = "3"};
  expect_proved(threshold);
  reset.synapse = Delta::text();
  const GradientCheck check = check_on_grid(reset);
  EXPECT_THAT(check.not_exact, HasSubstr("reads I, to which \"a\" contributes for one step only"));
}

TEST(Texts, SpikesWithoutEndAreToldByNeuronAndTime) {
  Texts texts;
  texts.neuron.threshold = "v + 0.2 * I >= th";
  try {
    check_gradients(network_of(texts), options_of(texts));
    FAIL() << "an endlessly spiking neuron terminated";
  } catch (const RunError& error) {
    const Problem& problem = error.problems().front();
    EXPECT_EQ(problem.kind, ProblemKind::run_failed);
    EXPECT_THAT(problem.path, HasSubstr("populations[1] \"hidden\", neuron "));
    EXPECT_THAT(problem.message, HasSubstr("spikes without end at t = "));
    EXPECT_FALSE(problem.hint.empty());
  }
  // Ever faster, never simultaneous.
  texts.neuron.threshold = "v >= th";
  texts.neuron.reset = {"v = th - 1e-7"};
  EXPECT_THROW(check_gradients(network_of(texts), options_of(texts)), RunError);
}

TEST(Texts, ModelsByUpdateHaveNoEquations) {
  Texts texts;
  texts.neuron.dynamics.clear();
  texts.neuron.update = {"v = 0.9 * v + I if v > 0 else 0.8 * v + I"};
  const ir::Network network = network_of(texts);
  const HybridSystem system = read_hybrid_system(network, 1);
  EXPECT_FALSE(system.has_equations());
  EXPECT_EQ(system.variables.size(), 2u);
  EXPECT_THROW(hybrid_system(network, 1), ModelError);
  EXPECT_THAT(print_adjoints(network), HasSubstr("population \"hidden\": no equations to derive an adjoint from"));
  const CompiledNetwork compiled = compile_reference(network, {.timesteps = 40});
  EXPECT_EQ(compiled.problems().size(), 2u);
  EXPECT_THROW(Trial(compiled, compiled.drawn.values, {}), ModelError);
  EXPECT_THAT(to_string(check_on_grid(texts)),
              HasSubstr("populations[1] \"hidden\".neuron \"mine\": the neuron is defined by an update"));
}

// A spike reaches its target after the latency and the delay, as in programs.
TEST(Texts, ArrivalsHaveTheLatencyOfPrograms) {
  Texts texts;
  for (const std::uint32_t latency : {0U, 1U}) {
    Network network;
    const auto input = network.add(SpikeInput{}, 1, {.name = "input"});
    const auto output = network.add(LeakyIntegrate{}, 1, {.readout = texts.readout, .name = "output"});
    network.connect(input, output, Dense{1.0, 2.0}, {.name = "a", .latency = latency});
    const CompiledNetwork compiled =
        compile_reference(network.resolve(), {.dt = 0.5, .timesteps = 20, .losses = {{1, MeanSquareError{}}}});
    const Example example{.spikes = {{{6, 0, 1}}, {}}, .input = {{}, {}}, .targets = {{0, {0.0}}}};
    Trial trial(compiled, compiled.drawn.values, example);
    const double mean = trial.run_forward().readouts[0][0];
    // v = exp(−(t − t₀)/20) from t₀ = 3 + 2 + latency on; its mean over 10 ms.
    const double rest = 10 - (5 + 0.5 * latency);
    EXPECT_NEAR(mean, 20 * (1 - std::exp(-rest / 20)) / 10, 1e-12) << latency;
  }
}

}  // namespace
}  // namespace synfire::codegen::reference
