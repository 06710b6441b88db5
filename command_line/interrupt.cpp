// SPDX-License-Identifier: Apache-2.0
#include "interrupt.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>
#include <thread>

#include "synfire/base/abandon.hpp"

namespace synfire::command_line {
namespace {

int signal_pipe[2];

// A signal handler may do little: the watching thread does the work.
void pass_on(int signal) {
  const int error = errno;
  const auto number = static_cast<unsigned char>(signal);
  static_cast<void>(!::write(signal_pipe[1], &number, 1));
  errno = error;
}

// Not SIG_IGN, which child processes would inherit.
void pass_over(int) {}

void handle(int signal, void (*handler)(int)) {
  struct sigaction before {};
  // A signal that was ignored at startup (nohup, a background job) stays ignored.
  if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

std::atomic<bool> deferring{false};
std::atomic<int> deferred{0};

void say(const std::string& text) {
  const std::string message = std::string(isatty(STDERR_FILENO) != 0 ? "\n" : "") + "synfire: " + text + "\n";
  static_cast<void>(!::write(STDERR_FILENO, message.data(), message.size()));
}

void watch() {
  for (;;) {
    unsigned char signal = 0;
    while (::read(signal_pipe[0], &signal, 1) != 1) {
    }
    int none = 0;
    if (deferring && deferred.compare_exchange_strong(none, signal)) {
      say("ending after this batch; a second signal ends at once");
      continue;
    }
    base::abandon();
    say("interrupted");
    ::_exit(128 + signal);
  }
}

}  // namespace

void open_standard_descriptors() {
  for (;;) {
    const int opened = ::open("/dev/null", O_RDONLY);
    if (opened < 0) return;
    if (opened > STDERR_FILENO) return void(::close(opened));
    // Opened in the wrong direction, so that reads and writes fail as if it were still closed.
    const int wrong = opened == STDIN_FILENO ? ::open("/dev/null", O_WRONLY) : -1;
    if (wrong < 0) continue;
    ::dup2(wrong, opened);
    ::close(wrong);
  }
}

void watch_signals() {
  // Files that grow too large and pipes without readers are errors, not signals.
  for (const int signal : {SIGPIPE, SIGXFSZ}) handle(signal, pass_over);
  if (::pipe2(signal_pipe, O_CLOEXEC) != 0) return;  // signals then have their default effect
  try {
    std::thread(watch).detach();
  } catch (const std::system_error&) {  // no thread can start: the same
    return;
  }
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) handle(signal, pass_on);
}

DeferredSignal::DeferredSignal() {
  deferred = 0;
  deferring = true;
}
DeferredSignal::~DeferredSignal() { deferring = false; }
int DeferredSignal::received() const { return deferred; }

void end_by_broken_pipe() {
  base::abandon();
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
  ::_exit(128 + SIGPIPE);
}

}  // namespace synfire::command_line
