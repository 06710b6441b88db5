// SPDX-License-Identifier: Apache-2.0
// Tapes that are too short, gradient slots, threads, and values that are not finite.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradients/training_run.hpp"

namespace synfire::testing {
namespace {

std::vector<std::vector<float>> gradients(TrainingRun& run) {
  std::vector<std::vector<float>> all;
  for (const contract::TrainedValue& value : run.training().values) all.push_back(run.gradient(value.connection));
  return all;
}

std::uint32_t most_spikes(const TrainingRun& run) {
  const std::vector<std::uint32_t> totals = run.words(run.training().spike_totals);
  std::uint32_t most = 0;
  for (std::size_t i = 0; i < totals.size(); i += 3) most = std::max(most, totals[i]);
  return most;
}

TEST(Tapes, SayHowMuchRoomTheyNeed) {
  TrainingRun run(training_case("recurrent").learned, "host");
  give_data(run, 1);
  run.train();
  const auto expected = gradients(run);
  const std::uint32_t needed = most_spikes(run);
  ASSERT_GT(needed, 2u);
  run.set_tape_capacity(needed / 2);
  run.train();
  EXPECT_EQ(most_spikes(run), needed);
  EXPECT_NE(gradients(run), expected);
  run.set_tape_capacity(needed);
  run.train();
  EXPECT_EQ(gradients(run), expected);
}

TEST(Slots, ChangeRoundingAlone) {
  TrainingCase learned = training_case("recurrent").learned;
  std::vector<std::vector<std::vector<float>>> by_slots;
  for (const std::uint32_t slots : {1u, 2u, 5u}) {
    learned.training.slots = slots;
    TrainingRun run(learned, "host");
    EXPECT_EQ(run.training().slots, slots);
    give_data(run, 1);
    run.train();
    by_slots.push_back(gradients(run));
  }
  for (const auto& other : by_slots) {
    for (std::size_t t = 0; t < other.size(); ++t) {
      float largest = 0;
      for (const float each : by_slots[0][t]) largest = std::max(largest, std::abs(each));
      for (std::size_t i = 0; i < other[t].size(); ++i)
        ASSERT_NEAR(other[t][i], by_slots[0][t][i], 1e-5F * largest) << t << ", " << i;
    }
  }
}

TEST(Slots, DoNotChangeWithThreads) {
  std::vector<std::vector<std::vector<float>>> by_threads;
  for (const unsigned threads : {1u, 3u}) {
    TrainingRun run(training_case("sparse").learned, "host", runtime::open_device("host", {.threads = threads}));
    give_data(run, 1);
    run.train();
    run.update(0.01F);
    run.train();
    by_threads.push_back(gradients(run));
  }
  EXPECT_EQ(by_threads[0], by_threads[1]);
}

TEST(ForwardOnly, LeavesGradientsAndHasTheSameLoss) {
  TrainingRun run(training_case("spike_times").learned, "host");
  give_data(run, 1);
  run.train();
  const double loss = run.loss("output");
  const std::vector<float> readout = run.values("output_readout");
  const auto before = gradients(run);
  run.train(false);
  EXPECT_EQ(run.loss("output"), loss);
  EXPECT_EQ(run.values("output_readout"), readout);
  EXPECT_EQ(gradients(run), before);
}

struct First {
  std::uint32_t example = 0, time = 0;
  std::string variable;
  std::size_t neuron = 0;
};

// Located as specified in training.hpp.
First first_not_finite(const TrainingRun& run) {
  const contract::NonFinite& report = run.training().non_finite;
  const std::vector<std::uint32_t> words = run.words(report.buffer);
  First first;
  auto least = std::make_pair(std::numeric_limits<std::uint32_t>::max(), 0u);
  for (std::uint32_t slot = 0; slot < run.training().slots; ++slot) {
    std::size_t entry = slot * words.size() / run.training().slots;
    for (const contract::LocatedVariable& variable : report.variables) {
      for (std::size_t i = 0; i < variable.neurons; ++i, entry += 2) {
        if (words[entry] == 0) continue;
        const auto when = std::make_pair(slot + (words[entry] - 1) * run.training().slots, words[entry + 1]);
        if (when >= least) continue;
        least = when;
        first = {when.first, when.second, variable.population + "." + variable.variable, i};
      }
    }
  }
  return first;
}

TEST(NotFinite, IsCountedAndLocated) {
  TrainingRun run(training_case("feed_forward").learned, "host");
  give_data(run, 1);
  run.train();
  const contract::TrainedValue& value = run.training().values[0];
  std::vector<float> weights = run.values(value.parameter);
  weights[40 * 7 + 5] = std::numeric_limits<float>::infinity();  // of input 7 to hidden neuron 5
  run.set_values(value.parameter, weights);
  run.set_spikes("input", {{{1, 2}}, {{2, 3}}, {{3, 7}, {4, 7}}, {{1, 7}}, {{5, 1}}});
  run.train();
  const contract::EventCounts& counts = run.training().counts[0];
  const std::vector<std::uint32_t> words = run.words(counts.buffer);
  std::uint32_t not_finite = 0;
  for (std::size_t i = 0; i < words.size(); ++i)
    not_finite += i / counts.neurons % contract::event_rows == 2 ? words[i] : 0;
  EXPECT_GT(not_finite, 0u);
  run.train(true, true);
  const First first = first_not_finite(run);
  EXPECT_EQ(first.example, 2u);
  EXPECT_EQ(first.time, 4u);  // the spike of step 3 arrives in step 4
  EXPECT_EQ(first.variable, "hidden.x");
  EXPECT_EQ(first.neuron, 5u);
}

}  // namespace
}  // namespace synfire::testing
