// SPDX-License-Identifier: Apache-2.0
// What a body of the backward pass reads of the forward one: values of its trace, by name. They are computed again from what
// the backward pass has, or kept by the forward pass.
#pragma once

#include <functional>

#include "adjoint/trace.hpp"
#include "lower/scope.hpp"

namespace synfire::codegen {

// Arranges that a value is kept, and says how the backward pass reads it.
using Keep = std::function<Expr(const Trace::Definition& definition)>;

// Puts in front of the statements of `body` what they need of the trace, and leaves out of them what nothing needs. Values
// are kept either where the body reads them or where they begin, in the states at the start of the step: what is smaller.
// Without `keep`, arrays still hold what the trace read of them.
void recall(Body& body, const Trace& trace, const Program& program, const Keep& keep);

}  // namespace synfire::codegen
