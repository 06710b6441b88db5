// SPDX-License-Identifier: Apache-2.0
// How the synapses of each connection are stored: as a matrix, one per neuron, as rows, as a kernel, or procedurally.
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

// The size of a storage, before anything is drawn.
struct StorageEstimate {
  Pattern pattern = Pattern::dense;
  double synapses = 0;  // expected
  double bytes = 0;     // of weights, targets, delays
};

// Bytes that weights and patterns may use.
std::size_t memory_for_synapses(const CompileOptions& options);

// The storage of each connection: as requested, otherwise the one that needs the least memory. If all together exceed
// memory_for_synapses, connections that can be procedural become so, the largest first.
std::vector<StorageEstimate> choose_storage(const ir::Network& network, const CompileOptions& options);

// Whether only the kernel of a convolution or pool is stored.
bool is_stored_as_kernel(const ir::Connection& connection);

// The network with rows wherever delays are trained, and for patterns and lists of synapses with trained weights: in a
// matrix, pairs of neurons without a synapse would get a weight too.
ir::Network stored_for_learning(ir::Network network);

// A readable report of the memory that the synapses will need, by connection and in total, before anything is drawn.
std::string describe_storage(const ir::Network& network, const CompileOptions& options);

// A connection whose synapses have been drawn or are procedural.
struct StoredConnection {
  Pattern pattern = Pattern::dense;
  std::size_t synapses = 0;                   // procedural: expected
  std::uint32_t delay = 0;                    // steps, common to all synapses
  std::uint32_t ring_depth = 1;               // one more than the longest delay beyond it
  float weight = 0;                           // of all synapses, if there are no weights
  std::optional<std::vector<float>> weights;  // dense: sources × targets; one per neuron; one per synapse; a kernel
  std::shared_ptr<Synapses> rows;             // without their weights
  std::vector<float> trained_delays = {};     // ms, one per synapse; empty: they are not trained
  std::shared_ptr<const SynapseRecipe> recipe;
  std::shared_ptr<const PatchGeometry> patches;  // of a kernel or windows
  std::string note;                              // what was chosen for the user; empty if there was no choice
};

StoredConnection store_connection(const ir::Network& network, std::size_t index, const CompileOptions& options,
                                  const StorageEstimate& estimate);

// Gives each synapse of rows a delay of its own in ms, to be trained, and the ring room for the longest one allowed.
void train_delays(const ir::Network& network, std::size_t index, const CompileOptions& options,
                  StoredConnection& stored);

}  // namespace synfire::codegen
