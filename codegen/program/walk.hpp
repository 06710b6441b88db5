// SPDX-License-Identifier: Apache-2.0
// Visits the expressions and statements in the bodies of phases.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "synfire/codegen/program.hpp"

namespace synfire::codegen {

// Visits every expression and subexpression of a body, including indices and conditions, in order of evaluation.
void for_each_expression(const std::vector<Statement>& body, const std::function<void(const Expr&)>& visit);

// Visits every statement, including nested ones.
void for_each_statement(const std::vector<Statement>& body, const std::function<void(const Statement&)>& visit);

// Whether an expression of the body reads this local.
bool reads_local(const std::vector<Statement>& body, const std::string& local);

}  // namespace synfire::codegen
