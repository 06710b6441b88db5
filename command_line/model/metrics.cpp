// SPDX-License-Identifier: Apache-2.0
#include "model/metrics.hpp"

#include <algorithm>
#include <utility>

#include "data/source.hpp"
#include "model/training.hpp"
#include "synfire/event_prop_compiler.hpp"

namespace synfire::command_line {
namespace {

bool names_output(const std::vector<OutputMetricSetting>& list, const std::string& output) {
  return std::any_of(list.begin(), list.end(), [&](const OutputMetricSetting& each) { return each.output == output; });
}

// `for_all`: for all outputs that the list does not name.
MetricSettings metrics_in(const Arguments& arguments) {
  MetricSettings settings;
  for (const std::string& given : arguments.list("metric")) {
    auto [name, metric] = split_name(given);
    if (std::vector<Problem> problems = problems_of(MetricSettings{.for_all = metric}, "--metric"); !problems.empty())
      throw UsageError(std::move(problems));
    if (!name.empty()) {
      settings.list.push_back({.output = std::move(name), .metric = std::move(metric)});
      continue;
    }
    if (!settings.for_all.empty())
      throw UsageError(usage_problem("--metric", "two metrics are given for all outputs", "name an output: NAME=METRIC",
                                     {}, settings.for_all + ", " + metric));
    settings.for_all = std::move(metric);
  }
  return settings;
}

}  // namespace

Option metric_option(const std::string& of_table, const std::string& of_none) {
  return {.name = "metric",
          .value = "[NAME=]METRIC",
          .help =
              "sparse_categorical_accuracy, categorical_accuracy, top_5_accuracy (or another number), "
              "confusion_matrix" +
              of_table + " or mean_square_error, for one output or for all; NAME=none " + of_none,
          .repeated = true,
          .words = metric_names()};
}

void apply_metrics(const Arguments& arguments, const Description& description, TrainSettings& settings) {
  if (!arguments.has("metric")) return;
  settings.metrics = metrics_in(arguments);
  if (settings.metrics.list.empty() || settings.metrics.for_all.empty()) return;
  const std::string for_others = std::exchange(settings.metrics.for_all, {});
  for (const std::string& output : outputs_in(description.network)) {
    const LossSetting* const loss = loss_of(description.compile.losses, output);
    if (loss == nullptr || loss->model.targets == Targets::none) continue;
    if (!names_output(settings.metrics.list, output))
      settings.metrics.list.push_back({.output = output, .metric = for_others});
  }
}

std::vector<std::string> outputs_in(const Network& network) {
  std::vector<std::string> names;
  for (const ir::Population& each : network.description().populations) {
    if (each.readout) names.push_back(each.name);
  }
  return names;
}

std::vector<OutputMetric> evaluation_metrics(const Arguments& arguments, const std::vector<std::string>& outputs,
                                             std::vector<std::string>& unscored) {
  const MetricSettings settings = metrics_in(arguments);
  if (settings.for_all == no_metric)
    throw UsageError(usage_problem("--metric", "an evaluation has no result without a metric",
                                   "NAME=none leaves out one output", {}, settings.for_all));
  std::vector<OutputMetric> chosen;
  for (const OutputMetricSetting& each : settings.list) {
    std::vector<DataSource> output{{.name = each.output, .file = {}, .array = {}, .option = "--metric"}};
    bind_names(output, outputs, "output");
    std::erase(unscored, each.output);
    if (each.metric == no_metric) unscored.push_back(each.output);
    chosen.push_back({each.output, each.metric});
  }
  for (const std::string& output : outputs) {
    if (names_output(settings.list, output)) continue;
    const bool is_unscored = std::find(unscored.begin(), unscored.end(), output) != unscored.end();
    const std::string by_default = settings.for_all.empty() ? default_metric : settings.for_all;
    chosen.push_back({output, is_unscored ? no_metric : by_default});
  }
  return chosen;
}

}  // namespace synfire::command_line
