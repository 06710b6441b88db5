// SPDX-License-Identifier: Apache-2.0
// Lowering: from a resolved network to a program.
#pragma once

#include "synfire/codegen/options.hpp"
#include "synfire/codegen/program.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

// Everything in the network (with these options) that this compiler does not do, by name, and options that do not fit:
// what is not listed is lowered. Warnings are included.
std::vector<Problem> check_capabilities(const ir::Network& network, const CompileOptions& options);

// The program of a network without such problems. `network` comes from Network::resolve.
Program lower(const ir::Network& network, const CompileOptions& options);

}  // namespace synfire::codegen
