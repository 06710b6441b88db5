// SPDX-License-Identifier: Apache-2.0
// The difference of two values that are computed the same way: common terms cancel symbolically, free of rounding.
#pragma once

#include "adjoint/trace.hpp"

namespace synfire::codegen {

// a − b; null if it is 0. Traced values that are computed the same way are expanded, so common terms cancel.
Expr difference(const Trace& trace, const Expr& a, const Expr& b);

}  // namespace synfire::codegen
