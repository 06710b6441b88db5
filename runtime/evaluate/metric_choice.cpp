// SPDX-License-Identifier: Apache-2.0
#include "evaluate/metric_choice.hpp"

#include <map>
#include <set>

namespace synfire::runtime {
namespace {

constexpr const char* no_metric = "none";  // as a name: the output is left out

void append(const Error& error, const std::string& path, std::vector<Problem>& problems) {
  for (Problem problem : error.problems()) {
    problem.path = path;
    problems.push_back(std::move(problem));
  }
}

// The chosen names, with the path of the choice, by population.
std::map<std::size_t, std::pair<std::string, std::string>> named_choices(const PopulationIndex& index,
                                                                         const std::vector<OutputMetric>& chosen,
                                                                         std::vector<Problem>& problems) {
  std::map<std::size_t, std::pair<std::string, std::string>> choices;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const std::string path = "metrics[" + std::to_string(i) + "]";
    const auto output = index.find(chosen[i].output, path, problems);
    if (!output) continue;
    if (index[*output].readout.empty()) {
      problems.push_back({.kind = ProblemKind::missing_variable,
                          .path = path + " \"" + index[*output].name + "\"",
                          .message = "the population has no readout"});
    } else if (!choices.emplace(*output, std::pair(chosen[i].metric.name, path)).second) {
      problems.push_back({.kind = ProblemKind::invalid_option,
                          .path = path + " \"" + index[*output].name + "\"",
                          .message = "the output has two metrics"});
    }
  }
  return choices;
}

}  // namespace

std::vector<ChosenMetric> choose_metrics(const PopulationIndex& index, const std::vector<DefaultMetric>& defaults,
                                         const std::vector<OutputMetric>& chosen) {
  std::vector<Problem> problems;
  const auto choices = named_choices(index, chosen, problems);
  std::vector<ChosenMetric> metrics;
  std::set<std::string> refused;  // defaults, each reported once
  for (const auto& [population, default_name] : defaults) {
    const auto choice = choices.find(population);
    const bool by_default = choice == choices.end();
    const std::string& chosen_name = by_default ? default_name : choice->second.first;
    const std::string name = chosen_name == no_metric ? std::string{} : chosen_name;
    if (by_default && refused.contains(name)) continue;
    try {
      metrics.push_back({population, name, name.empty() ? nullptr : make_metric(name)});
    } catch (const ModelError& error) {
      append(error, by_default ? "metric" : choice->second.second, problems);
      if (by_default) refused.insert(name);
    }
  }
  if (!problems.empty()) throw ModelError(std::move(problems));
  return metrics;
}

MetricValue value_of(const ChosenMetric& chosen, const PopulationIndex& index) {
  return {index[chosen.population].name, chosen.name, chosen.metric->value()};
}

std::vector<ChosenMetric> choose_metrics(const PopulationIndex& index, const RunOptions& options) {
  std::vector<DefaultMetric> defaults;
  for (std::size_t population = 0; population < index.populations().size(); ++population) {
    if (!index[population].readout.empty()) defaults.push_back({population, options.metric});
  }
  std::vector<ChosenMetric> metrics = choose_metrics(index, defaults, options.metrics);
  std::erase_if(metrics, [](const ChosenMetric& each) { return each.metric == nullptr; });
  return metrics;
}

}  // namespace synfire::runtime
