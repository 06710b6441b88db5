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
};

// What lowering a population gives; each part goes to its place in the program.
struct LoweredPopulation {
  std::vector<Phase> before, step, after;
};

LoweredPopulation lower_population(LoweringContext& context, const ir::Network& network, std::size_t index,
                                   const std::vector<IncomingConnection>& incoming, const std::uint32_t* queue);

}  // namespace synfire::codegen
