// SPDX-License-Identifier: Apache-2.0
// Runs the command of a command line, and turns what it throws into an exit code.
#pragma once

#include <string>
#include <vector>

namespace synfire::command_line {

// The exit codes of the program (docs/command-line.md).
enum ExitCode : int {
  exit_ok = 0,
  exit_run_failed = 1,
  exit_usage = 2,
  exit_invalid = 3,        // model or data
  exit_build_failed = 4,   // generated code did not compile or load
  exit_no_device = 5,      // or not enough memory
  exit_interrupted = 130,  // by SIGINT
};

// `words` are the arguments after the program's name. Returns the exit code; throws nothing.
int dispatch(const std::vector<std::string>& words) noexcept;

}  // namespace synfire::command_line
