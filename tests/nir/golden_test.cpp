// SPDX-License-Identifier: Apache-2.0
// Published networks do what was published: traces of one neuron, a pair of neurons, the spike counts of a
// convolutional network on a recording.
#include <cmath>
#include <fstream>
#include <sstream>

#include "nir/support.hpp"
#include "synfire/events.hpp"

namespace synfire::nir::test {
namespace {

struct Row {
  double input, v, spike;
};

std::vector<Row> trace(const std::string& simulator) {
  std::ifstream file(sample("traces/lif_" + simulator + ".csv"));
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    Row row{};
    char comma = 0;
    fields >> row.input >> comma >> row.v >> comma >> row.spike;
    rows.push_back(row);
  }
  return rows;
}

struct Rule {
  Integration integrator = Integration::euler;
  Reset reset = Reset::to_value;
  double scale = 1;         // v there, divided by v here
  std::uint32_t later = 0;  // steps that all is later there
  double tolerance = 2e-7;  // of the scale
  std::vector<std::uint32_t> spikes = {460, 510, 710, 760};
};

void expect_trace(const std::string& simulator, const Rule& rule) {
  const std::vector<Row> rows = trace(simulator);
  ASSERT_EQ(rows.size(), 1000u) << simulator;
  const Imported imported = import_network(read_graph(sample("paper/lif_norse.nir")),
                                           {.dt = 1e-4, .integrator = rule.integrator, .reset = rule.reset});
  ASSERT_EQ(imported.outputs.size(), 1u);
  Events events;
  for (std::uint32_t n = 0; n < rows.size(); ++n) {
    if (rows[n].input != 0) events.emplace_back(0, n);
  }
  EXPECT_EQ(events.size(), 34u) << simulator;
  const Done done = run(imported, {{"input", events}}, 1000).at(imported.outputs[0].population);
  const std::vector<std::uint32_t>& spikes = done.spikes[0];
  EXPECT_EQ(spikes, rule.spikes) << simulator;
  for (std::uint32_t n = 0; n + rule.later < rows.size(); ++n) {
    const Row& row = rows[n + rule.later];
    ASSERT_NEAR(done.v[n][0] * rule.scale, row.v, rule.tolerance * rule.scale) << simulator << ", step " << n;
    ASSERT_EQ(row.spike != 0, std::find(spikes.begin(), spikes.end(), n) != spikes.end())
        << simulator << ", step " << n;
  }
}

// With the rules of each simulator.
TEST(NirGolden, OneNeuronHasTheTracesOfAllSimulators) {
  const std::vector<std::uint32_t> early{450, 500, 710, 760}, next{461, 511, 711, 761};
  expect_trace("norse", {});
  expect_trace("snntorch", {.scale = 25});
  expect_trace("spinnaker2", {.scale = 24.9950908});  // whose weight is a rounded integer
  expect_trace("lava_cpu_float", {.later = 1});
  expect_trace("nengo", {.integrator = Integration::exact, .scale = 10});
  expect_trace("sinabs", {.integrator = Integration::decay, .reset = Reset::subtract, .spikes = early});
  expect_trace("rockpool", {.integrator = Integration::decay, .reset = Reset::subtract, .spikes = early});
  expect_trace("spyx", {.reset = Reset::subtract_next, .spikes = next});
  // Its spikes are within steps.
  expect_trace("exact", {.integrator = Integration::exact, .reset = Reset::subtract, .tolerance = 6.3e-4});
}

// The first neuron is driven by its leak alone, and fires every τ ln 6.
TEST(NirGolden, ALeakAboveTheThresholdFiresAtTheExactRate) {
  const double dt = 1e-5;
  const Imported imported =
      import_network(read_graph(sample("paper/two_lif_neurons.nir")), {.dt = dt, .integrator = Integration::exact});
  const Done done = run(imported, {{"in", {}}}, 10000).at("lif1");
  ASSERT_EQ(done.spikes[0].size(), 5u);
  for (std::size_t k = 0; k < 5; ++k) {
    // Each interval ends with the step in which the threshold has been passed.
    const auto steps = static_cast<std::uint32_t>((k + 1) * static_cast<std::size_t>(std::ceil(17.918e-3 / dt)));
    EXPECT_EQ(done.spikes[0][k], steps - 1);
  }
}

// Events counted into frames of 1 ms: polarity, y, x.
Tensor<float> recorded_frames() {
  const synfire::Events events = read_events(SYNFIRE_SOURCE_FOLDER "/tests/data/files/nmnist.bin", EventFormat::nmnist);
  Tensor<float> frames({312, 2 * 34 * 34});
  for (std::size_t k = 0; k < events.size(); ++k) {
    const auto frame = static_cast<std::size_t>(events.times[k] / 1000);
    frames[frame * 2 * 34 * 34 + (events.polarity[k] * 34u + events.y[k]) * 34u + events.x[k]] += 1;
  }
  return frames;
}

void expect_counts(Reset reset, const std::vector<std::size_t>& layers, const std::vector<std::size_t>& classes,
                   const std::string& file = "paper/cnn_sinabs.nir") {
  const Imported imported =
      import_network(read_graph(sample(file)), {.reset = reset, .real_inputs = {"input"}, .frames = 312});
  const auto done = run_values(imported, recorded_frames(), 312);
  const std::vector<std::string> names{"1", "3", "6", "10", "12"};
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::size_t spikes = 0;
    for (const auto& each : done.at(names[k]).spikes) spikes += each.size();
    EXPECT_EQ(spikes, layers[k]) << "layer " << names[k];
  }
  for (std::size_t digit = 0; digit < 10; ++digit)
    EXPECT_EQ(done.at("12").spikes[digit].size(), classes[digit]) << digit;
}

TEST(NirGolden, AConvolutionalNetworkHasTheSpikeCountsOfAnIndependentRun) {
  expect_counts(Reset::to_value, {5176, 8673, 3969, 2775, 147}, {1, 0, 0, 0, 144, 2, 0, 0, 0, 0});
}

TEST(NirGolden, SoItHasWithASubtractingReset) {
  expect_counts(Reset::subtract, {6102, 12849, 8852, 8946, 279}, {1, 0, 0, 0, 263, 15, 0, 0, 0, 0});
}

TEST(NirGolden, TheOlderFileWithABatchIsTheSameNetwork) {
  expect_counts(Reset::to_value, {5176, 8673, 3969, 2775, 147}, {1, 0, 0, 0, 144, 2, 0, 0, 0, 0},
                "paper/scnn_mnist_batches.nir");
}

}  // namespace
}  // namespace synfire::nir::test
