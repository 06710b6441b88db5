// SPDX-License-Identifier: Apache-2.0
#include "evaluate/metric_choice.hpp"

#include <map>

namespace synfire::runtime {
namespace {

void append(const Error& error, const std::string& path, std::vector<Problem>& problems) {
  for (Problem problem : error.problems()) {
    problem.path = path;
    problems.push_back(std::move(problem));
  }
}

// The names that were chosen, with the path of the choice, by population.
std::map<std::size_t, std::pair<std::string, std::string>> named_choices(const PopulationIndex& index,
                                                                         const RunOptions& options,
                                                                         std::vector<Problem>& problems) {
  std::map<std::size_t, std::pair<std::string, std::string>> choices;
  for (std::size_t i = 0; i < options.metrics.size(); ++i) {
    const std::string path = "metrics[" + std::to_string(i) + "]";
    const auto output = index.find(options.metrics[i].output, path, problems);
    if (!output) continue;
    if (index[*output].readout.empty()) {
      problems.push_back({.kind = ProblemKind::missing_variable,
                          .path = path + " \"" + index[*output].name + "\"",
                          .message = "the population has no readout"});
    } else if (!choices.emplace(*output, std::pair(options.metrics[i].metric.name, path)).second) {
      problems.push_back({.kind = ProblemKind::invalid_option,
                          .path = path + " \"" + index[*output].name + "\"",
                          .message = "the output has two metrics"});
    }
  }
  return choices;
}

}  // namespace

std::vector<ChosenMetric> choose_metrics(const PopulationIndex& index, const RunOptions& options) {
  std::vector<Problem> problems;
  const auto choices = named_choices(index, options, problems);
  std::vector<ChosenMetric> metrics;
  bool default_refused = false;
  for (std::size_t population = 0; population < index.populations().size(); ++population) {
    if (index[population].readout.empty()) continue;
    const auto choice = choices.find(population);
    const bool by_default = choice == choices.end();
    if (by_default && default_refused) continue;
    const std::string& name = by_default ? options.metric : choice->second.first;
    try {
      metrics.push_back({population, name, make_metric(name)});
    } catch (const ModelError& error) {
      append(error, by_default ? "metric" : choice->second.second, problems);
      default_refused = default_refused || by_default;
    }
  }
  if (!problems.empty()) throw ModelError(std::move(problems));
  return metrics;
}

}  // namespace synfire::runtime
