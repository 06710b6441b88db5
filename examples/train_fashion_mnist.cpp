// SPDX-License-Identifier: Apache-2.0
// Trains a 784-128-10 network of leaky integrate-and-fire neurons on Fashion-MNIST from random weights, with exact gradients:
// a pixel is one spike, the brighter the earlier; the class is the output whose membrane is highest on average.
#include <cmath>
#include <synfire/synfire.hpp>

#include "training.hpp"

namespace {

using namespace synfire;
using namespace synfire::examples;

struct Classifier {
  Network network{event_prop_defaults};
  PopulationId input, output;
};

Classifier build() {
  Classifier classifier;
  Network& network = classifier.network;
  classifier.input = network.add(SpikeInput{}, 784, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{.v_thresh = 1.0, .tau_mem = 20.0}, 128, {.name = "hidden"});
  classifier.output = network.add(LeakyIntegrate{.tau_mem = 20.0}, 10, {.readout = "avg_var", .name = "output"});
  network.connect(classifier.input, hidden, Dense{Normal{.mean = 0.078, .sd = 0.045}},
                  {.synapse = Exponential{.tau = 5.0}});
  network.connect(hidden, classifier.output, Dense{Normal{.mean = 0.2, .sd = 0.37}},
                  {.synapse = Exponential{.tau = 5.0}});
  return classifier;
}

struct Data {
  LabeledImages training = datasets::fashion_mnist(datasets::Split::train);
  LabeledImages test = datasets::fashion_mnist(datasets::Split::test);
  LinearLatency code{.max_time = 18, .min_time = 2};
  SpikeTrains training_spikes = encode(training.images, code);
  SpikeTrains test_spikes = encode(test.images, code);
};

TrainedSeed train(const TrainingOptions& options, std::uint64_t seed) {
  static const Data data;
  const Classifier classifier = build();
  TrainingNetwork model = EventPropCompiler{.timesteps = 20,
                                            .batch_size = 32,
                                            .seed = seed,
                                            .losses = "sparse_categorical_crossentropy",
                                            .optimizer = Adam{.learning_rate = 1e-2},
                                            .device = options.device,
                                            .threads = options.threads}
                              .compile(classifier.network);
  TrainOptions training{.epochs = options.epochs,
                        .validation_split = 0.1,
                        .learning_rate = [](std::uint32_t epoch, double) { return 1e-2 * std::pow(0.8, epoch); }};
  if (!options.quiet) training.callbacks = {ProgressBar{}};

  TrainedSeed trained;
  trained.history =
      model.train({{classifier.input, data.training_spikes}}, {{classifier.output, data.training.labels}}, training);
  trained.test_accuracy =
      model.evaluate({{classifier.input, data.test_spikes}}, {{classifier.output, data.test.labels}})
          .metric(classifier.output);
  auto inference =
      InferenceCompiler{.timesteps = 20, .batch_size = 256, .device = options.device, .threads = options.threads}
          .compile(model.network());
  trained.inference_accuracy =
      inference.evaluate({{classifier.input, data.test_spikes}}, {{classifier.output, data.test.labels}})
          .metric(classifier.output);
  return trained;
}

}  // namespace

int main(int argc, char** argv) {
  return run_training_example(argc, argv,
                              {.name = "train_fashion_mnist",
                               .title = "Fashion-MNIST, 784-128-10, latency coded",
                               .defaults = {},
                               .has_dt = false,
                               .train = train});
}
