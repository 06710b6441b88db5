// SPDX-License-Identifier: Apache-2.0
// Runs the built program like a shell.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/scratch_folder.hpp"

namespace synfire::test {

using Words = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

struct Ended {
  int exit_code = -1;  // 128 + signal if killed by one
  bool signaled = false;
  std::string output, messages;  // standard output and error

  nlohmann::json json() const { return nlohmann::json::parse(output); }
};

// A working folder for the program, with a cache shared by all tests.
class Workplace {
 public:
  Workplace();
  const ScratchFolder& folder() const { return folder_; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  void write(const std::string& name, const std::string& content) const;
  std::string read(const std::string& name) const;
  bool has(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  // Names of all files, sorted.
  Words files() const;

  // Runs `synfire WORDS…` to completion.
  Ended synfire(const Words& words, const Environment& environment = {}) const;
  // Runs any program from PATH.
  Ended run(const Words& words, const Environment& environment = {}) const;
  // Starts the program without waiting; finish() waits for it.
  pid_t start(const Words& words, const Environment& environment = {}) const;
  Ended finish(pid_t process) const;

  // Whether the process has used a fifth of a second of processor time.
  static bool is_busy(pid_t process);

  // An environment without compilers and NVRTC.
  Environment without_compilers() const;
  // An environment with an empty PATH.
  Environment without_programs() const;

 private:
  ScratchFolder folder_, hidden_;  // hidden_: messages, output and temporary files
};

// `three.json`: three neurons that relay their inputs, so the class is the largest input.
extern const char* const three_json;
// Writes it with its data: x.npy (float32, 5 × 3), y.npy (the correct labels, int64).
void write_three(const Workplace& place);

}  // namespace synfire::test
