// SPDX-License-Identifier: Apache-2.0
// Lowers one population with everything that runs in its neurons: the synapses of its incoming connections, its own
// dynamics, threshold and reset, its readout and what is recorded of it.
#pragma once

#include <memory>
#include <vector>

#include "lower/scope.hpp"
#include "synfire/ir/parsed_model.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

// A connection as its target population sees it.
struct IncomingConnection {
  std::size_t index = 0;  // in the network
  const ir::Connection* connection = nullptr;
  ArrayId arriving =
      0;  // sum of the weights that arrive in this step, or a ring of those of this step and later ones …
  std::uint32_t ring_depth = 0;  // … with so many slots, of which this step's is to be left empty; 0: no ring
  // What the backward pass is to leave for the source in rings of `adjoint_depth` slots: the derivative by what arrives in a
  // step, and how much a later arrival of weight 1 lowers the loss, per ms.
  std::optional<ArrayId> lambda = std::nullopt, timing = std::nullopt;
  std::uint32_t adjoint_depth = 0;
};

// What lowering a population gives; each part goes to its place in the program.
struct LoweredPopulation {
  std::vector<Phase> before, step, after;
  // Of the backward pass: from the derivative of the loss by the readout; at spikes; of all neurons; at the end.
  std::vector<Phase> backward_before, events, backward_step, backward_after;
};

// What a population has to do with learning.
struct LearningRequest {
  bool is_differentiated = false;                    // has a backward pass; what follows is of such populations
  std::optional<std::uint32_t> tape = std::nullopt;  // of its spikes
  std::optional<ArrayId> due = std::nullopt;         // by spike of the step: dL/du through its arrivals
  std::optional<ArrayId> derivative = std::nullopt;  // of the loss by the readout
  std::optional<ArrayId> step_targets = std::nullopt, squares = std::nullopt;  // of a loss of every step
  ArrayId event_counts = 0;
};

// `learning`: null for programs that do not learn.
LoweredPopulation lower_population(LoweringContext& context, const ir::Network& network, std::size_t index,
                                   const std::vector<IncomingConnection>& incoming, const std::uint32_t* queue,
                                   const LearningRequest* learning = nullptr);

}  // namespace synfire::codegen
