// SPDX-License-Identifier: Apache-2.0
#include "synfire/early_stopping.hpp"

#include <cmath>

namespace synfire {

std::optional<Monitor> parse_monitor(const std::string& text) {
  const std::size_t first = text.find('.'), last = text.rfind('.');
  if (first == std::string::npos || last + 1 == text.size()) return std::nullopt;
  const std::string part = text.substr(0, first);
  if (part != "training" && part != "validation") return std::nullopt;
  Monitor monitor{.validation = part == "validation", .measure = text.substr(last + 1)};
  if (first == last) return monitor;
  monitor.output = text.substr(first + 1, last - first - 1);
  return monitor.output.empty() ? std::nullopt : std::optional(monitor);
}

std::vector<Problem> problems_of(const EarlyStopping& settings, const std::string& path) {
  std::vector<Problem> problems;
  if (!parse_monitor(settings.monitor)) {
    problems.push_back({.kind = ProblemKind::invalid_option,
                        .path = path + ".monitor",
                        .message = "the text does not name a loss or a metric",
                        .hint = "for example \"validation.loss\" or \"training.sparse_categorical_accuracy\"",
                        .expected = "training|validation[.OUTPUT].loss|METRIC",
                        .given = settings.monitor});
  }
  if (settings.patience < 1) {
    problems.push_back({.kind = ProblemKind::invalid_value,
                        .path = path + ".patience",
                        .message = "the number of epochs is out of range",
                        .expected = "≥ 1",
                        .given = std::to_string(settings.patience)});
  }
  if (!(settings.min_delta >= 0) || !std::isfinite(settings.min_delta)) {
    problems.push_back({.kind = ProblemKind::invalid_value,
                        .path = path + ".min_delta",
                        .message = "the change is out of range",
                        .expected = "≥ 0, and finite",
                        .given = std::to_string(settings.min_delta)});
  }
  return problems;
}

}  // namespace synfire
