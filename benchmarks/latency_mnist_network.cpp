// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <synfire/synfire.hpp>

#include "workloads.hpp"

namespace synfire::benchmarks {

LatencyMnistNetwork make_latency_mnist_network(const LatencyMnistOptions& options) {
  LatencyMnistNetwork made;
  Network& network = made.network;
  made.input = network.add(SpikeInput{}, 784, {.name = "input"});
  const auto counted = options.count_spikes ? std::optional<Readout>("spike_count") : std::nullopt;
  made.hidden = network.add(LeakyIntegrateFire{}, options.hidden, {.readout = counted, .name = "hidden"});
  made.output = network.add(LeakyIntegrate{}, 10, {.readout = "avg_var", .name = "output"});
  const auto weights = [&](double mean, double sd) {
    return Dense{Normal{.mean = options.weights * mean, .sd = options.weights * sd}};
  };
  network.connect(made.input, made.hidden, weights(0.078, 0.045), {.synapse = Exponential{}});
  network.connect(made.hidden, made.output, weights(0.2, 0.37), {.synapse = Exponential{}});
  return made;
}

}  // namespace synfire::benchmarks
