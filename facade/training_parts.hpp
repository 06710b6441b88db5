// SPDX-License-Identifier: Apache-2.0
// The parts of a TrainingNetwork, and the mapping of its weights from the program's order to the user's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "synfire/description.hpp"
#include "synfire/runtime/trainer.hpp"
#include "synfire/training_network.hpp"

namespace synfire {

struct TrainingNetwork::Parts {
  std::shared_ptr<const Network> network;  // as it was compiled
  std::uint64_t seed = 0;
  runtime::Trainer trainer;
  NetworkParameters parameters = {};
  mutable std::optional<ir::Network> fixed = std::nullopt;  // with drawn values written out; computed on demand

  const ir::Network& fixed_network() const;
};

// What a checkpoint says of a network that is compiled with these settings for this many gradient slots. Settings that
// do not affect results do not count.
runtime::TrainingIdentity training_identity(const Network& network, CompileSettings settings, std::uint32_t slots);

// For each weight of a connection, in the user's order, its place among the program's weights. The drawn values of the
// connection must be written out (codegen::fix_draws). Entries that form one synapse share a place.
std::vector<std::size_t> places_of_weights(const contract::Artifact& artifact, const ir::Network& fixed,
                                           std::size_t connection);

// The parameter or initial value that a program trains, in a network with these populations and connections.
Value& trained_parameter(ir::Network& network, const contract::TrainedValue& value);
const Value& trained_parameter(const ir::Network& network, const contract::TrainedValue& value);

// The shape of these weights: sources × targets, neurons, or synapses.
Extents shape_of_weights(const ir::Network& fixed, std::size_t connection);

}  // namespace synfire
