// SPDX-License-Identifier: Apache-2.0
// How the program ends when it is told to: at once, and leaving nothing half-done behind.
#pragma once

namespace synfire::command_line {

// Standard input, output and error that were closed become /dev/null, before anything else is opened under their numbers. Reading
// and writing there fails, as it did.
void open_standard_descriptors();

// From then on SIGINT, SIGTERM and SIGHUP remove temporary files, end child processes, and end the program with the code
// 128 + signal, whatever its threads are doing. Writing to a pipe that nobody reads,
// or a file longer than it may be (ulimit -f), is an error, no signal.
void watch_signals();

// Ends the program as SIGPIPE would have, but without leaving temporary files.
[[noreturn]] void end_by_broken_pipe();

}  // namespace synfire::command_line
