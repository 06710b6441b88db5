// SPDX-License-Identifier: Apache-2.0
// The part of validation that needs a network's default parameters.
#pragma once

#include <vector>

#include "synfire/network.hpp"

namespace synfire::ir {

// Reports default parameters whose models or names neither the registry nor the network has.
std::vector<Problem> check_defaults(const DefaultParameters& defaults, const Network& network);

}  // namespace synfire::ir
