// SPDX-License-Identifier: Apache-2.0
// Resolves the options of a session for a program.
#pragma once

#include "synfire/contract/artifact.hpp"
#include "synfire/session.hpp"

namespace synfire::runtime {

// The options with defaults replaced by numbers. Throws ModelError (invalid_option) with all problems.
SessionOptions resolve(SessionOptions options, const contract::Manifest& manifest);

}  // namespace synfire::runtime
