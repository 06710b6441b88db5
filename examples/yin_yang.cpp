// SPDX-License-Identifier: Apache-2.0
// Trains 4-100-3 leaky integrate-and-fire neurons on Yin-Yang (L. Kriener, J. Göltz, M. A. Petrovici: "The Yin-Yang
// dataset", NICE 2022): the class is the output neuron that spikes first, and the loss depends on spike times.
#include <cmath>
#include <synfire/synfire.hpp>

#include "training.hpp"
#include "yin_yang_task.hpp"

namespace {

using namespace synfire;
using namespace synfire::examples;

TrainedSeed train(const TrainingOptions& options, std::uint64_t seed) {
  const auto count = [&](std::size_t all) { return options.examples == 0 ? all : options.examples; };
  const YinYangPoints training_points = draw_yin_yang(count(15360), 1000 + seed);
  const YinYangPoints validation_points = draw_yin_yang(count(1000), 1000000 + seed),
                      test_points = draw_yin_yang(count(4000), 2000000 + seed);
  const YinYangClassifier classifier = make_yin_yang_classifier();
  const auto timesteps = static_cast<std::uint32_t>(std::lround(yin_yang_duration / options.dt));
  TrainingNetwork model = EventPropCompiler{.timesteps = timesteps,
                                            .dt = options.dt,
                                            .batch_size = 512,
                                            .seed = seed,
                                            .losses = RelativeMeanSquareError{.delta = 0.5},
                                            .optimizer = Adam{.learning_rate = 2e-2, .beta2 = 0.99},
                                            .device = options.device,
                                            .threads = options.threads}
                              .compile(classifier.network);
  TrainOptions training{.epochs = options.epochs,
                        .validation_inputs = {{classifier.input, validation_points.spikes}},
                        .validation_targets = {{classifier.output, validation_points.labels}},
                        .learning_rate = [](std::uint32_t epoch, double) { return 2e-2 * std::pow(0.95, epoch); }};
  if (!options.quiet) training.callbacks = {ProgressBar{}};

  TrainedSeed trained;
  trained.history = model.train({{classifier.input, training_points.spikes}},
                                {{classifier.output, training_points.labels}}, training);
  trained.test_accuracy =
      model.evaluate({{classifier.input, test_points.spikes}}, {{classifier.output, test_points.labels}})
          .metric(classifier.output);
  auto inference = InferenceCompiler{.timesteps = timesteps,
                                     .dt = options.dt,
                                     .batch_size = 512,
                                     .device = options.device,
                                     .threads = options.threads}
                       .compile(model.network());
  trained.inference_accuracy =
      inference.evaluate({{classifier.input, test_points.spikes}}, {{classifier.output, test_points.labels}})
          .metric(classifier.output);
  if (!options.artifact.empty()) inference.save(options.artifact);
  return trained;
}

}  // namespace

int main(int argc, char** argv) {
  TrainingExample example;
  example.name = "yin_yang";
  example.title = "Yin-Yang, 4-100-3, first spike times";
  example.defaults.epochs = 100;
  example.defaults.dt = 0.05;
  example.has_dt = true;
  example.train = train;
  return run_training_example(argc, argv, example);
}
