// SPDX-License-Identifier: Apache-2.0
// Sparse connections, delays and their storage: arrivals, and that storage and schedule change no bit.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using testing::OnDevice;
using testing::Random;

class SparseConnections : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(SparseConnections);

// Arrivals in each step at each of `targets` neurons if source i spikes in step i.
Tensor<float> arrivals(const InferenceCompiler& given, const Connectivity& connectivity, std::uint32_t sources,
                       std::uint32_t targets, const ConnectionOptions& options = {}) {
  Network network;
  const auto input = network.add(SpikeInput{}, sources, {.name = "input"});
  const auto output = network.add(testing::accumulator(), targets, {.readout = "var", .name = "output"});
  network.connect(input, output, connectivity, options);
  InferenceCompiler compiler = given;
  compiler.record = {{output, "v"}};
  SpikeTrains trains(sources);
  std::vector<std::uint32_t> ids;
  std::vector<float> times;
  for (std::uint32_t i = 0; i < sources; ++i) {
    ids.push_back(i);
    times.push_back(static_cast<float>(i * compiler.dt));
  }
  trains.add_example(ids, times);
  return compiler.compile(network).predict({{input, trains}}).recorded(output, "v");
}

TEST_P(SparseConnections, SynapsesOfAListArriveAfterTheirOwnDelays) {
  const Sparse list{.sources = {0, 0, 1, 2, 0},
                    .targets = {1, 0, 1, 2, 2},
                    .weight = std::vector<float>{1, 2, 4, 8, 16},
                    .delay = std::vector<float>{0, 3, 2, 0, 3}};
  for (const char* schedule : {"trial", "step"}) {
    InferenceCompiler compiler = this->compiler(7);
    compiler.schedule = schedule;
    const Tensor<float> v = arrivals(compiler, list, 3, 3);
    // Source i spikes in step i; its spike arrives in step i + 1 + delay.
    const float expected[7][3] = {{0, 0, 0}, {0, 1, 0}, {0, 1, 0}, {0, 1, 8}, {2, 5, 24}, {2, 5, 24}, {2, 5, 24}};
    for (std::size_t step = 0; step < 7; ++step) {
      for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(v.data()[step * 3 + j], expected[step][j]) << schedule << step << j;
    }
  }
}

TEST_P(SparseConnections, DelaysOfThousandsOfSteps) {
  if (GetParam() == "simt") GTEST_SKIP() << "too slow on the emulator";
  const Sparse list{
      .sources = {0, 0, 0}, .targets = {0, 1, 1}, .weight = 1.0, .delay = std::vector<float>{4999, 0, 2500}};
  for (const char* schedule : {"trial", "step"}) {
    InferenceCompiler compiler = this->compiler(5010);
    compiler.schedule = schedule;
    const Tensor<float> v = arrivals(compiler, list, 1, 2);
    const auto at = [&](std::size_t step, std::size_t neuron) { return v.data()[step * 2 + neuron]; };
    EXPECT_EQ(at(4999, 0), 0) << schedule;
    EXPECT_EQ(at(5000, 0), 1) << schedule;
    EXPECT_EQ(at(0, 1), 0) << schedule;
    EXPECT_EQ(at(1, 1), 1) << schedule;
    EXPECT_EQ(at(2500, 1), 1) << schedule;
    EXPECT_EQ(at(2501, 1), 2) << schedule;
  }
}

// The same network in every possible storage, in both schedules, on one and two threads.
struct Variant {
  SynapseStorage storage;
  std::string schedule;
  unsigned threads;
};

std::vector<Variant> variants(const std::vector<SynapseStorage>& storages, const std::string& device) {
  std::vector<Variant> all;
  for (const SynapseStorage storage : storages) {
    all.push_back({storage, "trial", 1});
    all.push_back({storage, "step", 1});
    if (device == "host") all.push_back({storage, "step", 3});
  }
  return all;
}

Predictions run(const InferenceCompiler& given, const Connectivity& drive, const Connectivity& recurrence,
                const Variant& variant) {
  Network network;
  const auto input = network.add(PoissonInput{.signed_spikes = true}, 40, {.name = "input"});
  const auto cells =
      network.add(LeakyIntegrateFire{.tau_refrac = 2.0}, 90, {.readout = "spike_count", .name = "cells"});
  network.connect(input, cells, drive, {.synapse = Exponential{.tau = 4.0}, .storage = variant.storage});
  network.connect(cells, cells, recurrence, {.storage = variant.storage});
  InferenceCompiler compiler = given;
  compiler.seed = 5;
  compiler.batch_size = 2;
  compiler.record = {{cells, "spikes"}, {cells, "v"}};
  compiler.schedule = variant.schedule;
  compiler.threads = variant.threads;
  Random random(3);
  const Tensor<float> rates = random.tensor({3, 40}, -0.3F, 0.5F);
  return compiler.compile(network).predict({{input, rates}});
}

void expect_same_in_all(const InferenceCompiler& compiler, const Connectivity& drive, const Connectivity& recurrence,
                        const std::vector<Variant>& all) {
  const Predictions expected = run(compiler, drive, recurrence, all.front());
  std::size_t spikes = 0;
  for (const auto& example : expected.spikes("cells")) spikes += example.size();
  EXPECT_GT(spikes, 20u);
  for (const Variant& variant : all) {
    const std::string what =
        to_string(variant.storage) + ", " + variant.schedule + ", " + std::to_string(variant.threads) + " threads";
    const Predictions actual = run(compiler, drive, recurrence, variant);
    EXPECT_EQ(actual.spikes("cells"), expected.spikes("cells")) << what;
    testing::expect_same_bits(actual.recorded("cells", "v"), expected.recorded("cells", "v"), what);
  }
}

TEST_P(SparseConnections, StorageAndScheduleChangeNoBit) {
  using enum SynapseStorage;
  const auto all = variants({rows, dense, procedural}, GetParam());
  expect_same_in_all(compiler(25), FixedProbability{.p = 0.3, .weight = Normal{.mean = 0.3, .sd = 0.1}, .delay = 1.0},
                     FixedProbability{.p = 0.1, .weight = Uniform{-0.2, 0.1}}, all);
  expect_same_in_all(compiler(25), Dense{.weight = Normal{.mean = 0.1, .sd = 0.1}},
                     Dense{.weight = Xavier{}, .delay = 2.0}, all);
}

TEST_P(SparseConnections, NeitherDoTheyWithDelaysOfTheirOwn) {
  using enum SynapseStorage;
  expect_same_in_all(compiler(25), FixedProbability{.p = 0.3, .weight = 0.3, .delay = Uniform{2, 6}},
                     Dense{.weight = Normal{.mean = -0.02, .sd = 0.1}, .delay = Normal{.mean = 3, .sd = 2, .max = 7}},
                     variants({rows, procedural}, GetParam()));
  const auto by_rows = variants({automatic}, GetParam());
  expect_same_in_all(compiler(25), FixedInputs{.number = 9, .weight = 0.4, .delay = Uniform{0, 3}},
                     FixedOutputs{.number = 4, .weight = Normal{.mean = 0, .sd = 0.2}, .allow_repeats = true}, by_rows);
}

TEST_P(SparseConnections, WhatIsUnderWayPassesToTheNextExampleOnlyIfAskedTo) {
  const auto last_of_second = [&](bool carried, const char* schedule) {
    Network network;
    const auto input = network.add(SpikeInput{}, 1, {.name = "input"});
    const auto output = network.add(testing::accumulator(), 2, {.readout = "var", .name = "output"});
    network.connect(input, output,
                    Sparse{.sources = {0, 0}, .targets = {0, 1}, .weight = 1.0, .delay = std::vector<float>{3, 5}});
    InferenceCompiler compiler = this->compiler(4);
    compiler.carry_over.spikes = carried;
    compiler.schedule = schedule;
    SpikeTrains trains(1);
    trains.add_example({0},
                       {2.0F});  // arrives in steps 6 and 8: the third of the second example, the first of the third
    trains.add_example({}, {});
    trains.add_example({}, {});
    const Tensor<float> v = compiler.compile(network).predict({{input, trains}})[output];
    return std::vector<float>(v.data(), v.data() + 6);
  };
  for (const char* schedule : {"trial", "step"}) {
    EXPECT_EQ(last_of_second(false, schedule), (std::vector<float>{0, 0, 0, 0, 0, 0})) << schedule;
    EXPECT_EQ(last_of_second(true, schedule), (std::vector<float>{0, 0, 1, 0, 0, 1})) << schedule;
  }
}

TEST_P(SparseConnections, SynapseStateIsRecorded) {
  Network network;
  const auto input = network.add(SpikeInput{}, 1, {.name = "input"});
  const auto output = network.add(testing::accumulator(), 2, {.readout = "var", .name = "output"});
  const auto connection = network.connect(input, output, Sparse{.sources = {0}, .targets = {1}, .weight = 2.0},
                                          {.synapse = Exponential{.tau = 2.0}});
  InferenceCompiler compiler = this->compiler(4);
  compiler.record = {{connection, "x"}};
  const Tensor<float> x =
      compiler.compile(network).predict({{input, testing::spikes_at({0})}}).recorded(connection, "x");
  const float decay = std::exp(-0.5F);
  const float expected[] = {0, 0, 0, 2 * decay, 0, 2 * decay * decay, 0, 2 * decay * decay * decay};
  ASSERT_EQ(x.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(x.data()[i], expected[i], 1e-6) << i;
}

TEST_P(SparseConnections, WithoutSynapsesNothingArrives) {
  const Tensor<float> v = arrivals(compiler(5), FixedProbability{.p = 0.0, .weight = 1.0}, 3, 4);
  for (const float each : v) EXPECT_EQ(each, 0);
}

TEST(StorageChoice, IsReported) {
  Network network;
  const auto input = network.add(SpikeInput{}, 100, {.name = "input"});
  const auto output = network.add(testing::accumulator(), 200, {.readout = "var", .name = "output"});
  network.connect(input, output, FixedProbability{.p = 0.1, .weight = Uniform{0, 1}}, {.name = "sparse"});
  network.connect(input, output, FixedProbability{.p = 0.9, .weight = Uniform{0, 1}}, {.name = "full"});
  const auto notes = [&](std::size_t memory) {
    CompilationReport report;
    InferenceCompiler{
        .timesteps = 2, .device = "host", .cache_folder = testing::cache_folder(), .synapse_memory = memory}
        .compile(network, &report);
    std::string text;
    for (const std::string& note : report.notes) text += note + "\n";
    return text;
  };
  EXPECT_NE(notes(0).find("connections[0] \"sparse\": rows, "), std::string::npos) << notes(0);
  EXPECT_NE(notes(0).find("connections[1] \"full\": dense, "), std::string::npos) << notes(0);
  // Room for the small one only.
  EXPECT_NE(notes(20000).find("connections[0] \"sparse\": rows, "), std::string::npos) << notes(20000);
  EXPECT_NE(notes(20000).find("connections[1] \"full\": procedural, "), std::string::npos) << notes(20000);
}

}  // namespace
}  // namespace synfire
