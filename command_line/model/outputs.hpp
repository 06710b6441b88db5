// SPDX-License-Identifier: Apache-2.0
// The files that a command writes, looked at before it begins its work.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "options.hpp"

namespace synfire::command_line {

// A file, and what names it: `--output`, `MODEL`.
struct NamedFile {
  std::string option;
  std::filesystem::path path;
};

// The model that the operand names, with its tensors where it is a description.
std::vector<NamedFile> model_files(const Arguments& arguments, const std::string& operand = "MODEL");
// The files of --input and --labels.
std::vector<NamedFile> data_files(const Arguments& arguments);

// A description that is written, and the tensors that may go beside it.
std::vector<NamedFile> description_files(const std::string& option, const std::filesystem::path& json);

// Throws UsageError for two outputs that are one file, for an output that is one of the files that are read, and for standard
// output where --json writes its document there, or the command what is `printed`; DataError (file_access) for an output that
// cannot be written.
void check_outputs(const Arguments& arguments, const std::vector<NamedFile>& outputs,
                   const std::vector<NamedFile>& read, const std::string& printed = {});

// The bytes of what was written; 0 where nothing lies there any more, as in a pipe.
std::size_t written_bytes(const std::filesystem::path& path);

}  // namespace synfire::command_line
