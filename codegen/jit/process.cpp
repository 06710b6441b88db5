// SPDX-License-Identifier: Apache-2.0
#include "jit/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "synfire/error.hpp"

extern char** environ;

namespace synfire::codegen::jit {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& message) {
  throw BuildError({.kind = ProblemKind::file_access, .path = path, .message = message + ": " + std::strerror(errno)});
}

std::string read_all(int descriptor) {
  std::string output;
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count > 0)
      output.append(buffer, static_cast<std::size_t>(count));
    else if (count == 0 || errno != EINTR)
      return output;
  }
}

std::string make_folder() {
  const char* base = std::getenv("TMPDIR");
  std::string path = std::string(base && *base ? base : "/tmp") + "/synfire-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) fail(path, "the temporary folder could not be created");
  return path;
}

// Ends the child and everything it has started, which are one process group. Compilers remove their temporary files
// when they are asked to end, and could still write into folders that are removed next, so this waits for up to a
// second.
void end_group(pid_t child) {
  kill(-child, SIGTERM);
  for (int round = 0; round < 100; ++round) {
    siginfo_t ended{};
    if (waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid != 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder() : on_abandon_([this] { path_ = make_folder(); }, [this] { remove(); }) {}

// Renames the folder first: another thread may still be writing into it, and then no longer finds it. What it creates
// just then, or removes itself, ends a removal early, so it is tried again.
void TemporaryFolder::remove() const {
  const std::string going = path_ + "-going";
  std::error_code ignored;
  std::filesystem::rename(path_, going, ignored);
  for (int round = 0; round < 100; ++round) {
    std::filesystem::remove_all(going, ignored);
    if (!std::filesystem::exists(going, ignored)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

ProcessResult run_process(const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail(arguments[0], "the pipe could not be created");
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t child = 0;
  int error = 0;
  const auto spawn = [&] {
    error = posix_spawnp(&child, pointers[0], &actions, &attributes, pointers.data(), environ);
  };
  const auto end_child = [&] {
    if (error == 0) end_group(child);
  };
  const base::OnAbandon on_abandon(spawn, end_child);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  ProcessResult result;
  if (error != 0) {
    result.exit_code = 127;
    result.start_error = error;
    result.output = arguments[0] + ": " + std::strerror(error);
  } else {
    result.output = read_all(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  close(ends[0]);
  return result;
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file.flush()) fail(path, "the file could not be written");
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path, "the file could not be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace synfire::codegen::jit
