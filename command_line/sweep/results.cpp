// SPDX-License-Identifier: Apache-2.0
#include "sweep/results.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "data/csv.hpp"
#include "synfire/base/files.hpp"
#include "synfire/base/readable.hpp"

namespace synfire::command_line {
namespace {

using Row = std::vector<std::string>;

// Empty for a missing value.
std::string cell_of(double value) { return std::isnan(value) ? std::string{} : base::exact_decimal(value); }

double number_in(const std::string& cell, const std::filesystem::path& path, std::size_t row) {
  if (cell.empty()) return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error == std::errc{} && end == cell.data() + cell.size()) return value;
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = path.string(),
                   .message = "a result in row " + std::to_string(row + 1) + " is not a number",
                   .given = cell});
}

Row joined(Row first, const Row& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// The values of the axes and the seed, as in the table.
Row key_of(const Grid& grid, const PlannedRun& run) {
  return joined(grid.values(run.point), {std::to_string(run.seed)});
}

}  // namespace

SweepResults::SweepResults(const Grid& grid, std::vector<PlannedRun> runs, std::filesystem::path path)
    : grid_(grid), runs_(std::move(runs)), path_(std::move(path)) {
  std::error_code ignored;
  if (!path_.empty() && std::filesystem::exists(path_, ignored)) take_over();
}

Row SweepResults::key_columns() const {
  Row names{"run"};
  for (const Axis& axis : grid_.axes) names.push_back(axis.path);
  names.emplace_back("seed");
  return names;
}

void SweepResults::take_over() {
  const Csv table = read_csv(path_);
  const Row keys = key_columns();
  const std::size_t first = keys.size();
  const bool same = table.names.size() > first && std::equal(keys.begin(), keys.end(), table.names.begin()) &&
                    table.names.back() == "seconds";
  if (!same) {
    const auto list = [](const Row& names) {
      std::string text;
      for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
      return text;
    };
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = path_.string(),
                     .message = "the file is not the table of this sweep",
                     .hint = "use another file for --output, or the same paths in --set",
                     .expected = "the columns " + list(joined(keys, {"…", "seconds"})),
                     .given = list(table.names)});
  }
  names_.assign(table.names.begin() + static_cast<std::ptrdiff_t>(first), table.names.end() - 1);
  std::map<Row, PlannedRun*> planned;
  for (PlannedRun& run : runs_) planned.emplace(key_of(grid_, run), &run);
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const Row& row = table.rows[r];
    const auto begin = row.begin() + 1;
    const auto found = planned.find(Row(begin, begin + static_cast<std::ptrdiff_t>(first) - 1));
    if (found == planned.end()) {
      other_rows_.push_back(row);
      continue;
    }
    PlannedRun& run = *found->second;
    if (row.front() != run.identity || run.result) {
      throw DataError({.kind = ProblemKind::invalid_option,
                       .path = path_.string(),
                       .message = "row " + std::to_string(r + 1) +
                                  (run.result ? " repeats an earlier row"
                                              : " was run with another network, other data, options or version"),
                       .hint = "use another file for --output, or remove the row to run it again",
                       .expected = run.identity,
                       .given = row.front()});
    }
    RunResult result{.values = {}, .seconds = number_in(row.back(), path_, r)};
    for (std::size_t v = 0; v < names_.size(); ++v) {
      if (!row[first + v].empty()) result.values.emplace_back(names_[v], number_in(row[first + v], path_, r));
    }
    run.result = std::move(result);
    run.from_file = true;
  }
}

Row SweepResults::value_names() const {
  Row names = names_;
  for (const PlannedRun& run : runs_) {
    if (!run.result) continue;
    for (const auto& [name, value] : run.result->values) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

void SweepResults::add(std::size_t index, RunResult result) {
  runs_[index].result = std::move(result);
  if (path_.empty()) return;
  const Row names = value_names();
  Csv table{.names = joined(joined(key_columns(), names), {"seconds"}), .rows = {}};
  for (const PlannedRun& run : runs_) {
    if (!run.result) continue;
    Row row = joined({run.identity}, key_of(grid_, run));
    for (const std::string& name : names) {
      const auto& values = run.result->values;
      const auto found =
          std::find_if(values.begin(), values.end(), [&](const auto& each) { return each.first == name; });
      row.push_back(found == values.end() ? "" : cell_of(found->second));
    }
    row.push_back(cell_of(run.result->seconds));
    table.rows.push_back(std::move(row));
  }
  for (Row row : other_rows_) {
    row.insert(row.end() - 1, table.names.size() - row.size(), "");
    table.rows.push_back(std::move(row));
  }
  const std::string text = csv_text(table);
  base::write_file(path_, std::as_bytes(std::span(text)));
}

std::optional<SweepResults::Statistics> SweepResults::statistics(std::size_t point, const std::string& name) const {
  std::vector<double> values;
  for (const PlannedRun& run : runs_) {
    if (run.point != point || !run.result) continue;
    for (const auto& [each, value] : run.result->values) {
      if (each == name && !std::isnan(value)) values.push_back(value);
    }
  }
  if (values.empty()) return std::nullopt;
  Statistics result{.count = values.size(), .mean = 0, .deviation = std::nullopt};
  const auto count = static_cast<double>(values.size());
  for (const double value : values) result.mean += value / count;
  if (values.size() == 1) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.deviation = std::sqrt(squares / (count - 1));
  return result;
}

std::string SweepResults::text() const {
  const Row names = value_names();
  Row heading;
  for (const Axis& axis : grid_.axes) heading.push_back(axis.path);
  heading.emplace_back("runs");
  std::vector<Row> rows{joined(heading, names)};
  for (std::size_t point = 0; point < grid_.points(); ++point) {
    const auto done = std::count_if(runs_.begin(), runs_.end(),
                                    [&](const PlannedRun& run) { return run.point == point && run.result; });
    Row row = joined(grid_.values(point), {std::to_string(done)});
    for (const std::string& name : names) {
      const auto found = statistics(point, name);
      if (!found) {
        row.emplace_back("-");
        continue;
      }
      row.push_back(decimal(found->mean, 4) + (found->deviation ? " ± " + decimal(*found->deviation, 2) : ""));
    }
    rows.push_back(std::move(row));
  }
  return table(rows);
}

Json SweepResults::document() const {
  Json runs = Json::array(), points = Json::array();
  const auto settings = [&](std::size_t point) {
    Json object = Json::object();
    const Row values = grid_.values(point);
    for (std::size_t a = 0; a < values.size(); ++a) object[grid_.axes[a].path] = values[a];
    return object;
  };
  for (const PlannedRun& run : runs_) {
    if (!run.result) continue;
    Json entry = {{"settings", settings(run.point)}, {"seed", run.seed}, {"from_file", run.from_file}};
    entry["seconds"] = run.result->seconds;
    entry["values"] = Json::object();
    for (const auto& [name, value] : run.result->values) entry["values"][name] = value;
    runs.push_back(std::move(entry));
  }
  for (std::size_t point = 0; point < grid_.points(); ++point) {
    Json values = Json::object();
    for (const std::string& name : value_names()) {
      const auto found = statistics(point, name);
      if (!found) continue;
      values[name] = {{"runs", found->count}, {"mean", found->mean}, {"deviation", nullptr}};
      if (found->deviation) values[name]["deviation"] = *found->deviation;
    }
    points.push_back({{"settings", settings(point)}, {"values", std::move(values)}});
  }
  return {{"runs", std::move(runs)}, {"points", std::move(points)}};
}

}  // namespace synfire::command_line
