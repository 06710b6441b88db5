// SPDX-License-Identifier: Apache-2.0
// Texts as functions: what statements and calls mean as expressions of the values before them.
#pragma once

#include <functional>
#include <vector>

#include "lower/symbolic.hpp"

namespace synfire::codegen {

// What each assigned name is after the statements, in terms of all names before them. Branches become choices.
symbolic::Substitution effect_of(const std::vector<language::Statement>& statements);

// Calls `visit` with the expression and all its parts.
void for_each_part(const language::Expression& expression,
                   const std::function<void(const language::Expression&)>& visit);

}  // namespace synfire::codegen
