// SPDX-License-Identifier: Apache-2.0
// Training with exact and with surrogate gradients: forward pass, backward pass, Adam (workloads B1, B3 and B7).
#include <cmath>
#include <memory>
#include <synfire/synfire.hpp>

#include "export.hpp"
#include "latency_data.hpp"
#include "measure.hpp"
#include "shd_data.hpp"
#include "workloads.hpp"
#include "yin_yang_task.hpp"

namespace synfire::benchmarks {
namespace {

constexpr double small_rate = 1e-6;  // keeps spike counts nearly constant over passes
constexpr double triangle_width = 0.05;

// Training data, in the same batches in every pass.
struct Task {
  Network network = Network();
  PopulationId input{}, output{};
  SpikeTrains spikes = SpikeTrains(0);
  std::vector<int> labels = {};
  std::uint32_t steps = 0, batch_size = 0;
  double dt = 1.0;  // ms
  Losses losses = "sparse_categorical_crossentropy";
};

Task latency_mnist(std::uint32_t batch_size) {
  LatencyImages images = make_latency_images();
  LatencyMnistNetwork made = make_latency_mnist_network();
  return {.network = std::move(made.network),
          .input = made.input,
          .output = made.output,
          .spikes = std::move(images.spikes),
          .labels = std::move(images.labels),
          .steps = latency_mnist_steps,
          .batch_size = batch_size};
}

Task shd_like(std::uint32_t batch_size) {
  constexpr std::uint32_t examples = 256;
  ShdLikeNetwork made = make_shd_like_network();
  Task task{.network = std::move(made.network),
            .input = made.input,
            .output = made.output,
            .spikes = make_shd_like_spikes(examples, shd_like_steps),
            .steps = shd_like_steps,
            .batch_size = batch_size};
  for (std::uint32_t e = 0; e < examples; ++e) task.labels.push_back(static_cast<int>(e % shd_classes));
  return task;
}

// The network of examples/yin_yang.cpp, which learns from the times of first spikes.
Task yin_yang(std::uint32_t batch_size) {
  constexpr std::size_t count = 1024;
  constexpr double dt = 0.01;
  examples::YinYangPoints points = examples::draw_yin_yang(count, common_seed);
  examples::YinYangClassifier made = examples::make_yin_yang_classifier();
  return {.network = std::move(made.network),
          .input = made.input,
          .output = made.output,
          .spikes = std::move(points.spikes),
          .labels = std::move(points.labels),
          .steps = static_cast<std::uint32_t>(std::lround(examples::yin_yang_duration / dt)),
          .batch_size = batch_size,
          .dt = dt,
          .losses = RelativeMeanSquareError{.delta = 0.5}};
}

// Spikes of all populations in the last pass.
std::map<std::string, std::uint64_t> spikes_of(const Task& task, const History& history) {
  std::map<std::string, std::uint64_t> spikes;
  for (const PopulationActivity& each : history.epochs.back().activity) spikes[each.population] = each.spikes;
  spikes["input"] = task.spikes.spikes();
  return spikes;
}

// Of the forward pass: the backward one transposes each of them, and adds to a gradient.
double operations_of(const contract::Manifest& manifest, const std::map<std::string, std::uint64_t>& spikes) {
  std::map<std::string, double> neurons;
  for (const contract::PopulationInfo& each : manifest.populations)
    neurons[each.name] = static_cast<double>(element_count(each.shape));
  double operations = 0;
  for (const contract::ConnectionInfo& each : manifest.connections) {
    const double targets = static_cast<double>(each.synapses) / neurons.at(each.source);
    operations += static_cast<double>(spikes.at(each.source)) * targets;
  }
  return operations;
}

// A row: which gradients, and a fingerprint of the readouts after the first pass, identical on every device.
struct Kind {
  std::string surrogate = {};  // a name; empty: exact gradients
  double width = 0;            // of the surrogate, if it has one
  std::uint64_t readouts = 0;
};

// Gradient slots determine how sums round.
TrainingNetwork compile(const Options& options, unsigned threads, const Task& task, const Kind& kind) {
  TrainingCompiler compiler = EventPropCompiler{.timesteps = task.steps,
                                                .dt = task.dt,
                                                .batch_size = task.batch_size,
                                                .seed = common_seed,
                                                .losses = task.losses,
                                                .optimizer = Adam{.learning_rate = small_rate},
                                                .device = options.device,
                                                .threads = threads,
                                                .gradient_slots = 4};
  if (kind.surrogate == "triangle")
    compiler.surrogate = Surrogates(Triangle{.width = kind.width});
  else if (!kind.surrogate.empty())
    compiler.surrogate = Surrogates(kind.surrogate);
  return compiler.compile(task.network);
}

// The part of the hidden neurons that a surrogate with this width reaches in a step of the untrained network.
double part_in_support(const Task& task, double width) {
  constexpr std::size_t examples = 32;
  const ReadoutModel steps_near_threshold{.name = "steps_near_threshold",
                                          .parameters = {{"width", width}},
                                          .state = {{"steps", 0.0}},
                                          .on_step = {"steps += 1 if abs(x - 1) < width else 0"},  // thresholds are 1
                                          .value = "steps"};
  ir::Network values = task.network.description();
  for (ir::Population& population : values.populations)
    if (population.name == "hidden") population.readout = steps_near_threshold;
  CompiledNetwork model =
      InferenceCompiler{
          .timesteps = task.steps, .dt = task.dt, .batch_size = examples, .seed = common_seed, .device = "host"}
          .compile(task.network.with_values(std::move(values)));
  const Tensor<float> counted = model.predict({{task.input, first(task.spikes, examples)}})["hidden"];
  return static_cast<double>(total(counted)) / static_cast<double>(counted.size() * task.steps);
}

// Passes keep learning, so only the first has a known result.
Prepared prepare(const Options& options, unsigned threads, const std::shared_ptr<const Task>& task, const Kind& kind) {
  const auto model = std::make_shared<TrainingNetwork>(compile(options, threads, *task, kind));
  const auto history = std::make_shared<History>();
  const auto pass = [=] { *history = model->train({{task->input, task->spikes}}, {{task->output, task->labels}}, {}); };
  pass();
  const std::uint64_t after_first = fingerprint(model->predict({{task->input, task->spikes}})[task->output]);
  const double examples = static_cast<double>(task->labels.size());
  std::map<std::string, double> also;
  if (kind.width != 0) also["part_in_support"] = part_in_support(*task, kind.width);
  return {.pass = pass,
          .check =
              [=] {
                require_equal({{"fingerprint of readouts after the first pass", kind.readouts, after_first}});
              },
          .work = {.examples = examples, .steps = static_cast<double>(task->steps)},
          .also = std::move(also),
          .report =
              [=] {
                std::map<std::string, double> figures{{"accuracy", history->training().value},
                                                      {"loss", history->training().loss}};
                for (const auto& [population, spikes] : spikes_of(*task, *history))
                  figures[population + "_spikes_per_example"] = static_cast<double>(spikes) / examples;
                return figures;
              },
          .synaptic_operations = [=] { return operations_of(model->manifest(), spikes_of(*task, *history)); },
          .device = &model->device(),
          .device_bytes =
              [=] {
                std::size_t bytes = 0;
                for (const TrainingNetwork::MemoryUse& use : model->memory_use()) bytes += use.bytes;
                return bytes;
              },
          .threads = threads};
}

using MakeTask = Task (*)(std::uint32_t batch_size);

void add(const std::string& name, const Options& options, MakeTask make, std::uint32_t batch_size, const Kind& kind) {
  const std::string surrogate = kind.surrogate.empty() ? "" : "/surrogate:" + kind.surrogate;
  for (const unsigned threads : thread_counts(options)) {
    add_measurement(name + surrogate + "/batch:" + std::to_string(batch_size) + threads_suffix(options, threads),
                    [=] { return prepare(options, threads, std::make_shared<const Task>(make(batch_size)), kind); });
  }
}

Exported exported(const Task& task) {
  return {.network = task.network,
          .spikes = task.spikes,
          .input = task.input,
          .labels = task.labels,
          .steps = task.steps,
          .dt = task.dt,
          .seed = common_seed};
}

}  // namespace

Exported latency_mnist_to_learn() { return exported(latency_mnist(32)); }
Exported shd_like_to_learn() { return exported(shd_like(32)); }

void add_training(const Options& options) {
  const auto add_gradients = [&](const std::string& name, MakeTask make, std::uint32_t batch_size, std::uint64_t exact,
                                 std::uint64_t fast_sigmoid, std::uint64_t triangle) {
    add(name, options, make, batch_size, {.readouts = exact});
    add(name, options, make, batch_size, {.surrogate = "fast_sigmoid", .readouts = fast_sigmoid});
    add(name, options, make, batch_size, {.surrogate = "triangle", .width = triangle_width, .readouts = triangle});
  };
  add_gradients("train/latency_mnist", latency_mnist, 32, 9198059602405279831u, 15805645756552882439u,
                3642776549116606361);
  add_gradients("train/latency_mnist", latency_mnist, 256, 10246347054176532096u, 8210762390779354351,
                8253680067573657669u);
  add_gradients("train/shd_like", shd_like, 32, 4830719377398505291, 14172904741567843528u, 13155867895129681924u);
  add("train/yin_yang", options, yin_yang, 512, {.readouts = 2683806627246260099});
}

}  // namespace synfire::benchmarks
