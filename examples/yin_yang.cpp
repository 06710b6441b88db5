// SPDX-License-Identifier: Apache-2.0
// Trains 4-100-3 leaky integrate-and-fire neurons on Yin-Yang (L. Kriener, J. Göltz, M. A. Petrovici: "The Yin-Yang
// dataset", NICE 2022): the class is the output neuron that spikes first, and the loss depends on spike times.
#include <array>
#include <cmath>
#include <random>
#include <synfire/synfire.hpp>

#include "training.hpp"

namespace {

using namespace synfire;
using namespace synfire::examples;

// ---- The data set. A disk of radius ½ around (½, ½) is cut into yin and yang, each with a dot of radius 0.1 that is
// the third class.

constexpr double radius = 0.5, dot_radius = 0.1;

double distance(double x, double y, double center_x) { return std::hypot(x - center_x, y - radius); }

int class_of(double x, double y) {
  const double left = distance(x, y, radius / 2), right = distance(x, y, 3 * radius / 2);
  if (left < dot_radius || right < dot_radius) return 2;
  // Yin: the upper half, without the bulge of yang on the right and with its own on the left.
  const bool in_left_bulge = left <= radius / 2;
  const bool in_upper_half = y > radius && right > radius / 2;
  return in_left_bulge || in_upper_half ? 1 : 0;
}

struct Points {
  SpikeTrains spikes{4};
  std::vector<int> labels;
};

// Points are uniform within their class, and classes equally likely. Coordinates x, y, 1 − x, 1 − y are spike times.
Points draw(std::size_t count, std::uint64_t seed) {
  constexpr double offset = 0.02, scale = 29.96;  // ms
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  Points points;
  for (std::size_t i = 0; i < count; ++i) {
    const int wanted = static_cast<int>(uniform() * 3);
    double x = 0, y = 0;
    do {
      x = uniform();
      y = uniform();
    } while (distance(x, y, radius) > radius || class_of(x, y) != wanted);
    std::vector<float> times;
    for (const double value : {x, y, 1 - x, 1 - y}) times.push_back(static_cast<float>(offset + scale * value));
    points.spikes.add_example({0, 1, 2, 3}, times);
    points.labels.push_back(wanted);
  }
  return points;
}

// ---- The network

struct Classifier {
  Network network{event_prop_defaults};
  PopulationId input, output;
};

Classifier build() {
  Classifier classifier;
  Network& network = classifier.network;
  classifier.input = network.add(SpikeInput{}, 4, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{}, 100, {.name = "hidden"});
  classifier.output = network.add(LeakyIntegrateFire{}, 3, {.readout = "first_spike_time", .name = "output"});
  network.connect(classifier.input, hidden, Dense{Normal{.mean = 2.5, .sd = 0.78}},
                  {.synapse = Exponential{.tau = 5.0}});
  network.connect(hidden, classifier.output, Dense{Normal{.mean = 0.9, .sd = 0.1}},
                  {.synapse = Exponential{.tau = 5.0}});
  return classifier;
}

TrainedSeed train(const TrainingOptions& options, std::uint64_t seed) {
  constexpr double duration = 30;  // ms
  const auto count = [&](std::size_t all) { return options.examples == 0 ? all : options.examples; };
  const Points training_points = draw(count(15360), 1000 + seed);
  const Points validation_points = draw(count(1000), 1000000 + seed), test_points = draw(count(4000), 2000000 + seed);
  const Classifier classifier = build();
  const auto timesteps = static_cast<std::uint32_t>(std::lround(duration / options.dt));
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
