// SPDX-License-Identifier: Apache-2.0
#include "evaluate/metric_choice.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace synfire::runtime {
namespace {

void append(const Error& error, const std::string& path, std::vector<Problem>& problems) {
  for (Problem problem : error.problems()) {
    problem.path = path;
    problems.push_back(std::move(problem));
  }
}

struct Choice {
  const MetricChoice* metric;
  std::string path;
};

// By population.
std::map<std::size_t, Choice> named_choices(const PopulationIndex& index, const std::vector<OutputMetric>& list,
                                            std::vector<Problem>& problems) {
  std::map<std::size_t, Choice> choices;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string path = "metrics[" + std::to_string(i) + "]";
    const auto output = index.find(list[i].output, path, problems);
    if (!output) continue;
    if (index[*output].readout.empty()) {
      problems.push_back({.kind = ProblemKind::missing_variable,
                          .path = path + " \"" + index[*output].name + "\"",
                          .message = "the population has no readout"});
    } else if (!choices.emplace(*output, Choice{&list[i].metric, path}).second) {
      problems.push_back({.kind = ProblemKind::invalid_option,
                          .path = path + " \"" + index[*output].name + "\"",
                          .message = "the output has two metrics"});
    }
  }
  return choices;
}

bool is_none(const MetricChoice& choice) { return !choice.create && (choice.name == no_metric || choice.name.empty()); }

// Of a user's, if the choice has one.
std::unique_ptr<Metric> make_chosen(const MetricChoice& choice) {
  if (!choice.create) return make_metric(choice.name);
  std::unique_ptr<Metric> made = choice.create();
  if (made && !choice.name.empty()) return made;
  throw ModelError({.kind = ProblemKind::invalid_option,
                    .message = made ? "the metric has no name" : "the function made no metric",
                    .hint = "MetricChoice takes a name and a function that makes a metric",
                    .given = choice.name});
}

}  // namespace

std::vector<ChosenMetric> choose_metrics(const PopulationIndex& index, const std::vector<DefaultMetric>& defaults,
                                         const std::vector<OutputMetric>& list) {
  std::vector<Problem> problems;
  const auto choices = named_choices(index, list, problems);
  std::vector<ChosenMetric> metrics;
  std::set<std::string> refused;  // defaults, each reported once
  for (const auto& [population, usual] : defaults) {
    const auto choice = choices.find(population);
    const bool by_default = choice == choices.end();
    const MetricChoice& wanted = by_default ? usual : *choice->second.metric;
    const std::string name = is_none(wanted) ? std::string{} : wanted.name;
    if (by_default && refused.contains(name)) continue;
    try {
      metrics.push_back({population, name, is_none(wanted) ? nullptr : make_chosen(wanted)});
      if (!is_none(wanted)) metrics.back().metric->set_neurons(element_count(index[population].shape));
    } catch (const ModelError& error) {
      append(error, by_default ? "metrics" : choice->second.path, problems);
      if (by_default) refused.insert(name);
    }
  }
  for (const auto& [population, choice] : choices) {
    const bool is_scored =
        std::any_of(defaults.begin(), defaults.end(),
                    [scored = population](const DefaultMetric& each) { return each.population == scored; });
    if (is_scored || is_none(*choice.metric)) continue;
    problems.push_back({.kind = ProblemKind::invalid_option,
                        .path = choice.path + " \"" + index[population].name + "\"",
                        .message = "the output has no loss, so it has no metric"});
  }
  if (!problems.empty()) throw ModelError(std::move(problems));
  return metrics;
}

MetricValue value_of(const ChosenMetric& chosen, const PopulationIndex& index) {
  return {index[chosen.population].name, chosen.name, chosen.metric->value()};
}

std::vector<ChosenMetric> choose_metrics(const PopulationIndex& index, const Metrics& chosen) {
  const MetricChoice by_default = chosen.for_all().value_or(default_metric);
  std::vector<DefaultMetric> defaults;
  for (std::size_t population = 0; population < index.populations().size(); ++population) {
    if (!index[population].readout.empty()) defaults.push_back({population, by_default});
  }
  std::vector<ChosenMetric> metrics = choose_metrics(index, defaults, chosen.list());
  std::erase_if(metrics, [](const ChosenMetric& each) { return each.metric == nullptr; });
  return metrics;
}

}  // namespace synfire::runtime
