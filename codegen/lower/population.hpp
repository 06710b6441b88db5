// SPDX-License-Identifier: Apache-2.0
// Lowers one population with everything that runs in its neurons: the synapses of its incoming connections, its own
// dynamics, threshold and reset, its readout and its recordings.
#pragma once

#include <memory>
#include <vector>

#include "lower/scope.hpp"
#include "synfire/codegen/losses.hpp"
#include "synfire/codegen/training.hpp"
#include "synfire/ir/parsed_model.hpp"
#include "synfire/network.hpp"
#include "synfire/regularizers.hpp"

namespace synfire::codegen {

// A connection as its target population sees it.
struct IncomingConnection {
  std::size_t index = 0;  // in the network
  const ir::Connection* connection = nullptr;
  ArrayId arriving = 0;          // sum of the weights arriving in this step, or a ring for this step and later ones …
  std::uint32_t ring_depth = 0;  // … with this many slots, of which this step's must be left empty; 0: no ring
  // What the backward pass leaves for the source, in rings of `adjoint_depth` slots: the derivative with respect to the
  // arrivals of a step, and the decrease of the loss if an arrival of weight 1 comes one step later.
  std::optional<ArrayId> lambda = std::nullopt, timing = std::nullopt;
  std::uint32_t adjoint_depth = 0;
  std::optional<ArrayId> first_arrival = std::nullopt;  // lower/first_spikes.hpp: the only one that passes
};

// A trained parameter or initial value, and the buffer of its gradient.
struct LoweredParameter {
  TrainedParameter trained;
  ArrayId gradient = 0;
  std::string connection = {};  // whose synapses it belongs to; empty: the population's own
  std::string variable = {};    // as in contract::TrainedValue
};

// The phases of a lowered population, by their place in the program.
struct LoweredPopulation {
  std::vector<Phase> before, step, after;
  // Backward pass: from the derivative of the loss with respect to the readout; at spikes; for all neurons; at the end.
  std::vector<Phase> backward_before, events, backward_step, backward_after;
  std::vector<LoweredParameter> parameters;  // trained
};

// The part of a population in training.
struct LearningRequest {
  bool is_differentiated = false;                    // has a backward pass; otherwise only a per-step loss is set
  std::optional<std::uint32_t> tape = std::nullopt;  // of its spikes
  std::optional<ArrayId> due = std::nullopt;         // per spike of the step: dL/du through its arrivals
  std::optional<ArrayId> derivative = std::nullopt;  // of the loss with respect to the readout
  // Of a loss per step: its text, its targets, its weights, and the sum of its elements over the steps.
  std::optional<StepText> step_loss = std::nullopt;
  std::optional<ArrayId> step_targets = std::nullopt, step_weights = std::nullopt, step_sum = std::nullopt;
  // Of a loss per step that joins neurons: the output variable in this step, and the derivative with respect to it in
  // each step, if the population is differentiated.
  std::optional<ArrayId> step_outputs = std::nullopt, step_derivatives = std::nullopt;
  ArrayId event_counts = 0;
  std::optional<RateBand> rate = std::nullopt;  // into which spike counts are drawn
  // Of a surrogate gradient, and if its support is finite, the tape of the neurons in it. `due` then has an element for
  // each neuron on the tape, else for each neuron.
  const SurrogateRule* surrogate = nullptr;
  std::optional<std::uint32_t> support_tape = std::nullopt;
};

// `learning`: null except in training programs. `sent`: for what a graded population sends after its step.
LoweredPopulation lower_population(LoweringContext& context, const ir::Network& network, std::size_t index,
                                   const std::vector<IncomingConnection>& incoming, const std::uint32_t* queue,
                                   const LearningRequest* learning = nullptr,
                                   std::optional<ArrayId> sent = std::nullopt);

}  // namespace synfire::codegen
