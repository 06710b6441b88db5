// SPDX-License-Identifier: Apache-2.0
// Texts as functions: what statements and calls mean as expressions of the values before them.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "lower/symbolic.hpp"

namespace synfire::codegen {

// What each assigned name is after the statements, in terms of all names before them. Branches become choices.
symbolic::Substitution effect_of(const std::vector<language::Statement>& statements);

// `expression` with every call of `function` replaced, innermost first, then folded.
language::Expression replace_calls(const language::Expression& expression, std::string_view function,
                                   const std::function<language::Expression(const language::Expression&)>& replacement);

// Calls `visit` with the expression and all its parts.
void for_each_part(const language::Expression& expression,
                   const std::function<void(const language::Expression&)>& visit);

}  // namespace synfire::codegen
