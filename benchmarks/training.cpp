// SPDX-License-Identifier: Apache-2.0
// Training with exact gradients: forward pass, backward pass, Adam (workloads B1 and B3).
#include <algorithm>
#include <memory>
#include <random>
#include <synfire/synfire.hpp>

#include "export.hpp"
#include "measure.hpp"
#include "shd_data.hpp"
#include "workloads.hpp"

namespace synfire::benchmarks {
namespace {

constexpr std::uint64_t seed = 1234;
constexpr double small_rate = 1e-6;  // keeps spike counts nearly constant over passes

// Training data, in the same batches in every pass.
struct Task {
  Network network = Network();
  PopulationId input{}, output{};
  SpikeTrains spikes = SpikeTrains(0);
  std::vector<int> labels = {};
  std::uint32_t steps = 0, batch_size = 0;
  double learning_rate = 0;
  std::uint64_t readouts = 0;  // fingerprint after the first pass; identical on every device
};

// Each class has its own 150 of 784 pixels, each with its own latency in steps 2 to 18; an example moves a fifth of
// them. Integers only: the same spikes on every machine.
Task latency_mnist(std::uint32_t batch_size) {
  constexpr std::uint32_t pixels = 784, active = 150, classes = 10, examples = 2048;
  std::mt19937 random(20261126);
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>((std::uint64_t{random()} * limit) >> 32);
  };
  const auto shuffled = [&] {
    std::vector<std::uint32_t> all(pixels);
    for (std::uint32_t i = 0; i < pixels; ++i) all[i] = i;
    for (std::uint32_t i = pixels - 1; i > 0; --i) std::swap(all[i], all[below(i + 1)]);
    return all;
  };
  std::vector<std::vector<std::uint32_t>> patterns;
  for (std::uint32_t c = 0; c < classes; ++c) patterns.push_back(shuffled());
  std::vector<std::uint32_t> latencies(std::size_t{classes} * pixels);
  for (std::uint32_t& each : latencies) each = 2 + below(17);

  Task task{.spikes = SpikeTrains(pixels),
            .steps = latency_mnist_steps,
            .batch_size = batch_size,
            .learning_rate = small_rate};
  for (std::uint32_t e = 0; e < examples; ++e) {
    const std::uint32_t label = e % classes;
    std::vector<std::uint32_t> neurons = patterns[label];
    for (std::uint32_t i = 0; i < active / 5; ++i) std::swap(neurons[below(active)], neurons[below(pixels)]);
    neurons.resize(active);
    std::vector<float> times;
    times.reserve(neurons.size());
    for (const std::uint32_t i : neurons) times.push_back(static_cast<float>(latencies[label * pixels + i]));
    task.spikes.add_example(neurons, times);
    task.labels.push_back(static_cast<int>(label));
  }
  LatencyMnistNetwork made = make_latency_mnist_network();
  task.network = std::move(made.network);
  task.input = made.input;
  task.output = made.output;
  return task;
}

Task shd_like(std::uint32_t batch_size) {
  constexpr std::uint32_t examples = 256;
  ShdLikeNetwork made = make_shd_like_network();
  Task task{.network = std::move(made.network),
            .input = made.input,
            .output = made.output,
            .spikes = make_shd_like_spikes(examples, shd_like_steps),
            .steps = shd_like_steps,
            .batch_size = batch_size,
            .learning_rate = small_rate};
  for (std::uint32_t e = 0; e < examples; ++e) task.labels.push_back(static_cast<int>(e % shd_classes));
  return task;
}

// Passes keep learning, so only the first has a known result. Gradient slots determine how sums round.
Prepared prepare(const Options& options, unsigned threads, const std::shared_ptr<const Task>& task) {
  const EventPropCompiler compiler{.timesteps = task->steps,
                                   .batch_size = task->batch_size,
                                   .seed = seed,
                                   .optimizer = Adam{.learning_rate = task->learning_rate},
                                   .device = options.device,
                                   .threads = threads,
                                   .gradient_slots = 4};
  const auto model = std::make_shared<TrainingNetwork>(compiler.compile(task->network));
  const auto history = std::make_shared<History>();
  const auto pass = [=] { *history = model->train({{task->input, task->spikes}}, {{task->output, task->labels}}, {}); };
  pass();
  const std::uint64_t first = fingerprint(model->predict({{task->input, task->spikes}})[task->output]);
  const double examples = static_cast<double>(task->labels.size());
  return {.pass = pass,
          .check =
              [=] {
                require_equal({{"fingerprint of readouts after the first pass", task->readouts, first}});
              },
          .work = {.examples = examples, .steps = static_cast<double>(task->steps)},
          .report =
              [=] {
                std::map<std::string, double> figures{{"accuracy", history->training().value},
                                                      {"loss", history->training().loss}};
                figures["input_spikes_per_example"] = static_cast<double>(task->spikes.spikes()) / examples;
                for (const PopulationActivity& each : history->epochs.back().activity)
                  figures[each.population + "_spikes_per_example"] = static_cast<double>(each.spikes) / examples;
                return figures;
              }};
}

void add(const std::string& name, const Options& options, const Task& made, std::uint64_t readouts) {
  const auto task = std::make_shared<Task>(made);
  task->readouts = readouts;
  for (const unsigned threads : thread_counts(options)) {
    add_measurement(name + "/batch:" + std::to_string(task->batch_size) + threads_suffix(options, threads),
                    [=] { return prepare(options, threads, task); });
  }
}

Exported exported(const Task& task) {
  return {.network = task.network,
          .spikes = task.spikes,
          .input = task.input,
          .labels = task.labels,
          .steps = task.steps,
          .seed = seed};
}

}  // namespace

Exported latency_mnist_to_learn() { return exported(latency_mnist(32)); }
Exported shd_like_to_learn() { return exported(shd_like(32)); }

void add_training(const Options& options) {
  add("train/latency_mnist", options, latency_mnist(32), 9198059602405279831u);
  add("train/latency_mnist", options, latency_mnist(256), 10246347054176532096u);
  add("train/shd_like", options, shd_like(32), 4830719377398505291);
}

}  // namespace synfire::benchmarks
