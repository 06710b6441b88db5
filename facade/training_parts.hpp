// SPDX-License-Identifier: Apache-2.0
// What a TrainingNetwork is made of, and how weights get from the program's order into the user's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "synfire/runtime/trainer.hpp"
#include "synfire/training_network.hpp"

namespace synfire {

struct TrainingNetwork::Parts {
  Network network;  // as it was compiled
  std::uint64_t seed = 0;
  runtime::Trainer trainer;
  mutable std::optional<ir::Network> fixed = std::nullopt;  // its values written out, once they are asked for

  const ir::Network& fixed_network() const;
};

// For each entry of the weights of a connection, in the user's order, the place of its weight among those of the program. The
// connection is one whose values are written out (codegen::fix_draws). Entries that are one synapse share a place.
std::vector<std::size_t> places_of_weights(const contract::Artifact& artifact, const ir::Network& fixed,
                                           std::size_t connection);

// The shape of these weights: sources × targets, neurons, or synapses.
Extents shape_of_weights(const ir::Network& fixed, std::size_t connection);

}  // namespace synfire
