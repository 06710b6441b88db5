// SPDX-License-Identifier: Apache-2.0
// Forward values that a body of the backward pass reads by their names in the trace: recomputed from what the backward
// pass has, or kept by the forward pass.
#pragma once

#include <functional>

#include "adjoint/trace.hpp"
#include "lower/scope.hpp"

namespace synfire::codegen {

// Makes the forward pass keep a value; returns the expression with which the backward pass reads it.
using Keep = std::function<Expr(const Trace::Definition& definition)>;

// Prepends the trace values that the statements of `body` need, and drops statements that nothing needs. Values are
// kept either where the body reads them or where they originate, in the states at the start of the step, whichever is
// smaller. Without `keep`, arrays still hold what the trace read from them.
void recall(Body& body, const Trace& trace, const Program& program, const Keep& keep);

}  // namespace synfire::codegen
