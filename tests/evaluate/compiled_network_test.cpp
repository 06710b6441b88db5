// SPDX-License-Identifier: Apache-2.0
#include "synfire/compiled_network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "evaluate/lambda_device.hpp"

namespace synfire {
namespace {

using test::toy_id;
using test::toy_network;
using test::toy_spikes;
using test::toy_values;
using testing::ElementsAre;

// A source of values that are in memory.
class HeldValues final : public ValueSource {
 public:
  explicit HeldValues(const Tensor<float>& values) : values_(values) {}
  const Extents& shape() const override { return values_.shape(); }
  void read(std::span<const std::uint32_t> examples, std::span<float> into) const override {
    const std::size_t size = values_.size() / this->examples();
    for (std::size_t i = 0; i < examples.size(); ++i)
      std::copy_n(values_.data() + examples[i] * size, size, into.data() + i * size);
  }

 private:
  const Tensor<float>& values_;
};

class CompiledNetworkTest : public testing::Test {
 protected:
  const Tensor<float> values_ = toy_values(7);
  const SpikeTrains spikes_ = toy_spikes(7);
  const std::vector<NamedData> inputs_ = {{"values", values_}, {"spikes", spikes_}};
};

TEST_F(CompiledNetworkTest, PredictsInOrderWhateverTheBatchSize) {
  for (const std::uint32_t batch_size : {1u, 2u, 3u, 7u, 100u}) {
    auto network = toy_network(batch_size);
    const Predictions predictions = network.predict(inputs_);
    const Tensor<float>& counts = predictions["counts"];
    ASSERT_EQ(counts.shape(), (Extents{7, 3}));
    for (std::size_t e = 0; e < 7; ++e) {
      EXPECT_EQ(counts.at({e, 0}), 4 * static_cast<float>(e));
      EXPECT_EQ(counts.at({e, 1}), std::min(static_cast<float>(e), 3.0f));
      EXPECT_EQ(counts.at({e, 2}), 4);
      EXPECT_EQ(predictions["traces"].at({e, 0}), static_cast<float>(e));
    }
  }
}

// The device has the inputs of a batch when it finishes the one before.
TEST_F(CompiledNetworkTest, PassesTheNextInputsWhileABatchRuns) {
  std::string calls;
  auto network = toy_network(3, {}, nullptr, &calls);
  calls.clear();
  network.predict(inputs_);
  EXPECT_THAT(calls, testing::MatchesRegex("u+lu+sd+lu+sd+lsd+"));
}

TEST_F(CompiledNetworkTest, MayRunInACallbackOfItself) {
  const Tensor<float> other({3, 2, 2}, std::vector<float>(12, 100.0f));
  const HeldValues streamed(values_), streamed_other(other);
  const auto sums_with = [&](const DataView& outer, const DataView& inner) {
    auto network = toy_network(3);
    std::vector<float> sums;
    network.for_each_batch({{"values", outer}, {"spikes", spikes_}}, [&](const BatchResult& batch) {
      for (std::size_t e = 0; e < batch.examples; ++e) sums.push_back(batch.predictions["counts"].at({e, 0}));
      EXPECT_EQ(network.predict({{"values", inner}, {"spikes", toy_spikes(3)}})["counts"].at({2, 0}), 400);
      return true;
    });
    return sums;
  };
  EXPECT_THAT(sums_with(values_, other), ElementsAre(0, 4, 8, 12, 16, 20, 24));
  EXPECT_THAT(sums_with(streamed, streamed_other), ElementsAre(0, 4, 8, 12, 16, 20, 24));
}

// The list of input spikes outgrows its memory while the batch before uses it.
TEST_F(CompiledNetworkTest, InputsMayGrowFromBatchToBatch) {
  constexpr std::size_t examples = 400;
  SpikeTrains spikes(3);
  for (std::size_t e = 0; e < examples; ++e) {
    const std::uint32_t each = e < examples / 2 ? 1 : test::toy_timesteps;
    std::vector<std::uint32_t> neurons;
    std::vector<float> times;
    for (std::uint32_t step = 0; step < each; ++step) {
      for (std::uint32_t neuron = 0; neuron < 3; ++neuron) {
        neurons.push_back(neuron);
        times.push_back(static_cast<float>(step));
      }
    }
    spikes.add_example(neurons, times);
  }
  auto network = toy_network(examples / 2);
  const Predictions predictions = network.predict({{"values", toy_values(examples)}, {"spikes", spikes}});
  for (std::size_t e = 0; e < examples; ++e)
    ASSERT_EQ(predictions["counts"].at({e, 1}), e < examples / 2 ? 3 : 12) << e;
}

TEST_F(CompiledNetworkTest, IdsAndLayersNamePopulations) {
  auto network = toy_network(3);
  const auto layer = LayerId{toy_id(3), {}};
  const Predictions predictions = network.predict({{toy_id(0), values_}, {toy_id(1), spikes_}});
  EXPECT_EQ(&predictions[layer], &predictions["counts"]);
}

TEST_F(CompiledNetworkTest, RecordsVariablesAndSpikes) {
  auto network = toy_network(3);
  const std::vector<std::uint32_t> steps = {4, 3, 2, 1, 4, 1, 2};
  const Predictions predictions = network.predict(inputs_, {.example_timesteps = steps});
  const Tensor<float>& v = predictions.recorded("hidden", "v");
  ASSERT_EQ(v.shape(), (Extents{7, 4, 3}));
  for (std::size_t e = 0; e < 7; ++e) {
    EXPECT_EQ(predictions["counts"].at({e, 2}), static_cast<float>(steps[e]));
    for (std::size_t s = 0; s < 4; ++s) {
      if (s < steps[e])
        EXPECT_EQ(v.at({e, s, 2}), static_cast<float>(s + 3));
      else
        EXPECT_TRUE(std::isnan(v.at({e, s, 2})));
    }
  }
  const auto& spikes = predictions.spikes("hidden");
  ASSERT_EQ(spikes.size(), 7u);
  EXPECT_THAT(spikes[1], ElementsAre(RecordedSpike{0, 0, 1}, RecordedSpike{1, 1, -1}, RecordedSpike{2, 2, 1}));
  EXPECT_THAT(spikes[5], ElementsAre(RecordedSpike{0, 0, 1}));
}

TEST_F(CompiledNetworkTest, EvaluatesEachOutputByItsMetric) {
  auto network = toy_network(3);
  const std::vector<int> labels = {2, 0, 0, 0, 0, 0, 1};  // the argmax of (4e, min(e, 3), 4): 2 for e = 0, then 0
  Tensor<float> targets({7, 2});
  for (std::size_t e = 0; e < 7; ++e) {
    targets[2 * e] = static_cast<float>(e) + 1;
    targets[2 * e + 1] = 4;
  }
  const EvaluationResult result = network.evaluate(inputs_, {{"counts", labels}, {"traces", targets}},
                                                   {.metrics = {{"traces", "mean_square_error"}}});
  EXPECT_DOUBLE_EQ(result.metric("counts"), 6.0 / 7);
  EXPECT_DOUBLE_EQ(result.metric(toy_id(4)), 0.5);
  EXPECT_DOUBLE_EQ(result.metric("traces", "mean_square_error"), 0.5);
  EXPECT_EQ(result.examples, 7u);
  EXPECT_GT(result.seconds, 0);
  EXPECT_EQ(result.predictions["counts"].shape(), (Extents{7, 3}));
}

TEST(Metrics, TakeOneOrAList) {
  const Metrics none = {}, name = "top_5_accuracy", braced = {"top_5_accuracy"}, text = std::string("top_5_accuracy");
  EXPECT_FALSE(none.for_all());
  for (const Metrics& each : {name, braced, text, Metrics(MetricChoice("top_5_accuracy"))}) {
    EXPECT_EQ(each.for_all()->name, "top_5_accuracy");
    EXPECT_TRUE(each.list().empty());
  }
  const Metrics one = {{"counts", "none"}}, two = {{"counts", "none"}, {PopulationId{4, 1}, "mean_square_error"}};
  for (const Metrics& each : {one, two, Metrics(std::vector<OutputMetric>{{"counts", "none"}})}) {
    EXPECT_FALSE(each.for_all());
    EXPECT_EQ(each.list().front().output.name(), "counts");
    EXPECT_EQ(each.list().front().metric.name, "none");
  }
  EXPECT_EQ(two.list().size(), 2u);
  EXPECT_TRUE((Metrics{two}.list().size() == 2 && Metrics{name}.for_all()));
}

TEST_F(CompiledNetworkTest, HasOneMetricForAllOutputs) {
  auto network = toy_network(3);
  const std::vector<int> labels(7, 2);
  const MetricChoice own{"top", [] { return make_metric("top_2_accuracy"); }};
  const RunOptions options{.metrics = own};
  const EvaluationResult result =
      network.evaluate(inputs_, {{"counts", labels}, {"traces", std::vector<int>(7, 1)}}, options);
  EXPECT_EQ(result.metric("traces", "top"), 1.0);
  EXPECT_EQ(result.entries.size(), 2u);
  EXPECT_TRUE(network.evaluate(inputs_, {}, {.metrics = "none"}).entries.empty());
}

TEST_F(CompiledNetworkTest, HasTheTableOfAMetric) {
  auto network = toy_network(3);
  const std::vector<int> labels = {2, 0, 0, 0, 0, 0, 1};
  const EvaluationResult result = network.evaluate(inputs_, {{"counts", labels}},
                                                   {.metrics = {{"counts", "confusion_matrix"}, {"traces", "none"}}});
  EXPECT_DOUBLE_EQ(result.metric("counts"), 6.0 / 7);
  EXPECT_EQ(result.table("counts").values(), (std::vector<double>{5, 0, 0, 1, 0, 0, 0, 0, 1}));
  const EvaluationResult other = network.evaluate(inputs_, {{"counts", labels}}, {.metrics = {{"traces", "none"}}});
  EXPECT_THROW(other.table("counts"), ModelError);
}

TEST_F(CompiledNetworkTest, TakesLabelsOfAnyIntegerType) {
  auto network = toy_network(3);
  const Tensor<float> traces({7, 2});
  const auto accuracy = [&](const DataView& labels) {
    return network
        .evaluate(inputs_, {{"counts", labels}, {"traces", traces}}, {.metrics = {{"traces", "mean_square_error"}}})
        .metric("counts");
  };
  EXPECT_DOUBLE_EQ(accuracy(std::vector<int>(7, 2)), 1.0 / 7);
  EXPECT_DOUBLE_EQ(accuracy(std::vector<std::uint8_t>(7, 2)), 1.0 / 7);
  EXPECT_DOUBLE_EQ(accuracy(Tensor<std::uint8_t>({7}, std::vector<std::uint8_t>(7, 2))), 1.0 / 7);
  EXPECT_DOUBLE_EQ(accuracy(Tensor<std::int32_t>({7, 1}, std::vector<std::int32_t>(7, 2))), 1.0 / 7);
  EXPECT_DOUBLE_EQ(accuracy(Tensor<std::int64_t>({7}, std::vector<std::int64_t>(7, 2))), 1.0 / 7);
}

TEST_F(CompiledNetworkTest, HandsOverBatchesUntilToldToStop) {
  auto network = toy_network(3);
  std::vector<std::size_t> firsts;
  std::vector<Predictions> kept;
  network.for_each_batch(inputs_, [&](const BatchResult& batch) {
    firsts.push_back(batch.first_example);
    kept.push_back(batch.predictions);
    EXPECT_EQ(batch.predictions["counts"].shape(), (Extents{batch.examples, 3}));
    return true;
  });
  EXPECT_THAT(firsts, ElementsAre(0, 3, 6));
  EXPECT_EQ(kept[1]["traces"].at({2, 0}), 5);  // results outlive the run
  firsts.clear();
  network.for_each_batch(inputs_, [&](const BatchResult& batch) {
    firsts.push_back(batch.first_example);
    return batch.first_example < 3;
  });
  EXPECT_THAT(firsts, ElementsAre(0, 3));
}

TEST_F(CompiledNetworkTest, ReportsProgress) {
  auto network = toy_network(3);
  std::vector<std::size_t> done;
  std::vector<double> accuracy;
  RunOptions options;
  options.progress = [&](const Progress& progress) {
    done.push_back(progress.examples_done);
    EXPECT_EQ(progress.examples, 7u);
    if (progress.metric) accuracy.push_back(*progress.metric);
  };
  (void)network.predict(inputs_, options);
  EXPECT_THAT(done, ElementsAre(3, 6, 7));
  EXPECT_TRUE(accuracy.empty());
  const std::vector<int> labels(7, 0);
  (void)network.evaluate(inputs_, {{"counts", labels}, {"traces", labels}}, options);
  EXPECT_THAT(accuracy, ElementsAre(2.0 / 3, 5.0 / 6, 6.0 / 7));
}

TEST_F(CompiledNetworkTest, LaunchesCarrySeedAndFirstExample) {
  std::vector<contract::TrialHeader> log;
  auto network = toy_network(4, {}, &log);
  (void)network.predict(inputs_);
  (void)network.predict(inputs_, {.seed = 9});
  ASSERT_EQ(log.size(), 4u);
  EXPECT_EQ(log[0].seed, 5u);
  EXPECT_EQ(log[2].seed, 9u);
  EXPECT_EQ(log[1].first_example, 4u);
  EXPECT_EQ(log[1].examples, 3u);
  EXPECT_EQ(log[1].load, 0u);
  EXPECT_EQ(log[1].save, 0u);
}

TEST_F(CompiledNetworkTest, RunsWithoutInput) {
  auto network = toy_network(3);
  const Predictions predictions = network.predict(5);
  EXPECT_EQ(predictions["counts"].shape(), (Extents{5, 3}));
  EXPECT_EQ(predictions["counts"].at({4, 0}), 0);
  EXPECT_EQ(predictions["counts"].at({4, 1}), 0);
}

TEST_F(CompiledNetworkTest, ShowsWhatItIs) {
  auto network = toy_network(3);
  EXPECT_EQ(network.source(), "a toy");
  EXPECT_EQ(network.device().name(), "lambda");
  EXPECT_EQ(network.manifest().batch_size, 3u);
  EXPECT_GE(network.load_milliseconds(), 0);
  const CompiledNetwork moved = std::move(network);
  EXPECT_EQ(moved.artifact().binaries.size(), 1u);
}

}  // namespace
}  // namespace synfire
