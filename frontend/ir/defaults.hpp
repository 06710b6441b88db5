// SPDX-License-Identifier: Apache-2.0
// The part of validation that needs a network's default parameters.
#pragma once

#include <vector>

#include "synfire/network.hpp"

namespace synfire::ir {

// Default parameters for models or of names that neither the registry nor the network has.
std::vector<Problem> check_defaults(const DefaultParameters& defaults, const Network& network);

}  // namespace synfire::ir
