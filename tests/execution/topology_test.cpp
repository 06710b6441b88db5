// SPDX-License-Identifier: Apache-2.0
// Which spikes reach which population, when, and with what weights; sizes that are not multiples of the hardware's.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using ::testing::ElementsAre;
using testing::Matrix;
using testing::OnDevice;
using testing::Random;

class Topology : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Topology);

// A spike takes one step along each connection, and a delay on top.
TEST_P(Topology, LatencyIsOneStepForEachConnection) {
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto first = network.add(IntegrateFire{}, 1), second = network.add(IntegrateFire{}, 1);
  const auto third = network.add(IntegrateFire{}, 1);
  network.connect(input, first, Dense{1.0});
  network.connect(first, second, Dense{.weight = 1.0, .delay = 1.5});
  network.connect(second, third, OneToOne{1.0});
  InferenceCompiler options = compiler(12);
  options.dt = 0.5;
  options.record = {{first, "spikes"}, {second, "spikes"}, {third, "spikes"}};
  const SpikeTrains spikes = testing::spikes_at({0, 1.5});
  const Predictions results = options.compile(network).predict({{input, spikes}});
  EXPECT_THAT(testing::spike_steps(results, first), ElementsAre(1, 4));
  EXPECT_THAT(testing::spike_steps(results, second), ElementsAre(5, 8));
  EXPECT_THAT(testing::spike_steps(results, third), ElementsAre(6, 9));
}

// Two connections between one pair, a connection of another delay from the same source, and a skip
// connection.
TEST_P(Topology, ParallelAndSkipConnectionsAddUp) {
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto middle = network.add(IntegrateFire{}, 1);
  const auto output = network.add(testing::current_probe(), 1);
  network.connect(input, middle, Dense{1.0});
  network.connect(input, output, Dense{1.0});
  network.connect(input, output, Dense{10.0}, {.name = "again"});
  network.connect(input, output, Dense{.weight = 100.0, .delay = 3.0});
  network.connect(middle, output, Dense{1000.0});
  network.connect(input, output, OneToOne{.weight = 10000.0, .delay = 1.0});
  InferenceCompiler options = compiler(7);
  options.record = {{output, "v"}};
  const SpikeTrains spikes = testing::spikes_at({0, 1});
  const Predictions results = options.compile(network).predict({{input, spikes}});
  EXPECT_THAT(testing::trace(results, output, "v"), ElementsAre(0, 11, 11011, 11000, 100, 100, 0));
}

// A ring of neurons that passes on a spike, one step each; and neurons that excite themselves.
TEST_P(Topology, RecurrentAndSelfConnections) {
  constexpr std::uint32_t size = 5;
  Tensor<float> ring({size, size});
  for (std::size_t i = 0; i < size; ++i) ring[i * size + (i + 1) % size] = 1;
  Network network;
  const auto input = network.add(SpikeInput{}, size);
  const auto population = network.add(IntegrateFire{}, size);
  const auto self = network.add(IntegrateFire{}, size);
  network.connect(input, population, OneToOne{1.0});
  network.connect(population, population, Dense{ring});
  network.connect(input, self, OneToOne{1.0});
  network.connect(self, self, OneToOne{.weight = std::vector<float>{1, .5f, 1, .25f, 0}, .delay = 1.0});
  InferenceCompiler options = compiler(9);
  options.record = {{population, "spikes"}, {self, "spikes"}, {self, "v"}};
  SpikeTrains spikes(size);
  spikes.add_example({3}, {0});
  spikes.add_example({0, 1}, {0, 0});
  const Predictions results = options.compile(network).predict({{input, spikes}});
  std::vector<RecordedSpike> around;
  for (std::uint32_t step = 1; step < 9; ++step) around.push_back({(2 + step) % size, step, 1});
  EXPECT_EQ(results.spikes(population)[0], around);
  EXPECT_THAT(testing::spike_steps(results, self, 1, 0), ElementsAre(1, 3, 5, 7));
  EXPECT_THAT(testing::spike_steps(results, self, 1, 1), ElementsAre(1));
  EXPECT_THAT(testing::trace(results, self, "v", 1, 1), ElementsAre(0, 0, 0, .5f, .5f, .5f, .5f, .5f, .5f));
  EXPECT_THAT(testing::trace(results, self, "v", 0, 3), ElementsAre(0, 0, 0, .25f, .25f, .25f, .25f, .25f, .25f));
}

// A population that drives itself and its driver: a loop of two populations.
TEST_P(Topology, LoopsOfPopulations) {
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto ping = network.add(IntegrateFire{}, 1), pong = network.add(IntegrateFire{}, 1, {.readout = "spike_count"});
  network.connect(pong, ping, Dense{1.0});
  network.connect(ping, pong, Dense{1.0});
  network.connect(input, ping, Dense{1.0});
  InferenceCompiler options = compiler(10);
  options.record = {{ping, "spikes"}};
  const SpikeTrains spikes = testing::spikes_at({1});
  const Predictions results = options.compile(network).predict({{input, spikes}});
  EXPECT_THAT(testing::spike_steps(results, ping), ElementsAre(2, 4, 6, 8));
  EXPECT_EQ(results[pong][0], 4);
}

// Inputs of three kinds, two outputs; one input drives both, one drives none.
TEST_P(Topology, SeveralInputsAndOutputs) {
  Network network;
  const auto spikes = network.add(SpikeInput{}, 2), values = network.add(BinarySpikeInput{}, 3);
  const auto idle = network.add(PoissonInput{}, 4), unread = network.add(SpikeInput{}, 2);
  const auto left = network.add(testing::accumulator(), 2, {.readout = "var"});
  const auto right = network.add(testing::accumulator(), 1, {.readout = "sum_var"});
  network.connect(spikes, left, Dense{Value{{1, 2}, {3, 4}}});
  network.connect(spikes, right, Dense{Value{{5}, {6}}});
  network.connect(values, right, Dense{Value{{.25}, {.5}, {.125}}});
  auto model = compiler(3).compile(network);
  SpikeTrains trains(2);
  trains.add_example({0, 1, 1}, {0, 0, 1});
  trains.add_example({1}, {1});
  const Tensor<float> bits = testing::tensor(Matrix{{1, 0, 0}, {0, 1, 1}}), rates({2, 4});
  const Predictions results = model.predict({{idle, rates}, {values, bits}, {unread, trains}, {spikes, trains}});
  EXPECT_THAT(results[left].values(), ElementsAre(1 + 3 + 3, 2 + 4 + 4, 3, 4));
  EXPECT_THAT(results[right].values(), ElementsAre(11.25f + 17.5f, 0.625f + 7.25f));
}

// Spikes and weights of every lane and word: sizes around the 32 lanes of a warp, and 1.
TEST_P(Topology, SizesThatAreNoMultipleOf32) {
  const std::vector<std::size_t> sizes{1, 31, 32, 33, 65, 130};
  Random random(5);
  Network network;
  std::vector<PopulationId> inputs, dense, single;
  std::vector<Tensor<float>> data, weights;
  std::vector<NamedData> named;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::size_t sources = sizes[i], targets = sizes[sizes.size() - 1 - i];
    data.push_back(random.tensor({2, sources}, -1, 1));
    weights.push_back(random.tensor({sources, targets}, -1, 1));
    inputs.push_back(network.add(BinarySpikeInput{}, sources));
    dense.push_back(network.add(testing::accumulator(), targets, {.readout = "var"}));
    single.push_back(network.add(testing::accumulator(), sources, {.readout = "var"}));
    network.connect(inputs[i], dense[i], Dense{weights[i]});
    network.connect(inputs[i], single[i], OneToOne{2.0});
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) named.push_back({inputs[i], data[i]});
  const Predictions results = compiler(2).compile(network).predict(named);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::size_t sources = sizes[i], targets = weights[i].shape()[1];
    for (std::size_t e = 0; e < 2; ++e) {
      std::vector<float> sum(targets), copy(sources);
      for (std::size_t s = 0; s < sources; ++s) {
        if (data[i].at({e, s}) <= 0) continue;
        copy[s] = 2;
        for (std::size_t t = 0; t < targets; ++t) sum[t] += weights[i].at({s, t});  // ascending: the same rounding
      }
      EXPECT_EQ(testing::readout(results, dense[i], e), sum) << sources << " to " << targets;
      EXPECT_EQ(testing::readout(results, single[i], e), copy) << sources;
    }
  }
}

// More neurons than a block has registers for: states go to shared memory, those of the largest population to global
// memory, as do the spike lists of a long delay. A chain of one-to-one connections and a sum over all, simulated here.
TEST_P(Topology, PopulationsLargerThanABlock) {
  constexpr std::size_t size = 9000;
  constexpr std::uint32_t steps = 12;
  Random random(6);
  const Tensor<float> weights = random.tensor({size}, 0.3f, 1.2f), to_one = random.tensor({size, 1}, -1, 1);
  const Tensor<float> data = random.tensor({2, size}, -1, 1);
  Network network;
  const auto input = network.add(BinarySpikeInput{}, size);
  const auto large = network.add(LeakyIntegrateFire{.tau_refrac = 2}, size, {.readout = "spike_count"});
  const auto one = network.add(testing::accumulator(), 1, {.readout = "var"});
  const auto broadcast = network.add(testing::accumulator(), 5000, {.readout = "var"});
  network.connect(input, large, OneToOne{weights}, {.synapse = Exponential{}});
  network.connect(large, one, Dense{.weight = to_one, .delay = 2.0});
  network.connect(one, large, Dense{.weight = 1.0});  // never spikes
  network.connect(large, broadcast, Dense{0.5});
  const Predictions results = compiler(steps).compile(network).predict({{input, data}});
  const float synapse_decay = static_cast<float>(std::exp(-0.2)), membrane_decay = static_cast<float>(std::exp(-0.05));
  for (std::size_t e = 0; e < 2; ++e) {
    std::vector<float> counts(size);
    std::vector<std::vector<std::size_t>> spiked(steps);
    for (std::size_t i = 0; i < size; ++i) {
      float v = 0, x = 0;
      int rest = 0;
      for (std::uint32_t step = 0; step < steps; ++step) {
        if (step > 0 && data.at({e, i}) > 0) x += weights[i];
        v = membrane_decay * v + x;
        x *= synapse_decay;
        if (rest > 0) --rest;
        if (v < 1 || rest > 0) continue;
        counts[i] += 1;
        spiked[step].push_back(i);
        v -= 1;
        rest = 2;
      }
    }
    EXPECT_EQ(testing::readout(results, large, e), counts);
    float sum = 0, total = 0;
    for (std::uint32_t step = 0; step + 3 < steps; ++step) {
      float arriving = 0;
      for (const std::size_t i : spiked[step]) arriving += to_one[i];
      sum += arriving;
    }
    for (std::uint32_t step = 0; step + 1 < steps; ++step) total += 0.5f * static_cast<float>(spiked[step].size());
    ASSERT_GT(total, 1000);
    EXPECT_EQ(results[one][e], sum);
    EXPECT_THAT(testing::readout(results, broadcast, e), ::testing::Each(total));
  }
}

// So many phases are split into several functions, and so large a source is compiled with other flags; the schedule
// `step`, compiled differently, has neither.
TEST(ManyPopulations, DoWhatFewDo) {
  Network network;
  const auto input = network.add(SpikeInput{}, 5, {.name = "input"});
  auto before = input;
  constexpr int links = 120;
  for (int i = 0; i < links; ++i) {
    PopulationOptions options{.name = "p" + std::to_string(i)};
    if (i + 1 == links) options.readout = "spike_count";
    const auto cells = network.add(LeakyIntegrateFire{.tau_mem = 10.0 + i}, 5 + i % 3, options);
    network.connect(before, cells, Dense{Normal{.mean = 0.6, .sd = 0.2}}, {.synapse = Exponential{.tau = 2.0}});
    before = cells;
  }
  SpikeTrains trains(5);
  trains.add_example({0, 1, 2, 3, 4, 0}, {0, 0, 1, 2, 3, 40});
  InferenceCompiler compiler{
      .timesteps = links + 60, .seed = 3, .device = "host", .cache_folder = testing::cache_folder()};
  compiler.record = {{before, "v"}};
  const Predictions trial = compiler.compile(network).predict({{input, trains}});
  compiler.schedule = "step";
  setenv("SYNFIRE_CXXFLAGS", "-O1 -USYNFIRE_SHARES_FUNCTIONS", 1);
  const Predictions step = compiler.compile(network).predict({{input, trains}});
  unsetenv("SYNFIRE_CXXFLAGS");
  EXPECT_EQ(trial[before], step[before]);
  EXPECT_EQ(trial.recorded(before, "v"), step.recorded(before, "v"));
  EXPECT_GT(trial[before][0], 0.0f);
}

}  // namespace
}  // namespace synfire
