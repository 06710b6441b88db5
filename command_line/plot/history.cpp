// SPDX-License-Identifier: Apache-2.0
// The plot of a training.
#include <algorithm>
#include <limits>
#include <map>

#include "data/csv.hpp"
#include "options.hpp"
#include "plot/plots.hpp"
#include "synfire/metrics.hpp"

namespace synfire::command_line {
namespace {

constexpr const char* epoch_column = "epoch";
constexpr const char* validation_prefix = "validation.";

[[noreturn]] void not_a_history(const std::filesystem::path& file, const std::string& message,
                                const std::string& given) {
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = file.string(),
                   .message = message,
                   .expected = "a table of synfire train --history",
                   .given = given});
}

// A column of losses or of a metric: `validation.out.loss`.
struct Scores {
  std::size_t column;
  std::string label;   // `validation.out`
  std::string output;  // `out`
  std::string score;   // `loss`, or the name of the metric
};

std::vector<Scores> scores_of(const Csv& table) {
  std::vector<Scores> all;
  for (std::size_t c = 0; c < table.names.size(); ++c) {
    const std::string& name = table.names[c];
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos) continue;
    Scores scores{
        .column = c, .label = name.substr(0, dot), .output = name.substr(0, dot), .score = name.substr(dot + 1)};
    if (scores.label.starts_with(validation_prefix))
      scores.output = scores.label.substr(std::string(validation_prefix).size());
    if (scores.score == "loss" || is_metric(scores.score)) all.push_back(std::move(scores));
  }
  return all;
}

// Those of the outputs that are asked for.
std::vector<Scores> choose_scores(const Csv& table, const std::vector<std::string>& outputs,
                                  const std::filesystem::path& file) {
  std::vector<Scores> all = scores_of(table);
  if (all.empty()) not_a_history(file, "the table has neither losses nor metrics", {});
  std::vector<std::string> known;
  for (const Scores& each : all) {
    if (std::find(known.begin(), known.end(), each.output) == known.end()) known.push_back(each.output);
  }
  for (const std::string& wanted : outputs) {
    if (std::find(known.begin(), known.end(), wanted) != known.end()) continue;
    throw DataError({.kind = ProblemKind::unknown_name,
                     .path = file.string(),
                     .message = "the table has no output \"" + wanted + "\"",
                     .hint = suggest(wanted, known),
                     .expected = nearest_name(wanted, known),
                     .given = wanted});
  }
  std::erase_if(all, [&](const Scores& each) {
    return !outputs.empty() && std::find(outputs.begin(), outputs.end(), each.output) == outputs.end();
  });
  return all;
}

// Empty cells are missing values.
Series series_of(const Csv& table, std::size_t epochs, const Scores& scores, const PlotOptions& options,
                 const std::filesystem::path& file) {
  Series series{.label = scores.label, .points = {}};
  const double last = options.to.value_or(std::numeric_limits<double>::infinity());
  for (const std::vector<std::string>& row : table.rows) {
    const std::string& cell = row[scores.column];
    const auto epoch = to_number(row[epochs]);
    if (!epoch) not_a_history(file, "an epoch is not a number", row[epochs]);
    if (cell.empty() || cell == "inf") continue;
    const auto value = to_number(cell);
    if (!value) not_a_history(file, "a value of " + table.names[scores.column] + " is not a number", cell);
    if (*epoch >= options.from && *epoch <= last) series.points.emplace_back(*epoch, *value);
  }
  return series;
}

}  // namespace

Figure history(const std::filesystem::path& file, const PlotOptions& options) {
  if (options.example || !options.neurons.empty())
    throw UsageError(usage_problem(options.example ? "--example" : "--neurons", "a history has no such option"));
  const Csv table = read_csv(file);
  const auto found = std::find(table.names.begin(), table.names.end(), epoch_column);
  if (found == table.names.end()) not_a_history(file, "the table has no column \"epoch\"", {});
  const auto epochs = static_cast<std::size_t>(found - table.names.begin());
  Figure figure{.title = options.title.empty() ? "training" : options.title, .x_label = "epoch", .panels = {}};
  std::map<std::string, std::size_t> panels;  // by score
  for (const Scores& scores : choose_scores(table, options.objects, file)) {
    const auto [place, is_new] = panels.emplace(scores.score, figure.panels.size());
    if (is_new)
      figure.panels.push_back({.title = scores.score, .y_label = {}, .mark = Mark::marked_lines, .series = {}});
    figure.panels[place->second].series.push_back(series_of(table, epochs, scores, options, file));
  }
  const bool empty = std::all_of(figure.panels.begin(), figure.panels.end(), [](const Panel& panel) {
    return std::all_of(panel.series.begin(), panel.series.end(),
                       [](const Series& each) { return each.points.empty(); });
  });
  if (empty) {
    throw DataError({.kind = ProblemKind::missing_data,
                     .path = file.string(),
                     .message = "no epoch in this range has a loss or a metric, so there is nothing to draw"});
  }
  figure.height = static_cast<unsigned>(90 + 220 * figure.panels.size());
  return figure;
}

}  // namespace synfire::command_line
