// SPDX-License-Identifier: Apache-2.0
// Windows that pass only the first spike of an example.
#pragma once

#include <vector>

#include "lower/scope.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

bool passes_first_spikes(const ir::Connection& connection);

struct FirstSpikes {
  ArrayId arrivals = 0;  // by target: the step in which the first spike arrived, or a step that never comes
  std::vector<Phase> before, step, after;
};

// `delivery`: of all spikes, which the phases of a step follow.
FirstSpikes lower_first_spikes(LoweringContext& context, const ir::Connection& connection,
                               const DeliverPhase& delivery);

// What is derived for arrivals of this step: 0 after the first.
Expr until_first(const Expr& value, ArrayId arrivals);

}  // namespace synfire::codegen
