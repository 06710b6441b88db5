// SPDX-License-Identifier: Apache-2.0
// Model code as functions: the effect of statements as expressions of the values before them.
#pragma once

#include <functional>
#include <vector>

#include "lower/symbolic.hpp"

namespace synfire::codegen {

// The value of each assigned name after the statements, in terms of the values before them. Branches become
// conditionals.
symbolic::Substitution effect_of(const std::vector<language::Statement>& statements);

// Calls `visit` with the expression and all its parts.
void for_each_part(const language::Expression& expression,
                   const std::function<void(const language::Expression&)>& visit);

}  // namespace synfire::codegen
