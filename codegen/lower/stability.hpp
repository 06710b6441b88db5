// SPDX-License-Identifier: Apache-2.0
// Finds time steps that are too long for an explicit integrator.
#pragma once

#include <vector>

#include "synfire/codegen/options.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

// A warning (kind `time_scale`) for every variable that euler or rk4 integrates and whose own decay rate, at the
// initial values, is beyond the method's limit: it would oscillate and grow instead of decaying. No warning if the rate
// is unknown at compile time (per-neuron parameters and initial values) or the equation is not linear in the variable.
std::vector<Problem> check_stability(const ir::Network& network, const CompileOptions& options);

}  // namespace synfire::codegen
