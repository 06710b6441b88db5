// SPDX-License-Identifier: Apache-2.0
// Source of sparse connections and kernels that is the same on every backend.
#pragma once

#include <string>
#include <vector>

#include "synfire/codegen/program.hpp"
#include "text/writer.hpp"

namespace synfire::codegen::text {

// The weight of all synapses, in place of an array: `SameWeight{0.5f}`.
std::string same_weight(float weight);

// The name of the struct that generates the synapses of a procedural connection.
std::string recipe_name(const Program& program, const DeliverPhase& phase);
// The name of the struct with the geometry of a connection by a kernel.
std::string patches_name(const Program& program, std::uint32_t connection);
// The structs of all procedural connections and of all kernels.
void print_recipes(const Program& program, Writer& out);

// `headers`, and in alphabetical order `of_patches` if there are kernels.
std::vector<std::string> headers_of(const Program& program, std::vector<std::string> headers, const char* of_patches);

}  // namespace synfire::codegen::text
