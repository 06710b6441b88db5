// SPDX-License-Identifier: Apache-2.0
// Inference of a recurrent network on long, dense spike trains (workload B2).
#include <memory>
#include <synfire/runtime/executor.hpp>
#include <synfire/synfire.hpp>

#include "measure.hpp"
#include "memory.hpp"
#include "shd_data.hpp"
#include "workloads.hpp"

namespace synfire::benchmarks {

namespace {

constexpr std::uint32_t examples = 256;

// Over all examples; identical on every device.
struct Recorded {
  std::uint64_t input_spikes = 0;
  std::uint64_t hidden_spikes = 0;
  std::uint64_t hidden_counts = 0;  // fingerprint of the spike count of each hidden neuron in each example
  std::uint64_t outputs = 0;        // fingerprint of the readouts
};
constexpr Recorded recorded{.input_spikes = 2175252,
                            .hidden_spikes = 2015907,
                            .hidden_counts = 4310607185920667245,
                            .outputs = 11105444187548248700u};

const SpikeTrains& spikes() {
  static const SpikeTrains made = make_shd_like_spikes(examples, shd_like_steps);
  return made;
}

InferenceCompiler compiler_for(const Options& options, unsigned threads, std::uint32_t batch_size) {
  return {.timesteps = shd_like_steps,
          .batch_size = batch_size,
          .seed = common_seed,
          .device = options.device,
          .threads = threads};
}

// Counts the hidden spikes once. The readouts, checked after each measurement, depend on every hidden spike.
void check_spikes(const Options& options, unsigned threads) {
  static bool checked = false;
  if (checked) return;
  const ShdLikeNetwork made = make_shd_like_network({.count_spikes = true});
  CompiledNetwork model = compiler_for(options, threads, 64).compile(made.network);
  const Predictions results = model.predict({{made.input, spikes()}});
  require_equal({{"input spikes", recorded.input_spikes, spikes().spikes()},
                 {"hidden spikes", recorded.hidden_spikes, total(results[made.hidden])},
                 {"fingerprint of hidden spike counts", recorded.hidden_counts, fingerprint(results[made.hidden])},
                 {"fingerprint of readouts", recorded.outputs, fingerprint(results[made.output])}});
  checked = true;
}

Prepared prepare(const Options& options, unsigned threads, std::uint32_t batch_size) {
  check_spikes(options, threads);
  const ShdLikeNetwork made = make_shd_like_network();
  const auto model =
      std::make_shared<CompiledNetwork>(compiler_for(options, threads, batch_size).compile(made.network));
  const auto result = std::make_shared<Predictions>();
  const auto per_example = [](std::uint64_t number) { return static_cast<double>(number) / examples; };
  return {.pass =
              [=, input = made.input] {
                *result = model->predict({{input, spikes()}});
              },
          .check =
              [=, output = made.output] {
                require_equal({{"fingerprint of readouts", recorded.outputs, fingerprint((*result)[output])}});
              },
          .work = {.examples = examples,
                   .steps = shd_like_steps,
                   .synaptic_operations =
                       static_cast<double>(recorded.input_spikes * 256 + recorded.hidden_spikes * (256 + shd_classes))},
          .also = {{"load_ms", model->load_milliseconds()},
                   {"input_spikes_per_example", per_example(recorded.input_spikes)},
                   {"hidden_spikes_per_example", per_example(recorded.hidden_spikes)}},
          .device = &model->device(),
          .device_bytes = [=] { return program_bytes(model->manifest(), model->device()); },
          .threads = threads};
}

// Part of every run: turning spike times into per-step lists.
Prepared prepare_input_lists() {
  const auto neurons = std::make_shared<std::vector<std::uint32_t>>();
  const auto offsets = std::make_shared<std::vector<std::uint32_t>>(shd_like_steps + 1);
  return {.pass =
              [=] {
                for (std::uint32_t example = 0; example < examples; ++example) {
                  neurons->clear();
                  runtime::bin_spikes(spikes(), example, 1.0, shd_like_steps, *neurons, *offsets);
                }
              },
          .work = {.examples = examples}};
}

}  // namespace

void add_shd_like(const Options& options) {
  for (const std::uint32_t batch_size : {32u, 256u}) {
    for (const unsigned threads : thread_counts(options)) {
      const std::string name = "run/shd_like/batch:" + std::to_string(batch_size) + threads_suffix(options, threads);
      add_measurement(name, [=] { return prepare(options, threads, batch_size); });
    }
  }
  add_measurement("run/shd_like/input_lists_only", prepare_input_lists);
}

}  // namespace synfire::benchmarks
