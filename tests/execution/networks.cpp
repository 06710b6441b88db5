// SPDX-License-Identifier: Apache-2.0
#include "execution/networks.hpp"

#include <bit>
#include <limits>
#include <utility>

namespace synfire::testing {

Tensor<float> tensor(const Matrix& rows) {
  std::vector<float> values;
  for (const std::vector<float>& row : rows) values.insert(values.end(), row.begin(), row.end());
  return {{rows.size(), rows.front().size()}, std::move(values)};
}

Tensor<float> tensor(const std::vector<Matrix>& examples) {
  std::vector<float> values;
  for (const Matrix& frames : examples) {
    for (const std::vector<float>& row : frames) values.insert(values.end(), row.begin(), row.end());
  }
  const Matrix& first = examples.front();
  return {{examples.size(), first.size(), first.front().size()}, std::move(values)};
}

float Random::uniform(float low, float high) {
  return low + (high - low) * (static_cast<float>(engine_() >> 8) * 0x1p-24f);
}

Tensor<float> Random::tensor(Extents shape, float low, float high) {
  Tensor<float> result(std::move(shape));
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = uniform(low, high);
  return result;
}

SpikeTrains Random::spikes(std::size_t examples, std::uint32_t neurons, std::uint32_t steps, float probability) {
  SpikeTrains trains(neurons);
  for (std::size_t e = 0; e < examples; ++e) {
    std::vector<std::uint32_t> who;
    std::vector<float> when;
    for (std::uint32_t step = 0; step < steps; ++step) {
      for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) {
        if (uniform(0, 1) >= probability) continue;
        who.push_back(neuron);
        when.push_back(static_cast<float>(step));
      }
    }
    trains.add_example(who, when);
  }
  return trains;
}

Tensor<float> ones(std::size_t neurons) { return {{1, neurons}, std::vector<float>(neurons, 1.0f)}; }

SpikeTrains spikes_at(const std::vector<float>& times) {
  SpikeTrains trains(1);
  trains.add_example(std::vector<std::uint32_t>(times.size(), 0), times);
  return trains;
}

SpikeTrains spikes_in_every_step(std::uint32_t steps) {
  // Several spikes queue into the following steps, so all at 0 gives one in each step, whatever dt.
  return spikes_at(std::vector<float>(steps, 0.0f));
}

NeuronModel current_probe() { return {.name = "current_probe", .state = {{"v", 0.0}}, .update = {"v = I"}}; }

NeuronModel value_probe(std::uint32_t frames) {
  NeuronModel model{.name = "value_probe", .state = {{"v", 0.0}}, .update = {"v = input"}};
  model.parameters = with_input_frames({});
  return model.with({{"input_frames", frames}});
}

IntegrateFire accumulator() { return {.v_thresh = std::numeric_limits<float>::max()}; }

std::vector<float> trace(const Predictions& results, const PopulationReference& population, const std::string& variable,
                         std::size_t example, std::size_t neuron) {
  const Tensor<float>& recorded = results.recorded(population, variable);
  const std::size_t steps = recorded.shape()[1];
  const std::size_t neurons = recorded.size() / (recorded.shape()[0] * steps);
  std::vector<float> values;
  for (std::size_t step = 0; step < steps; ++step) {
    values.push_back(recorded[(example * steps + step) * neurons + neuron]);
  }
  return values;
}

std::vector<std::uint32_t> spike_steps(const Predictions& results, const PopulationReference& population,
                                       std::size_t example, std::uint32_t neuron) {
  std::vector<std::uint32_t> steps;
  for (const RecordedSpike& spike : results.spikes(population).at(example)) {
    if (spike.neuron == neuron) steps.push_back(spike.step);
  }
  return steps;
}

std::vector<float> readout(const Predictions& results, const PopulationReference& output, std::size_t example) {
  const Tensor<float>& all = results[output];
  const std::size_t neurons = all.size() / all.shape()[0];
  const float* const first = all.data() + example * neurons;
  return {first, first + neurons};
}

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], tolerance) << what << '[' << i << ']';
}

void expect_same_bits(const Tensor<float>& actual, const Tensor<float>& expected, const std::string& what) {
  ASSERT_EQ(actual.shape(), expected.shape()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint32_t>(actual[i]), std::bit_cast<std::uint32_t>(expected[i]))
        << what << ", element " << i << ": " << actual[i] << " and " << expected[i];
  }
}

}  // namespace synfire::testing
