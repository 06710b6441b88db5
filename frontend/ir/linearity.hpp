// SPDX-License-Identifier: Apache-2.0
// How an expression depends on the weight of a synapse.
#pragma once

#include <optional>
#include <vector>

#include "synfire/language/expression.hpp"

namespace synfire::ir {

// Spikes that arrive at a neuron in one step are summed: `on_spike` runs once, with the sum of their weights. That is
// correct only if each increment in `on_spike` is `weight` times something free of it. Returns the column of the first
// statement that violates this.
std::optional<int> first_not_proportional_to_weight(const std::vector<language::Statement>& on_spike);

}  // namespace synfire::ir
