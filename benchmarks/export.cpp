// SPDX-License-Identifier: Apache-2.0
#include "export.hpp"

#include <cstdio>
#include <synfire/synfire.hpp>

#include "lower/pattern.hpp"

namespace synfire::benchmarks {
namespace {

bool spikes_by_itself(const ir::Population& population) {
  const std::string& threshold = population.neuron.threshold;
  return !threshold.empty() && threshold != SpikeInput::text().threshold;
}

// The same network, with every spiking population counting its spikes.
Network counting(const Network& network) {
  ir::Network values = network.description();
  for (ir::Population& population : values.populations)
    if (spikes_by_itself(population)) population.readout = SpikeCount::text();
  return network.with_values(std::move(values));
}

// Drawn as compilers draw them.
void add_connection(Arrays& arrays, const ir::Network& network, const ir::Connection& connection,
                    const Exported& workload) {
  const std::size_t sources = network.populations[connection.source].neurons();
  const std::size_t targets = network.populations[connection.target].neurons();
  codegen::Synapses drawn =
      codegen::draw_synapses(connection.connectivity, {.seed = workload.seed,
                                                       .connection = connection.name,
                                                       .sources = static_cast<std::uint32_t>(sources),
                                                       .targets = static_cast<std::uint32_t>(targets),
                                                       .recurrent = connection.source == connection.target,
                                                       .dt = workload.dt});
  std::vector<float> weights =
      drawn.weights.empty() ? std::vector<float>(drawn.targets.size(), drawn.weight) : std::move(drawn.weights);
  if (std::holds_alternative<Dense>(connection.connectivity)) {
    arrays[connection.name + ".weight"] = Tensor<float>({sources, targets}, std::move(weights));
    return;
  }
  const std::size_t synapses = weights.size();
  arrays[connection.name + ".weight"] = Tensor<float>({synapses}, std::move(weights));
  arrays[connection.name + ".offsets"] = Tensor<std::uint32_t>({sources + 1}, std::move(drawn.offsets));
  arrays[connection.name + ".targets"] = Tensor<std::uint32_t>({synapses}, std::move(drawn.targets));
}

Tensor<float> spikes_of_examples(const Tensor<float>& counts) {
  Tensor<float> sums({counts.shape().front()});
  const std::size_t neurons = counts.size() / sums.size();
  for (std::size_t i = 0; i < counts.size(); ++i) sums[i / neurons] += counts[i];
  return sums;
}

void add_spike_counts(Arrays& arrays, const Exported& workload) {
  const Network network = counting(workload.network);
  InferenceCompiler compiler{
      .timesteps = workload.steps, .dt = workload.dt, .batch_size = 1, .seed = workload.seed, .device = "host"};
  CompiledNetwork model = compiler.compile(network);
  const Predictions counts =
      workload.spikes.examples() == 0 ? model.predict(1) : model.predict({{workload.input, workload.spikes}});
  for (const ir::Population& population : network.description().populations)
    if (spikes_by_itself(population)) arrays[population.name + ".spikes"] = spikes_of_examples(counts[population.name]);
}

}  // namespace

void export_workload(const std::filesystem::path& file, const Exported& workload) {
  Arrays arrays;
  if (workload.spikes.examples() != 0) arrays = to_arrays(workload.spikes);
  arrays["steps"] = Tensor<std::uint32_t>({}, {workload.steps});
  arrays["dt"] = Tensor<double>({}, {workload.dt});
  if (!workload.labels.empty())
    arrays["labels"] = Tensor<std::int32_t>({workload.labels.size()}, {workload.labels.begin(), workload.labels.end()});
  const ir::Network network = workload.network.resolve();
  for (const ir::Population& population : network.populations)
    arrays[population.name + ".size"] = Tensor<std::uint32_t>({}, {static_cast<std::uint32_t>(population.neurons())});
  for (const ir::Connection& connection : network.connections) add_connection(arrays, network, connection, workload);
  add_spike_counts(arrays, workload);
  write_npz(file, arrays);
  std::printf("%s\n", file.c_str());
}

void export_workloads(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  export_workload(folder / "latency_mnist_run.npz", latency_mnist_to_run());
  export_workload(folder / "latency_mnist_train.npz", latency_mnist_to_learn());
  const Exported shd_like = shd_like_to_learn();
  export_workload(folder / "shd_like_run.npz", shd_like);
  export_workload(folder / "shd_like_train.npz", shd_like);
  export_workload(folder / "vogels_abbott_run.npz", vogels_abbott_4k());
}

}  // namespace synfire::benchmarks
