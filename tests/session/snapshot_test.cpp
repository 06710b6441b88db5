// SPDX-License-Identifier: Apache-2.0
// Snapshots: the same session or another continues from one with identical bits.
#include <gmock/gmock.h>

#include "execution/random_network.hpp"
#include "session/streaming.hpp"

namespace synfire {
namespace {

using testing::Feeder;
using testing::OnDevice;
using testing::RandomNetwork;
using testing::Recorder;

class Snapshots : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Snapshots);

constexpr std::uint32_t snapshot_timesteps = 30;

void run_to(Session& session, std::uint32_t step, Recorder* recorder = nullptr) {
  while (session.step() < step) {
    ASSERT_EQ(session.advance(std::min(4u, step - session.step())), Status::ok);
    if (recorder != nullptr) recorder->collect();
  }
}

TEST_P(Snapshots, RestoreIntoTheSameAndAnotherSession) {
  for (const std::uint32_t seed : {2u, 5u, 6u}) {
    const RandomNetwork random = testing::random_network(seed, 2, snapshot_timesteps);
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + ir::to_string(random.network.description()));
    InferenceCompiler options = compiler(snapshot_timesteps);
    options.record = random.record;
    const Predictions whole = testing::whole_run(options, random.network, random.inputs);
    const Model model = options.model(random.network);
    const SessionOptions session_options{
        .horizon = snapshot_timesteps, .example = 1, .trial_steps = snapshot_timesteps};

    Session first = model.session(session_options);
    Feeder feeder(first, random.network, random.inputs, 1, seed);
    feeder.feed(snapshot_timesteps);  // the snapshot has pending spikes
    Recorder recorder(first, random.network, random.record);
    run_to(first, 13, &recorder);
    const Snapshot middle = first.snapshot();
    EXPECT_EQ(middle.step(), 13u);
    EXPECT_TRUE(middle == first.snapshot());
    run_to(first, snapshot_timesteps, &recorder);
    const Snapshot end = first.snapshot();
    EXPECT_FALSE(middle == end);
    recorder.expect_prefix_of(whole, 1, snapshot_timesteps);

    // The other session has another seed and example, has run, and has pending spikes.
    Session second = model.session({.horizon = snapshot_timesteps + 5, .seed = 99, .trial_steps = snapshot_timesteps});
    Feeder other(second, random.network, random.inputs, 0, seed);
    other.feed(snapshot_timesteps);
    run_to(second, 9);
    for (Session* session : {&first, &second}) {
      session->restore(middle);
      EXPECT_EQ(session->step(), 13u);
      EXPECT_TRUE(session->snapshot() == middle);
      run_to(*session, snapshot_timesteps);
      EXPECT_TRUE(session->snapshot() == end);
    }
  }
}

// Restores leave no trace in the session's recording.
TEST_P(Snapshots, BranchesDoNotShow) {
  const RandomNetwork random = testing::random_network(3, 1, snapshot_timesteps);
  InferenceCompiler options = compiler(snapshot_timesteps);
  options.record = random.record;
  const Predictions whole = testing::whole_run(options, random.network, random.inputs);
  Session session = options.model(random.network).session({.trial_steps = snapshot_timesteps});
  Feeder feeder(session, random.network, random.inputs, 0, 3);
  feeder.feed(snapshot_timesteps);
  Recorder recorder(session, random.network, random.record);
  run_to(session, 10, &recorder);
  const Snapshot middle = session.snapshot();
  for (std::uint32_t end = 11; end < snapshot_timesteps; end += 6) {
    run_to(session, end);
    session.restore(middle);
  }
  run_to(session, snapshot_timesteps, &recorder);
  recorder.expect_prefix_of(whole, 0, snapshot_timesteps);
}

TEST_P(Snapshots, OfTheStartAreStarts) {
  const RandomNetwork random = testing::random_network(4, 1, snapshot_timesteps);
  Session session = compiler(snapshot_timesteps).model(random.network).session({.trial_steps = snapshot_timesteps});
  const Snapshot start = session.snapshot();
  Feeder feeder(session, random.network, random.inputs, 0, 4);
  feeder.feed(snapshot_timesteps);
  EXPECT_FALSE(session.snapshot() == start);  // values and spikes are part of it
  run_to(session, 8);
  session.restore(start);
  EXPECT_TRUE(session.snapshot() == start);
}

struct Small {
  Network network;
  Small() { network.add(SpikeInput{}, 3, {.name = "input"}); }
};

TEST_P(Snapshots, ThatDoNotFitAreRefusedAndChangeNothing) {
  const Small small;
  const Model model = compiler(8).model(small.network);
  Session source = model.session({.horizon = 50});
  ASSERT_EQ(source.advance(6), Status::ok);
  ASSERT_EQ(source.input("input").push(std::vector<Spike>{{0, 40}, {1, 8}}), Status::ok);
  const Snapshot snapshot = source.snapshot();

  const auto refused = [&](const SessionOptions& options, const Snapshot& given) {
    Session session = model.session(options);
    EXPECT_EQ(session.advance(1), Status::ok);
    const Snapshot before = session.snapshot();
    EXPECT_THROW(session.restore(given), ModelError);
    EXPECT_TRUE(session.snapshot() == before);
    EXPECT_EQ(session.advance(1), Status::ok);
  };
  refused({.horizon = 34}, snapshot);
  refused({.horizon = 50, .most_input_spikes = 1}, snapshot);
  refused({.horizon = 50, .trial_steps = 5}, snapshot);
  refused({.horizon = 50}, Snapshot());
  Network other;
  other.add(SpikeInput{}, 4, {.name = "input"});
  refused({.horizon = 50}, compiler(8).model(other).session().snapshot());
  Session fits = model.session({.horizon = 35, .most_input_spikes = 2, .trial_steps = 6});
  fits.restore(snapshot);
  EXPECT_TRUE(fits.snapshot() == snapshot);
}

}  // namespace
}  // namespace synfire
