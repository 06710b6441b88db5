// SPDX-License-Identifier: Apache-2.0
// Warnings: something looks wrong, but the operation can proceed. Each kind has a stable id, one table lists them all,
// and one handler receives them; by default they go to standard error.
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

// `problem`, whose kind is in the table, as a warning; without a hint it gets that of the table.
Problem make_warning(Problem problem);

using WarningHandler = std::function<void(const Problem&)>;
// Sets what receives the warnings that no option of a call (RunOptions::warn, …) receives: those of compilers, sessions
// and files. By default, and after an empty handler is set, they are printed to standard error, one per line. Returns
// the previous handler. Thread-safe; a handler may throw, which aborts the operation that warned.
WarningHandler set_warning_handler(WarningHandler handler);

// Passes warnings to `handler`, or to the handler of the program if `handler` is empty.
void deliver(const Problem& warning, const WarningHandler& handler = {});
void deliver(const std::vector<Problem>& warnings, const WarningHandler& handler = {});

}  // namespace synfire
