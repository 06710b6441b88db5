// SPDX-License-Identifier: Apache-2.0
// The results of a sweep: a table with a row for each run, which a later sweep continues.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "output.hpp"
#include "sweep/grid.hpp"

namespace synfire::command_line {

struct RunResult {
  std::vector<std::pair<std::string, double>> values;  // by name; in order
  double seconds = 0;
};

// A run of the grid.
struct PlannedRun {
  std::size_t point = 0;
  std::uint64_t seed = 0;
  std::string identity;  // a hash of everything that it is run with
  std::optional<RunResult> result = std::nullopt;
  bool from_file = false;
};

class SweepResults {
 public:
  // `path`: the table; empty: none. Takes over the results that it has. Throws DataError for a table of another sweep,
  // for rows of the grid that were run with anything else, and for a malformed table.
  SweepResults(const Grid& grid, std::vector<PlannedRun> runs, std::filesystem::path path);

  const std::vector<PlannedRun>& runs() const { return runs_; }
  // Adds a result and replaces the table. Throws DataError (file_access).
  void add(std::size_t index, RunResult result);

  // A row for each combination of values: mean and standard deviation of each value over the seeds.
  std::string text() const;
  Json document() const;

 private:
  void take_over();
  std::vector<std::string> key_columns() const;
  std::vector<std::string> value_names() const;
  struct Statistics {
    std::size_t count = 0;
    double mean = 0;
    std::optional<double> deviation;  // of the sample; unset for a single value
  };
  std::optional<Statistics> statistics(std::size_t point, const std::string& name) const;

  const Grid& grid_;
  std::vector<PlannedRun> runs_;
  std::filesystem::path path_;
  std::vector<std::string> names_;                    // of the values in the table
  std::vector<std::vector<std::string>> other_rows_;  // of the table, not of this grid; padded to its columns
};

}  // namespace synfire::command_line
