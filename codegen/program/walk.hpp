// SPDX-License-Identifier: Apache-2.0
// Walks over the bodies of phases, for whoever wants to know what occurs in them.
#pragma once

#include <functional>
#include <vector>

#include "synfire/codegen/program.hpp"

namespace synfire::codegen {

// Every expression and subexpression of a body, indices and conditions included, in order of evaluation.
void for_each_expression(const std::vector<Statement>& body, const std::function<void(const Expr&)>& visit);

// Every statement, those inside others included.
void for_each_statement(const std::vector<Statement>& body, const std::function<void(const Statement&)>& visit);

}  // namespace synfire::codegen
