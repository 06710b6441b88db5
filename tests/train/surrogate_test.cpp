// SPDX-License-Identifier: Apache-2.0
// Training with surrogate gradients.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/devices.hpp"
#include "train/toy.hpp"

namespace synfire {
namespace {

// Input weights are too small for any hidden spike.
Network silent_network() {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{.tau_mem = 10.0}, 16, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{.mean = 0.2, .sd = 0.1}}, {.synapse = Exponential{}, .name = "in"});
  network.connect(hidden, output, Dense{Normal{.mean = 0.0, .sd = 1.0}}, {.synapse = Exponential{}, .name = "out"});
  return network;
}

template <class Compiler>
Compiler compiler_of_silence() {
  Compiler compiler;
  compiler.timesteps = testing::toy_timesteps;
  compiler.batch_size = 8;
  compiler.seed = 3;
  compiler.optimizer = Adam{.learning_rate = 0.05};
  compiler.device = "host";
  compiler.threads = 1;
  compiler.cache_folder = testing::cache_folder();
  return compiler;
}

bool is_zero(const Tensor<float>& gradient) {
  return std::all_of(gradient.begin(), gradient.end(), [](float each) { return each == 0; });
}

TEST(SurrogateTraining, WakesSilentNeurons) {
  const testing::Toy toy = testing::make_toy(32);
  const testing::Toy batch = testing::make_toy(8);
  auto exact = compiler_of_silence<EventPropCompiler>().compile(silent_network());
  EXPECT_TRUE(is_zero(exact.batch_gradients({{"input", batch.spikes}}, {{"output", batch.labels}}).at("in")));

  auto compiler = compiler_of_silence<SurrogateCompiler>();
  compiler.surrogate = Triangle{};
  auto model = compiler.compile(silent_network());
  EXPECT_FALSE(is_zero(model.batch_gradients({{"input", batch.spikes}}, {{"output", batch.labels}}).at("in")));
  const History history =
      model.train({{"input", toy.spikes}}, {{"output", toy.labels}}, {.epochs = 20, .warn = [](const Problem&) {}});
  EXPECT_LT(history.epochs.back().training[0].loss, 0.7 * history.epochs.front().training[0].loss);
}

}  // namespace
}  // namespace synfire
