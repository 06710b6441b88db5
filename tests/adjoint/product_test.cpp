// SPDX-License-Identifier: Apache-2.0
// Validates the derivation: derived gradients against central differences with exact spike times, for every neuron ×
// synapse × readout × loss × wiring.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "adjoint/networks.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen::test {
namespace {

struct Tally {
  std::size_t networks = 0, entries = 0, kinks = 0, spikes = 0, triggered = 0;
  double worst = 0;
  std::map<std::string, std::size_t> kinds = {};
};

std::string kind_of(const std::string& tensor) {
  for (const char* ending : {".weight", ".delay", "(0)"}) {
    if (tensor.ends_with(ending)) return ending;
  }
  return "parameter";
}

void check(const Case& which, Tally& tally) {
  GradientCheckOptions options = options_of(which);
  options.entries_in_all = 5;
  const GradientCheck result = check_gradients(network_of(which), options);
  ++tally.networks;
  tally.entries += result.entries.size();
  tally.kinks += result.kinks();
  tally.spikes += result.spikes;
  tally.triggered += result.triggered;
  for (const CheckedEntry& each : result.entries) {
    if (each.kink) continue;
    ++tally.kinds[kind_of(each.tensor)];
    tally.worst = std::max(tally.worst, each.error);
    EXPECT_TRUE(each.error <= 1) << to_string(which) << "\n" << to_string(result);
  }
}

class Product : public ::testing::TestWithParam<std::string> {};

TEST_P(Product, DerivedGradientsAreThoseOfTheLoss) {
  Tally tally;
  std::uint64_t seed = 20261125;
  for (const std::string& synapse : synapse_names())
    for (const std::string& wiring : wiring_names())
      for (const Goal& goal : goals()) check({GetParam(), synapse, wiring, goal, ++seed}, tally);
  std::cout << GetParam() << ": " << tally.networks << " networks, " << tally.entries << " entries, " << tally.kinks
            << " at kinks, worst error " << tally.worst << ", " << tally.spikes << " spikes, " << tally.triggered
            << " triggered\n";
  EXPECT_LE(20 * tally.kinks, tally.entries);
  EXPECT_GT(tally.spikes, 3 * tally.networks);
  for (const char* kind : {".weight", ".delay", "(0)", "parameter"}) EXPECT_GT(tally.kinds[kind], 200u) << kind;
}

// Constant-current coding: inputs that integrate frames of data are hybrid systems like any other.
TEST(Proof, InputsThatIntegrateTheirData) {
  Network network;
  const auto input = network.add(
      LeakyIntegrateFireInput{
          .tau_mem = 10.0, .tau_refrac = 1.5, .scale_i = true, .input_frames = 3, .input_frame_timesteps = 8},
      3, {.name = "input"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  network.connect(input, output, Dense{Uniform{-0.2, 0.6}}, {.synapse = Exponential{}, .name = "w"});
  const ir::Network resolved = network.resolve();
  GradientCheckOptions options = options_of({"", "", "", {"avg_var", {}}, 3});
  options.losses[0].population = 1;
  options.examples = {draw_example(resolved, options, 3)};
  for (double& each : options.examples[0].input[0]) each = 0.7 + 1.5 * each;
  const GradientCheck result = check_gradients(resolved, options);
  EXPECT_TRUE(result.passed()) << to_string(result);
  EXPECT_GT(result.spikes, 5u);
}

// Means over examples, signed spikes, all kinds of patterns, parallel connections, a hidden population that is an
// output.
TEST(Proof, OtherTopologies) {
  Network network;
  const auto a = network.add(SpikeInput{}, 4, {.name = "a"});
  const auto b = network.add(SpikeInput{}, 4, {.name = "b"});
  const NeuronModel two_signs{.name = "two_signs",
                              .parameters = {{"tau", 12.0}},
                              .state = {{"v", 0.0}, {"s", 0.0}},
                              .dynamics = {"dv/dt = -v / tau + per_step(I)", "ds/dt = (0.4 - v) / tau"},
                              .threshold = "v >= 1",
                              .reset = {"v -= 1"},
                              .spike_sign = "s + 0.1"};
  const auto hidden = network.add(two_signs, 4, {.readout = "avg_var", .name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "max_var", .name = "output"});
  const Exponential slow{.tau = 8.0};
  network.connect(a, hidden, OneToOne{Uniform{0.2, 0.6}, 0.5},
                  {.synapse = Exponential{}, .name = "one", .round_delays = true});
  network.connect(b, hidden, FixedInputs{2, Uniform{0.1, 0.4}, Uniform{0, 3}},
                  {.synapse = slow, .name = "inputs", .max_delay = 4});
  network.connect(b, hidden, FixedOutputs{2, Uniform{0.1, 0.4}}, {.name = "kicks"});
  network.connect(hidden, output, Sparse{{0, 1, 2, 3, 0}, {0, 1, 0, 1, 1}, Uniform{0.2, 0.5}},
                  {.synapse = slow, .name = "list"});
  network.connect(a, output, Dense{Uniform{-0.2, 0.2}}, {.synapse = slow, .name = "skip"});
  GradientCheckOptions options;
  options.timesteps = 30;
  options.seed = 8;
  options.losses = {{2, MeanSquareError{}}, {3, SparseCategoricalCrossentropy{.temperature = 2}}};
  options.everything = true;
  const ir::Network resolved = network.resolve();
  options.examples = {draw_example(resolved, options, 1), draw_example(resolved, options, 2)};
  options.examples[1].timesteps = 22;
  options.examples[1].spikes[0][0].sign = -1;
  const GradientCheck result = check_gradients(resolved, options);
  for (const CheckedEntry& each : result.entries) EXPECT_TRUE(each.kink || each.error <= 1) << to_string(result);
  EXPECT_LT(5 * result.kinks(), result.entries.size());  // delays of simultaneous arrivals
  EXPECT_GT(result.triggered, 0u);
  EXPECT_LT(result.triggered, result.spikes);
}

// Values that change over time, through hidden neurons and past them.
TEST(GradedPopulations, HaveTheGradientOfTheLoss) {
  Network network;
  const auto image = network.add(GradedInput{.input_frames = 3, .input_frame_timesteps = 5}, 3, {.name = "image"});
  const auto wave = network.add(NeuronModel{.name = "wave", .graded = "0.5 + sin(t)"}, 1, {.name = "wave"});
  const auto hidden = network.add(LeakyIntegrateFire{.tau_mem = 10.0, .relative_reset = false}, 3, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  const ConnectionOptions slow{.synapse = Exponential{.tau = 5.0, .scale_i = true}};
  network.connect(image, hidden, Dense{Uniform{0.1, 0.3}}, slow);
  network.connect(wave, hidden, Dense{Uniform{0.1, 0.2}, 1.0}, slow);
  network.connect(hidden, output, Dense{Uniform{-0.5, 0.5}}, slow);
  network.connect(image, output, Dense{Uniform{-0.5, 0.5}}, slow);
  GradientCheckOptions options;
  options.timesteps = 20;
  options.losses = {{3, SparseCategoricalCrossentropy{.temperature = 20}}};
  const ir::Network resolved = network.resolve();
  options.examples = {draw_example(resolved, options, 1)};
  const GradientCheck result = check_gradients(resolved, options);
  EXPECT_TRUE(result.passed()) << to_string(result);
  EXPECT_GT(result.spikes, 0u);
  for (const CheckedEntry& each : result.entries) EXPECT_NE(each.derived, 0) << to_string(result);
}

INSTANTIATE_TEST_SUITE_P(AllNeurons, Product, ::testing::ValuesIn(neuron_names()), [](const auto& each) {
  std::string name = each.param;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
});

}  // namespace
}  // namespace synfire::codegen::test
