// SPDX-License-Identifier: Apache-2.0
// What the generated source of sparse connections has in common on every backend.
#pragma once

#include <string>

#include "synfire/codegen/program.hpp"
#include "text/writer.hpp"

namespace synfire::codegen::text {

// The weight of all synapses where others have an array: `SameWeight{0.5f}`.
std::string same_weight(float weight);

// The name of the structure that draws the synapses of a procedural connection.
std::string recipe_name(const Program& program, const DeliverPhase& phase);
// The structures of all procedural connections.
void print_recipes(const Program& program, Writer& out);

}  // namespace synfire::codegen::text
