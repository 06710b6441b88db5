// SPDX-License-Identifier: Apache-2.0
// Requirements of the reference system's own tests (reference/mlgenn.md 17), as far as they apply here. An
// integrate-and-fire population with the largest threshold sums its input; binary inputs spike in both of two steps,
// and only the first spike has arrived when v is read: the readout is one matrix product.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using ::testing::ElementsAreArray;
using testing::OnDevice;
using testing::Random;

class ReferenceBehaviors : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(ReferenceBehaviors);

Tensor<float> random_bits(Random& random, Extents shape) {
  Tensor<float> bits = random.tensor(std::move(shape), 0, 1);
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = bits[i] < 0.5f ? 0.0f : 1.0f;
  return bits;
}

Tensor<float> product(const Tensor<float>& x, const Tensor<float>& w) {
  const std::size_t inner = w.shape()[0], columns = w.shape()[1];
  Tensor<float> result({x.shape()[0], columns});
  for (std::size_t e = 0; e < x.shape()[0]; ++e) {
    for (std::size_t i = 0; i < inner; ++i) {
      for (std::size_t j = 0; j < columns; ++j) result[e * columns + j] += x[e * inner + i] * w[i * columns + j];
    }
  }
  return result;
}

TEST_P(ReferenceBehaviors, DenseIsAMatrixProduct) {
  Random random(17);
  for (const std::size_t targets : {5u, 10u}) {
    const Tensor<float> weights = random.tensor({5, targets}, -1, 1);
    const Tensor<float> inputs = random_bits(random, {7, 5});
    Network network;
    const auto input = network.add(BinarySpikeInput{}, 5);
    const auto output = network.add(testing::accumulator(), {}, {.readout = "var"});  // the shape is inferred
    network.connect(input, output, Dense{weights});
    InferenceCompiler options = compiler(2);
    options.batch_size = 7;
    auto model = options.compile(network);
    const Tensor<float> expected = product(inputs, weights);
    const auto result = model.evaluate({{input, inputs}}, {{output, expected}}, {.metrics = "mean_square_error"});
    EXPECT_LT(result.metric(output, "mean_square_error"), 1e-10);
    EXPECT_EQ(result.predictions[output].values(), expected.values());  // small sums in the same order
  }
}

TEST_P(ReferenceBehaviors, OneToOneCopies) {
  Random random(18);
  for (const std::size_t neurons : {10u, 100u}) {
    const Tensor<float> inputs = random_bits(random, {4, neurons});
    Network network;
    const auto input = network.add(BinarySpikeInput{}, neurons);
    const auto output = network.add(testing::accumulator(), {}, {.readout = "var"});
    network.connect(input, output, OneToOne{1.0});
    InferenceCompiler options = compiler(2);
    options.batch_size = 4;
    EXPECT_EQ(options.compile(network).predict({{input, inputs}})[output].values(), inputs.values());
  }
}

// Neuron i spikes at 0 … i − 1: recorded as given, whether or not anything reads them.
TEST_P(ReferenceBehaviors, SpikesAreRecordedAsGiven) {
  SpikeTrains spikes(10);
  std::vector<std::uint32_t> who;
  std::vector<float> when;
  for (std::uint32_t i = 0; i < 10; ++i) {
    for (std::uint32_t t = 0; t < i; ++t) {
      who.push_back(i);
      when.push_back(static_cast<float>(t));
    }
  }
  spikes.add_example(who, when);
  spikes.add_example({3}, {9});
  Network network;
  const auto alone = network.add(SpikeInput{}, 10), read = network.add(SpikeInput{}, 10);
  const auto target = network.add(testing::accumulator(), 10, {.readout = "var"});
  network.connect(read, target, OneToOne{1.0});
  InferenceCompiler options = compiler(10);
  options.record = {{alone, "spikes"}, {read, "spikes"}};
  const Predictions results = options.compile(network).predict({{alone, spikes}, {read, spikes}});
  for (const PopulationId input : {alone, read}) {
    for (std::uint32_t i = 0; i < 10; ++i) {
      std::vector<std::uint32_t> expected(i);
      for (std::uint32_t t = 0; t < i; ++t) expected[t] = t;
      EXPECT_THAT(testing::spike_steps(results, input, 0, i), ElementsAreArray(expected)) << "neuron " << i;
    }
    EXPECT_THAT(results.spikes(input)[1], ElementsAreArray({RecordedSpike{3, 9, 1}}));
  }
}

// Recorded variables: v of an input population that shows its data in each step, with batches of 1 and 5.
TEST_P(ReferenceBehaviors, VariablesAreRecorded) {
  Random random(19);
  const Tensor<float> data = random.tensor({5, 10}, -1, 1);
  for (const std::uint32_t batch : {1u, 5u}) {
    Network network;
    const auto input = network.add(testing::value_probe(), 10);
    InferenceCompiler options = compiler(2);
    options.batch_size = batch;
    options.record = {{input, "v"}};
    const Predictions results = options.compile(network).predict({{input, data}});
    ASSERT_EQ(results.recorded(input, "v").shape(), (Extents{5, 2, 10}));
    for (std::size_t e = 0; e < 5; ++e) {
      for (std::size_t i = 0; i < 10; ++i) {
        EXPECT_THAT(testing::trace(results, input, "v", e, i), ::testing::Each(data.at({e, i})));
      }
    }
  }
}

// Past an example's last step nothing is recorded.
TEST_P(ReferenceBehaviors, RecordingsEndWithTheExample) {
  Network network;
  const auto input = network.add(IntegrateFireInput{}, 2, {.readout = "spike_count"});
  InferenceCompiler options = compiler(4);
  options.batch_size = 2;
  options.record = {{input, "v"}, {input, "spikes"}};
  auto model = options.compile(network);
  const auto data = testing::tensor(testing::Matrix{{1, .5}, {1, .5}});
  (void)model.predict({{input, data}});  // leaves stale spikes in the buffers
  const Predictions results = model.predict({{input, data}}, {.example_timesteps = {1, 3}});
  const auto v = testing::trace(results, input, "v", 0, 1);
  EXPECT_EQ(v[0], .5f);
  for (std::size_t t = 1; t < 4; ++t) EXPECT_TRUE(std::isnan(v[t])) << t;
  EXPECT_EQ(results.spikes(input)[0].size(), 1u);
  EXPECT_EQ(results.spikes(input)[1].size(), 4u);
}

// Model default < network default < explicit, by value and by name.
TEST_P(ReferenceBehaviors, DefaultParametersRankBelowExplicitOnes) {
  Network network({{"leaky_integrate", {{"tau_mem", 10.0}, {"bias", 1.0}}}});
  const auto defaults = network.add(LeakyIntegrate{}, 1), by_name = network.add("leaky_integrate", 1);
  const auto given = network.add(LeakyIntegrate{.tau_mem = 5.0}, 1);
  InferenceCompiler options = compiler(3);
  options.record = {{defaults, "v"}, {by_name, "v"}, {given, "v"}};
  const Predictions results = options.compile(network).predict(1);
  const auto expected = [](double tau) {
    const double alpha = std::exp(-1 / tau);
    return std::vector<double>{1, 1 + alpha, 1 + alpha + alpha * alpha};
  };
  testing::expect_near(testing::trace(results, defaults, "v"), expected(10), 1e-6, "network's default");
  testing::expect_near(testing::trace(results, by_name, "v"), expected(10), 1e-6, "by name");
  testing::expect_near(testing::trace(results, given, "v"), expected(5), 1e-6, "explicit");
}

// Data have the population's shape, or the same number of elements if either is flat; channels vary fastest.
TEST_P(ReferenceBehaviors, ShapesAreFlattenedChannelsFastest) {
  Network network;
  const auto input = network.add(testing::value_probe(), {2, 2, 3}, {.readout = "var"});
  auto model = compiler(1).compile(network);
  std::vector<float> values(24);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const Tensor<float> shaped({2, 2, 2, 3}, values), flat({2, 12}, values);
  const Tensor<float> of_shaped = model.predict({{input, shaped}})[input];
  EXPECT_EQ(of_shaped, shaped);
  EXPECT_EQ(model.predict({{input, flat}})[input], of_shaped);
}

// The last batch may be short, and batches can be run one by one.
TEST_P(ReferenceBehaviors, BatchesCoverAllExamplesInOrder) {
  Network network;
  const auto input = network.add(testing::value_probe(), 2, {.readout = "var"});
  InferenceCompiler options = compiler(1);
  options.batch_size = 3;
  auto model = options.compile(network);
  const Tensor<float> data = Random(20).tensor({8, 2}, -1, 1);
  std::vector<float> seen;
  std::vector<std::size_t> sizes;
  model.for_each_batch({{input, data}}, [&](const BatchResult& batch) {
    EXPECT_EQ(batch.first_example, seen.size() / 2);
    const auto& values = batch.predictions[input].values();
    seen.insert(seen.end(), values.begin(), values.end());
    sizes.push_back(batch.examples);
    return true;
  });
  EXPECT_EQ(seen, data.values());
  EXPECT_THAT(sizes, ::testing::ElementsAre(3, 3, 2));
}

}  // namespace
}  // namespace synfire
