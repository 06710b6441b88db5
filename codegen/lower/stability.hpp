// SPDX-License-Identifier: Apache-2.0
// Looks for time steps that are too long for an explicit integrator.
#pragma once

#include <vector>

#include "synfire/codegen/options.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

// A warning (kind `time_scale`) for every variable that euler or rk4 moves and whose own rate of decay, at the initial
// values, is beyond the method's limit: it would swing and grow instead of decaying. Says nothing where the rate is not
// known when the network is compiled (parameters and initial values of each neuron), or not linear in the variable.
std::vector<Problem> check_stability(const ir::Network& network, const CompileOptions& options);

}  // namespace synfire::codegen
