// SPDX-License-Identifier: Apache-2.0
// Handling of spikes and values: early, late, too many, invalid.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "session/streaming.hpp"

namespace synfire {
namespace {

using ::testing::ElementsAre;
using testing::OnDevice;

// Its spikes are recorded; probes show its values.
struct Inputs {
  Network network;
  PopulationId spikes = network.add(SpikeInput{}, 3, {.name = "spikes"});
  PopulationId values = network.add(testing::value_probe(), 2, {.readout = "var", .name = "values"});
  PopulationId framed = network.add(testing::value_probe(2), 1, {.readout = "var", .name = "framed"});
  PopulationId target = network.add(testing::accumulator(), 1, {.readout = "var", .name = "target"});

  Inputs() { network.connect(spikes, target, Dense{1.0}); }
};

std::vector<RecordedSpike> read(const Session::Spikes& spikes) {
  const auto all = spikes.read();
  return {all.begin(), all.end()};
}

class SessionInputs : public OnDevice {
 protected:
  Model model() const {
    InferenceCompiler options = compiler(8);
    options.record = {{inputs_.spikes, "spikes"}};
    return options.model(inputs_.network);
  }

  Inputs inputs_;
};
SYNFIRE_ON_EVERY_DEVICE(SessionInputs);

TEST_P(SessionInputs, SpikesComeInTheirStepWhateverTheirOrder) {
  Session session = model().session({.horizon = 100});
  Session::Input input = session.input("spikes");
  Session::Spikes spikes = session.spikes("spikes");
  EXPECT_EQ(input.neurons(), 3u);
  const std::vector<Spike> pushed{{2, 9}, {1, 0}, {0, 3}, {2, 3}, {0, 0}};
  EXPECT_EQ(input.push(pushed), Status::ok);
  ASSERT_EQ(session.advance(4), Status::ok);
  EXPECT_THAT(read(spikes), ElementsAre(RecordedSpike{0, 0, 1}, RecordedSpike{1, 0, 1}, RecordedSpike{0, 3, 1},
                                        RecordedSpike{2, 3, 1}));
  ASSERT_EQ(session.advance(5), Status::ok);
  EXPECT_THAT(read(spikes), ElementsAre());
  ASSERT_EQ(session.advance(1), Status::ok);
  EXPECT_THAT(read(spikes), ElementsAre(RecordedSpike{2, 9, 1}));
  EXPECT_EQ(session.step(), 10u);
  ASSERT_EQ(session.advance(1), Status::ok);
  EXPECT_THAT(session.output("target").readout(), ElementsAre(5.0f));
}

TEST_P(SessionInputs, ANeuronSpikesOnceInAStepAndTheRestQueues) {
  Session session = model().session();
  Session::Input input = session.input("spikes");
  EXPECT_EQ(input.push(std::vector<Spike>{{1, 2}, {1, 2}, {1, 3}, {1, 2}}), Status::ok);
  ASSERT_EQ(session.advance(8), Status::ok);
  EXPECT_THAT(read(session.spikes("spikes")), ElementsAre(RecordedSpike{1, 2, 1}, RecordedSpike{1, 3, 1},
                                                          RecordedSpike{1, 4, 1}, RecordedSpike{1, 5, 1}));
}

TEST_P(SessionInputs, LateSpikesAreDeliveredInTheNextStep) {
  Session session = model().session();
  Session::Input input = session.input("spikes");
  ASSERT_EQ(session.advance(5), Status::ok);
  EXPECT_EQ(input.push(std::vector<Spike>{{0, 4}, {0, 2}, {1, 5}}), Status::ok);
  ASSERT_EQ(session.advance(3), Status::ok);
  EXPECT_THAT(read(session.spikes("spikes")),
              ElementsAre(RecordedSpike{0, 5, 1}, RecordedSpike{1, 5, 1}, RecordedSpike{0, 6, 1}));
  EXPECT_EQ(session.late_spikes(), 2u);
  EXPECT_EQ(session.refused_spikes(), 0u);
}

TEST_P(SessionInputs, LateSpikesCanBeDropped) {
  Session session = model().session({.late_spikes = LateSpikes::drop});
  Session::Input input = session.input("spikes");
  ASSERT_EQ(session.advance(5), Status::ok);
  EXPECT_EQ(input.push(std::vector<Spike>{{0, 4}, {1, 5}}), Status::ok);
  ASSERT_EQ(session.advance(3), Status::ok);
  EXPECT_THAT(read(session.spikes("spikes")), ElementsAre(RecordedSpike{1, 5, 1}));
  EXPECT_EQ(session.late_spikes(), 1u);
  EXPECT_EQ(session.refused_spikes(), 0u);
}

TEST_P(SessionInputs, LateSpikesCanBeRefused) {
  Session session = model().session({.late_spikes = LateSpikes::refuse});
  Session::Input input = session.input("spikes");
  ASSERT_EQ(session.advance(5), Status::ok);
  EXPECT_EQ(input.push(std::vector<Spike>{{0, 4}, {1, 5}}), Status::late);
  ASSERT_EQ(session.advance(3), Status::ok);
  EXPECT_THAT(read(session.spikes("spikes")), ElementsAre(RecordedSpike{1, 5, 1}));
  EXPECT_EQ(session.late_spikes(), 1u);
  EXPECT_EQ(session.refused_spikes(), 1u);
}

TEST_P(SessionInputs, WhatCannotBeTakenIsSaidAndCounted) {
  Session session = model().session({.horizon = 8, .most_input_spikes = 3});
  Session::Input input = session.input("spikes");
  EXPECT_EQ(input.push({3, 0}), Status::invalid_neuron);
  EXPECT_EQ(input.push({0, 8}), Status::beyond_horizon);
  // Valid spikes among invalid ones are accepted.
  EXPECT_EQ(input.push(std::vector<Spike>{{0, 7}, {0, 9}, {9, 0}, {1, 1}}), Status::beyond_horizon);
  EXPECT_EQ(input.push({2, 1}), Status::ok);
  EXPECT_EQ(input.push({2, 2}), Status::overflow);
  EXPECT_EQ(session.refused_spikes(), 5u);
  EXPECT_EQ(session.input("values").push({0, 0}), Status::wrong_input);
  EXPECT_EQ(session.refused_spikes(), 6u);
  ASSERT_EQ(session.advance(8), Status::ok);
  EXPECT_THAT(read(session.spikes("spikes")),
              ElementsAre(RecordedSpike{1, 1, 1}, RecordedSpike{2, 1, 1}, RecordedSpike{0, 7, 1}));
  session.reset();
  EXPECT_EQ(session.refused_spikes(), 0u);
}

TEST_P(SessionInputs, ValuesAreHeldUntilTheyAreSetAgain) {
  Session session = model().session();
  Session::Input input = session.input("values");
  const auto shown = [&] {
    EXPECT_EQ(session.advance(2), Status::ok);
    return session.output("values").readout();
  };
  EXPECT_THAT(shown(), ElementsAre(0, 0));
  EXPECT_EQ(input.set(std::vector<float>{1.5f, -2}), Status::ok);
  EXPECT_THAT(shown(), ElementsAre(1.5f, -2));
  EXPECT_THAT(shown(), ElementsAre(1.5f, -2));
  EXPECT_EQ(input.set(std::vector<float>{3, 4}), Status::ok);
  EXPECT_THAT(shown(), ElementsAre(3, 4));
}

TEST_P(SessionInputs, ValuesThatAreRefusedChangeNothing) {
  Session session = model().session();
  Session::Input input = session.input("values");
  EXPECT_EQ(input.set(std::vector<float>{1, 2}), Status::ok);
  EXPECT_EQ(input.set(std::vector<float>{1, 2, 3}), Status::wrong_size);
  EXPECT_EQ(input.set({}), Status::wrong_size);
  EXPECT_EQ(input.set(std::vector<float>{5, std::nanf("")}), Status::not_finite);
  EXPECT_EQ(input.set(std::vector<float>{std::numeric_limits<float>::infinity(), 5}), Status::not_finite);
  EXPECT_EQ(session.input("spikes").set(std::vector<float>{1, 2, 3}), Status::wrong_input);
  ASSERT_EQ(session.advance(1), Status::ok);
  EXPECT_THAT(session.output("values").readout(), ElementsAre(1, 2));
}

TEST_P(SessionInputs, FramesAreShownOneAfterTheOtherOrAllAlike) {
  Session session = model().session();
  Session::Input input = session.input("framed");
  const auto shown = [&] {
    EXPECT_EQ(session.advance(1), Status::ok);
    return session.output("framed").readout()[0];
  };
  EXPECT_EQ(input.set(std::vector<float>{1, 2}), Status::ok);
  EXPECT_EQ(shown(), 1);
  EXPECT_EQ(shown(), 2);
  EXPECT_EQ(shown(), 2);  // the last frame is held
  session.reset();
  EXPECT_EQ(input.set(std::vector<float>{7}), Status::ok);
  EXPECT_EQ(shown(), 7);
  EXPECT_EQ(shown(), 7);
}

TEST_P(SessionInputs, AdvancesAreBounded) {
  Session session = model().session({.most_steps = 5, .trial_steps = 7});
  EXPECT_EQ(session.most_steps(), 5u);
  EXPECT_EQ(session.advance(6), Status::too_many_steps);
  EXPECT_EQ(session.advance(0), Status::ok);
  EXPECT_EQ(session.step(), 0u);
  EXPECT_EQ(session.advance(5), Status::ok);
  EXPECT_EQ(session.advance(3), Status::finished);
  EXPECT_EQ(session.step(), 5u);
  EXPECT_EQ(session.advance(2), Status::ok);
  EXPECT_EQ(session.advance(1), Status::finished);
  session.reset();
  EXPECT_EQ(session.advance(1), Status::ok);
}

// Handles stay valid when their session moves.
TEST_P(SessionInputs, SessionsMove) {
  Session first = model().session();
  Session::Input input = first.input("values");
  Session::Output output = first.output("values");
  Session session = std::move(first);
  EXPECT_EQ(input.set(std::vector<float>{1, 2}), Status::ok);
  ASSERT_EQ(session.advance(1), Status::ok);
  EXPECT_THAT(output.readout(), ElementsAre(1, 2));
}

TEST(SessionStatus, HasNames) {
  EXPECT_STREQ(to_string(Status::ok), "ok");
  EXPECT_STREQ(to_string(Status::beyond_horizon), "beyond_horizon");
  EXPECT_STREQ(to_string(Status::failed), "failed");
}

}  // namespace
}  // namespace synfire
