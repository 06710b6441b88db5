// SPDX-License-Identifier: Apache-2.0
// Tables as files: comma-separated values with a line of names (RFC 4180).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace synfire::command_line {

struct Csv {
  std::vector<std::string> names;              // of the columns
  std::vector<std::vector<std::string>> rows;  // each with a cell per column
};

// Throws DataError: file_access; malformed_file, with the line, for rows of another length than the first line, for
// columns with the same name, for unmatched quotes, and for files of more than 64 MiB.
Csv read_csv(const std::filesystem::path& path);

// With quotes where they are needed.
std::string csv_text(const Csv& table);

}  // namespace synfire::command_line
