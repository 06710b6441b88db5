// SPDX-License-Identifier: Apache-2.0
// The same bits on every device, in every run, for any number of threads and any batch size.
#include <gmock/gmock.h>

#include <optional>

#include "execution/random_network.hpp"

namespace synfire {
namespace {

using testing::OnDevice;
using testing::RandomNetwork;

constexpr std::uint32_t random_timesteps = 30;
constexpr std::size_t random_examples = 7;
constexpr std::uint32_t first_seed = 1, networks = 8;

class Determinism : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Determinism);

struct Setting {
  std::string device;
  std::uint32_t batch_size = random_examples;
  unsigned threads = 1;
};

Predictions run(const RandomNetwork& random, const Setting& setting, const RunOptions& options = {}) {
  return InferenceCompiler{.timesteps = random_timesteps,
                           .batch_size = setting.batch_size,
                           .seed = 11,
                           .record = random.record,
                           .device = setting.device,
                           .threads = setting.threads,
                           .cache_folder = testing::cache_folder()}
      .compile(random.network)
      .predict(random.inputs, options);
}

void expect_same(const RandomNetwork& random, const Predictions& actual, const Predictions& expected) {
  for (const PopulationId output : random.outputs) {
    testing::expect_same_bits(actual[output], expected[output], "readout of " + random.network.name_of(output));
  }
  for (const Recording& recording : random.record) {
    const std::string what = random.network.name_of(recording.object.as_population()) + "." + recording.variable;
    if (recording.variable == "spikes") {
      EXPECT_EQ(actual.spikes(recording.object), expected.spikes(recording.object)) << what;
    } else {
      testing::expect_same_bits(actual.recorded(recording.object, recording.variable),
                                expected.recorded(recording.object, recording.variable), what);
    }
  }
}

std::string show(const RandomNetwork& random, std::uint32_t seed) {
  return "seed " + std::to_string(seed) + "\n" + ir::to_string(random.network.description());
}

TEST_P(Determinism, TheDeviceDoesWhatTheHostDoes) {
  for (std::uint32_t seed = first_seed; seed < first_seed + networks; ++seed) {
    const RandomNetwork random = testing::random_network(seed, random_examples, random_timesteps);
    SCOPED_TRACE(show(random, seed));
    const Predictions host = run(random, {.device = "host"});
    expect_same(random, run(random, {.device = GetParam(), .threads = 2}), host);
    if (HasFailure()) return;
  }
}

TEST_P(Determinism, TheBatchDoesNotMatter) {
  for (const std::uint32_t seed : {first_seed, first_seed + 3}) {
    const RandomNetwork random = testing::random_network(seed, random_examples, random_timesteps);
    SCOPED_TRACE(show(random, seed));
    const RunOptions lengths{.example_timesteps = {30, 1, 17, 30, 29, 2, 30}};
    const Predictions whole = run(random, {.device = GetParam()}, lengths);
    expect_same(random, run(random, {.device = GetParam(), .batch_size = 1}, lengths), whole);
    expect_same(random, run(random, {.device = GetParam(), .batch_size = 3, .threads = 2}, lengths), whole);
  }
}

TEST_P(Determinism, RunsDoNotDiffer) {
  const RandomNetwork random = testing::random_network(first_seed + 1, random_examples, random_timesteps);
  SCOPED_TRACE(show(random, first_seed + 1));
  InferenceCompiler options = compiler(random_timesteps);
  options.batch_size = 4;
  options.record = random.record;
  auto model = options.compile(random.network);
  const Predictions first = model.predict(random.inputs);
  expect_same(random, model.predict(random.inputs), first);
  expect_same(random, options.compile(random.network).predict(random.inputs), first);
}

// The tests above are meaningful only if the networks are active and differ.
TEST(DeterminismNetworks, AreAlive) {
  std::size_t alive = 0, populations = 0;
  std::optional<Network> before;
  for (std::uint32_t seed = first_seed; seed < first_seed + networks; ++seed) {
    const RandomNetwork random = testing::random_network(seed, random_examples, random_timesteps);
    EXPECT_TRUE(random.network == testing::random_network(seed, random_examples, random_timesteps).network);
    EXPECT_FALSE(before && *before == random.network);
    before = random.network;
    const Predictions results = run(random, {.device = "host"});
    for (const PopulationId population : random.spiking) {
      std::size_t spikes = 0;
      for (const auto& example : results.spikes(population)) spikes += example.size();
      const std::size_t size =
          element_count(random.network.description().populations[population.index].shape.extents());
      const double most = static_cast<double>(size * random_examples * random_timesteps);
      ++populations;
      const double rate = static_cast<double>(spikes) / most;
      if (rate > 0.005 && rate < 0.9) ++alive;
    }
  }
  EXPECT_GE(alive, populations * 3 / 4) << "of " << populations;
}

}  // namespace
}  // namespace synfire
