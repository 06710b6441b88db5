// SPDX-License-Identifier: Apache-2.0
#include "sweep.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>
#include <synfire/synfire.hpp>

#include "context.hpp"
#include "latency_data.hpp"
#include "measure.hpp"
#include "memory.hpp"
#include "shd_data.hpp"
#include "sweep_files.hpp"
#include "workloads.hpp"

namespace synfire::benchmarks {
namespace {

constexpr int passes = 5;
constexpr std::size_t checked_examples = 4;

struct Sweep {
  const char* name;
  std::vector<double> values;
  double least, most;
  bool whole;
};

const std::vector<Sweep>& sweeps() {
  static const std::vector<Sweep> all{{"hidden", {64, 128, 256, 512, 1024}, 1, 65536, true},
                                      {"batch", {1, 4, 16, 64, 256}, 1, 65536, true},
                                      {"steps", {20, 50, 100, 200, 500, 1000}, 4, 100000, true},
                                      {"rate", {0.25, 0.5, 1, 2, 4}, 0.01, 5, false},
                                      {"threads", {1, 2, 4}, 1, 4096, true}};
  return all;
}

const Sweep& find_sweep(const std::string& name) {
  std::string known;
  for (const Sweep& each : sweeps()) {
    if (name == each.name) return each;
    known += (known.empty() ? "" : ", ") + std::string(each.name);
  }
  throw std::invalid_argument("--sweep must be one of " + known + ", not \"" + name + "\"");
}

// A network and its data.
struct Subject {
  Network network;
  PopulationId input, output;
  SpikeTrains spikes;
  std::vector<int> labels;
};

void complete(SweepSetting& setting, std::uint32_t hidden, std::uint32_t steps) {
  if (setting.hidden == 0) setting.hidden = hidden;
  if (setting.steps == 0) setting.steps = steps;
}

Subject make_shd_like(SweepSetting& setting) {
  complete(setting, 256, shd_like_steps);
  const std::uint32_t examples = std::max(setting.batch, 64u);
  ShdLikeNetwork made = make_shd_like_network({.hidden = setting.hidden});
  Subject subject{std::move(made.network),
                  made.input,
                  made.output,
                  make_shd_like_spikes(examples, setting.steps, setting.rate),
                  {}};
  for (std::uint32_t e = 0; e < examples; ++e) subject.labels.push_back(static_cast<int>(e % shd_classes));
  return subject;
}

Subject make_latency_mnist(SweepSetting& setting) {
  complete(setting, 128, latency_mnist_steps);
  LatencyImages images = make_latency_images({.examples = std::max(setting.batch, 512u),
                                              .steps = setting.steps,
                                              .active = static_cast<std::uint32_t>(std::lround(150 * setting.rate))});
  LatencyMnistNetwork made = make_latency_mnist_network({.hidden = setting.hidden});
  return {std::move(made.network), made.input, made.output, std::move(images.spikes), std::move(images.labels)};
}

struct Workload {
  const char* name;
  bool learns;
  std::function<Subject(SweepSetting&)> make;
};

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all{{"run/shd_like", false, make_shd_like},
                                         {"train/shd_like", true, make_shd_like},
                                         {"run/latency_mnist", false, make_latency_mnist},
                                         {"train/latency_mnist", true, make_latency_mnist}};
  return all;
}

// The figures of passes on a device.
void time_passes(const std::function<void()>& pass, runtime::Device& device, SweepRow& row) {
  reset_host_peak();
  for (int i = 0; i < warm_up_passes; ++i) pass();
  const std::uint64_t launches = device.launches();
  std::vector<double> seconds;
  for (int i = 0; i < passes; ++i) {
    const auto start = std::chrono::steady_clock::now();
    pass();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(seconds.begin(), seconds.end());
  row.us_per_example = 1e6 * seconds[passes / 2] / row.examples;
  row.us_per_example_min = 1e6 * seconds.front() / row.examples;
  row.launches = static_cast<double>(device.launches() - launches) / passes;
  row.host_peak_mib = mebibytes(host_peak_bytes().value_or(0));
}

InferenceCompiler inference(const std::string& device, const SweepSetting& setting) {
  return {.timesteps = setting.steps,
          .batch_size = setting.batch,
          .seed = common_seed,
          .device = device,
          .threads = setting.threads};
}

// The readouts of a few examples must be those of another program, of the other schedule.
void check(const Subject& subject, const Network& network, InferenceCompiler compiler, const std::string& schedule,
           const Tensor<float>& readouts) {
  compiler.schedule = schedule == "trial" ? "step" : "trial";
  compiler.batch_size = checked_examples;
  const SpikeTrains few = first(subject.spikes, checked_examples);
  const Tensor<float> expected = compiler.compile(network).predict({{subject.input, few}})[subject.output];
  if (first(readouts, checked_examples).values() != expected.values())
    throw WrongResult("wrong result: readouts differ from those of the other schedule");
}

void measure_run(const Subject& subject, const std::string& device, SweepRow& row) {
  const InferenceCompiler compiler = inference(device, row.setting);
  CompiledNetwork model = compiler.compile(subject.network);
  Tensor<float> readouts;
  time_passes(
      [&] {
        readouts = model.predict({{subject.input, subject.spikes}})[subject.output];
      },
      model.device(), row);
  row.device_peak_mib = mebibytes(program_bytes(model.manifest(), model.device()));
  check(subject, subject.network, compiler, model.manifest().schedule, readouts);
}

void measure_training(const Subject& subject, const std::string& device, SweepRow& row) {
  TrainingNetwork model = EventPropCompiler{.timesteps = row.setting.steps,
                                            .batch_size = row.setting.batch,
                                            .seed = common_seed,
                                            .optimizer = Adam{.learning_rate = 1e-6},
                                            .device = device,
                                            .threads = row.setting.threads}
                              .compile(subject.network);
  time_passes(
      [&] {
        model.train({{subject.input, subject.spikes}}, {{subject.output, subject.labels}}, {});
      },
      model.device(), row);
  std::size_t bytes = 0;
  for (const TrainingNetwork::MemoryUse& use : model.memory_use()) bytes += use.bytes;
  row.device_peak_mib = mebibytes(bytes);
  check(subject, model.network(), inference(device, row.setting), "trial",
        model.predict({{subject.input, subject.spikes}})[subject.output]);
}

SweepRow measure_row(const Workload& workload, double value, SweepSetting setting, const std::string& device) {
  SweepRow row{.workload = workload.name, .value = value};
  try {
    const Subject subject = workload.make(setting);
    row.setting = setting;
    row.examples = static_cast<std::uint32_t>(subject.spikes.examples());
    row.input_spikes_per_example = static_cast<double>(subject.spikes.spikes()) / row.examples;
    (workload.learns ? measure_training : measure_run)(subject, device, row);
    std::printf("%-20s %8g %10.2f µs per example (minimum %.2f)\n", workload.name, value, row.us_per_example,
                row.us_per_example_min);
  } catch (const std::exception& error) {
    row.error = error.what();
    std::printf("%-20s %8g %s\n", workload.name, value, error.what());
  }
  std::fflush(stdout);
  return row;
}

}  // namespace

std::vector<double> default_values(const std::string& sweep) { return find_sweep(sweep).values; }

SweepSetting with_value(SweepSetting setting, const std::string& sweep, double value) {
  const Sweep& found = find_sweep(sweep);
  if (!(value >= found.least && value <= found.most) || (found.whole && value != std::floor(value))) {
    char text[128];
    std::snprintf(text, sizeof text, "--values of %s must be %s from %g to %g, not %g", sweep.c_str(),
                  found.whole ? "whole numbers" : "numbers", found.least, found.most, value);
    throw std::invalid_argument(text);
  }
  const auto whole = static_cast<std::uint32_t>(value);
  if (sweep == "hidden") setting.hidden = whole;
  if (sweep == "batch") setting.batch = whole;
  if (sweep == "steps") setting.steps = whole;
  if (sweep == "rate") setting.rate = value;
  if (sweep == "threads") setting.threads = whole;
  return setting;
}

bool run_sweep(const Options& options) {
  const std::vector<double> values = options.values.empty() ? default_values(options.sweep) : options.values;
  std::vector<SweepSetting> settings;
  settings.reserve(values.size());
  for (const double value : values)
    settings.push_back(with_value({.threads = options.threads.front()}, options.sweep, value));
  if (options.sweep == "threads" && options.device != "host")
    throw std::invalid_argument("--sweep=threads needs --device=host");
  SweepResult result{.sweep = options.sweep, .context = describe_context(options), .rows = {}};
  for (const Workload& workload : workloads()) {
    for (std::size_t i = 0; i < values.size(); ++i)
      result.rows.push_back(measure_row(workload, values[i], settings[i], options.device));
  }
  write_files(options.sweep_out, result);
  return std::all_of(result.rows.begin(), result.rows.end(), [](const SweepRow& row) { return row.error.empty(); });
}

}  // namespace synfire::benchmarks
