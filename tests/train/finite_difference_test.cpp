// SPDX-License-Identifier: Apache-2.0
// Gradients of the layer after the last spikes are exact derivatives of the computed loss, whatever the step: these
// weights move no spikes. So they must equal differences of that loss.
#include <gtest/gtest.h>

#include <cmath>
#include <synfire/synfire.hpp>
#include <vector>

namespace synfire {
namespace {

Network two_layers(const std::string& readout, const std::vector<double>& weights) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 2, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{}, 2, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = readout, .name = "output"});
  network.connect(input, hidden, Dense{{{1.6, 2.0}, {1.8, 1.1}}}, {.synapse = Exponential{}, .name = "first"});
  network.connect(hidden, output, Dense{{{weights[0], weights[1]}, {weights[2], weights[3]}}},
                  {.synapse = Exponential{}, .name = "second"});
  return network;
}

class FiniteDifference : public ::testing::TestWithParam<const char*> {};

TEST_P(FiniteDifference, IsTheGradientOfTheLastLayer) {
  const std::vector<double> weights{0.8, -0.4, -0.3, 0.9};
  SpikeTrains trains(2);
  trains.add_example({0, 1, 0, 1, 1}, {1, 2, 4, 6, 7});
  const std::vector<int> labels{0};
  for (const double dt : {1.0, 0.1}) {
    const auto steps = static_cast<std::uint32_t>(std::lround(20 / dt));
    const auto loss = [&](const std::vector<double>& changed) {
      auto model = InferenceCompiler{.timesteps = steps, .dt = dt}.compile(two_layers(GetParam(), changed));
      const Tensor<float> value = model.predict({{"input", trains}})["output"];
      return std::log1p(std::exp(static_cast<double>(value[1]) - static_cast<double>(value[0])));
    };
    auto model = EventPropCompiler{.timesteps = steps, .dt = dt, .losses = "sparse_categorical_crossentropy"}.compile(
        two_layers(GetParam(), weights));
    const Tensor<float> gradient = model.batch_gradients({{"input", trains}}, {{"output", labels}}).at("second");
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double difference = 0.02;
      std::vector<double> more = weights, less = weights;
      more[i] += difference;
      less[i] -= difference;
      const double expected = (loss(more) - loss(less)) / (2 * difference);
      EXPECT_NEAR(static_cast<double>(gradient[i]), expected, 2e-3 * std::abs(expected) + 1e-6)
          << "weight " << i << ", dt " << dt;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Readouts, FiniteDifference, ::testing::Values("avg_var", "avg_var_exp_weight", "var"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace synfire
