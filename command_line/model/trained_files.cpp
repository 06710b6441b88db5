// SPDX-License-Identifier: Apache-2.0
#include "model/trained_files.hpp"

#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "model/model_file.hpp"
#include "synfire/base/files.hpp"
#include "synfire/error.hpp"

namespace synfire::command_line {
namespace {

namespace fs = std::filesystem;

// Where there may be room, by variables of the environment and usual places.
std::vector<fs::path> other_folders() {
  std::vector<fs::path> folders;
  for (const char* variable : {"TMPDIR", "HOME"}) {
    const char* const folder = std::getenv(variable);
    if (folder != nullptr && *folder != 0) folders.emplace_back(folder);
  }
  folders.insert(folders.end(), {"/tmp", "/var/tmp", "/dev/shm"});
  return folders;
}

// The file that was written instead.
std::optional<fs::path> write_elsewhere(const fs::path& path, const Description& trained) {
  const std::string name = "synfire-" + stem_of(path) + "-" + base::random_token() + ".json";
  for (const fs::path& folder : other_folders()) {
    try {
      write_description(folder / name, trained);
      return folder / name;
    } catch (const DataError&) {  // the next one
    }
  }
  return std::nullopt;
}

}  // namespace

void write_trained(const fs::path& path, const Description& trained, const fs::path& checkpoint) {
  std::vector<Problem> problems;
  try {
    return write_description(path, trained);
  } catch (const DataError& error) {
    problems = error.problems();
  }
  const std::optional<fs::path> elsewhere = write_elsewhere(path, trained);
  std::error_code error;
  std::string& hint = problems.front().hint;
  if (!hint.empty()) hint += "; ";
  if (elsewhere)
    hint += "the trained network is in \"" + elsewhere->string() + "\"";
  else if (!checkpoint.empty() && fs::exists(checkpoint, error))
    hint += "free space, then use --resume with \"" + checkpoint.string() + "\"";
  else
    hint += "no other folder has room for the trained network";
  throw RunError(std::move(problems));
}

}  // namespace synfire::command_line
