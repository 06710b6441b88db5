// SPDX-License-Identifier: Apache-2.0
// Trains 700-256R-20 leaky integrate-and-fire neurons, the hidden ones recurrently connected, on spoken digits: one
// second of spikes on 700 channels in steps of 1 ms, made by scripts/make_speech_spikes.py. The class is the output
// with the highest mean membrane potential, with early steps weighted more.
#include <cmath>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <synfire/synfire.hpp>

#include "training.hpp"

namespace {

using namespace synfire;
using namespace synfire::examples;

constexpr std::size_t channels = 700;

struct Settings {
  std::string data = "speech";
  double learning_rate = 1e-2;
  double decay = 0.93;  // of the learning rate, per epoch
  std::uint32_t batch_size = 32;
  double temperature = 0.25;
  double shift = 0;            // standard deviation, channels
  std::string surrogate = {};  // a name; empty: exact gradients
  double slope = 0;            // of the surrogate; 0: its default
  double width = 0;            // the same
};
Settings settings;

// ---- The data

struct Utterances {
  SpikeTrains spikes;
  Tensor<std::uint8_t> labels;
};

Utterances read(const std::string& part, std::size_t examples) {
  const std::filesystem::path path = std::filesystem::path(settings.data) / (part + ".npz");
  if (!std::filesystem::exists(path))
    throw std::runtime_error(path.string() + " does not exist; run scripts/make_speech_spikes.py --output '" +
                             settings.data + "'");
  const Arrays arrays = read_npz(path);
  const auto labels = arrays.find("labels");
  if (labels == arrays.end()) throw std::runtime_error(path.string() + " has no array \"labels\"");
  Utterances all{make_spike_trains(arrays, channels), labels->second.as<std::uint8_t>()};
  if (examples == 0 || examples >= all.spikes.examples()) return all;
  return {first(all.spikes, examples), first(all.labels, examples)};
}

// Moves each utterance a few channels up or down, as if spoken by another voice. Spikes outside the 700 channels are
// dropped.
SpikeTrains shifted(const SpikeTrains& spikes, double deviation, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> draw(0, deviation);
  SpikeTrains moved(spikes.neurons());
  for (std::size_t e = 0; e < spikes.examples(); ++e) {
    const auto by = static_cast<std::int64_t>(std::lround(draw(random)));
    std::vector<std::uint32_t> neurons;
    std::vector<float> times;
    for (std::size_t i = spikes.offsets()[e]; i < spikes.offsets()[e + 1]; ++i) {
      const std::int64_t channel = spikes.spike_neurons()[i] + by;
      if (channel < 0 || channel >= static_cast<std::int64_t>(spikes.neurons())) continue;
      neurons.push_back(static_cast<std::uint32_t>(channel));
      times.push_back(spikes.spike_times()[i]);
    }
    moved.add_example(neurons, times);
  }
  return moved;
}

// ---- The network

struct Classifier {
  Network network{event_prop_defaults};
  PopulationId input, hidden, output;
};

Classifier build() {
  Classifier classifier;
  Network& network = classifier.network;
  classifier.input = network.add(SpikeInput{}, channels, {.name = "input"});
  classifier.hidden = network.add(LeakyIntegrateFire{.tau_mem = 20.0}, 256, {.name = "hidden"});
  classifier.output =
      network.add(LeakyIntegrate{.tau_mem = 20.0}, 20, {.readout = "avg_var_exp_weight", .name = "output"});
  const auto connect = [&](PopulationId source, PopulationId target, const Normal& weights) {
    network.connect(source, target, Dense{weights}, {.synapse = Exponential{.tau = 5.0}});
  };
  connect(classifier.input, classifier.hidden, Normal{.mean = 0.03, .sd = 0.01});
  connect(classifier.hidden, classifier.hidden, Normal{.mean = 0.0, .sd = 0.02});
  connect(classifier.hidden, classifier.output, Normal{.mean = 0.0, .sd = 0.03});
  return classifier;
}

std::uint32_t timesteps(const TrainingOptions& options) {
  constexpr double duration = 1000;  // ms
  return static_cast<std::uint32_t>(std::lround(duration / options.dt));
}

Surrogate surrogate() {
  Surrogate chosen = settings.surrogate;
  if (settings.slope != 0) chosen.assignments.push_back({"slope", settings.slope});
  if (settings.width != 0) chosen.assignments.push_back({"width", settings.width});
  return chosen;
}

TrainingCompiler compiler(const TrainingOptions& options, std::uint64_t seed) {
  TrainingCompiler compiler =
      EventPropCompiler{.timesteps = timesteps(options),
                        .dt = options.dt,
                        .batch_size = settings.batch_size,
                        .seed = seed,
                        .losses = SparseCategoricalCrossentropy{.temperature = settings.temperature},
                        .optimizer = Adam{.learning_rate = settings.learning_rate},
                        .device = options.device,
                        .threads = options.threads,
                        .max_spikes = 32768};  // loud utterances: a spike of each hidden neuron every 8 ms
  if (!settings.surrogate.empty())
    compiler.surrogate = surrogate();
  else if (settings.slope != 0 || settings.width != 0)
    throw std::invalid_argument("--slope and --width are of the surrogate; name one with --surrogate");
  return compiler;
}

// Trains one epoch at a time if each has its own shifts.
History learn(TrainingNetwork& model, const Classifier& classifier, const Utterances& data, TrainOptions training,
              std::uint64_t seed) {
  const std::vector<NamedData> labels{{classifier.output, data.labels}};
  if (settings.shift == 0) return model.train({{classifier.input, data.spikes}}, labels, training);
  History history;
  const std::uint32_t epochs = training.epochs;
  training.epochs = 1;
  for (; training.start_epoch < epochs; ++training.start_epoch) {
    const std::uint64_t of_epoch = 1000 * seed + training.start_epoch;
    const SpikeTrains spikes = shifted(data.spikes, settings.shift, of_epoch);
    const History epoch = model.train({{classifier.input, spikes}}, labels, training);
    history.epochs.push_back(epoch.epochs.front());
  }
  return history;
}

TrainedSeed train(const TrainingOptions& options, std::uint64_t seed) {
  static const Utterances training_data = read("train", options.examples);
  static const Utterances test_data = read("test", options.examples);
  const Classifier classifier = build();
  const std::vector<NamedData> inputs{{classifier.input, test_data.spikes}};
  const std::vector<NamedData> labels{{classifier.output, test_data.labels}};
  TrainingNetwork model = compiler(options, seed).compile(classifier.network);
  TrainOptions training{.epochs = options.epochs,
                        .validation_inputs = inputs,
                        .validation_targets = labels,
                        .learning_rate = [](std::uint32_t epoch, double) {
                          return settings.learning_rate * std::pow(settings.decay, epoch);
                        }};
  if (!options.quiet) training.callbacks = {ProgressBar{}};

  TrainedSeed trained;
  trained.history = learn(model, classifier, training_data, training, seed);
  trained.test_accuracy = model.evaluate(inputs, labels).metric(classifier.output);
  CompiledNetwork inference = InferenceCompiler{.timesteps = timesteps(options),
                                                .dt = options.dt,
                                                .batch_size = 64,
                                                .device = options.device,
                                                .threads = options.threads}
                                  .compile(model.network());
  trained.inference_accuracy = inference.evaluate(inputs, labels).metric(classifier.output);
  if (!options.artifact.empty()) inference.save(options.artifact);
  return trained;
}

}  // namespace

int main(int argc, char** argv) {
  return run_training_example(
      argc, argv,
      {.name = "speech",
       .title = "Spoken digits, 700-256R-20, a second of spikes",
       .defaults = {.epochs = 20},
       .has_dt = true,
       .own_options = {{"data", "folder with train.npz and test.npz, from make_speech_spikes.py", &settings.data},
                       {"learning-rate", "learning rate of Adam", &settings.learning_rate},
                       {"decay", "factor for the learning rate after each epoch", &settings.decay},
                       {"batch-size", "utterances per update", &settings.batch_size},
                       {"temperature", "temperature of the softmax", &settings.temperature},
                       {"shift", "standard deviation of the random shift of each utterance in each epoch, channels",
                        &settings.shift},
                       {"surrogate", "train with surrogate gradients: fast_sigmoid, triangle, ...",
                        &settings.surrogate},
                       {"slope", "slope of the surrogate, if it has one; 0: its default", &settings.slope},
                       {"width", "width of the surrogate, if it has one; 0: its default", &settings.width}},
       .judged = "test",
       .train = train,
       .cuda_program = [](CompilationReport& report) {
         TrainingCompiler uncached = compiler({}, 1);
         uncached.cache_folder = "-";  // to measure the compile time
         return uncached.build(build().network, "cuda", "sm_90", &report);
       }});
}
