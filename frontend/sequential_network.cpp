// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "synfire/network.hpp"

namespace synfire {

LayerId SequentialNetwork::input(Neuron neuron, Shape shape, PopulationOptions options, const char* file, int line) {
  if (!layers_.empty()) {
    report({.kind = ProblemKind::invalid_option,
            .path = "populations[" + std::to_string(populations()) + ']',
            .message = "a sequential network has one input, before all layers",
            .hint = "use a Network for several inputs",
            .place = {.file = file, .line = line}});
  }
  const PopulationId population = add(std::move(neuron), std::move(shape), std::move(options), file, line);
  layers_.push_back({population, {}});
  return layers_.back();
}

LayerId SequentialNetwork::layer(Connectivity connectivity, Neuron neuron, Shape shape, LayerOptions options,
                                 const char* file, int line) {
  const PopulationId population =
      add(std::move(neuron), std::move(shape), {.readout = std::move(options.readout), .name = std::move(options.name)},
          file, line);
  LayerId layer{population, {}};
  if (layers_.empty()) {
    report({.kind = ProblemKind::invalid_option,
            .path = "populations[" + std::to_string(population.index) + ']',
            .message = "the first layer has nothing to connect from",
            .hint = "begin with input(…)",
            .place = {.file = file, .line = line}});
  } else {
    layer.connection = connect(layers_.back(), population, std::move(connectivity),
                               {.synapse = std::move(options.synapse),
                                .max_delay = options.max_delay,
                                .storage = options.storage,
                                .round_delays = options.round_delays,
                                .latency = options.latency},
                               file, line);
  }
  layers_.push_back(layer);
  return layer;
}

}  // namespace synfire
