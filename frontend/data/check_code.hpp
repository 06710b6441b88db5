// SPDX-License-Identifier: Apache-2.0
// Options of latency codes.
#pragma once

#include "synfire/data.hpp"

namespace synfire {

// Throw DataError (invalid_value) for the first option that is out of range; its name is the path.
void check_code(const LinearLatency& code);
void check_code(const LogLatency& code);

}  // namespace synfire
