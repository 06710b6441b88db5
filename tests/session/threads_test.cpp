// SPDX-License-Identifier: Apache-2.0
// Several sessions of one model, each on its own thread.
#include <gtest/gtest.h>

#include <thread>

#include "execution/random_network.hpp"
#include "session/streaming.hpp"

namespace synfire {
namespace {

using testing::Feeder;
using testing::OnDevice;
using testing::RandomNetwork;
using testing::Recorder;

class SessionThreads : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(SessionThreads);

constexpr std::uint32_t thread_timesteps = 25;
constexpr std::uint32_t threads = 4;

// Creates a session and runs one example repeatedly, with a snapshot on the way.
void run(const Model& model, const RandomNetwork& random, const Predictions& whole, std::uint32_t example) {
  Session session = model.session({.example = example, .trial_steps = thread_timesteps});
  for (int repetition = 0; repetition < 5; ++repetition) {
    session.reset();
    Feeder feeder(session, random.network, random.inputs, example, example);
    feeder.feed(thread_timesteps);
    Recorder recorder(session, random.network, random.record);
    while (session.step() < thread_timesteps) {
      ASSERT_EQ(session.advance(1), Status::ok);
      recorder.collect();
      if (session.step() == 11) session.restore(session.snapshot());
    }
    recorder.expect_prefix_of(whole, example, thread_timesteps);
  }
}

TEST_P(SessionThreads, DoNotDisturbOneAnother) {
  const RandomNetwork random = testing::random_network(7, threads, thread_timesteps);
  InferenceCompiler options = compiler(thread_timesteps);
  options.record = random.record;
  const Predictions whole = testing::whole_run(options, random.network, random.inputs);
  const Model model = options.model(random.network);
  std::vector<std::thread> running;
  for (std::uint32_t t = 0; t < threads; ++t) {
    running.emplace_back([&, t] { run(model, random, whole, t); });
  }
  for (std::thread& thread : running) thread.join();
}

}  // namespace
}  // namespace synfire
