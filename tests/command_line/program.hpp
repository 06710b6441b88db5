// SPDX-License-Identifier: Apache-2.0
// Runs the program that was built, as a shell would.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "contract/scratch_folder.hpp"

namespace synfire::test {

using Words = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

struct Ended {
  int exit_code = -1;  // 128 + signal where one ended it
  bool signaled = false;
  std::string output, messages;  // standard output and error

  nlohmann::json json() const { return nlohmann::json::parse(output); }
};

// A folder in which the program runs, with a cache that all tests share.
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

  // `synfire WORDS…`, to its end.
  Ended synfire(const Words& words, const Environment& environment = {}) const;
  // Any program, found in PATH.
  Ended run(const Words& words, const Environment& environment = {}) const;
  // Starts the program and leaves it running; finish() waits for it.
  pid_t start(const Words& words, const Environment& environment = {}) const;
  Ended finish(pid_t process) const;

  // Whether the process has used a fifth of a second of the processor.
  static bool is_busy(pid_t process);

  // Environment in which neither compilers nor NVRTC are found.
  Environment without_compilers() const;
  // Environment whose PATH holds nothing.
  Environment without_programs() const;

 private:
  ScratchFolder folder_, hidden_;  // hidden_: what the program writes, and the temporary files
};

// Three neurons that each pass on what they are given, so that the class is the largest input: `three.json`.
extern const char* const three_json;
// Writes it, and data for it: x.npy (float32, 5 × 3), y.npy (the right labels, int64).
void write_three(const Workplace& place);

}  // namespace synfire::test
