// SPDX-License-Identifier: Apache-2.0
// Recordings with fewer rows than steps: the sequence of launches, and that results do not depend on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "base/scratch_folder.hpp"
#include "executor/batch_check.hpp"
#include "recording/recorder.hpp"

namespace synfire {
namespace {

using test::recorded_spikes;
using test::recorded_v;
using testing::ElementsAre;
using testing::FieldsAre;

using test::cells;
constexpr std::uint32_t all_state =
    contract::carry_neurons | contract::carry_synapses | contract::carry_spikes | contract::carry_readouts;

// first step, last step, load, save, origin of the recordings
using WindowLog = std::vector<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>>;

CompiledNetwork logged(WindowLog& log, std::uint32_t recording_steps, bool carries = false,
                       std::uint32_t batch_size = 3) {
  return test::recorder({.batch_size = batch_size,
                         .recording_steps = recording_steps,
                         .carries = carries,
                         .on_launch = [&log](const contract::TrialHeader& header) {
                           log.emplace_back(header.first_step, header.last_step, header.load, header.save,
                                            header.recording_origin);
                           EXPECT_EQ(header.input_origin, 0u);
                         }});
}

TEST(Windows, EachLaunchHasAsManyStepsAsThereAreRows) {
  WindowLog log;
  auto network = logged(log, 4);
  const Predictions results = network.predict(2);
  EXPECT_THAT(
      log, ElementsAre(FieldsAre(0, 4, 0, 1, 0), FieldsAre(4, 8, all_state, 1, 4), FieldsAre(8, 10, all_state, 0, 8)));
  EXPECT_EQ(results["out"][1], 10);
}

TEST(Windows, OneLaunchWhereAllRowsFit) {
  WindowLog log;
  auto network = logged(log, 10);
  (void)network.predict(2);
  EXPECT_THAT(log, ElementsAre(FieldsAre(0, 10, 0, 0, 0)));
}

TEST(Windows, NoneAfterTheLongestExample) {
  WindowLog log;
  auto network = logged(log, 4);
  (void)network.predict(5, {.example_timesteps = {1, 8, 2, 3, 4}});
  EXPECT_THAT(log, ElementsAre(FieldsAre(0, 4, 0, 1, 0), FieldsAre(4, 8, all_state, 0, 4), FieldsAre(0, 4, 0, 0, 0)));
}

TEST(Windows, CarriedStateIsLoadedOnceAndSavedAlways) {
  WindowLog log;
  auto network = logged(log, 5, true, 1);
  const Predictions results = network.predict(2);
  EXPECT_THAT(log, ElementsAre(FieldsAre(0, 5, 0, 1, 0), FieldsAre(5, 10, all_state, 1, 5),
                               FieldsAre(0, 5, contract::carry_neurons, 1, 0), FieldsAre(5, 10, all_state, 1, 5)));
  EXPECT_EQ(results["out"][1], 20);
}

TEST(Windows, ResultsAreThoseOfOneWindow) {
  const std::vector<std::uint32_t> lengths{10, 1, 4, 5, 8, 3, 9};
  const RunOptions options{
      .example_timesteps = lengths,
      .recordings = {{cells, "v"},
                     {cells, "v", {.neurons = {1, {2, 0}}, .examples = {1, 4, 6}, .steps = Every{3, 1}, .key = "some"}},
                     {cells, "spikes"},
                     {cells, "spikes", {.steps = Slice{2, 7}, .counts = true, .key = "counts"}}}};
  const auto bits = [](const Tensor<float>& values) {
    std::vector<std::uint32_t> words;
    for (const float value : values) words.push_back(std::bit_cast<std::uint32_t>(value));
    return words;
  };
  auto whole = test::recorder();
  const Predictions expected = whole.predict(7, options);
  for (const std::uint32_t rows : {1u, 2u, 3u, 7u, 9u}) {
    for (const std::uint32_t batch_size : {1u, 4u, 7u}) {
      SCOPED_TRACE(std::to_string(rows) + " rows, batches of " + std::to_string(batch_size));
      auto network = test::recorder({.batch_size = batch_size, .recording_steps = rows});
      const Predictions results = network.predict(7, options);
      EXPECT_EQ(bits(results.recorded(cells, "v")), bits(expected.recorded(cells, "v")));
      EXPECT_EQ(bits(results.recorded(cells, "v", "some")), bits(expected.recorded(cells, "v", "some")));
      EXPECT_EQ(results.spikes(cells), expected.spikes(cells));
      EXPECT_EQ(results.spike_counts(cells, "counts"), expected.spike_counts(cells, "counts"));
      EXPECT_EQ(results["out"], expected["out"]);
    }
  }
}

// A run that fails in the middle of a batch leaves no state to continue from.
TEST(Windows, AFailureForgetsCarriedState) {
  bool fails = false;
  auto network = test::recorder(
      {.batch_size = 1, .recording_steps = 5, .carries = true, .on_launch = [&](const contract::TrialHeader& header) {
         if (fails && header.first_step == 5) throw RunError({.kind = ProblemKind::run_failed, .path = "test"});
       }});
  EXPECT_EQ(network.predict(1)["out"][0], 10);
  EXPECT_EQ(network.predict(1)["out"][0], 20);
  fails = true;
  EXPECT_EQ(test::kind_of<RunError>([&] { (void)network.predict(1); }), "run_failed");
  fails = false;
  EXPECT_EQ(network.predict(1)["out"][0], 10);
}

TEST(Windows, AnExecutorRefusesStepsWithoutRows) {
  contract::Manifest manifest;
  manifest.timesteps = 10;
  manifest.resumable = true;
  manifest.buffers.push_back({.name = "v",
                              .shape = {4, 2},
                              .role = contract::BufferRole::recording,
                              .per_example = true,
                              .population = "",
                              .variable = ""});
  const auto refused = [&](std::uint32_t first, std::uint32_t last, std::uint32_t origin) {
    const runtime::Batch batch{.examples = 1, .first_step = first, .last_step = last, .recording_origin = origin};
    try {
      runtime::check_batch(batch, manifest, 1);
    } catch (const DataError& error) {
      return std::string(to_string(error.problems().front().kind));
    }
    return std::string();
  };
  EXPECT_EQ(refused(0, 4, 0), "");
  EXPECT_EQ(refused(7, 10, 6), "");
  EXPECT_EQ(refused(0, 0, 0), "wrong_data_size");
  EXPECT_EQ(refused(4, 8, 3), "wrong_data_size");
  EXPECT_EQ(refused(4, 8, 5), "invalid_value");
  EXPECT_EQ(refused(8, 4, 4), "invalid_value");
  EXPECT_EQ(refused(8, 11, 8), "invalid_value");
  const runtime::Batch again{.examples = 2, .same_inputs = true};
  EXPECT_EQ(test::kind_of<RunError>([&] { runtime::check_same_inputs(again, 1); }), "run_failed");
  EXPECT_NO_THROW(runtime::check_same_inputs(again, 2));
}

}  // namespace
}  // namespace synfire
