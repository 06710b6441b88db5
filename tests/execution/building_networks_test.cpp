// SPDX-License-Identifier: Apache-2.0
// Every example of the page "Building networks". Poisson spikes are recorded and compared with their distribution; the
// spike counts must then match exactly a simulation of the recorded spikes in this file.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using testing::OnDevice;
using testing::Random;

constexpr std::uint32_t timesteps = 100;
constexpr std::uint32_t neurons = 100;
constexpr std::size_t examples = 5;

class BuildingNetworks : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(BuildingNetworks);

// Rates per ms; some are negative, some 0.
Tensor<float> images() {
  Tensor<float> rates = Random(1).tensor({examples, neurons}, -0.05f, 0.08f);
  for (std::size_t i = 0; i < rates.size(); i += 10) rates[i] = 0;
  return rates;
}

// Every neuron's number of spikes is within 6 standard deviations of the binomial distribution, the sum within 4.
void expect_poisson(const std::vector<std::vector<RecordedSpike>>& spikes, const Tensor<float>& rates,
                    bool signed_spikes) {
  double total = 0, mean = 0, variance = 0;
  for (std::size_t e = 0; e < examples; ++e) {
    std::vector<double> counts(neurons);
    for (const RecordedSpike& spike : spikes.at(e)) {
      counts.at(spike.neuron) += 1;
      EXPECT_EQ(spike.sign, rates[e * neurons + spike.neuron] < 0 ? -1 : 1);
    }
    for (std::size_t i = 0; i < neurons; ++i) {
      const double rate = rates[e * neurons + i];
      const double p = rate > 0 || signed_spikes ? 1 - std::exp(-std::abs(rate)) : 0;
      EXPECT_NEAR(counts[i], timesteps * p, 6 * std::sqrt(timesteps * p * (1 - p)))
          << "example " << e << ", neuron " << i;
      total += counts[i];
      mean += timesteps * p;
      variance += timesteps * p * (1 - p);
    }
  }
  EXPECT_NEAR(total, mean, 4 * std::sqrt(variance));
}

struct Cell {
  float threshold = 1;
  float decay = 0;             // of the synapse per step; 0: delta
  Tensor<float> weights = {};  // empty: all 1
};

struct Simulated {
  std::vector<float> counts;  // spikes of each neuron
  std::vector<float> v;       // of neuron 0, step by step
};

// Integrate-and-fire neurons driven by a list of spikes: the page's networks in float and in index order.
Simulated simulate(const std::vector<RecordedSpike>& input, const Cell& cell) {
  Simulated result{std::vector<float>(neurons), {}};
  std::vector<float> v(neurons), x(neurons), arriving(neurons);
  for (std::uint32_t step = 0; step < timesteps; ++step) {
    std::fill(arriving.begin(), arriving.end(), 0.0f);
    for (const RecordedSpike& spike : input) {
      if (spike.step + 1 != step) continue;  // a spike takes one step
      for (std::uint32_t i = 0; i < neurons; ++i) {
        const float weight = cell.weights.empty() ? 1.0f : cell.weights[spike.neuron * neurons + i];
        arriving[i] += static_cast<float>(spike.sign) * weight;
      }
    }
    for (std::uint32_t i = 0; i < neurons; ++i) {
      x[i] = x[i] + arriving[i];
      v[i] = v[i] + x[i];
      x[i] = x[i] * cell.decay;
      if (v[i] < cell.threshold) continue;
      result.counts[i] += 1;
      v[i] = 0;
    }
    result.v.push_back(v[0]);
  }
  return result;
}

void expect_simulated_counts(const Predictions& results, const PopulationReference& input,
                             const PopulationReference& output, const Cell& cell) {
  float total = 0;
  for (std::size_t e = 0; e < examples; ++e) {
    const Simulated expected = simulate(results.spikes(input).at(e), cell);
    EXPECT_EQ(testing::readout(results, output, e), expected.counts) << "example " << e;
    for (const float count : expected.counts) total += count;
  }
  EXPECT_GT(total, 0) << "no spikes to compare";
}

TEST_P(BuildingNetworks, ModelsByName) {
  Network network;
  const auto a = network.add("poisson_input", 100);
  const auto b = network.add("integrate_fire", 100, {.readout = "spike_count"});
  network.connect(a, b, Dense{1.0});

  auto model = InferenceCompiler{.timesteps = timesteps,
                                 .batch_size = 2,
                                 .seed = 1,
                                 .record = {{a, "spikes"}},
                                 .device = GetParam(),
                                 .cache_folder = testing::cache_folder()}
                   .compile(network);
  const auto results = model.predict({{a, images()}});
  expect_poisson(results.spikes(a), images(), false);
  expect_simulated_counts(results, a, b, {});
}

TEST_P(BuildingNetworks, ModelsByValue) {
  Network network;
  const auto a = network.add(PoissonInput{.signed_spikes = true}, 100);
  const auto b = network.add(IntegrateFire{.v_thresh = 2.0}, 100, {.readout = "spike_count"});
  network.connect(a, b, Dense{1.0});

  auto model = InferenceCompiler{.timesteps = timesteps,
                                 .batch_size = 2,
                                 .seed = 1,
                                 .record = {{a, "spikes"}},
                                 .device = GetParam(),
                                 .cache_folder = testing::cache_folder()}
                   .compile(network);
  const auto results = model.predict({{a, images()}});
  expect_poisson(results.spikes(a), images(), true);
  expect_simulated_counts(results, a, b, {.threshold = 2});
}

TEST_P(BuildingNetworks, ExponentialSynapses) {
  const Tensor<float> weights = Random(2).tensor({neurons, neurons}, -0.3f, 0.5f);
  Network network;
  const auto a = network.add(PoissonInput{.signed_spikes = true}, 100);
  const auto b = network.add(IntegrateFire{.v_thresh = 2.0}, 100, {.readout = "spike_count"});
  network.connect(a, b, Dense{weights}, {.synapse = Exponential{.tau = 5.0}});

  auto options = compiler(timesteps);
  options.batch_size = 2;
  options.record = {{a, "spikes"}};
  const auto results = options.compile(network).predict({{a, images()}});
  expect_simulated_counts(results, a, b,
                          {.threshold = 2, .decay = static_cast<float>(std::exp(-1.0 / 5.0)), .weights = weights});
}

// The fraction of examples in which the first neuron with the most spikes is the label.
double accuracy(const Tensor<float>& counts, const std::vector<int>& labels) {
  double right = 0;
  for (std::size_t e = 0; e < examples; ++e) {
    const float* const first = counts.data() + e * neurons;
    right += std::max_element(first, first + neurons) - first == labels[e];
  }
  return right / examples;
}

TEST_P(BuildingNetworks, Sequential) {
  SequentialNetwork network;
  const auto a = network.input("poisson_input", 100);
  const auto b = network.layer(Dense{1.0}, "integrate_fire", 100, {.readout = "spike_count"});

  auto model = InferenceCompiler{.timesteps = timesteps,
                                 .batch_size = 128,
                                 .seed = 1,
                                 .record = {{a, "spikes"}, {b, "spikes"}, {b, "v"}},
                                 .device = GetParam(),
                                 .cache_folder = testing::cache_folder()}
                   .compile(network);
  const std::vector<int> labels{0, 1, 0, 0, 99};
  const auto result = model.evaluate({{a, images()}}, {{b, labels}});
  expect_simulated_counts(result.predictions, a, b, {});
  for (std::size_t e = 0; e < examples; ++e) {
    EXPECT_EQ(testing::trace(result.predictions, b, "v", e), simulate(result.predictions.spikes(a)[e], {}).v);
    EXPECT_EQ(static_cast<float>(testing::spike_steps(result.predictions, b, e, 7).size()),
              result.predictions[b].at({e, 7}));
  }
  EXPECT_DOUBLE_EQ(result.metric(b), accuracy(result.predictions[b], labels));
  EXPECT_DOUBLE_EQ(result.metric(b), 0.6);  // all neurons receive the same: the first wins

  const auto& counts = model.predict({{a, images()}})[b];
  testing::expect_same_bits(counts, result.predictions[b], "spike counts");
}

// The three notations give the same network.
TEST(BuildingNetworksApi, NameValueAndLayersAreTheSame) {
  Network by_name;
  const auto named_input = by_name.add("poisson_input", 100);
  const auto named_output = by_name.add("integrate_fire", 100, {.readout = "spike_count"});
  by_name.connect(named_input, named_output, Dense{1.0});
  Network by_value;
  const auto input = by_value.add(PoissonInput{}, 100);
  const auto output = by_value.add(IntegrateFire{}, 100, {.readout = SpikeCount{}});
  by_value.connect(input, output, Dense{1.0}, {.synapse = Delta{}});
  SequentialNetwork layers;
  layers.input("poisson_input", 100);
  layers.layer(Dense{1.0}, "integrate_fire", 100, {.readout = "spike_count"});
  EXPECT_TRUE(by_name == by_value);
  EXPECT_TRUE(by_name == static_cast<const Network&>(layers));
}

}  // namespace
}  // namespace synfire
