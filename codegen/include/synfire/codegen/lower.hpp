// SPDX-License-Identifier: Apache-2.0
// Lowering: from a resolved network to a program.
#pragma once

#include "synfire/codegen/options.hpp"
#include "synfire/codegen/program.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

// Everything in the network that this compiler does not support with these options, by name, and options that do not
// fit; everything else can be lowered. Includes warnings.
std::vector<Problem> check_capabilities(const ir::Network& network, const CompileOptions& options);

// The program of a network without such errors. `network` comes from Network::resolve.
Program lower(const ir::Network& network, const CompileOptions& options);

}  // namespace synfire::codegen
