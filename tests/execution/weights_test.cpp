// SPDX-License-Identifier: Apache-2.0
// Weights and initial values drawn by initializers: their distribution, and what they depend on. A spike of every
// source in the first step and an accumulator reveal the sum of a target's weights; OneToOne reveals each weight.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using testing::OnDevice;

constexpr std::uint32_t neurons_of_weights = 2000;

class DrawnWeights : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(DrawnWeights);

struct Plan {
  Value weight;
  std::uint64_t seed = 1;
  bool named = true;
  bool others = false;  // other populations and connections are added before
};

void add_others(Network& network) {
  const auto other = network.add(BinarySpikeInput{}, 3, {.name = "other"});
  const auto target = network.add(testing::accumulator(), 5, {.name = "other_target"});
  network.connect(other, target, Dense{Normal{}}, {.name = "other_weights"});
}

// The weights of a one-to-one connection, found by running it.
std::vector<float> weights(InferenceCompiler options, const Plan& plan) {
  Network network;
  if (plan.others) add_others(network);
  const auto input = network.add(BinarySpikeInput{}, neurons_of_weights, {.name = "input"});
  const auto output = network.add(testing::accumulator(), neurons_of_weights, {.readout = "var", .name = "output"});
  network.connect(input, output, OneToOne{plan.weight}, {.name = plan.named ? "weights" : ""});
  options.seed = plan.seed;
  const Tensor<float> ones = testing::ones(neurons_of_weights), few = testing::ones(3);
  std::vector<NamedData> data{{input, ones}};
  if (plan.others) data.push_back({"other", few});
  return options.compile(network).predict(data)[output].values();
}

struct Moments {
  double mean = 0, sd = 0, min = 0, max = 0;
};

Moments moments(const std::vector<float>& x) {
  Moments result;
  const double n = static_cast<double>(x.size());
  result.mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  for (const float value : x) result.sd += (value - result.mean) * (value - result.mean) / n;
  result.sd = std::sqrt(result.sd);
  result.min = *std::min_element(x.begin(), x.end());
  result.max = *std::max_element(x.begin(), x.end());
  return result;
}

TEST_P(DrawnWeights, FollowTheirLaw) {
  const Moments normal = moments(weights(compiler(2), {Normal{.mean = 2, .sd = 0.5}}));
  const double error = 1 / std::sqrt(static_cast<double>(neurons_of_weights));
  EXPECT_NEAR(normal.mean, 2, 4 * 0.5 * error);
  EXPECT_NEAR(normal.sd, 0.5, 4 * 0.5 * error);
  const Moments uniform = moments(weights(compiler(2), {Uniform{-1, 3}}));
  const double sd = 4 / std::sqrt(12.0);
  EXPECT_NEAR(uniform.mean, 1, 4 * sd * error);
  EXPECT_NEAR(uniform.sd, sd, 4 * sd * error);
  EXPECT_GE(uniform.min, -1);
  EXPECT_LT(uniform.max, 3);
  EXPECT_LT(uniform.min, -0.98);
  EXPECT_GT(uniform.max, 2.98);
}

TEST_P(DrawnWeights, DependOnSeedAndNameAlone) {
  const Plan plan{Normal{}};
  const auto first = weights(compiler(2), plan);
  EXPECT_EQ(weights(compiler(2), plan), first);
  EXPECT_EQ(weights(compiler(2), {.weight = Normal{}, .others = true}), first);
  EXPECT_NE(weights(compiler(2), {.weight = Normal{}, .seed = 2}), first);
  EXPECT_NE(weights(compiler(2), {.weight = Normal{}, .named = false}), first);
}

// Fan-in 40, fan-out 60: each target's weights have the variance of the distribution, their sum 40 times that.
TEST_P(DrawnWeights, ScaleWithTheFans) {
  Network network;
  const auto input = network.add(BinarySpikeInput{}, 40);
  std::vector<PopulationId> outputs;
  for (const Value& weight : {Value(Xavier{}), Value(Xavier{.gain = 2, .distribution = Distribution::normal}),
                              Value(Kaiming{}), Value(Kaiming{.gain = 1, .distribution = Distribution::uniform})}) {
    outputs.push_back(network.add(testing::accumulator(), 60, {.readout = "var"}));
    network.connect(input, outputs.back(), Dense{weight});
  }
  const std::vector<double> variances{2.0 / 100, 4 * 2.0 / 100, 2.0 / 40, 1.0 / 40};
  const auto ones = testing::ones(40);
  const Predictions results = compiler(2).compile(network).predict({{input, ones}});
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Moments sums = moments(results[outputs[i]].values());
    const double sd = std::sqrt(40 * variances[i]);
    EXPECT_NEAR(sums.mean, 0, 4 * sd / std::sqrt(60.0)) << i;
    EXPECT_NEAR(sums.sd, sd, 4 * sd / std::sqrt(120.0)) << i;
  }
}

// The seed of a run changes its noise, not the values drawn at compile time.
TEST_P(DrawnWeights, StayWhenARunHasAnotherSeed) {
  Network network;
  const auto input = network.add(PoissonInput{}, 50);
  const auto output = network.add(testing::accumulator(), 50, {.readout = "var"});
  network.connect(input, output, OneToOne{Uniform{1, 2}});
  InferenceCompiler options = compiler(20);
  options.record = {{input, "spikes"}};
  auto model = options.compile(network);
  const Tensor<float> rates({1, 50}, std::vector<float>(50, 0.7f));
  const Predictions first = model.predict({{input, rates}});
  const Predictions again = model.predict({{input, rates}}, {.seed = 0});
  const Predictions other = model.predict({{input, rates}}, {.seed = 5});
  testing::expect_same_bits(again[output], first[output], "seed 0 is the compiler's");
  EXPECT_NE(other.spikes(input), first.spikes(input));
  for (std::uint32_t i = 0; i < 50; ++i) {
    // Spikes of the last step do not arrive.
    const auto arrived = [&](const Predictions& results) {
      const auto steps = testing::spike_steps(results, input, 0, i);
      return std::count_if(steps.begin(), steps.end(), [](std::uint32_t step) { return step < 19; });
    };
    ASSERT_GT(arrived(first), 0);
    ASSERT_GT(arrived(other), 0);
    EXPECT_NEAR(other[output][i] / static_cast<float>(arrived(other)),
                first[output][i] / static_cast<float>(arrived(first)), 1e-5);
  }
}

// Examples differ in their noise, whatever their place in a batch.
TEST_P(DrawnWeights, NoiseBelongsToTheExample) {
  Network network;
  const auto input = network.add(PoissonInput{}, 40);
  InferenceCompiler options = compiler(30);
  options.batch_size = 2;
  options.record = {{input, "spikes"}};
  const Tensor<float> rates({4, 40}, std::vector<float>(160, 0.5f));
  const auto spikes = options.compile(network).predict({{input, rates}}).spikes(input);
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = a + 1; b < 4; ++b) EXPECT_NE(spikes[a], spikes[b]) << a << " and " << b;
  }
}

}  // namespace
}  // namespace synfire
