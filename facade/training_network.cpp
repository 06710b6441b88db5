// SPDX-License-Identifier: Apache-2.0
#include "synfire/training_network.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <set>
#include <utility>

#include "synfire/base/live.hpp"
#include "training_parts.hpp"

namespace synfire {
namespace {

// The connection that a trained value holds the weights of.
std::size_t connection_of(const ir::Network& network, const contract::TrainedValue& value) {
  const auto found = std::find_if(network.connections.begin(), network.connections.end(),
                                  [&](const ir::Connection& each) { return each.name == value.connection; });
  return static_cast<std::size_t>(found - network.connections.begin());
}

// Reorders values from the program's order to the user's.
Tensor<float> in_order(const std::vector<float>& values, const std::vector<std::size_t>& places, Extents shape) {
  Tensor<float> tensor(std::move(shape));
  for (std::size_t k = 0; k < places.size(); ++k) tensor[k] = values[places[k]];
  return tensor;
}

// Zeroes all but the first of the entries that share a place, so that their sum is the weight of the synapse.
void count_once(Tensor<float>& weights, const std::vector<std::size_t>& places) {
  std::set<std::size_t> seen;
  for (std::size_t k = 0; k < places.size(); ++k) {
    if (!seen.insert(places[k]).second) weights[k] = 0;
  }
}

void set_content(ir::Connection& connection, const contract::TrainedValue& value, const Value& content) {
  std::visit(
      [&](auto& kind) {
        Value& own = value.is_delay() ? kind.delay : kind.weight;
        own = own.with_content(content);
      },
      connection.connectivity);
}

// In a map of gradients: weights are those of their connection.
std::string key_of(const contract::TrainedValue& value) { return value.is_weight() ? value.connection : value.name(); }

}  // namespace

TrainingNetwork::TrainingNetwork(Parts parts) : parts_(std::make_unique<Parts>(std::move(parts))) {}
TrainingNetwork::~TrainingNetwork() = default;
TrainingNetwork::TrainingNetwork(TrainingNetwork&&) noexcept = default;
TrainingNetwork& TrainingNetwork::operator=(TrainingNetwork&&) noexcept = default;

TrainingNetwork::Parts& TrainingNetwork::parts() const { return base::live(parts_, "TrainingNetwork"); }

History TrainingNetwork::train(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                               const TrainOptions& options) {
  return parts().trainer.train(inputs, targets, options);
}

History TrainingNetwork::train(const EpochGenerator& generator, const TrainOptions& options) {
  return parts().trainer.train(generator, options);
}

EvaluationResult TrainingNetwork::evaluate(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                                           const RunOptions& options) {
  return parts().trainer.evaluate(inputs, targets, options);
}

Predictions TrainingNetwork::predict(const std::vector<NamedData>& inputs, const RunOptions& options) {
  return parts().trainer.predict(inputs, options);
}

std::map<std::string, Tensor<float>> TrainingNetwork::batch_gradients(const std::vector<NamedData>& inputs,
                                                                      const std::vector<NamedData>& targets,
                                                                      const RunOptions& options) {
  const std::vector<std::vector<float>> values = parts().trainer.gradients(inputs, targets, options);
  const ir::Network& fixed = parts().fixed_network();
  std::map<std::string, Tensor<float>> gradients;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const contract::TrainedValue& trained = manifest().training->values[i];
    if (trained.shared || !trained.is_of_synapses()) {
      gradients.emplace(key_of(trained), Tensor<float>({values[i].size()}, values[i]));
      continue;
    }
    const std::size_t connection = connection_of(fixed, trained);
    const auto places = places_of_weights(parts().trainer.artifact(), fixed, connection);
    gradients.emplace(key_of(trained), in_order(values[i], places, shape_of_weights(fixed, connection)));
  }
  return gradients;
}

Network TrainingNetwork::network() const {
  ir::Network trained = parts().fixed_network();
  for (std::size_t i = 0; i < manifest().training->values.size(); ++i) {
    const contract::TrainedValue& value = manifest().training->values[i];
    const std::vector<float> weights = parts().trainer.value(i);
    if (weights.empty()) continue;
    if (!value.is_of_synapses()) {
      Value& parameter = trained_parameter(trained, value);
      parameter = value.shared ? parameter.with_content(static_cast<double>(weights.front()))
                               : parameter.with_content(Tensor<float>({weights.size()}, weights));
      continue;
    }
    const std::size_t connection = connection_of(trained, value);
    if (value.shared) {
      set_content(trained.connections[connection], value, static_cast<double>(weights.front()));
      continue;
    }
    const auto places = places_of_weights(parts().trainer.artifact(), trained, connection);
    Tensor<float> ordered = in_order(weights, places, shape_of_weights(trained, connection));
    if (value.is_weight()) count_once(ordered, places);
    set_content(trained.connections[connection], value, std::move(ordered));
  }
  return parts().network->with_values(std::move(trained));
}

double TrainingNetwork::learning_rate() const { return parts().trainer.learning_rate(); }

void TrainingNetwork::set_learning_rate(double rate) {
  if (std::isfinite(static_cast<float>(rate)) && rate >= 0) return parts().trainer.set_learning_rate(rate);
  throw ModelError({.kind = ProblemKind::invalid_value,
                    .path = "learning_rate",
                    .message = "the learning rate is out of range",
                    .expected = "≥ 0, and finite in single precision",
                    .given = to_string(Value(rate))});
}

std::uint64_t TrainingNetwork::updates() const { return parts().trainer.updates(); }
const contract::Manifest& TrainingNetwork::manifest() const { return parts().trainer.artifact().manifest; }
runtime::Device& TrainingNetwork::device() const { return parts().trainer.device(); }
const std::string& TrainingNetwork::source() const { return parts().trainer.artifact().binaries.front().source; }

std::string TrainingNetwork::summary() const {
  return summary_of({{device().name(), &manifest()}}, &parts().parameters);
}

std::ostream& operator<<(std::ostream& stream, const TrainingNetwork& network) { return stream << network.summary(); }

std::vector<TrainingNetwork::MemoryUse> TrainingNetwork::memory_use() const {
  std::vector<MemoryUse> uses;
  for (const auto& use : parts().trainer.memory_use()) uses.push_back({use.what, use.bytes});
  return uses;
}

}  // namespace synfire
