// SPDX-License-Identifier: Apache-2.0
// Ends the program on signals: at once, without leaving anything incomplete behind.
#pragma once

namespace synfire::command_line {

// Opens /dev/null for closed standard input, output and error, before anything else is opened under their numbers.
// Reading and writing there still fails.
void open_standard_descriptors();

// From then on SIGINT, SIGTERM and SIGHUP remove temporary files, end child processes, and end the program with the
// code 128 + signal, whatever its threads are doing. Writing to a pipe without readers, or beyond the file size limit
// (ulimit -f), is an error, not a signal.
void watch_signals();

// Ends the program as SIGPIPE would, but without leaving temporary files.
[[noreturn]] void end_by_broken_pipe();

}  // namespace synfire::command_line
