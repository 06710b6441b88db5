// SPDX-License-Identifier: Apache-2.0
// Checks of a network that need the time step, which only a compiler knows.
#pragma once

#include <vector>

#include "synfire/error.hpp"
#include "synfire/network.hpp"

namespace synfire::ir {

// A warning (kind `time_scale`) for every time in ms that is positive but shorter than dt, most likely given
// in s.
std::vector<Problem> check_time_scale(const Network& network, double dt);

// An error for every connection with a delay that is not a multiple of dt (ms), with the nearest multiples. Drawn
// delays are rounded, and so are those of connections with `round_delays`.
std::vector<Problem> check_delays(const Network& network, double dt);

}  // namespace synfire::ir
