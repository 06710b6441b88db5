// SPDX-License-Identifier: Apache-2.0
// However a run is divided into advances, readouts, spikes and variables equal those of a whole run.
#include <gtest/gtest.h>

#include "execution/random_network.hpp"
#include "session/streaming.hpp"

namespace synfire {
namespace {

using testing::Feeder;
using testing::OnDevice;
using testing::RandomNetwork;
using testing::Recorder;

constexpr std::uint32_t run_timesteps = 30;
constexpr std::size_t examples = 3;
constexpr std::uint32_t first_seed = 1, networks = 6;

class WholeRuns : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(WholeRuns);

std::string show(const RandomNetwork& random, std::uint32_t seed) {
  return "seed " + std::to_string(seed) + "\n" + ir::to_string(random.network.description());
}

void expect_readouts(Session& session, const RandomNetwork& random, const Predictions& whole, std::size_t example) {
  for (const PopulationId output : random.outputs) {
    const std::string& name = random.network.name_of(output);
    testing::expect_same_bits(session.output(name).readout(), testing::row(whole[output], example), name);
  }
}

// Runs each example of the data in advances of random lengths.
void expect_pieces_of_whole_runs(InferenceCompiler options, std::uint32_t seed) {
  const RandomNetwork random = testing::random_network(seed, examples, run_timesteps);
  SCOPED_TRACE(show(random, seed));
  options.seed = 11;
  options.record = random.record;
  const Predictions whole = testing::whole_run(options, random.network, random.inputs);
  const Model model = options.model(random.network);
  std::mt19937 engine(seed);
  for (std::uint32_t example = 0; example < examples; ++example) {
    Session session = model.session({.horizon = 40, .example = example, .trial_steps = run_timesteps});
    Feeder feeder(session, random.network, random.inputs, example, seed);
    Recorder recorder(session, random.network, random.record);
    while (session.step() < run_timesteps) {
      const std::uint32_t steps =
          std::min(static_cast<std::uint32_t>(1 + engine() % 9), run_timesteps - session.step());
      feeder.feed(steps);
      ASSERT_EQ(session.advance(steps), Status::ok);
      recorder.collect();
    }
    recorder.expect_prefix_of(whole, example, run_timesteps);
    expect_readouts(session, random, whole, example);
    EXPECT_EQ(session.late_spikes(), 0u);
  }
}

// Random networks have recurrence, delays, noise, Poisson inputs, and readouts of all kinds.
TEST_P(WholeRuns, EqualRunsInPieces) {
  for (std::uint32_t seed = first_seed; seed < first_seed + networks && !HasFailure(); ++seed) {
    expect_pieces_of_whole_runs(compiler(run_timesteps), seed);
  }
}

TEST_P(WholeRuns, EqualRunsInPiecesOfAGridOrOfOneThread) {
  InferenceCompiler options = compiler(run_timesteps);
  options.schedule = "step";
  for (const std::uint32_t seed : {first_seed, first_seed + 7}) expect_pieces_of_whole_runs(options, seed);
}

// A session after a reset runs like a new one.
TEST_P(WholeRuns, CanBeRepeatedAfterAReset) {
  const RandomNetwork random = testing::random_network(first_seed + 4, examples, run_timesteps);
  InferenceCompiler options = compiler(run_timesteps);
  options.record = random.record;
  const Predictions whole = testing::whole_run(options, random.network, random.inputs);
  Session session = options.model(random.network).session({.most_steps = run_timesteps, .trial_steps = run_timesteps});
  for (int run = 0; run < 2; ++run) {
    session.reset();
    EXPECT_EQ(session.step(), 0u);
    Feeder feeder(session, random.network, random.inputs, 0, 1);
    feeder.feed(run_timesteps);
    Recorder recorder(session, random.network, random.record);
    recorder.collect();  // nothing yet
    ASSERT_EQ(session.advance(run_timesteps), Status::ok);
    recorder.collect();
    recorder.expect_prefix_of(whole, 0, run_timesteps);
    expect_readouts(session, random, whole, 0);
  }
}

}  // namespace
}  // namespace synfire
