// SPDX-License-Identifier: Apache-2.0
// The demo network on the 10,000 test images of Fashion-MNIST.
#include <cmath>
#include <memory>
#include <synfire/synfire.hpp>

#include "measure.hpp"
#include "memory.hpp"
#include "workloads.hpp"

namespace synfire::benchmarks {

FashionMnistNetwork make_fashion_mnist_network(const FashionMnistOptions& options) {
  const Arrays arrays = read_npz(options.weights);
  const auto tensor = [&](const char* name) { return scale(arrays.at(name).as_float(), options.factor); };
  const auto counted = options.count_all ? std::optional<Readout>("spike_count") : std::nullopt;

  FashionMnistNetwork made;
  Network& network = made.network;
  made.input = network.add(IntegrateFireInput{.v_thresh = 2.9980392}, {28, 28}, {.readout = counted, .name = "input"});
  made.hidden = network.add(IntegrateFire{.v_thresh = 4.42}, 128, {.readout = counted, .name = "hidden"});
  made.output = network.add(IntegrateFire{.v_thresh = 1.67}, 10, {.readout = "spike_count", .name = "output"});
  network.connect(made.input, made.hidden, Dense{tensor("input_hidden.weight")});
  network.connect(made.hidden, made.output, Dense{tensor("hidden_output.weight")});
  made.scale = 1.0 / 255;
  return made;
}

namespace {

// Spikes and correctly classified images; identical on every device.
struct Recorded {
  std::uint64_t input_spikes = 0, hidden_spikes = 0, output_spikes = 0, correct = 0;
};
constexpr Recorded recorded{
    .input_spikes = 66251521, .hidden_spikes = 3530366, .output_spikes = 197030, .correct = 8906};

struct Images {
  Tensor<float> currents;
  Tensor<std::uint8_t> labels;
};

const Images& images(double scale_factor) {
  static const Images loaded = [&] {
    const LabeledImages test = datasets::fashion_mnist(datasets::Split::test);
    return Images{scale(test.images, scale_factor), test.labels};
  }();
  return loaded;
}

InferenceCompiler compiler_for(const Options& options, unsigned threads, std::uint32_t batch_size) {
  return {.timesteps = fashion_mnist_steps, .batch_size = batch_size, .device = options.device, .threads = threads};
}

// Counts every population's spikes once: if they match the recorded counts, so does the work of each pass.
void check_spikes(const Options& options, unsigned threads) {
  static bool checked = false;
  if (checked) return;
  const FashionMnistNetwork made = make_fashion_mnist_network({.weights = options.weights, .count_all = true});
  CompiledNetwork model = compiler_for(options, threads, 500).compile(made.network);
  const Predictions counts = model.predict({{made.input, images(made.scale).currents}});
  require_equal({{"input spikes", recorded.input_spikes, total(counts[made.input])},
                 {"hidden spikes", recorded.hidden_spikes, total(counts[made.hidden])},
                 {"output spikes", recorded.output_spikes, total(counts[made.output])}});
  checked = true;
}

Prepared prepare(const Options& options, unsigned threads, std::uint32_t batch_size) {
  const FashionMnistNetwork made = make_fashion_mnist_network({.weights = options.weights});
  const Images& data = images(made.scale);
  check_spikes(options, threads);
  const auto model =
      std::make_shared<CompiledNetwork>(compiler_for(options, threads, batch_size).compile(made.network));
  const auto result = std::make_shared<EvaluationResult>();
  const auto examples = static_cast<double>(data.labels.size());
  return {
      .pass =
          [=, &data, input = made.input, output = made.output] {
            *result = model->evaluate({{input, data.currents}}, {{output, data.labels}});
          },
      .check =
          [=, output = made.output] {
            const double correct = result->metric(output) * examples;
            require_equal({{"correct images", recorded.correct, static_cast<std::uint64_t>(std::llround(correct))},
                           {"output spikes", recorded.output_spikes, total(result->predictions[output])}});
          },
      .work = {.examples = examples,
               .steps = fashion_mnist_steps,
               .synaptic_operations = static_cast<double>(recorded.input_spikes * 128 + recorded.hidden_spikes * 10)},
      .also = {{"load_ms", model->load_milliseconds()},
               {"input_spikes_per_example", static_cast<double>(recorded.input_spikes) / examples},
               {"hidden_spikes_per_example", static_cast<double>(recorded.hidden_spikes) / examples}},
      .device = &model->device(),
      .device_bytes = [=] { return program_bytes(model->manifest(), model->device()); },
      .threads = threads};
}

}  // namespace

void add_fashion_mnist(const Options& options) {
  for (const std::uint32_t batch_size : {32u, 512u}) {
    for (const unsigned threads : thread_counts(options)) {
      const std::string name =
          "run/fashion_mnist/batch:" + std::to_string(batch_size) + threads_suffix(options, threads);
      add_measurement(name, [=] { return prepare(options, threads, batch_size); });
    }
  }
}

}  // namespace synfire::benchmarks
