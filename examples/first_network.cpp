// SPDX-License-Identifier: Apache-2.0
// The first example in README.md.
#include <iostream>
#include <synfire/synfire.hpp>
using namespace synfire;

int main() {
  Network network;
  const auto input = network.add(PoissonInput{.signed_spikes = true}, 100, {.name = "input"});
  const auto cells = network.add(IntegrateFire{.v_thresh = 2.0}, 100, {.readout = "spike_count", .name = "cells"});
  network.connect(input, cells, Dense{Normal{.mean = 0.1, .sd = 0.3}}, {.synapse = Exponential{.tau = 5.0}});

  auto model = InferenceCompiler{.timesteps = 100, .batch_size = 32, .seed = 1}.compile(network);
  const Tensor<float> rates({64, 100}, std::vector<float>(6400, 0.05f));  // 64 examples, spikes per ms
  const Predictions counts = model.predict({{input, rates}});
  std::cout << "the first neuron spiked " << counts[cells][0] << " times in the first example\n";
}
