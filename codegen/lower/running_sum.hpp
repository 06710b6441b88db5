// SPDX-License-Identifier: Apache-2.0
// Finds sums over time in a readout: the variables that are running sums, and what each step adds to them.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "synfire/ir/parsed_model.hpp"

namespace synfire::codegen {

// The variables that on_step changes only by additions and subtractions (`s += e`, `s = e + s - f`), and on_spike not
// at all. If these are in a branch, nothing else in it reads the variable.
std::set<std::string> running_sums(const ir::ParsedReadout& readout);

// What the assignment adds to its target, an expression without it; null if it does anything else.
language::Expression summand_of(const language::Assign& assigned);

// `statement`, a branch, with each of the sums replaced by `renamed(sum)`.
language::Statement with_sums_renamed(const language::Statement& statement, const std::set<std::string>& sums,
                                      const std::function<std::string(const std::string&)>& renamed);

}  // namespace synfire::codegen
