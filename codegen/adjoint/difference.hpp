// SPDX-License-Identifier: Apache-2.0
// The difference of two values that are computed alike: what they share cancels in the text, not in rounding.
#pragma once

#include "adjoint/trace.hpp"

namespace synfire::codegen {

// a − b; null where it is 0. Of values of the trace that are computed alike, the difference of what they are made of.
Expr difference(const Trace& trace, const Expr& a, const Expr& b);

}  // namespace synfire::codegen
