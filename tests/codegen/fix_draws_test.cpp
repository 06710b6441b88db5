// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/fix_draws.hpp"

#include <gtest/gtest.h>

#include "synfire/codegen/compile.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen {
namespace {

CompileOptions options(std::uint64_t seed) {
  CompileOptions options;
  options.dt = 0.5;
  options.timesteps = 10;
  options.seed = seed;
  return options;
}

Network drawn_network() {
  Network network;
  const auto a = network.add(SpikeInput{}, 30, {.name = "a"});
  const auto b = network.add(LeakyIntegrateFire{.v = Uniform{0, 1}, .tau_mem = Normal{.mean = 20, .sd = 1}}, 30,
                             {.readout = "spike_count", .name = "b"});
  const Uniform delays{0, 4};
  network.connect(a, b, Dense{.weight = Xavier{}, .delay = delays}, {.name = "dense"});
  network.connect(a, b, Dense{Kaiming{}}, {.name = "matrix"});
  network.connect(a, b, OneToOne{.weight = Normal{}, .delay = delays}, {.name = "one_to_one"});
  network.connect(a, b, FixedProbability{.p = 0.3, .weight = Normal{}, .delay = delays}, {.name = "probable"});
  network.connect(b, b, FixedProbability{.p = 0.3, .weight = 0.5}, {.name = "recurrent"});
  network.connect(a, b, FixedInputs{.number = 5, .weight = Normal{}}, {.name = "inputs"});
  network.connect(a, b, FixedOutputs{.number = 5, .weight = Normal{}, .delay = 1.5}, {.name = "outputs"});
  network.connect(a, b, Sparse{.sources = {3, 1, 3}, .targets = {4, 2, 4}, .weight = Normal{}}, {.name = "sparse"});
  return network;
}

std::string bytes_of(const contract::Artifact& artifact) {
  std::string bytes;
  for (const contract::ParameterValues& values : artifact.parameters) {
    bytes += values.buffer + ":";
    for (const std::byte byte : values.bytes) bytes += static_cast<char>(byte);
  }
  return bytes;
}

// All parameter buffers are identical, whatever the seed of the second compilation.
TEST(FixDraws, NothingIsLeftToDraw) {
  const ir::Network network = drawn_network().resolve();
  const ir::Network fixed = fix_draws(network, 7, 0.5);
  const contract::Artifact expected = generate(network, options(7), "host");
  EXPECT_EQ(bytes_of(generate(fixed, options(8), "host")), bytes_of(expected));
  EXPECT_NE(bytes_of(generate(network, options(8), "host")), bytes_of(expected));
  EXPECT_EQ(fix_draws(fixed, 9, 0.5), fixed);
}

TEST(FixDraws, NumbersAndListsStay) {
  Network network;
  const auto a = network.add(SpikeInput{}, 3, {.name = "a"});
  const auto b = network.add(IntegrateFire{.v_thresh = 2.0}, 3, {.name = "b"});
  network.connect(a, b, Dense{0.5, 2.0});
  network.connect(a, b, OneToOne{frozen(0.5)});
  network.connect(a, b, Sparse{.sources = {2, 0}, .targets = {1, 1}, .weight = std::vector<float>{1, 2}});
  EXPECT_EQ(fix_draws(network.resolve(), 7, 1.0), network.resolve());
}

TEST(FixDraws, WhatIsFrozenOrTrainableStaysSo) {
  Network network;
  const auto a = network.add(SpikeInput{}, 3, {.name = "a"});
  const auto b = network.add(LeakyIntegrateFire{.tau_mem = trainable(Uniform{10, 20}, {.min = 5})}, 3, {.name = "b"});
  network.connect(a, b, FixedProbability{.p = 0.5, .weight = frozen(Normal{})});
  const ir::Network fixed = fix_draws(network.resolve(), 7, 1.0);
  EXPECT_TRUE(weight_of(fixed.connections[0].connectivity).is_frozen());
  for (const Parameter& parameter : fixed.populations[1].neuron.parameters) {
    if (parameter.name != "tau_mem") continue;
    EXPECT_TRUE(parameter.value.is_array());
    ASSERT_TRUE(parameter.value.training());
    EXPECT_EQ(parameter.value.training()->min, 5);
  }
}

TEST(FixDraws, DelaysOfListsAreCountedAsTheProgramDoes) {
  const Sparse list{
      .sources = {0, 0, 0}, .targets = {0, 1, 2}, .weight = 1.0, .delay = std::vector<float>{0.3f, 0.1f, 9}};
  EXPECT_EQ(delays_in_steps(list, 0.1, 0.5), (std::vector<std::uint32_t>{3, 1, 5}));
}

}  // namespace
}  // namespace synfire::codegen
