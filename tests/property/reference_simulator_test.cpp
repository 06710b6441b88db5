// SPDX-License-Identifier: Apache-2.0
// The reference simulator against numbers computed by hand.
#include "reference_simulator/simulator.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "synfire/models.hpp"

namespace synfire::testing::reference {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::IsEmpty;

SpikeTrains spikes_at(const std::vector<float>& times, std::size_t examples = 1) {
  SpikeTrains trains(1);
  for (std::size_t e = 0; e < examples; ++e) trains.add_example(std::vector<std::uint32_t>(times.size(), 0), times);
  return trains;
}

std::vector<std::uint32_t> steps_of(const std::vector<Spike>& spikes) {
  std::vector<std::uint32_t> steps;
  steps.reserve(spikes.size());
  for (const Spike& spike : spikes) steps.push_back(spike.step);
  return steps;
}

NeuronModel current_probe() { return {.name = "probe", .state = {{"v", 0.0}}, .update = {"v = I"}}; }

// An input neuron, a current probe, and the connection between them.
struct Pair {
  Network network;
  SpikeTrains trains;

  Pair(const Connectivity& connectivity, const Synapse& synapse, SpikeTrains given, const ConnectionOptions& more = {})
      : trains(std::move(given)) {
    const auto input = network.add(SpikeInput{}, 1);
    const auto probe = network.add(current_probe(), 1);
    ConnectionOptions options = more;
    options.synapse = synapse;
    network.connect(input, probe, connectivity, options);
  }
  std::vector<ExampleResult> run(const Options& options) const {
    return simulate(network.resolve(), {{.population = 0, .spikes = &trains}}, options);
  }
};

TEST(ReferenceSimulator, SpikesArriveOneStepLaterAndAfterTheirDelay) {
  const Pair pair(Dense{.weight = 2.0, .delay = 3.0}, Delta{}, spikes_at({0, 1, 2}));
  const auto results = pair.run({.timesteps = 8});
  EXPECT_THAT(results[0].neuron_states.at({1, "v"}), ElementsAre(0, 0, 0, 0, 2, 2, 2, 0));
  EXPECT_THAT(steps_of(results[0].spikes[0]), ElementsAre(0, 1, 2));
}

TEST(ReferenceSimulator, SpikesOfOneStepQueue) {
  const Pair pair(Dense{.weight = 1.0}, Delta{}, spikes_at({0.5, 0.75, 1, 6, 9}));
  EXPECT_THAT(steps_of(pair.run({.timesteps = 7})[0].spikes[0]), ElementsAre(1, 2, 3, 6));
  const Pair fine(Dense{.weight = 1.0}, Delta{}, spikes_at({0.3F}));
  EXPECT_THAT(steps_of(fine.run({.dt = 0.1, .timesteps = 7})[0].spikes[0]), ElementsAre(3));
}

TEST(ReferenceSimulator, ExponentialSynapsesDecay) {
  const Pair pair(Dense{.weight = 1.0}, Exponential{.tau = 4.0}, spikes_at({0}));
  const auto results = pair.run({.timesteps = 4});
  const auto decay = [](double steps) { return FloatEq(static_cast<float>(std::exp(-steps / 4))); };
  EXPECT_THAT(results[0].neuron_states.at({1, "v"}), ElementsAre(0, decay(0), decay(1), decay(2)));
  EXPECT_THAT(results[0].synapse_states.at({0, "x"}), ElementsAre(0, decay(1), decay(2), decay(3)));
}

TEST(ReferenceSimulator, MeansOfSynapsesAreOfTheStep) {
  const Pair pair(Dense{.weight = 1.0}, Exponential{.tau = 4.0, .scale_i = true}, spikes_at({0}));
  const auto results = pair.run({.timesteps = 3});
  const double mean = 4 * (1 - std::exp(-0.25));
  EXPECT_THAT(results[0].neuron_states.at({1, "v"}),
              ElementsAre(0, FloatEq(static_cast<float>(mean)), FloatEq(static_cast<float>(mean * std::exp(-0.25)))));
}

// Synapses between the same neurons with the same delay are merged; the others keep their delays.
TEST(ReferenceSimulator, ListsOfSynapses) {
  const Sparse list{.sources = {0, 0, 0},
                    .targets = {0, 0, 0},
                    .weight = std::vector<float>{1, 2, 4},
                    .delay = std::vector<float>{0, 2, 0}};
  const Pair pair(list, Delta{}, spikes_at({0}));
  EXPECT_THAT(pair.run({.timesteps = 5})[0].neuron_states.at({1, "v"}), ElementsAre(0, 5, 0, 2, 0));
}

TEST(ReferenceSimulator, NeuronsSpikeResetAndRest) {
  Network network;
  network.add(LeakyIntegrateFireInput{.v_thresh = 1, .tau_mem = 10, .tau_refrac = 3, .relative_reset = false}, 1,
              {.readout = "spike_count"});
  const Tensor<float> input({1, 1}, {0.6F});
  const auto results = simulate(network.resolve(), {{.population = 0, .values = &input}}, {.timesteps = 8});
  // 0.6, 1.14 and a reset, then no spike for three steps.
  EXPECT_THAT(steps_of(results[0].spikes[0]), ElementsAre(1, 4, 7));
  const double alpha = std::exp(-0.1);
  const std::vector<float>& v = results[0].neuron_states.at({0, "v"});
  EXPECT_FLOAT_EQ(v[0], 0.6F);
  EXPECT_EQ(v[1], 0.0F);
  EXPECT_FLOAT_EQ(v[3], static_cast<float>(0.6 * alpha + 0.6));
  EXPECT_THAT(results[0].readouts[0], ElementsAre(3));
}

TEST(ReferenceSimulator, NegativeSpikesSubtract) {
  Network network;
  const auto input = network.add(BinarySpikeInput{.signed_spikes = true, .input_frames = 3}, 1);
  const auto probe = network.add(current_probe(), 1);
  network.connect(input, probe, Dense{3.0});
  const Tensor<float> values({1, 3, 1}, {1, 0, -1});
  const auto results = simulate(network.resolve(), {{.population = 0, .values = &values}}, {.timesteps = 5});
  EXPECT_THAT(results[0].neuron_states.at({1, "v"}), ElementsAre(0, 3, 0, -3, -3));
}

TEST(ReferenceSimulator, StateIsCarriedOverWhereItIsAskedFor) {
  const Pair pair(Dense{.weight = 1.0, .delay = 2.0}, Delta{}, spikes_at({1}, 2));
  const auto dropped = pair.run({.timesteps = 3, .examples = 2});
  EXPECT_THAT(dropped[1].neuron_states.at({1, "v"}), ElementsAre(0, 0, 0));
  const auto carried = pair.run({.timesteps = 3, .examples = 2, .carry_spikes = true});
  EXPECT_THAT(carried[1].neuron_states.at({1, "v"}), ElementsAre(0, 1, 0));
  // In a batch of two, both examples are the first in their place.
  const auto apart = pair.run({.timesteps = 3, .examples = 2, .batch_size = 2, .carry_spikes = true});
  EXPECT_THAT(apart[1].neuron_states.at({1, "v"}), ElementsAre(0, 0, 0));
}

// Each method on dx/dt = −x/2 + 1 from x = 0 over one step of 1.
TEST(ReferenceSimulator, Integrators) {
  const auto after_a_step = [](Integrator integrator) {
    Network network;
    network.add(
        NeuronModel{
            .name = "decay", .state = {{"x", 0.0}}, .dynamics = {"dx/dt = 1 - x / 2"}, .integrator = integrator},
        1);
    return simulate(network.resolve(), {}, {.timesteps = 1})[0].neuron_states.at({0, "x"})[0];
  };
  const float exact = static_cast<float>(2 * (1 - std::exp(-0.5)));
  EXPECT_FLOAT_EQ(after_a_step(Integrator::automatic), exact);
  EXPECT_FLOAT_EQ(after_a_step(Integrator::exact), exact);
  EXPECT_FLOAT_EQ(after_a_step(Integrator::exponential_euler), exact);
  EXPECT_FLOAT_EQ(after_a_step(Integrator::euler), 1.0F);
  // Slopes 1, 3/4, 13/16, 19/32.
  EXPECT_FLOAT_EQ(after_a_step(Integrator::rk4), static_cast<float>((1 + 1.5 + 1.625 + 0.59375) / 6));
}

// Two equal time constants in a row: (t/τ)·exp(−t/τ).
TEST(ReferenceSimulator, LinearSystemsAreSolved) {
  Network network;
  network.add(
      NeuronModel{
          .name = "chain", .state = {{"a", 1.0}, {"b", 0.0}}, .dynamics = {"da/dt = -a / 3", "db/dt = (a - b) / 3"}},
      1);
  const auto results = simulate(network.resolve(), {}, {.timesteps = 5});
  const std::vector<float>& b = results[0].neuron_states.at({0, "b"});
  for (std::size_t n = 0; n < b.size(); ++n) {
    const double t = static_cast<double>(n + 1) / 3;
    EXPECT_NEAR(b[n], t * std::exp(-t), 1e-6);
  }
}

}  // namespace
}  // namespace synfire::testing::reference
