// SPDX-License-Identifier: Apache-2.0
#include "train/score_board.hpp"

#include <algorithm>
#include <limits>

namespace synfire::runtime {
namespace {

// A loss per step needs no readout, and its targets fit one only if they are labels.
bool can_be_compared(const contract::TrainedOutput& output, const contract::PopulationInfo& population) {
  if (!takes_data(output)) return false;
  return !output.per_step || (takes_labels(output) && !population.readout.empty());
}

std::string metric_for(const contract::TrainedOutput& output, const contract::PopulationInfo& population) {
  if (!can_be_compared(output, population)) return "";
  if (takes_labels(output)) return "sparse_categorical_accuracy";
  return output.categorical ? "categorical_accuracy" : "mean_square_error";
}

// Whether the metric accepts the targets of the loss.
bool agrees(const contract::TrainedOutput& output, const contract::PopulationInfo& population, const Metric& metric) {
  if (!can_be_compared(output, population)) return false;
  return metric.target_kind() == (takes_labels(output) ? TargetKind::labels : TargetKind::values);
}

Problem disagreement(const contract::TrainedOutput& output, const contract::PopulationInfo& population,
                     const std::string& metric) {
  const std::string fitting = metric_for(output, population);
  return {.kind = ProblemKind::invalid_option,
          .path = "metric of \"" + output.population + "\"",
          .message = !takes_data(output) ? "a loss without targets has no metric"
                     : fitting.empty()   ? takes_labels(output) ? "a metric needs a readout, and the output has none"
                                                                : "a per_step loss of values has no metric"
                                         : "the metric \"" + metric + "\" does not accept the targets of the loss",
          .hint = fitting.empty() ? "" : "use " + fitting + ", or none",
          .given = metric};
}

}  // namespace

bool takes_labels(const contract::TrainedOutput& output) { return !output.labels.empty(); }

bool takes_data(const contract::TrainedOutput& output) { return takes_labels(output) || !output.targets.empty(); }

std::vector<ExpectedTarget> expected_targets(const contract::Manifest& manifest, const PopulationIndex& index) {
  std::vector<ExpectedTarget> expected;
  for (const contract::TrainedOutput& output : manifest.training->outputs) {
    expected.push_back({.population = index.resolve(output.population, "manifest.training"),
                        .kind = takes_labels(output) ? TargetKind::labels : TargetKind::values,
                        .compared_by = "loss",
                        .steps = output.per_step && !takes_labels(output) ? manifest.timesteps : 1u,
                        .given = takes_data(output)});
  }
  return expected;
}

std::vector<ChosenMetric> choose_training_metrics(const contract::Manifest& manifest, const PopulationIndex& index,
                                                  const Metrics& chosen) {
  const std::vector<contract::TrainedOutput>& outputs = manifest.training->outputs;
  std::vector<DefaultMetric> defaults;
  const auto population_of = [&](const contract::TrainedOutput& output) -> const contract::PopulationInfo& {
    return index[index.resolve(output.population, "manifest.training")];
  };
  for (const contract::TrainedOutput& output : outputs) {
    const bool is_for_all = chosen.for_all() && takes_data(output);
    defaults.push_back({index.resolve(output.population, "manifest.training"),
                        is_for_all ? *chosen.for_all() : metric_for(output, population_of(output))});
  }
  std::vector<ChosenMetric> metrics = choose_metrics(index, defaults, chosen.list());
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const contract::PopulationInfo& population = population_of(outputs[i]);
    if (metrics[i].metric && !agrees(outputs[i], population, *metrics[i].metric))
      problems.push_back(disagreement(outputs[i], population, metrics[i].name));
  }
  if (!problems.empty()) throw ModelError(std::move(problems));
  return metrics;
}

void ScoreBoard::reset() {
  std::fill(losses_.begin(), losses_.end(), 0.0);
  examples_ = 0;
  for (const ChosenMetric& chosen : metrics_) {
    if (chosen.metric) chosen.metric->reset();
  }
}

void ScoreBoard::add(const BatchOutcome& outcome, const TrainingBatch& batch, const BatchTrainer& trainer) {
  const std::size_t examples = batch.batch.examples;
  examples_ += examples;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    losses_[i] += outcome.losses[i];
    if (!metrics_[i].metric) continue;
    const TargetSpan& target = batch.targets[i];
    const std::vector<float> readouts = trainer.readout(metrics_[i].population);
    const std::size_t neurons = readouts.size() / examples;
    const auto readout = [&](std::size_t e) { return std::span(readouts).subspan(e * neurons, neurons); };
    add_examples(*metrics_[i].metric, examples, readout, target.labels, target.values);
  }
}

std::vector<std::string> ScoreBoard::without_state() const {
  std::vector<std::string> outputs;
  for (const ChosenMetric& chosen : metrics_) {
    if (chosen.metric && !chosen.metric->state()) outputs.push_back(index_[chosen.population].name);
  }
  return outputs;
}

ScoreState ScoreBoard::state() const {
  ScoreState state{.examples = examples_, .losses = losses_};
  for (const ChosenMetric& chosen : metrics_)
    state.metrics.push_back(chosen.metric ? chosen.metric->state().value_or(std::vector<double>{})
                                          : std::vector<double>{});
  return state;
}

bool ScoreBoard::restore(const ScoreState& state) {
  if (state.losses.size() != losses_.size() || state.metrics.size() != metrics_.size()) return false;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    if (metrics_[i].metric ? !metrics_[i].metric->restore(state.metrics[i]) : !state.metrics[i].empty()) return false;
  }
  examples_ = state.examples;
  losses_ = state.losses;
  return true;
}

double ScoreBoard::loss(std::size_t output) const {
  if (examples_ == 0) return std::numeric_limits<double>::quiet_NaN();
  return losses_[output] / static_cast<double>(examples_);
}

std::vector<OutputScore> ScoreBoard::scores() const {
  std::vector<OutputScore> scores;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const ChosenMetric& chosen = metrics_[i];
    OutputScore score{.output = index_[chosen.population].name, .loss = loss(i), .metric = chosen.name};
    if (chosen.metric) score.value = chosen.metric->value();
    if (chosen.metric) score.ambiguity = chosen.metric->ambiguity();
    scores.push_back(std::move(score));
  }
  return scores;
}

MetricValues ScoreBoard::values() const {
  MetricValues values;
  for (const OutputScore& score : scores()) {
    values.push_back({score.output, "loss", score.loss});
    if (!score.metric.empty()) values.push_back({score.output, score.metric, score.value});
  }
  return values;
}

MetricValues ScoreBoard::losses_of(const BatchOutcome& outcome, std::size_t examples) const {
  MetricValues values;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    values.push_back({index_[metrics_[i].population].name, "loss", outcome.losses[i] / static_cast<double>(examples)});
  }
  return values;
}

}  // namespace synfire::runtime
