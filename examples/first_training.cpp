// SPDX-License-Identifier: Apache-2.0
// The first training example in README.md.
#include <iostream>
#include <synfire/synfire.hpp>
using namespace synfire;

int main() {
  const LabeledImages images = datasets::fashion_mnist(datasets::Split::train);
  const LabeledImages test = datasets::fashion_mnist(datasets::Split::test);
  const LinearLatency code{.max_time = 18, .min_time = 2};  // ms; the brighter a pixel, the earlier its spike

  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 784, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{}, 128, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 10, {.readout = "avg_var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{.mean = 0.078, .sd = 0.045}}, {.synapse = Exponential{}});
  network.connect(hidden, output, Dense{Normal{.mean = 0.2, .sd = 0.37}}, {.synapse = Exponential{}});

  auto model = EventPropCompiler{.timesteps = 20,
                                 .batch_size = 32,
                                 .seed = 1,
                                 .losses = SparseCategoricalCrossentropy{.temperature = 0.6},
                                 .optimizer = Adam{.learning_rate = 1.5e-2}}
                   .compile(network);
  const SpikeTrains spikes = encode(images.images, code), test_spikes = encode(test.images, code);
  model.train({{input, spikes}}, {{output, images.labels}}, {.epochs = 3, .callbacks = {ProgressBar{}}});
  std::cout << model.evaluate({{input, test_spikes}}, {{output, test.labels}}).metric(output)
            << " of the test images\n";
  InferenceCompiler{.timesteps = 20}.compile(model.network()).save("fashion_mnist.synfire");  // runs without a compiler
}
