// SPDX-License-Identifier: Apache-2.0
// Trains a 784-128-10 network of leaky integrate-and-fire neurons on Fashion-MNIST from random weights, with exact
// gradients: each pixel is one spike, earlier if brighter; the class is the output with the highest mean membrane
// potential.
#include <cmath>
#include <synfire/synfire.hpp>

#include "training.hpp"

namespace {

using namespace synfire;
using namespace synfire::examples;

struct Classifier {
  Network network{event_prop_defaults};
  PopulationId input, hidden, output;
};

Classifier build() {
  Classifier classifier;
  Network& network = classifier.network;
  classifier.input = network.add(SpikeInput{}, 784, {.name = "input"});
  classifier.hidden = network.add(LeakyIntegrateFire{.v_thresh = 1.0, .tau_mem = 20.0}, 128, {.name = "hidden"});
  classifier.output = network.add(LeakyIntegrate{.tau_mem = 20.0}, 10, {.readout = "avg_var", .name = "output"});
  network.connect(classifier.input, classifier.hidden, Dense{Normal{.mean = 0.078, .sd = 0.045}},
                  {.synapse = Exponential{.tau = 5.0}});
  network.connect(classifier.hidden, classifier.output, Dense{Normal{.mean = 0.2, .sd = 0.37}},
                  {.synapse = Exponential{.tau = 5.0}});
  return classifier;
}

// The first images of a set, each pixel as a spike.
struct Data {
  Data(datasets::Split split, std::size_t examples) : Data(datasets::fashion_mnist(split), examples) {}
  Data(const LabeledImages& all, std::size_t examples) {
    const LabeledImages part = examples == 0 ? all : first(all, examples);
    labels = part.labels;
    spikes = encode(part.images, LinearLatency{.max_time = 18, .min_time = 2});
  }

  Tensor<std::uint8_t> labels;
  SpikeTrains spikes;
};

EventPropCompiler compiler(const TrainingOptions& options, std::uint64_t seed) {
  return {.timesteps = 20,
          .batch_size = 32,
          .seed = seed,
          .losses = SparseCategoricalCrossentropy{.temperature = 0.6},
          .optimizer = Adam{.learning_rate = 1e-2},
          .device = options.device,
          .threads = options.threads};
}

TrainedSeed train(const TrainingOptions& options, std::uint64_t seed) {
  static const Data training_data(datasets::Split::train, options.examples);
  static const Data test_data(datasets::Split::test, options.examples);
  const Classifier classifier = build();
  TrainingNetwork model = compiler(options, seed).compile(classifier.network);
  TrainOptions training{.epochs = options.epochs,
                        .validation_split = 0.1,
                        .learning_rate = [](std::uint32_t epoch, double) { return 1.5e-2 * std::pow(0.8, epoch); }};
  if (!options.quiet) training.callbacks = {ProgressBar{}};

  TrainedSeed trained;
  trained.history =
      model.train({{classifier.input, training_data.spikes}}, {{classifier.output, training_data.labels}}, training);
  const std::vector<NamedData> inputs{{classifier.input, test_data.spikes}};
  const std::vector<NamedData> labels{{classifier.output, test_data.labels}};
  trained.test_accuracy = model.evaluate(inputs, labels).metric(classifier.output);
  CompiledNetwork inference = InferenceCompiler{.timesteps = 20,
                                                .batch_size = 256,
                                                .record = {{classifier.hidden, "spikes"}, {classifier.output, "v"}},
                                                .device = options.device,
                                                .threads = options.threads}
                                  .compile(model.network());
  trained.inference_accuracy = inference.evaluate(inputs, labels).metric(classifier.output);
  if (!options.artifact.empty()) inference.save(options.artifact);
  return trained;
}

}  // namespace

int main(int argc, char** argv) {
  return run_training_example(argc, argv,
                              {.name = "train_fashion_mnist",
                               .title = "Fashion-MNIST, 784-128-10, latency coded",
                               .defaults = {},
                               .has_dt = false,
                               .train = train,
                               .cuda_program = [](CompilationReport& report) {
                                 EventPropCompiler uncached = compiler({}, 1);
                                 uncached.cache_folder = "-";  // to measure the compile time
                                 return uncached.build(build().network, "cuda", "sm_90", &report);
                               }});
}
