// SPDX-License-Identifier: Apache-2.0
// Latency-coded images on the host: pixels to spikes, spikes to per-step lists, and a whole run, of which the program
// is the smallest part.
#include <memory>
#include <synfire/runtime/executor.hpp>
#include <synfire/synfire.hpp>

#include "export.hpp"
#include "measure.hpp"
#include "memory.hpp"
#include "workloads.hpp"

namespace synfire::benchmarks {

namespace {

constexpr std::uint32_t steps = latency_mnist_steps;

// Identical on every device.
struct Recorded {
  std::uint64_t spikes = 0;
  std::uint64_t times = 0;  // fingerprint of all spike times, in order
  std::uint64_t hidden_spikes = 0;
  std::uint64_t listed = 0;    // spikes in the lists of the last example
  std::uint64_t readouts = 0;  // fingerprint
};
constexpr Recorded recorded{.spikes = 3841257,
                            .times = 3004014607057360198u,
                            .hidden_spikes = 5128949,
                            .listed = 335,
                            .readouts = 17645037788767800155u};

const Tensor<std::uint8_t>& images() {
  static const LabeledImages loaded = datasets::fashion_mnist(datasets::Split::test);
  return loaded.images;
}

SpikeTrains encoded() { return encode(images(), LinearLatency{.max_time = 18, .min_time = 2}); }

const SpikeTrains& spikes() {
  static const SpikeTrains made = encoded();
  return made;
}

double examples() { return static_cast<double>(example_count(images())); }

Prepared prepare_encode() {
  const auto trains = std::make_shared<SpikeTrains>();
  images();
  return {.pass = [=] { *trains = encoded(); },
          .check =
              [=] {
                const Tensor<float> times({trains->spikes()}, trains->spike_times());
                require_equal({{"spikes", recorded.spikes, trains->spikes()},
                               {"fingerprint of times", recorded.times, fingerprint(times)}});
              },
          .work = {.examples = examples()}};
}

Prepared prepare_input_lists() {
  const auto neurons = std::make_shared<std::vector<std::uint32_t>>();
  const auto offsets = std::make_shared<std::vector<std::uint32_t>>(steps + 1);
  spikes();
  return {.pass =
              [=] {
                for (std::size_t example = 0; example < spikes().examples(); ++example) {
                  neurons->clear();
                  runtime::bin_spikes(spikes(), example, 1.0, steps, *neurons, *offsets);
                }
              },
          .check =
              [=] {
                require_equal({{"spikes of the last example", recorded.listed, neurons->size()}});
              },
          .work = {.examples = examples()}};
}

InferenceCompiler compiler_for(const Options& options, unsigned threads, std::uint32_t batch_size) {
  return {
      .timesteps = steps, .batch_size = batch_size, .seed = common_seed, .device = options.device, .threads = threads};
}

// Counts the hidden spikes once. The readouts, checked after each measurement, depend on every one.
void check_spikes(const Options& options, unsigned threads) {
  static bool checked = false;
  if (checked) return;
  const LatencyMnistNetwork made = make_latency_mnist_network({.count_spikes = true});
  CompiledNetwork model = compiler_for(options, threads, 256).compile(made.network);
  const Predictions counts = model.predict({{made.input, spikes()}});
  require_equal({{"input spikes", recorded.spikes, spikes().spikes()},
                 {"hidden spikes", recorded.hidden_spikes, total(counts[made.hidden])}});
  checked = true;
}

Prepared prepare_run(const Options& options, unsigned threads, std::uint32_t batch_size) {
  check_spikes(options, threads);
  const LatencyMnistNetwork made = make_latency_mnist_network();
  const PopulationId input = made.input, output = made.output;
  const auto model =
      std::make_shared<CompiledNetwork>(compiler_for(options, threads, batch_size).compile(made.network));
  const auto result = std::make_shared<Predictions>();
  spikes();
  return {.pass =
              [=] {
                *result = model->predict({{input, spikes()}});
              },
          .check =
              [=] {
                require_equal({{"fingerprint of readouts", recorded.readouts, fingerprint((*result)[output])}});
              },
          .work = {.examples = examples(),
                   .steps = steps,
                   .synaptic_operations = static_cast<double>(recorded.spikes * 128 + recorded.hidden_spikes * 10)},
          .also = {{"load_ms", model->load_milliseconds()},
                   {"input_spikes_per_example", static_cast<double>(spikes().spikes()) / examples()},
                   {"hidden_spikes_per_example", static_cast<double>(recorded.hidden_spikes) / examples()}},
          .device = &model->device(),
          .device_bytes = [=] { return program_bytes(model->manifest(), model->device()); },
          .threads = threads};
}

}  // namespace

Exported latency_mnist_to_run() {
  LatencyMnistNetwork made = make_latency_mnist_network();
  return {
      .network = std::move(made.network), .spikes = spikes(), .input = made.input, .steps = steps, .seed = common_seed};
}

void add_latency_mnist(const Options& options) {
  add_measurement("run/latency_mnist/encode", prepare_encode);
  add_measurement("run/latency_mnist/input_lists_only", prepare_input_lists);
  for (const std::uint32_t batch_size : {32u, 256u}) {
    for (const unsigned threads : thread_counts(options)) {
      const std::string name =
          "run/latency_mnist/batch:" + std::to_string(batch_size) + threads_suffix(options, threads);
      add_measurement(name, [=] { return prepare_run(options, threads, batch_size); });
    }
  }
}

}  // namespace synfire::benchmarks
