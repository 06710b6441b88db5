// SPDX-License-Identifier: Apache-2.0
// Bounds of expressions by interval arithmetic: what can be said of them whatever the states are.
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

// Bounds of the expression where each name lies within its own; names that are not listed can be anything. Never too
// narrow, but for rounding.
Interval bounds_of(const language::Expression& expression, const std::map<std::string, Interval, std::less<>>& names);

}  // namespace synfire::codegen
