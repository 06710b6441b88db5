// SPDX-License-Identifier: Apache-2.0
// What a session's options come to for a program.
#pragma once

#include "synfire/contract/artifact.hpp"
#include "synfire/session.hpp"

namespace synfire::runtime {

// The options with numbers in place of what was left to be chosen. Throws ModelError (invalid_option) with all that does
// not fit.
SessionOptions resolve(SessionOptions options, const contract::Manifest& manifest);

}  // namespace synfire::runtime
