// SPDX-License-Identifier: Apache-2.0
// Prints expressions of a program as C++: the same on every backend, except for array accesses.
#pragma once

#include <functional>
#include <string>

#include "synfire/codegen/program.hpp"

namespace synfire::codegen::text {

// What a backend decides.
struct ExpressionStyle {
  // The element of an array; `index` is the printed index, or empty for the element's own.
  std::function<std::string(ArrayId array, const std::string& index)> element;
  // `i`, `step`, …
  std::function<std::string(Builtin)> builtin;
};

std::string print(const Expr& expression, const ExpressionStyle& style);

}  // namespace synfire::codegen::text
