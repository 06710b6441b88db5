// SPDX-License-Identifier: Apache-2.0
// network(): weights are returned in the user's order, whatever the storage, and drawn values stay as drawn.
#include <gtest/gtest.h>

#include "support/devices.hpp"
#include "train/toy.hpp"

namespace synfire {
namespace {

using testing::make_toy;
using testing::Toy;
using testing::toy_timesteps;

// One connection of each kind into the output, and a frozen one, to reveal a wrong order.
struct Mixed {
  Network network{event_prop_defaults};
  PopulationId input, hidden, output;

  Mixed() {
    input = network.add(SpikeInput{}, 4, {.name = "input"});
    hidden = network.add(LeakyIntegrateFire{.v = Uniform{0.0, 0.2}}, 6, {.name = "hidden"});
    output = network.add(LeakyIntegrate{}, 6, {.readout = "avg_var", .name = "output"});
    const ConnectionOptions exponential{.synapse = Exponential{}};
    const auto join = [&](PopulationId from, PopulationId to, const Connectivity& how, const std::string& name) {
      ConnectionOptions options = exponential;
      options.name = name;
      network.connect(from, to, how, options);
    };
    join(input, hidden, Dense{Normal{.mean = 4.0, .sd = 1.0}}, "dense");
    join(input, hidden, FixedProbability{.p = 0.5, .weight = Normal{.mean = 2.0, .sd = 0.5}}, "drawn");
    join(input, hidden, FixedProbability{.p = 0.5, .weight = frozen(Normal{.mean = 1.0, .sd = 0.5})}, "frozen");
    join(hidden, output, OneToOne{Normal{.mean = 0.0, .sd = 1.0}}, "one_to_one");
    join(hidden, output, Dense{.weight = Normal{}, .delay = Uniform{0, 5}}, "delayed");
    // Out of order; the third repeats the first, the fifth differs from the fourth only in its delay.
    join(hidden, output,
         Sparse{.sources = {5, 0, 5, 2, 2, 1},
                .targets = {1, 3, 1, 4, 4, 0},
                .weight = std::vector<float>{0.5f, -0.25f, 0.125f, 0.75f, -0.75f, 1.0f},
                .delay = std::vector<float>{2, 0, 2, 1, 3, 0}},
         "sparse");
  }
};

EventPropCompiler compiler() {
  return {.timesteps = toy_timesteps,
          .batch_size = 4,
          .seed = 3,
          .optimizer = Adam{.learning_rate = 0.05},
          .device = "host",
          .cache_folder = testing::cache_folder()};
}

Tensor<float> infer(const Network& network, PopulationId input, PopulationId output, const Toy& data,
                    std::uint64_t seed) {
  return InferenceCompiler{.timesteps = toy_timesteps,
                           .batch_size = 4,
                           .seed = seed,
                           .device = "host",
                           .cache_folder = testing::cache_folder()}
      .compile(network)
      .predict({{input, data.spikes}})[output];
}

const Value& weight(const Network& network, const std::string& name) {
  for (const ir::Connection& each : network.description().connections) {
    if (each.name == name) return weight_of(each.connectivity);
  }
  throw std::out_of_range(name);
}

TEST(WeightOrder, TheTrainedNetworkIsTheSameWhateverItIsCompiledWith) {
  const Mixed mixed;
  const Toy data = make_toy(6);
  const std::vector<int> labels{0, 1, 2, 3, 4, 5};
  TrainingNetwork model = compiler().compile(mixed.network);
  EXPECT_EQ(infer(model.network(), mixed.input, mixed.output, data, 99),
            infer(mixed.network, mixed.input, mixed.output, data, 3));
  model.train({{mixed.input, data.spikes}}, {{mixed.output, labels}}, {.epochs = 3});
  const Network trained = model.network();
  const Tensor<float> predicted = model.predict({{mixed.input, data.spikes}})[mixed.output];
  EXPECT_NE(predicted, infer(mixed.network, mixed.input, mixed.output, data, 3)) << "nothing was learned";
  EXPECT_EQ(infer(trained, mixed.input, mixed.output, data, 99), predicted);
  // Training continues from there.
  EXPECT_EQ(compiler().compile(trained).predict({{mixed.input, data.spikes}})[mixed.output], predicted);
}

TEST(WeightOrder, ListsKeepTheirOrder) {
  const Mixed mixed;
  TrainingNetwork model = compiler().compile(mixed.network);
  EXPECT_EQ(weight(model.network(), "sparse").array().values(),
            (std::vector<float>{0.625f, -0.25f, 0.0f, 0.75f, -0.75f, 1.0f}))
      << "the third synapse repeats the first";
  EXPECT_EQ(weight(model.network(), "one_to_one").array().shape(), Extents{6});
  EXPECT_TRUE(weight(model.network(), "frozen").is_frozen());
}

TEST(WeightOrder, GradientsHaveTheShapeOfTheirWeights) {
  const Mixed mixed;
  const Toy data = make_toy(4);
  TrainingNetwork model = compiler().compile(mixed.network);
  const auto gradients =
      model.batch_gradients({{mixed.input, data.spikes}}, {{mixed.output, std::vector<int>{0, 1, 2, 3}}});
  EXPECT_EQ(gradients.size(), 5u) << "all but the frozen one";
  EXPECT_EQ(gradients.at("dense").shape(), (Extents{4, 6}));
  EXPECT_EQ(gradients.at("delayed").shape(), (Extents{6, 6}));
  EXPECT_EQ(gradients.at("one_to_one").shape(), Extents{6});
  EXPECT_EQ(gradients.at("drawn").size(), weight(model.network(), "drawn").array().size());
  const Tensor<float>& sparse = gradients.at("sparse");
  ASSERT_EQ(sparse.shape(), Extents{6});
  EXPECT_EQ(sparse[0], sparse[2]) << "they are one synapse";
}

// The same synapses as a matrix and as a list: the gradients are the same numbers.
TEST(WeightOrder, AListLearnsAsTheMatrixDoes) {
  const Toy data = make_toy(4);
  const std::vector<int> labels{0, 1, 0, 1};
  const std::vector<float> values{0.3f, -0.2f, 0.5f, 0.1f, 0.7f, -0.4f, 0.6f, 0.9f};
  const auto gradient_of = [&](const Connectivity& connectivity) {
    Network network{event_prop_defaults};
    const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
    const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
    network.connect(input, output, connectivity,
                    {.synapse = Exponential{}, .name = "w", .storage = SynapseStorage::automatic});
    return compiler().compile(network).batch_gradients({{input, data.spikes}}, {{output, labels}}).at("w");
  };
  const Tensor<float> matrix = gradient_of(Dense{Tensor<float>({4, 2}, values)});
  Sparse list;
  std::vector<float> listed;
  for (const std::uint32_t k : {7u, 2u, 5u, 0u, 1u, 6u, 3u}) {  // all but number 4
    list.sources.push_back(k / 2);
    list.targets.push_back(k % 2);
    listed.push_back(values[k]);
  }
  list.weight = listed;
  std::vector<float> without = values;
  without[4] = 0;
  const Tensor<float> expected = gradient_of(Dense{Tensor<float>({4, 2}, without)});
  const Tensor<float> gradient = gradient_of(list);
  const std::vector<std::size_t> order{7, 2, 5, 0, 1, 6, 3};
  for (std::size_t k = 0; k < order.size(); ++k) EXPECT_FLOAT_EQ(gradient[k], expected[order[k]]);
  EXPECT_NE(matrix, expected);
}

}  // namespace
}  // namespace synfire
