// SPDX-License-Identifier: Apache-2.0
#include "lower/draw.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "philox.cuh"
#include "synfire/codegen/compile.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen {
namespace {

constexpr std::size_t many = 100000;

struct Moments {
  double mean = 0, sd = 0, min = 0, max = 0;
};

Moments moments_of(const std::vector<float>& values) {
  Moments moments;
  for (const float value : values) moments.mean += static_cast<double>(value) / static_cast<double>(values.size());
  for (const float value : values) moments.sd += std::pow(static_cast<double>(value) - moments.mean, 2);
  moments.sd = std::sqrt(moments.sd / static_cast<double>(values.size()));
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  moments.min = static_cast<double>(*least);
  moments.max = static_cast<double>(*most);
  return moments;
}

std::vector<float> drawn(const Value& value, const DrawContext& context = {.seed = 5, .stream = "a.weight"}) {
  return elements_of(value, many, context);
}

TEST(Draw, RepeatsNumbersAndArrays) {
  EXPECT_EQ(elements_of(2.5, 3, {.seed = 0, .stream = "x"}), (std::vector<float>{2.5F, 2.5F, 2.5F}));
  EXPECT_EQ(elements_of(std::vector<float>{1, 2, 3}, 3, {.seed = 0, .stream = "x"}), (std::vector<float>{1, 2, 3}));
}

// However many are drawn at a time.
TEST(Draw, ElementsAreSingleDraws) {
  constexpr std::size_t count = 4099;
  const DrawContext context{.seed = 7, .stream = "a.weight"};
  for (const Value& value :
       {Value(Normal{.mean = 3, .sd = 0.5}), Value(Normal{.mean = -1, .sd = 9, .min = -2, .max = 4}),
        Value(Uniform{-2, 4}), Value(Constant{0.1})}) {
    const std::vector<float> elements = elements_of(value, count, context);
    const ValueDistribution distribution = distribution_of(value, context);
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(elements[i], drawn_value(distribution, context.key(), i)) << i;
  }
}

TEST(Draw, Uniform) {
  const Moments moments = moments_of(drawn(Uniform{-2, 4}));
  EXPECT_NEAR(moments.mean, 1, 0.03);
  EXPECT_NEAR(moments.sd, 6 / std::sqrt(12), 0.02);
  EXPECT_GE(moments.min, -2);
  EXPECT_LT(moments.max, 4);
}

TEST(Draw, Normal) {
  const std::vector<float> values = drawn(Normal{.mean = 3, .sd = 0.5});
  const Moments moments = moments_of(values);
  EXPECT_NEAR(moments.mean, 3, 0.01);
  EXPECT_NEAR(moments.sd, 0.5, 0.005);
  const auto within = std::count_if(values.begin(), values.end(), [](float x) { return std::abs(x - 3) < 0.5F; });
  EXPECT_NEAR(static_cast<double>(within) / many, 0.6827, 0.006);
}

TEST(Draw, NormalWithinBounds) {
  const std::vector<float> values = drawn(Normal{.mean = 3, .sd = 0.5, .min = 2.5, .max = 4});
  const Moments moments = moments_of(values);
  EXPECT_EQ(moments.min, 2.5);
  EXPECT_EQ(moments.max, 4);
  const auto at = [&](float bound) {
    return static_cast<double>(std::count(values.begin(), values.end(), bound)) / many;
  };
  EXPECT_NEAR(at(2.5F), 0.1587, 0.005);
  EXPECT_NEAR(at(4.0F), 0.0228, 0.002);
  // Nothing changes in between.
  const std::vector<float> unbounded = drawn(Normal{.mean = 3, .sd = 0.5});
  for (std::size_t i = 0; i < many; ++i) ASSERT_EQ(values[i], std::clamp(unbounded[i], 2.5F, 4.0F));
}

// The constants and the text of generated code give the same elements.
TEST(Draw, FollowsTheDevicesText) {
  const ValueDistribution uniform = distribution_of(Uniform{-0.1, 0.7}, {});
  EXPECT_EQ(uniform, (ValueDistribution{.kind = ValueDistribution::Kind::uniform, .base = -0.1F, .spread = 0.8F}));
  const ValueDistribution scaled = distribution_of(Normal{.mean = 1.5, .sd = 0.5, .max = 4}, {}, 10);
  EXPECT_EQ(scaled, (ValueDistribution{.kind = ValueDistribution::Kind::normal, .base = 15, .spread = 5, .max = 40}));
  const DrawContext context{.seed = 5, .stream = "a.weight"};
  const std::vector<float> elements = drawn(Uniform{-0.1, 0.7}, context);
  for (std::size_t i = 0; i < 1000; ++i) {
    const device::U32x4 words =
        device::philox({static_cast<std::uint32_t>(i), 0, 0, 0}, static_cast<std::uint32_t>(context.key()),
                       static_cast<std::uint32_t>(context.key() >> 32));
    EXPECT_EQ(elements[i], std::fma(0.8F, device::uniform_from_bits(words.x), -0.1F));
  }
}

TEST(Draw, WhatDoesNotVaryIsConstant) {
  EXPECT_EQ(distribution_of(2.0, {}), (ValueDistribution{.base = 2}));
  EXPECT_EQ(distribution_of(Uniform{3, 3}, {}), (ValueDistribution{.base = 3}));
  EXPECT_EQ(distribution_of(Normal{.mean = 3, .sd = 0}, {}), (ValueDistribution{.base = 3}));
  EXPECT_EQ(distribution_of(Normal{.mean = 3, .sd = 0, .max = 2}, {}), (ValueDistribution{.base = 2}));
  EXPECT_EQ(distribution_of(Normal{.mean = 3, .sd = 1, .min = 2, .max = 2}, {}), (ValueDistribution{.base = 2}));
}

TEST(Draw, OccurrencesDiffer) {
  const ValueDistribution distribution = distribution_of(Uniform{}, {});
  EXPECT_EQ(drawn_value(distribution, 1, 2), drawn_value(distribution, 1, 2, 0));
  EXPECT_NE(drawn_value(distribution, 1, 2, 0), drawn_value(distribution, 1, 2, 1));
}

TEST(Draw, XavierAndKaimingKnowTheFans) {
  const DrawContext fans{.seed = 1, .stream = "x", .fan_in = 200, .fan_out = 50};
  EXPECT_NEAR(moments_of(drawn(Xavier{.gain = 2}, fans)).sd, 2 * std::sqrt(2.0 / 250), 0.002);
  EXPECT_LE(moments_of(drawn(Xavier{.gain = 2}, fans)).max, 2 * std::sqrt(6.0 / 250) + 1e-6);
  EXPECT_NEAR(moments_of(drawn(Xavier{.gain = 1, .distribution = synfire::Distribution::normal}, fans)).sd,
              std::sqrt(2.0 / 250), 0.001);
  EXPECT_NEAR(moments_of(drawn(Kaiming{}, fans)).sd, std::sqrt(2.0 / 200), 0.001);
}

TEST(Draw, NeighborsAreIndependent) {
  const std::vector<float> values = drawn(Uniform{-1, 1});
  double correlation = 0;
  for (std::size_t i = 1; i < values.size(); ++i) correlation += static_cast<double>(values[i] * values[i - 1]);
  EXPECT_NEAR(correlation / many / (1.0 / 3), 0, 0.015);
}

TEST(Draw, RegisteredInitializersGoByName) { EXPECT_EQ(drawn("normal"), drawn(Normal{})); }

TEST(Draw, DependsOnSeedAndNameAlone) {
  const Value value = Normal{};
  const std::vector<float> first = drawn(value);
  EXPECT_EQ(drawn(value), first);
  EXPECT_NE(drawn(value, {.seed = 6, .stream = "a.weight"}), first);
  EXPECT_NE(drawn(value, {.seed = 5, .stream = "b.weight"}), first);
  const std::vector<float> fewer = elements_of(value, 10, {.seed = 5, .stream = "a.weight"});
  EXPECT_TRUE(std::equal(fewer.begin(), fewer.end(), first.begin()));
}

// Files depend on these values: they must never change.
TEST(Draw, StreamsAreStable) {
  EXPECT_EQ(stream_of(""), 0xef46db3751d8e999ull);  // XXH64 of nothing, seed 0
  EXPECT_NE(stream_of("a"), stream_of("b"));
}

std::vector<std::byte> weights_of(const Network& network, const std::string& buffer) {
  const auto artifact = generate(network.resolve(), {.timesteps = 10, .seed = 3}, "host");
  for (const auto& parameter : artifact.parameters) {
    if (parameter.buffer == buffer) return parameter.bytes;
  }
  ADD_FAILURE() << buffer;
  return {};
}

TEST(Draw, OtherPopulationsAndConnectionsChangeNothing) {
  const auto build = [](bool crowded) {
    Network network;
    if (crowded) network.add("integrate_fire_input", 5, {.name = "earlier"});
    network.add("integrate_fire_input", 20, {.name = "a"});
    network.add("integrate_fire", 10, {.name = "b"});
    if (crowded) network.connect("earlier", "b", Dense{Normal{}}, {.name = "other"});
    network.connect("a", "b", Dense{Normal{}}, {.name = "wanted"});
    return network;
  };
  EXPECT_EQ(weights_of(build(false), "wanted_weight"), weights_of(build(true), "wanted_weight"));
  EXPECT_NE(weights_of(build(true), "other_weight"), weights_of(build(true), "wanted_weight"));
}

}  // namespace
}  // namespace synfire::codegen
