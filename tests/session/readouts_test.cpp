// SPDX-License-Identifier: Apache-2.0
// Readouts of a running session.
#include <gmock/gmock.h>

#include "session/streaming.hpp"

namespace synfire {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::OnDevice;

class SessionReadouts : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(SessionReadouts);

Network network_with(const char* readout) {
  Network network;
  const auto input = network.add(SpikeInput{}, 6, {.name = "input"});
  const auto cells = network.add(LeakyIntegrateFire{.v_thresh = 0.7}, 5, {.readout = readout, .name = "cells"});
  network.connect(input, cells, Dense{Normal{.mean = 0.3, .sd = 0.2}}, {.synapse = Exponential{}});
  return network;
}

SpikeTrains trains(std::uint32_t steps) { return testing::Random(3).spikes(1, 6, steps, 0.2f); }

// After each advance, the readout is that of an example that ends there.
TEST_P(SessionReadouts, AreThoseOfAnExampleThatEndsNow) {
  constexpr std::uint32_t steps = 20;
  const SpikeTrains data = trains(steps);
  for (const char* readout : {"avg_var", "sum_var", "max_var", "var", "spike_count", "first_spike_time"}) {
    SCOPED_TRACE(readout);
    const Network network = network_with(readout);
    InferenceCompiler options = compiler(steps);
    options.device = "host";
    CompiledNetwork whole = options.compile(network);
    Session session = compiler(steps).model(network).session();
    EXPECT_EQ(session.input("input").push(testing::spikes_of(data, 0)), Status::ok);
    const Session::Output output = session.output("cells");
    EXPECT_THAT(output.readout(), Each(0.0f));
    for (const std::uint32_t chunk : {1u, 4u, 2u, 13u}) {
      ASSERT_EQ(session.advance(chunk), Status::ok);
      const Tensor<float> expected = whole.predict({{"input", data}}, {.example_timesteps = {session.step()}})["cells"];
      testing::expect_same_bits(output.readout(), expected.values(), "step " + std::to_string(session.step()));
    }
  }
}

TEST_P(SessionReadouts, CanRestart) {
  constexpr std::uint32_t steps = 20;
  const SpikeTrains data = trains(steps);
  Session session = compiler(steps).model(network_with("spike_count")).session();
  EXPECT_EQ(session.input("input").push(testing::spikes_of(data, 0)), Status::ok);
  const auto counts = [&] {
    const std::span<const float> readout = session.output("cells").readout();
    return std::vector<float>(readout.begin(), readout.end());
  };
  ASSERT_EQ(session.advance(10), Status::ok);
  const Snapshot middle = session.snapshot();
  const std::vector<float> first = counts();
  ASSERT_EQ(session.advance(10), Status::ok);
  const std::vector<float> all = counts();
  ASSERT_GT(all[0], first[0]);
  session.restore(middle);
  EXPECT_EQ(counts(), first);
  ASSERT_EQ(session.restart_readouts(), Status::ok);
  EXPECT_THAT(counts(), Each(0.0f));
  ASSERT_EQ(session.advance(3), Status::ok);
  ASSERT_EQ(session.advance(7), Status::ok);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(counts()[i], all[i] - first[i]) << i;
}

// Restarted readouts are those of an example that begins with the state of that moment, as the second of two that carry
// their state over.
TEST_P(SessionReadouts, CountFromTheirRestart) {
  constexpr std::uint32_t steps = 10;
  const SpikeTrains data = testing::Random(3).spikes(2, 6, steps, 0.2f);
  for (const char* readout :
       {"avg_var", "avg_var_exp_weight", "sum_var", "max_var", "var", "spike_count", "first_spike_time"}) {
    SCOPED_TRACE(readout);
    const Network network = network_with(readout);
    InferenceCompiler options = compiler(steps);
    options.carry_over = {.neurons = true, .synapses = true, .spikes = true};
    options.streaming = false;
    const Tensor<float> expected = options.compile(network).predict({{"input", data}})["cells"];
    Session session = compiler(2 * steps).model(network).session({.trial_steps = 2 * steps});
    std::vector<Spike> later = testing::spikes_of(data, 1);
    for (Spike& spike : later) spike.step += steps;
    ASSERT_EQ(session.input("input").push(testing::spikes_of(data, 0)), Status::ok);
    ASSERT_EQ(session.input("input").push(later), Status::ok);
    ASSERT_EQ(session.advance(steps), Status::ok);
    ASSERT_EQ(session.restart_readouts(), Status::ok);
    ASSERT_EQ(session.advance(3), Status::ok);
    const Snapshot middle = session.snapshot();
    ASSERT_EQ(session.advance(steps - 3), Status::ok);
    const auto second = std::span(expected.values()).subspan(5, 5);
    testing::expect_same_bits(session.output("cells").readout(), second, "readout");
    session.restore(middle);
    ASSERT_EQ(session.advance(steps - 3), Status::ok);
    testing::expect_same_bits(session.output("cells").readout(), second, "readout after a snapshot");
  }
}

TEST_P(SessionReadouts, ThatWeighStepsByTheDurationNeedIt) {
  constexpr std::uint32_t steps = 16;
  const SpikeTrains data = trains(steps);
  const Network network = network_with("avg_var_exp_weight");
  const Model model = compiler(steps).model(network);
  Session session = model.session({.trial_steps = 12});
  EXPECT_EQ(session.input("input").push(testing::spikes_of(data, 0)), Status::ok);
  for (int i = 0; i < 4; ++i) ASSERT_EQ(session.advance(3), Status::ok);
  const Tensor<float> expected =
      compiler(steps).compile(network).predict({{"input", data}}, {.example_timesteps = {12}})["cells"];
  testing::expect_same_bits(session.output("cells").readout(), expected.values(), "readout");
}

TEST_P(SessionReadouts, VariablesAreThoseOfTheLastAdvance) {
  Network network;
  network.add(LeakyIntegrate{.bias = 1.0}, 2, {.readout = "var", .name = "cells"});
  InferenceCompiler options = compiler(4);
  options.record = {{"cells", "v"}};
  Session session = options.model(network).session();
  const Session::Variable v = session.recording("cells", "v");
  EXPECT_EQ(v.elements(), 2u);
  EXPECT_TRUE(v.read().empty());
  ASSERT_EQ(session.advance(3), Status::ok);
  ASSERT_EQ(v.read().size(), 6u);
  EXPECT_EQ(v.read()[5], session.output("cells").readout()[1]);
  ASSERT_EQ(session.advance(1), Status::ok);
  EXPECT_THAT(v.read(), ElementsAre(session.output("cells").readout()[0], session.output("cells").readout()[1]));
  session.reset();
  EXPECT_TRUE(v.read().empty());
}

// The weights change between two steps; the state does not.
TEST_P(SessionReadouts, GoOnWithTheWeightsOfAnotherModel) {
  const auto network_with = [](double weight, std::size_t outputs = 2) {
    Network network;
    const auto input = network.add(PoissonInput{}, 3, {.name = "input"});
    const auto sum = network.add(IntegrateFire{.v_thresh = 1e9}, outputs, {.readout = "var", .name = "sum"});
    network.connect(input, sum,
                    Dense{Tensor<float>({3, outputs}, std::vector<float>(3 * outputs, static_cast<float>(weight)))});
    return network;
  };
  const Model first = compiler(8).model(network_with(1)), second = compiler(8).model(network_with(10));
  const Model other = compiler(8).model(network_with(1, 3));
  Session session = first.session();
  ASSERT_EQ(session.input("input").set(std::vector<float>(3, 1e9f)), Status::ok);  // a spike in each step
  const Session::Output sum = session.output("sum");
  ASSERT_EQ(session.advance(3), Status::ok);
  EXPECT_EQ(sum.readout()[1], 6);
  const Snapshot before = session.snapshot();
  EXPECT_EQ(session.use(other), Status::unsupported);
  ASSERT_EQ(session.use(second), Status::ok);
  ASSERT_EQ(session.advance(1), Status::ok);
  EXPECT_EQ(sum.readout()[1], 36);
  session.restore(before);  // weights are not part of it
  ASSERT_EQ(session.advance(1), Status::ok);
  EXPECT_EQ(sum.readout()[1], 36);
  ASSERT_EQ(session.use(first), Status::ok);
  ASSERT_EQ(session.advance(1), Status::ok);
  EXPECT_EQ(sum.readout()[1], 39);
}

}  // namespace
}  // namespace synfire
