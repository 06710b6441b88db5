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

// While one is alive, the first of these signals does not end the program: the command asks for it, ends its work and
// writes what it has. The second ends the program as usual.
class DeferredSignal {
 public:
  DeferredSignal();
  ~DeferredSignal();
  DeferredSignal(const DeferredSignal&) = delete;
  DeferredSignal& operator=(const DeferredSignal&) = delete;
  // Its number; 0: none yet.
  int received() const;
};

// Thrown by a command that has ended its work because of a signal: the exit code is 128 + signal.
struct Interrupted {
  int signal;
};

// Ends the program as SIGPIPE would, but without leaving temporary files.
[[noreturn]] void end_by_broken_pipe();

}  // namespace synfire::command_line
