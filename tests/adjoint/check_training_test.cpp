// SPDX-License-Identifier: Apache-2.0
// Untrainable networks are refused with a message that names the cause and a remedy; trainable ones are not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "synfire/codegen/adjoint.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> messages(const ir::Network& network, const TrainingCheck& options = {}) {
  std::vector<std::string> result;
  for (const Problem& each : check_training(network, options)) {
    EXPECT_FALSE(each.hint.empty()) << to_string(each);
    result.push_back(to_string(each));
  }
  return result;
}

// input → hidden → output, with the given hidden neurons and synapses.
ir::Network chain(const Neuron& hidden, const Synapse& synapse, const Readout& readout = "avg_var") {
  Network network;
  const auto a = network.add(SpikeInput{}, 2, {.name = "a"});
  const auto b = network.add(hidden, 2, {.name = "b"});
  const auto c = network.add(LeakyIntegrate{}, 2, {.readout = readout, .name = "c"});
  network.connect(a, b, Dense{0.5}, {.synapse = synapse, .name = "ab"});
  network.connect(b, c, Dense{0.5}, {.synapse = Exponential{}, .name = "bc"});
  return network.resolve();
}

NeuronModel neuron(std::vector<std::string> dynamics, std::string threshold, std::vector<std::string> update = {}) {
  return {.name = "mine",
          .parameters = {{"tau", 10.0}},
          .state = {{"v", 0.0}},
          .dynamics = std::move(dynamics),
          .update = std::move(update),
          .threshold = std::move(threshold),
          .reset = {"v = 0"}};
}

TEST(CheckTraining, LetsBuiltInModelsPass) {
  EXPECT_THAT(messages(chain(LeakyIntegrateFire{}, Exponential{})), IsEmpty());
  EXPECT_THAT(messages(chain(AdaptiveLeakyIntegrateFire{}, Exponential{})), IsEmpty());
  EXPECT_THAT(messages(chain(IntegrateFire{}, Exponential{}), {.losses = {{2, {}}}}), IsEmpty());
}

TEST(CheckTraining, RefusesWhatHasNoDerivative) {
  const auto refused = [](const NeuronModel& model) { return messages(chain(model, Exponential{})); };
  const auto can_jump = ElementsAre(HasSubstr("can jump while the state flows"));
  EXPECT_THAT(refused(neuron({"dv/dt = -v / tau + per_step(I) + normal()"}, "v >= 1")),
              ElementsAre(HasSubstr("draws random numbers")));
  EXPECT_THAT(refused(neuron({}, "v >= 1", {"v = 0.9 * v + I + 0.1 * uniform()"})),
              ElementsAre(HasSubstr("draws random numbers")));
  EXPECT_THAT(refused(neuron({"dv/dt = per_step(I) - (0.2 if v > 0.9 else 0.1)"}, "v >= 1")), can_jump);
  EXPECT_THAT(refused(neuron({"dv/dt = per_step(I) - floor(4 * v)"}, "v >= 1")), can_jump);
  EXPECT_THAT(refused(neuron({"dv/dt = per_step(I)"}, "v >= (1 if t > 10 else 2)")), can_jump);
  EXPECT_THAT(refused(neuron({"dv/dt = per_step(I)"}, "v >= 1 or v < -1")),
              ElementsAre(HasSubstr("not a single comparison")));
  EXPECT_THAT(refused(neuron({"dv/dt = per_step(I + input)"}, "v >= 1 - 0.1 * input")),
              ElementsAre(HasSubstr("the threshold reads the input")));
  EXPECT_THAT(refused(neuron({"dv/dt = per_step(I) - max(v, 0) / tau"}, "crosses(v > 1)")), IsEmpty());
  EXPECT_THAT(refused(neuron({"dv/dt = per_step(I) - (0.2 if t > 5 else 0.1)"}, "not (v < 1)")), IsEmpty());
}

// Programs transpose their own steps, with or without equations.
TEST(CheckTraining, AllowsModelsByUpdate) {
  EXPECT_THAT(messages(chain(neuron({}, "v >= 1", {"v = 0.9 * v + I if v > 0 else 0.8 * v + I"}), Exponential{})),
              IsEmpty());
  const SynapseModel synapse{.name = "mine",
                             .state = {{"x", 0.0}},
                             .update = {"x = 0.8 * x"},
                             .on_spike = {"x += weight * (1 + 0.01 * t)"},
                             .current = "x"};
  EXPECT_THAT(messages(chain(LeakyIntegrateFire{}, synapse)), IsEmpty());
}

TEST(CheckTraining, RefusesCurrentsThatJumpWithStates) {
  SynapseModel synapse = Exponential::text();
  synapse.current = "x if v < 0.5 else 0.5 * x";
  EXPECT_THAT(
      messages(chain(LeakyIntegrateFire{}, synapse)),
      ElementsAre(testing::AllOf(HasSubstr("connections[0] \"ab\""), HasSubstr("current"), HasSubstr("can jump"))));
}

TEST(CheckTraining, RefusesReadouts) {
  const auto refused = [](const ReadoutModel& readout) {
    return messages(chain(LeakyIntegrateFire{}, Exponential{}, readout));
  };
  EXPECT_THAT(refused({.name = "leaky", .state = {{"y", 0.0}}, .on_step = {"y = 0.9 * y + x"}, .value = "y"}),
              IsEmpty());
  EXPECT_THAT(refused({.name = "last", .state = {{"y", 0.0}}, .on_step = {"y = x * x"}, .value = "y"}), IsEmpty());
  const auto of_spikes = [](const Readout& readout) {
    Network network;
    const auto a = network.add(SpikeInput{}, 2);
    const auto b = network.add(LeakyIntegrateFire{}, 2, {.readout = readout});
    network.connect(a, b, Dense{0.5}, {.synapse = Exponential{}});
    return messages(network.resolve());
  };
  EXPECT_THAT(of_spikes("spike_count"), ElementsAre(HasSubstr("the readout counts spikes")));
  // Filtering the count makes it smooth in the spike times.
  ReadoutModel filtered{
      .name = "filtered", .state = {{"n", 0.0}}, .on_step = {"n *= 0.9"}, .on_spike = {"n += 1"}, .value = "n"};
  EXPECT_THAT(of_spikes(filtered), IsEmpty());
}

TEST(CheckTraining, LooksOnlyAtWhatDependsOnTraining) {
  Network network;
  const auto a = network.add(PoissonInput{}, 2);
  const auto b = network.add(neuron({}, "v >= 1", {"v = 0.9 * v + I + uniform()"}), 2, {.name = "b"});
  const auto c = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var"});
  network.connect(a, b, Dense{frozen(0.5)});
  network.connect(b, c, Dense{0.5}, {.synapse = Exponential{}});
  EXPECT_THAT(messages(network.resolve()), IsEmpty());
}

TEST(CheckTraining, RefusesParametersOfRandomInputs) {
  NeuronModel noisy = neuron({"dv/dt = -v / tau + 0.1 * uniform()"}, "v >= 1");
  noisy = noisy.with({{"tau", trainable(10.0)}});
  Network network;
  const auto a = network.add(noisy, 2, {.name = "noise"});
  const auto b = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var"});
  network.connect(a, b, Dense{0.5}, {.synapse = Exponential{}});
  EXPECT_THAT(messages(network.resolve()), ElementsAre(HasSubstr("\"noise\"")));
}

TEST(CheckTraining, ProvesThatOnlyArrivalsReachTheThreshold) {
  const auto refused = [](const Neuron& hidden) { return messages(chain(hidden, "delta")); };
  const auto names_it =
      ElementsAre(testing::AllOf(HasSubstr("populations[1] \"b\""), HasSubstr("\"ab\""), HasSubstr("exponential")));
  EXPECT_THAT(refused(IntegrateFire{}), names_it);
  EXPECT_THAT(refused(LeakyIntegrateFire{}), names_it);
  EXPECT_THAT(refused(LeakyIntegrateFire{.tau_mem = Uniform{5, 20}}), names_it);
  EXPECT_THAT(refused(AdaptiveLeakyIntegrateFire{}), names_it);  // the threshold falls more slowly than v
  // The threshold falls faster than v, v falls to a rest above the threshold, or another variable drives it.
  EXPECT_THAT(refused(AdaptiveLeakyIntegrateFire{.beta = 0.5, .tau_mem = 20.0, .tau_adapt = 5.0}), IsEmpty());
  EXPECT_THAT(refused(LeakyIntegrateFire{.v_thresh = -0.1, .v_reset = -1}), IsEmpty());
  EXPECT_THAT(refused(neuron({"dv/dt = (1.2 - v) / tau + per_step(I)"}, "v >= 1")), IsEmpty());
  EXPECT_THAT(messages(chain(IntegrateFire{}, "delta"), {.allow_arrival_only = true}), IsEmpty());
}

TEST(CheckTraining, FitsLossesToReadouts) {
  const Loss times = RelativeMeanSquareError{};
  EXPECT_THAT(messages(chain(LeakyIntegrateFire{}, Exponential{}), {.losses = {{2, times}}}),
              ElementsAre(HasSubstr("needs the readout first_spike_time")));
  EXPECT_THAT(messages(chain(LeakyIntegrateFire{}, Exponential{}), {.losses = {{1, {}}}}),
              ElementsAre(HasSubstr("the population has none")));
  Network network;
  const auto a = network.add(SpikeInput{}, 2);
  const auto b = network.add(LeakyIntegrateFire{}, 2, {.readout = "first_spike_time"});
  network.connect(a, b, Dense{0.5}, {.synapse = Exponential{}});
  EXPECT_THAT(messages(network.resolve(), {.losses = {{1, times}}}), IsEmpty());
  EXPECT_THAT(messages(network.resolve(), {.losses = {{1, MeanSquareError{}}}}),
              ElementsAre(HasSubstr("infinite if a neuron is silent")));
}

}  // namespace
}  // namespace synfire::codegen
