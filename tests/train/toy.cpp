// SPDX-License-Identifier: Apache-2.0
#include "train/toy.hpp"

#include <random>

#include "support/devices.hpp"

namespace synfire::testing {

Toy make_toy(std::size_t examples, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto jitter = [&] { return static_cast<float>(random() % 4); };
  Toy toy;
  for (std::size_t e = 0; e < examples; ++e) {
    const int label = static_cast<int>(e % 2);
    const float first = label == 0 ? 1.0f : 9.0f, second = label == 0 ? 9.0f : 1.0f;
    toy.spikes.add_example({0, 1, 2, 3}, {first + jitter(), first + jitter(), second + jitter(), second + jitter()});
    toy.labels.push_back(label);
  }
  return toy;
}

ToyNetwork make_toy_network() {
  ToyNetwork toy;
  toy.input = toy.network.add(SpikeInput{}, 4, {.name = "input"});
  toy.hidden = toy.network.add(LeakyIntegrateFire{.tau_mem = 10.0}, 8, {.name = "hidden"});
  toy.output = toy.network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  toy.in = toy.network.connect(toy.input, toy.hidden, Dense{Normal{.mean = 3.0, .sd = 1.5}},
                               {.synapse = Exponential{}, .name = "in"});
  toy.out = toy.network.connect(toy.hidden, toy.output, Dense{Normal{.mean = 0.0, .sd = 1.0}},
                                {.synapse = Exponential{}, .name = "out"});
  return toy;
}

EventPropCompiler toy_compiler(const std::string& device, std::uint32_t batch_size) {
  return {.timesteps = toy_timesteps,
          .batch_size = batch_size,
          .seed = 3,
          .optimizer = Adam{.learning_rate = 0.05},
          .device = device,
          .threads = 1,
          .cache_folder = cache_folder()};
}

}  // namespace synfire::testing
