// SPDX-License-Identifier: Apache-2.0
// What Synfire says when something looks wrong but can be done: each kind of warning has an id that stays, all of them are
// in one table, and one handler receives them. Nothing is lost where nobody asks: by default they go to standard error.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "synfire/error.hpp"

namespace synfire {

// A row of the table. The id of a warning is its kind: scripts may match it.
struct WarningInfo {
  ProblemKind kind;
  std::string_view when;  // one sentence
  std::string_view hint;  // what to do
};
const std::vector<WarningInfo>& warning_table();

// `problem`, whose kind is in the table, as a warning, with the hint of the table where it has none.
Problem make_warning(Problem problem);

using WarningHandler = std::function<void(const Problem&)>;
// What receives the warnings that no option of a call receives (RunOptions::warn, …): of compilers, of sessions, of files. By
// default, and after an empty one was set, a line on standard error. Returns the one before. Thread-safe; a handler may
// throw, which ends what gave the warning.
WarningHandler set_warning_handler(WarningHandler handler);

// Hands warnings to `handler`, or to that of the program where it is empty.
void deliver(const Problem& warning, const WarningHandler& handler = {});
void deliver(const std::vector<Problem>& warnings, const WarningHandler& handler = {});

}  // namespace synfire
