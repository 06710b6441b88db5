// SPDX-License-Identifier: Apache-2.0
// How the synapses of each connection are kept: as a matrix, one per neuron, as rows, or drawn again and again.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lower/pattern.hpp"
#include "program/synapse_recipe.hpp"
#include "synfire/codegen/options.hpp"
#include "synfire/codegen/program.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

// What a storage takes, before anything is drawn.
struct StorageEstimate {
  Pattern pattern = Pattern::dense;
  double synapses = 0;  // expected
  double bytes = 0;     // of weights, targets, delays
};

// Bytes that weights and patterns may take.
std::size_t memory_for_synapses(const CompileOptions& options);

// The storage of each connection: as asked for, else what takes least memory; procedural where all together would take more
// than options.memory_bytes and the connection allows it, the largest first.
std::vector<StorageEstimate> choose_storage(const ir::Network& network, const CompileOptions& options);

// The network with rows for each pattern and list of synapses whose weights are learned: a matrix would have weights to learn
// where there are no synapses.
ir::Network stored_for_learning(ir::Network network);

// What the synapses of each connection will take, and all together: for people, before anything is drawn.
std::string describe_storage(const ir::Network& network, const CompileOptions& options);

// A connection whose synapses have been drawn, or are to be drawn on the way.
struct StoredConnection {
  Pattern pattern = Pattern::dense;
  std::size_t synapses = 0;                   // procedural: expected
  std::uint32_t delay = 0;                    // steps that all synapses have in common
  std::uint32_t ring_depth = 1;               // one more than the longest delay beyond it
  float weight = 0;                           // of all synapses, where there are no weights
  std::optional<std::vector<float>> weights;  // dense: sources × targets; one per neuron; one per synapse
  std::shared_ptr<Synapses> rows;             // without their weights
  std::shared_ptr<const SynapseRecipe> recipe;
  std::string note;  // what was chosen on the user's behalf; empty where there was no choice
};

StoredConnection store_connection(const ir::Network& network, std::size_t index, const CompileOptions& options,
                                  const StorageEstimate& estimate);

}  // namespace synfire::codegen
