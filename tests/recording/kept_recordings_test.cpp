// SPDX-License-Identifier: Apache-2.0
// RunOptions::recordings: selected examples, neurons and steps of variables, spikes, counts and synapses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/scratch_folder.hpp"
#include "recording/recorder.hpp"

namespace synfire {
namespace {

using test::recorded_sign;
using test::recorded_spikes;
using test::recorded_v;
using test::recorder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using test::cells;
using test::loop;
constexpr std::size_t examples = 7;  // batches of 3, 3 and 1
constexpr std::uint32_t steps = test::recorder_timesteps;

void expect_v(const Predictions& results, const std::vector<std::size_t>& kept_examples,
              const std::vector<std::uint32_t>& kept_steps, const std::vector<std::uint32_t>& neurons,
              const std::string& key = {}) {
  const Tensor<float>& v = results.recorded(cells, "v", key);
  ASSERT_EQ(v.size(), kept_examples.size() * kept_steps.size() * neurons.size());
  std::size_t i = 0;
  for (const std::size_t example : kept_examples) {
    for (const std::uint32_t step : kept_steps) {
      for (const std::uint32_t neuron : neurons)
        ASSERT_EQ(v[i++], recorded_v(example, step, neuron)) << example << ", " << step << ", " << neuron;
    }
  }
}

std::vector<std::uint32_t> all_steps() {
  std::vector<std::uint32_t> all(steps);
  for (std::uint32_t s = 0; s < steps; ++s) all[s] = s;
  return all;
}

TEST(KeptRecordings, EverythingIsKeptUnlessSaidOtherwise) {
  auto network = recorder();
  const Predictions results = network.predict(examples, {.recordings = {{cells, "spikes", {.examples = 2}}}});
  expect_v(results, {0, 1, 2, 3, 4, 5, 6}, all_steps(), {0, 1, 2, 3, 4, 5});
  EXPECT_EQ(results.recorded(cells, "v").shape(), (Extents{examples, steps, 2, 3}));
  EXPECT_EQ(results.spikes(cells).size(), 1u);
}

TEST(KeptRecordings, ExamplesByListMaskIndexAndSlice) {
  auto network = recorder();
  const std::vector<std::uint32_t> all{0, 1, 2, 3, 4, 5};
  const auto run = [&](const Indices& kept) {
    return network.predict(examples, {.recordings = {{cells, "v", {.examples = kept}}}});
  };
  expect_v(run({0, 2, 4}), {0, 2, 4}, all_steps(), all);
  expect_v(run({true, false, true, false, true}), {0, 2, 4}, all_steps(), all);
  expect_v(run(std::vector<bool>{false, false, true, true}), {2, 3}, all_steps(), all);
  expect_v(run(6), {6}, all_steps(), all);
  expect_v(run(-1), {6}, all_steps(), all);
  expect_v(run(Slice{1, {}, 3}), {1, 4}, all_steps(), all);
  const Predictions none = run(Slice{0, 0});
  EXPECT_EQ(none.recorded(cells, "v").shape(), (Extents{0, steps, 2, 3}));
}

TEST(KeptRecordings, AnUnsortedListWarnsAndKeepsTheOrderOfTheData) {
  auto network = recorder();
  std::vector<Problem> warnings;
  const Predictions results =
      network.predict(examples, {.recordings = {{cells, "v", {.examples = {4, 0, 2}}}},
                                 .warn = [&](const Problem& problem) { warnings.push_back(problem); }});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].severity, Severity::warning);
  EXPECT_THAT(warnings[0].path, HasSubstr("recordings[0] populations[0] \"cells\".v, examples"));
  EXPECT_THAT(results.axes(cells, "v").examples, ElementsAre(0, 2, 4));
}

TEST(KeptRecordings, NeuronsComeInTheOrderGiven) {
  auto network = recorder();
  const Predictions results = network.predict(
      examples, {.recordings = {{cells, "v", {.neurons = {{1, 0, 1}, {2, 0, 1}}, .examples = {1, 5}}}}});
  expect_v(results, {1, 5}, all_steps(), {5, 0, 4});
  EXPECT_EQ(results.recorded(cells, "v").shape(), (Extents{2, steps, 3}));
  EXPECT_THAT(results.axes(cells, "v").neurons, ElementsAre(5, 0, 4));
}

TEST(KeptRecordings, AllNeuronsInAnotherOrder) {
  auto network = recorder();
  const Predictions results =
      network.predict(2, {.recordings = {{cells, "v", {.neurons = {Slice{{}, {}, -1}, Slice{}}}},
                                         {cells, "spikes", {.neurons = {Slice{{}, {}, -1}, Slice{}}}}}});
  expect_v(results, {0, 1}, all_steps(), {3, 4, 5, 0, 1, 2});
  EXPECT_EQ(results.spikes(cells)[1], recorded_spikes(1, steps));  // within a step, by neuron
}

TEST(KeptRecordings, StepsByListRangeAndDecimation) {
  auto network = recorder();
  const auto run = [&](const Indices& kept) {
    return network.predict(4, {.recordings = {{cells, "v", {.steps = kept}}}});
  };
  const std::vector<std::uint32_t> all{0, 1, 2, 3, 4, 5};
  expect_v(run({0, 7, 9}), {0, 1, 2, 3}, {0, 7, 9}, all);
  expect_v(run(Slice{3, 6}), {0, 1, 2, 3}, {3, 4, 5}, all);
  expect_v(run(Every{4, 1}), {0, 1, 2, 3}, {1, 5, 9}, all);
  expect_v(run(-1), {0, 1, 2, 3}, {9}, all);
  const RecordingAxes axes = run(Every{4, 1}).axes(cells, "v");
  EXPECT_THAT(axes.steps, ElementsAre(1, 5, 9));
  EXPECT_THAT(axes.times(), ElementsAre(0.5, 2.5, 4.5));
}

TEST(KeptRecordings, SpikesOfSomeNeuronsAndSteps) {
  auto network = recorder();
  const Predictions results = network.predict(
      examples, {.recordings = {{cells, "spikes", {.neurons = {1, {2, 0}}, .examples = {1, 6}, .steps = Every{2}}}}});
  ASSERT_EQ(results.spikes(cells).size(), 2u);
  for (const std::size_t place : {0u, 1u}) {
    std::vector<RecordedSpike> expected = recorded_spikes(place == 0 ? 1 : 6, steps);
    std::erase_if(expected,
                  [](const auto& spike) { return spike.step % 2 != 0 || (spike.neuron != 3 && spike.neuron != 5); });
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(results.spikes(cells)[place], expected);
  }
}

TEST(KeptRecordings, CountsOfSpikes) {
  auto network = recorder();
  const Predictions results = network.predict(
      examples,
      {.recordings = {{cells, "spikes", {.counts = true}},
                      {cells, "spikes", {.neurons = {1, {2, 0}}, .steps = {0, 3, 4}, .counts = true, .key = "some"}}}});
  const Tensor<std::uint32_t>& all = results.spike_counts(cells);
  ASSERT_EQ(all.shape(), (Extents{examples, 2, 3}));
  const Tensor<std::uint32_t>& some = results.spike_counts(cells, "some");
  ASSERT_EQ(some.shape(), (Extents{examples, 2}));
  for (std::size_t e = 0; e < examples; ++e) {
    for (std::uint32_t i = 0; i < 6; ++i) {
      std::uint32_t count = 0, at_some_steps = 0;
      for (std::uint32_t s = 0; s < steps; ++s) {
        const std::uint32_t spike = recorded_sign(e, s, i) != 0 ? 1 : 0;
        count += spike;
        if (s == 0 || s == 3 || s == 4) at_some_steps += spike;
      }
      EXPECT_EQ(all[e * 6 + i], count);
      if (i == 3 || i == 5) {
        EXPECT_EQ(some[e * 2 + (i == 3 ? 1 : 0)], at_some_steps);
      }
    }
  }
}

TEST(KeptRecordings, SeveralRecordingsOfOneVariable) {
  auto network = recorder();
  const Predictions results =
      network.predict(examples, {.recordings = {{cells, "v", {.key = "all"}},
                                                {cells, "v", {.neurons = {0, {0, 2}}, .examples = 3, .key = "some"}}}});
  expect_v(results, {0, 1, 2, 3, 4, 5, 6}, all_steps(), {0, 1, 2, 3, 4, 5}, "all");
  expect_v(results, {3}, all_steps(), {0, 2}, "some");
  EXPECT_EQ(test::kind_of<ModelError>([&] { (void)results.recorded(cells, "v"); }), "missing_variable");
  EXPECT_EQ(test::kind_of<ModelError>([&] { (void)results.recorded(cells, "v", "other"); }), "missing_variable");
}

TEST(KeptRecordings, ShortExamplesEndInNaN) {
  auto network = recorder({.recording_steps = 4});
  const std::vector<std::uint32_t> lengths{10, 1, 4, 5, 8, 3, 9};
  const Predictions results =
      network.predict(examples, {.example_timesteps = lengths,
                                 .recordings = {{cells, "v", {.neurons = {1, {1, 2}}, .steps = {0, 3, 4, 7, 9}}},
                                                {cells, "spikes", {.counts = true, .key = "counts"}},
                                                {cells, "spikes"}}});
  const Tensor<float>& v = results.recorded(cells, "v");
  const std::vector<std::uint32_t> kept{0, 3, 4, 7, 9};
  for (std::size_t e = 0; e < examples; ++e) {
    for (std::size_t s = 0; s < kept.size(); ++s) {
      for (std::size_t i : {0u, 1u}) {
        const float value = v.at({e, s, i});
        if (kept[s] < lengths[e])
          EXPECT_EQ(value, recorded_v(e, kept[s], static_cast<std::uint32_t>(4 + i)));
        else
          EXPECT_TRUE(std::isnan(value)) << e << ", " << kept[s];
      }
    }
    const std::vector<RecordedSpike> expected = recorded_spikes(e, lengths[e]);
    EXPECT_EQ(results.spikes(cells)[e], expected);
    std::uint32_t counted = 0;
    for (std::size_t i = 0; i < 6; ++i) counted += results.spike_counts(cells, "counts")[e * 6 + i];
    EXPECT_EQ(counted, expected.size());
    EXPECT_EQ(results["out"][e], static_cast<float>(lengths[e]));
  }
}

TEST(KeptRecordings, StateOfAConnection) {
  auto network = recorder();
  const Predictions results = network.predict(
      examples, {.recordings = {{loop, "g", {.targets = {1, {0, 2}}, .examples = {0, 4}, .steps = {5}}}}});
  EXPECT_THAT(results.recorded("loop", "g").values(),
              ElementsAre(-recorded_v(0, 5, 3), -recorded_v(0, 5, 5), -recorded_v(4, 5, 3), -recorded_v(4, 5, 5)));
}

TEST(KeptRecordings, WeightsAndDelaysHaveOneCopy) {
  auto network = recorder();
  const Predictions results = network.predict(
      examples,
      {.recordings = {{loop, "weight", {.sources = {0, {2, 0}}, .targets = {1, Slice{1, {}}}, .examples = {0, 2}}}}});
  const SynapseRecording& weights = results.synapses(loop, "weight");
  EXPECT_EQ(weights.examples, 2u);
  EXPECT_EQ(weights.steps, steps);
  EXPECT_THAT(weights.sources, ElementsAre(0, 0, 2, 2));
  EXPECT_THAT(weights.targets, ElementsAre(4, 5, 4, 5));
  EXPECT_THAT(weights.values, ElementsAre(4, 5, 16, 17));
  EXPECT_EQ(weights.matrix(), Tensor<float>({2, 2}, {16, 17, 4, 5}));
  const Tensor<float>& repeated = results.recorded(loop, "weight");
  ASSERT_EQ(repeated.shape(), (Extents{2, steps, 2, 2}));
  for (std::size_t i = 0; i < repeated.size(); ++i) EXPECT_EQ(repeated[i], weights.matrix()[i % 4]);
  const SynapseRecording& delays = results.synapses(loop, "delay");
  EXPECT_EQ(delays.values, std::vector<float>(36, 2.0f));
  const ConnectionId constant{1, test::recorder_identity};
  EXPECT_EQ(results.synapses(constant, "weight").values, std::vector<float>(6, 0.5f));
  EXPECT_EQ(results.recorded(constant, "weight").shape(), (Extents{examples, steps, 6, 1}));
}

TEST(KeptRecordings, RepeatedWeightsAreRefusedWhenTheyAreLarge) {
  auto network = recorder({.batch_size = 1000});
  const Predictions results = network.predict(100000);
  EXPECT_EQ(test::kind_of<ModelError>([&] { (void)results.recorded(loop, "weight"); }), "out_of_memory");
  EXPECT_EQ(results.synapses(loop, "weight").examples, 100000u);
}

// The reference system's [0, 2, 4] over batches of two, and a mask that ends in the middle of the last batch.
TEST(KeptRecordings, EachBatchHasItsKeptExamples) {
  auto network = test::toy_network(2);
  const Tensor<float> values = test::toy_values(6);
  const SpikeTrains spikes = test::toy_spikes(6);
  for (const Indices& filter : {Indices{0, 2, 4}, Indices{true, false, true, false, true}}) {
    std::vector<std::vector<std::size_t>> kept;
    network.for_each_batch({{"values", values}, {"spikes", spikes}},
                           [&](const BatchResult& batch) {
                             kept.push_back(batch.predictions.axes("hidden", "v").examples);
                             EXPECT_EQ(batch.predictions.recorded("hidden", "v").shape(), (Extents{1, 4, 3}));
                             EXPECT_EQ(batch.predictions.spikes("hidden").size(), 2u);
                             return true;
                           },
                           {.recordings = {{"hidden", "v", {.examples = filter}}}});
    EXPECT_THAT(kept, ElementsAre(ElementsAre(0), ElementsAre(2), ElementsAre(4)));
  }
}

}  // namespace
}  // namespace synfire
