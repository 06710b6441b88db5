// SPDX-License-Identifier: Apache-2.0
// Source of sparse connections that is the same on every backend.
#pragma once

#include <string>

#include "synfire/codegen/program.hpp"
#include "text/writer.hpp"

namespace synfire::codegen::text {

// The weight of all synapses, in place of an array: `SameWeight{0.5f}`.
std::string same_weight(float weight);

// The name of the struct that generates the synapses of a procedural connection.
std::string recipe_name(const Program& program, const DeliverPhase& phase);
// The structs of all procedural connections.
void print_recipes(const Program& program, Writer& out);

}  // namespace synfire::codegen::text
