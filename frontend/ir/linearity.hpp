// SPDX-License-Identifier: Apache-2.0
// How an expression depends on the weight of a synapse.
#pragma once

#include <optional>
#include <vector>

#include "synfire/language/expression.hpp"

namespace synfire::ir {

// Several spikes that arrive at a neuron in one step are added before `on_spike` is done once with the sum of
// their weights. That is right only if what `on_spike` adds to each state is `weight` times something free of
// it. Returns the column of the first statement that is not so.
std::optional<int> first_not_proportional_to_weight(const std::vector<language::Statement>& on_spike);

}  // namespace synfire::ir
