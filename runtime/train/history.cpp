// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "synfire/base/files.hpp"
#include "synfire/training.hpp"
#include "train/history_members.hpp"

namespace synfire {
namespace {

const OutputScore& find(const std::vector<OutputScore>& scores, const std::string& output, const std::string& path) {
  if (scores.empty())
    throw ModelError({.kind = ProblemKind::missing_data, .path = path, .message = "the history has no scores"});
  if (output.empty() && scores.size() == 1) return scores.front();
  std::vector<std::string> names;
  for (const OutputScore& score : scores) {
    if (score.output == output) return score;
    names.push_back(score.output);
  }
  throw ModelError({.kind = ProblemKind::unknown_name,
                    .path = path,
                    .message = output.empty() ? "several outputs were trained: name one of them"
                                              : "no output \"" + output + "\" was trained",
                    .hint = suggest(output, names),
                    .expected = nearest_name(output, names),
                    .given = output});
}

const EpochRecord& last(const std::vector<EpochRecord>& epochs) {
  if (!epochs.empty()) return epochs.back();
  throw ModelError({.kind = ProblemKind::missing_data, .path = "history", .message = "the history has no epochs"});
}

// The shortest text that reads back exactly; empty for a missing value.
std::string number(double value) {
  if (std::isnan(value)) return "";
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

// Population names need no quotes: they contain neither commas nor quotes.
class Table {
 public:
  void cell(const std::string& name, const std::string& value) {
    const auto found = std::find(names_.begin(), names_.end(), name);
    const auto column = static_cast<std::size_t>(found - names_.begin());
    if (found == names_.end()) names_.push_back(name);
    rows_.back().resize(names_.size());
    rows_.back()[column] = value;
  }
  void cell(const std::string& name, std::uint64_t value) { cell(name, std::to_string(value)); }
  void row() { rows_.emplace_back(); }

  std::string text() const {
    std::string text = line(names_);
    for (std::vector<std::string> row : rows_) {
      row.resize(names_.size());
      text += line(row);
    }
    return text;
  }

 private:
  static std::string line(const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : ",") + cells[i];
    return text + "\n";
  }

  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> rows_;
};

void add_scores(Table& table, const std::string& prefix, const std::vector<OutputScore>& scores) {
  for (const OutputScore& score : scores) {
    table.cell(prefix + score.output + ".loss", number(score.loss));
    if (!score.metric.empty()) table.cell(prefix + score.output + "." + score.metric, number(score.value));
  }
}

void add_epoch(Table& table, const EpochRecord& epoch) {
  table.row();
  table.cell("epoch", epoch.epoch);
  table.cell("learning_rate", number(epoch.learning_rate));
  table.cell("examples", epoch.examples);
  table.cell("batches", epoch.batches);
  table.cell("seconds", number(epoch.seconds));
  table.cell("validation_seconds", number(epoch.validation_seconds));
  table.cell("replays", epoch.replays);
  add_scores(table, "", epoch.training);
  add_scores(table, "validation.", epoch.validation);
  for (const PopulationActivity& activity : epoch.activity) {
    table.cell(activity.population + ".spikes", activity.spikes);
    table.cell(activity.population + ".triggered", activity.triggered);
    table.cell(activity.population + ".near_tangent", activity.near_tangent);
  }
}

void save_text(const std::filesystem::path& path, const std::string& text) {
  base::write_file(path, std::as_bytes(std::span(text)));
}

}  // namespace

std::string_view to_string(TrainingEnd end) {
  switch (end) {
    case TrainingEnd::completed: return "completed";
    case TrainingEnd::early_stopping: return "early_stopping";
    case TrainingEnd::callback: return "callback";
    case TrainingEnd::stopped: return "stopped";
  }
  return "unknown";
}

const OutputScore& History::training(const std::string& output) const {
  return find(last(epochs).training, output, "history.training");
}

const OutputScore& History::validation(const std::string& output) const {
  return find(last(epochs).validation, output, "history.validation");
}

void History::save_csv(const std::filesystem::path& path) const {
  Table table;
  for (const EpochRecord& epoch : epochs) add_epoch(table, epoch);
  save_text(path, table.text());
}

std::string History::json() const { return artifact::json_text(artifact::write(*this)); }
void History::save_json(const std::filesystem::path& path) const { save_text(path, json()); }

}  // namespace synfire
