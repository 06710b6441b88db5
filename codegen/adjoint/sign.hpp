// SPDX-License-Identifier: Apache-2.0
// Bounds of expressions by interval arithmetic, valid for all values of the states.
#pragma once

#include <limits>
#include <map>
#include <string>

#include "synfire/language/expression.hpp"

namespace synfire::codegen {

struct Interval {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
};

// Bounds of the expression if each name is within its own bounds; names that are not listed are unbounded. Never too
// narrow, except by rounding.
Interval bounds_of(const language::Expression& expression, const std::map<std::string, Interval, std::less<>>& names);

}  // namespace synfire::codegen
