// SPDX-License-Identifier: Apache-2.0
// Checks the files that a command writes before it begins its work.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "options.hpp"

namespace synfire::command_line {

// A file, and the option or operand that names it: `--output`, `MODEL`.
struct NamedFile {
  std::string option;
  std::filesystem::path path;
};

// The model that the operand names, with its tensors if it is a description.
std::vector<NamedFile> model_files(const Arguments& arguments, const std::string& operand = "MODEL");
// The files of --input and --labels, also of those for validation.
std::vector<NamedFile> data_files(const Arguments& arguments);

// A description to be written, and the tensors that may be written beside it.
std::vector<NamedFile> description_files(const std::string& option, const std::filesystem::path& json);

// Throws UsageError for two outputs that are the same file, for an output that is also read, and for standard output if
// --json writes its document there or the command writes `printed` there; DataError (file_access) for an output that
// cannot be written.
void check_outputs(const Arguments& arguments, const std::vector<NamedFile>& outputs,
                   const std::vector<NamedFile>& read, const std::string& printed = {});

// The bytes of a written file; 0 if there is no such file, as with a pipe.
std::size_t written_bytes(const std::filesystem::path& path);

}  // namespace synfire::command_line
