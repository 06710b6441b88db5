// SPDX-License-Identifier: Apache-2.0
// Sums over time in the text of a readout: which of its variables are one, and what each step adds.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "synfire/ir/parsed_model.hpp"

namespace synfire::codegen {

// The variables that on_step changes by additions and subtractions alone (`s += e`, `s = e + s - f`), and on_spike not at all.
// Where these stand in a branch, nothing else in it reads the variable.
std::set<std::string> running_sums(const ir::ParsedReadout& readout);

// What the assignment adds to its target, an expression without it; null where it does something else.
language::Expression summand_of(const language::Assign& assigned);

// `statement`, a branch, with `renamed(sum)` in the place of each of the sums.
language::Statement with_sums_renamed(const language::Statement& statement, const std::set<std::string>& sums,
                                      const std::function<std::string(const std::string&)>& renamed);

}  // namespace synfire::codegen
