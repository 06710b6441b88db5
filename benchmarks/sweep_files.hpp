// SPDX-License-Identifier: Apache-2.0
// The files of a sweep: sweep-NAME.csv, .json, and the pictures that gnuplot draws, .png and .svg.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sweep.hpp"

namespace synfire::benchmarks {

struct SweepResult {
  std::string sweep;
  std::vector<std::pair<std::string, std::string>> context;
  std::vector<SweepRow> rows;
};

// Context as lines that begin with `#`, then a header, then a line for each row; an error leaves its figures empty.
std::string to_csv(const SweepResult& result);
std::string to_json(const SweepResult& result);

// Into a folder, which is created. Without gnuplot, pictures are left out and a line on standard error says so.
void write_files(const std::filesystem::path& folder, const SweepResult& result);

}  // namespace synfire::benchmarks
