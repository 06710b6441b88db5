// SPDX-License-Identifier: Apache-2.0
// Surrogates of users as rules of training programs.
#pragma once

#include <string>

#include "synfire/codegen/training.hpp"
#include "synfire/surrogate.hpp"

namespace synfire::codegen {

// The rule of a surrogate with its values in place, which must have no problems (`problems_of`). Throws ModelError,
// with paths that begin with `path`, if its texts have no use with these values: they are not finite, the derivative is
// 0 everywhere, or the support is not > 0.
SurrogateRule surrogate_rule(const SurrogateModel& model, bool detach_reset, const std::string& path);

}  // namespace synfire::codegen
