// SPDX-License-Identifier: Apache-2.0
// Runs other programs, and provides files for them to work on.
#pragma once

#include <string>
#include <vector>

#include "synfire/base/abandon.hpp"

namespace synfire::codegen::jit {

// A folder in the system's temporary folder, removed with all its contents, also by base::abandon().
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder() { remove(); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  void remove() const;

  std::string path_;
  base::OnAbandon on_abandon_;
};

struct ProcessResult {
  int exit_code = -1;   // 127: the program could not be started …
  int start_error = 0;  // … for this reason, an errno
  std::string output;   // standard output and error together
};

// Runs `arguments[0]`, searched for in PATH, without a shell, and waits for it. base::abandon() ends it.
ProcessResult run_process(const std::vector<std::string>& arguments);

void write_file(const std::string& path, const std::string& content);
std::string read_file(const std::string& path);

}  // namespace synfire::codegen::jit
