// SPDX-License-Identifier: Apache-2.0
// Connections of latency 0: spikes and values that arrive in the step in which they are sent.
#include <gmock/gmock.h>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::OnDevice;

class Latency : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Latency);

constexpr std::uint32_t width = 70;  // several words of a mask

Sparse identity() {
  Sparse list{.sources = {}, .targets = {}, .weight = 1.0};
  for (std::uint32_t i = 0; i < width; ++i) {
    list.sources.push_back(i);
    list.targets.push_back(i);
  }
  return list;
}

Tensor<float> identity_matrix() {
  Tensor<float> matrix({width, width});
  for (std::size_t i = 0; i < width; ++i) matrix[i * width + i] = 1;
  return matrix;
}

// A chain through each storage, in which populations are not in the order of their steps.
TEST_P(Latency, AChainOfNoneIsPassedInOneStep) {
  Network network;
  const auto last = network.add(IntegrateFire{}, width, {.name = "last"});
  const auto third = network.add(IntegrateFire{}, width, {.name = "third"});
  const auto second = network.add(IntegrateFire{}, {width, 1, 1}, {.name = "second"});
  const auto first = network.add(IntegrateFire{}, {width, 1, 1}, {.name = "first"});
  const auto input = network.add(SpikeInput{}, {width, 1, 1}, {.name = "input"});
  network.connect(input, first, OneToOne{1.0}, {.latency = 0});
  network.connect(first, second, Conv2D{.filters = 1, .kernel = 1, .weight = 1.0},
                  {.storage = SynapseStorage::kernel, .latency = 0});
  network.connect(second, third, identity(), {.storage = SynapseStorage::rows, .latency = 0});
  network.connect(third, last, Dense{identity_matrix()}, {.latency = 0});
  SpikeTrains spikes(width);
  spikes.add_example({3, 69, 33, 3}, {0, 0, 2, 5});
  const std::vector<RecordedSpike> expected{{3, 0, 1}, {69, 0, 1}, {33, 2, 1}, {3, 5, 1}};
  for (const char* schedule : {"trial", "step"}) {
    InferenceCompiler options = compiler(6);
    options.schedule = schedule;
    options.record = {{first, "spikes"}, {last, "spikes"}};
    const Predictions results = options.compile(network).predict({{input, spikes}});
    EXPECT_EQ(results.spikes(first)[0], expected) << schedule;
    EXPECT_EQ(results.spikes(last)[0], expected) << schedule;
  }
}

// The list of this step is made while older ones are still to be read.
TEST_P(Latency, DelaysAddToIt) {
  Network network;
  const auto probe = network.add(testing::current_probe(), 1, {.name = "probe"});
  const auto source = network.add(IntegrateFire{}, 1, {.name = "source"});
  const auto input = network.add(SpikeInput{}, 1, {.name = "input"});
  network.connect(input, source, Dense{1.0}, {.latency = 0});
  network.connect(source, probe, Dense{1.0}, {.name = "at_once", .latency = 0});
  network.connect(source, probe, Dense{10.0}, {.name = "next"});
  network.connect(source, probe, Dense{.weight = 100.0, .delay = 2.0}, {.name = "later", .latency = 0});
  network.connect(source, probe, Dense{.weight = 1000.0, .delay = 2.0}, {.name = "last"});
  network.connect(source, probe,
                  Sparse{.sources = {0, 0}, .targets = {0, 0}, .weight = 1e4, .delay = std::vector<float>{0, 3}},
                  {.name = "each", .latency = 0});
  network.connect(input, probe, OneToOne{.weight = 1e5, .delay = 1.0}, {.name = "mask", .latency = 0});
  for (const char* schedule : {"trial", "step"}) {
    InferenceCompiler options = compiler(7);
    options.schedule = schedule;
    options.record = {{probe, "v"}};
    const Predictions results = options.compile(network).predict({{input, testing::spikes_at({1, 2})}});
    EXPECT_THAT(testing::trace(results, probe, "v"), ElementsAre(0, 10001, 110011, 100110, 11100, 11000, 0))
        << schedule;
  }
}

TEST_P(Latency, ValuesArriveInTheSameStep) {
  Network network;
  const auto probe = network.add(testing::current_probe(), 2, {.name = "probe"});
  const auto fixed = network.add(GradedInput{}, 3, {.name = "fixed"});
  const auto moving = network.add(GradedInput{.input_frames = 2, .input_frame_timesteps = 2}, 1, {.name = "moving"});
  network.connect(fixed, probe, Dense{2.0}, {.latency = 0});
  network.connect(moving, probe, Dense{.weight = 100.0, .delay = 1.0}, {.latency = 0});
  InferenceCompiler options = compiler(4);
  options.record = {{probe, "v"}};
  const Tensor<float> ones({1, 3}, {1, 1, 1}), frames({1, 2, 1}, {1, 2});
  const Predictions results = options.compile(network).predict({{fixed, ones}, {moving, frames}});
  EXPECT_THAT(testing::trace(results, probe, "v"), ElementsAre(6, 106, 106, 206));
}

// What a neuron sends after its step: with both latencies, a delay and feedback, in launches of all and of few steps.
TEST_P(Latency, ValuesOfStatesAreSentAfterTheStep) {
  constexpr std::uint32_t steps = 8, targets = 3;
  const NeuronModel filter{
      .name = "filter", .state = {{"v", 0.0}}, .update = {"v = 0.5 * v + I"}, .graded = "2 * v + 1"};
  Tensor<float> weights({width, targets});
  for (std::uint32_t k = 0; k < width * targets; ++k) weights[k] = static_cast<float>(k % 7) - 2;
  Network network;
  const auto now = network.add(testing::current_probe(), targets, {.name = "now"});
  const auto later = network.add(testing::current_probe(), targets, {.name = "later"});
  const auto source = network.add(filter, width, {.readout = "var", .name = "source"});
  const auto input = network.add(SpikeInput{}, width, {.name = "input"});
  network.connect(input, source, OneToOne{1.0}, {.latency = 0});
  network.connect(source, source, OneToOne{-0.125}, {.name = "feedback"});
  network.connect(source, now, Dense{weights}, {.latency = 0});
  network.connect(source, later, Dense{weights, 2.0});
  const SpikeTrains spikes = testing::Random(4).spikes(1, width, steps, 0.3F);
  std::vector<std::vector<float>> sent(steps, std::vector<float>(width));
  std::vector<float> v(width, 0), arriving(std::size_t{steps} * width, 0);
  for (std::size_t s = 0; s < spikes.spikes(); ++s)
    arriving[static_cast<std::size_t>(spikes.spike_times()[s]) * width + spikes.spike_neurons()[s]] = 1;
  for (std::uint32_t n = 0; n < steps; ++n) {
    for (std::uint32_t i = 0; i < width; ++i) {
      const float back = n == 0 ? 0 : -0.125F * sent[n - 1][i];
      v[i] = 0.5F * v[i] + arriving[std::size_t{n} * width + i] + back;
      sent[n][i] = 2 * v[i] + 1;
    }
  }
  const auto sum = [&](std::uint32_t step, std::uint32_t target) {
    float total = 0;
    for (std::uint32_t i = 0; i < width; ++i) total += weights[i * targets + target] * sent[step][i];
    return total;
  };
  for (const auto& [schedule, memory] : {std::pair("trial", 1 << 20), {"step", 1 << 20}, {"trial", 60}, {"step", 60}}) {
    InferenceCompiler options = compiler(steps);
    options.schedule = schedule;
    options.recording_memory = static_cast<std::size_t>(memory);
    options.record = {{now, "v"}, {later, "v"}};
    const Predictions results = options.compile(network).predict({{input, spikes}});
    EXPECT_EQ(results[source].values(), v) << schedule;
    for (std::uint32_t n = 0; n < steps; ++n) {
      for (std::uint32_t j = 0; j < targets; ++j) {
        EXPECT_EQ(results.recorded(now, "v")[n * targets + j], sum(n, j)) << schedule << ' ' << n;
        EXPECT_EQ(results.recorded(later, "v")[n * targets + j], n < 3 ? 0 : sum(n - 3, j)) << schedule << ' ' << n;
      }
    }
  }
  EventPropCompiler training{.timesteps = steps, .losses = "mean_square_error", .device = GetParam()};
  EXPECT_THAT([&] { training.check(network); },
              ::testing::ThrowsMessage<ModelError>(::testing::HasSubstr("sends values of its state")));
}

// A neuron that could send, but does not, is an output like any other.
TEST_P(Latency, AnOutputThatSendsNothingLearns) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 3, {.name = "input"});
  const auto output = network.add(
      NeuronModel{.name = "filter", .state = {{"v", 0.0}}, .dynamics = {"dv/dt = (I - v) / 10"}, .graded = "v"}, 2,
      {.readout = "avg_var", .name = "output"});
  network.connect(input, output, Dense{Normal{.sd = 0.5}}, {.synapse = Exponential{}, .latency = 0});
  const EventPropCompiler compiler{.timesteps = 20, .losses = "mean_square_error", .device = GetParam()};
  const GradientCheck check = check_gradients(network, compiler, {.examples = 2, .entries = 6});
  EXPECT_TRUE(check.passed) << check.report;
}

// Windows of a run and examples that carry spikes over keep what is under way.
TEST_P(Latency, SpikesInFlightAreKept) {
  Network network;
  const auto probe = network.add(testing::current_probe(), 1, {.name = "probe"});
  const auto source = network.add(IntegrateFire{}, 1, {.name = "source"});
  const auto input = network.add(SpikeInput{}, 1, {.name = "input"});
  network.connect(input, source, Dense{1.0}, {.latency = 0});
  network.connect(source, probe, Dense{.weight = 1.0, .delay = 3.0}, {.latency = 0});
  network.connect(source, probe, Dense{10.0}, {.name = "now", .latency = 0});
  InferenceCompiler options = compiler(4);
  options.batch_size = 1;
  options.carry_over = {.spikes = true};
  options.record = {{probe, "v"}};
  options.recording_memory = 1;
  SpikeTrains spikes(1);
  spikes.add_example({0, 0}, {0, 3});
  spikes.add_example({0}, {1});
  const Predictions results = options.compile(network).predict({{input, spikes}});
  EXPECT_THAT(testing::trace(results, probe, "v", 0), ElementsAre(10, 0, 0, 11));
  EXPECT_THAT(testing::trace(results, probe, "v", 1), ElementsAre(0, 10, 1, 0));
}

}  // namespace
}  // namespace synfire
