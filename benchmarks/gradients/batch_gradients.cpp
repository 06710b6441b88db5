// SPDX-License-Identifier: Apache-2.0
// Gradients of a description's weights over all examples of a file, from a compiled program; no weights are updated.
//
//   synfire_batch_gradients net.json train.npz train_labels.npy gradients.npz
// The network has the populations "input", which replays spikes, and "output", which has the loss. Writes the gradient
// of the mean loss over the examples by connection name, and the loss and the accuracy.
#include <exception>
#include <iostream>
#include <synfire/synfire.hpp>

using namespace synfire;

namespace {

void run(const char* model, const char* data, const char* label_file, const char* result) {
  const Description description = read_description(model);
  const SpikeTrains spikes = read_spike_trains(data);
  const Tensor<std::int32_t> labels = read_npy(label_file).as<std::int32_t>();

  EventPropCompiler compiler = EventPropCompiler::from(description.compile, description.network);
  compiler.batch_size = static_cast<std::uint32_t>(spikes.examples());
  compiler.device = "host";
  compiler.threads = 1;
  TrainingNetwork network = compiler.compile(description.network);

  Arrays arrays;
  for (const auto& [name, gradient] : network.batch_gradients({{"input", spikes}}, {{"output", labels}})) {
    arrays.emplace(name, gradient);
  }
  const EvaluationResult evaluated = network.evaluate({{"input", spikes}}, {{"output", labels}});
  arrays.emplace("loss", Tensor<double>({1}, {evaluated.loss("output")}));
  arrays.emplace("accuracy", Tensor<double>({1}, {evaluated.metric("output")}));
  write_npz(result, arrays, false);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::cerr << "usage: synfire_batch_gradients MODEL.json SPIKES.npz LABELS.npy RESULT.npz\n";
    return 2;
  }
  try {
    run(arguments[1], arguments[2], arguments[3], arguments[4]);
  } catch (const std::exception& error) {
    std::cerr << "synfire_batch_gradients: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
