// SPDX-License-Identifier: Apache-2.0
// Losses and metrics of the trained outputs, over the examples that have run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evaluate/data_binding.hpp"
#include "evaluate/metric_choice.hpp"
#include "evaluate/population_index.hpp"
#include "train/batch_trainer.hpp"

namespace synfire::runtime {

// Whether the loss compares its output with labels; with any data.
bool takes_labels(const contract::TrainedOutput& output);
bool takes_data(const contract::TrainedOutput& output);

// The targets that outputs with a loss need, in the order of Training::outputs.
std::vector<ExpectedTarget> expected_targets(const contract::Manifest& manifest, const PopulationIndex& index);

// A metric for each of them: the chosen one, else the one that matches the loss. A loss without targets has one only if
// the list says so, which is an error. Throws ModelError with all problems.
std::vector<ChosenMetric> choose_training_metrics(const contract::Manifest& manifest, const PopulationIndex& index,
                                                  const Metrics& chosen);

// What a score board has added up.
struct ScoreState {
  std::uint64_t examples = 0;
  std::vector<double> losses = {};                // in the order of Training::outputs, summed
  std::vector<std::vector<double>> metrics = {};  // Metric::state(); empty without a metric
};

class ScoreBoard {
 public:
  ScoreBoard(const PopulationIndex& index, std::vector<ChosenMetric> metrics)
      : index_(index), metrics_(std::move(metrics)), losses_(metrics_.size(), 0.0) {}

  void reset();
  // Adds a batch that `trainer` has just run.
  void add(const BatchOutcome& outcome, const TrainingBatch& batch, const BatchTrainer& trainer);

  // The outputs whose metric has no state to keep.
  std::vector<std::string> without_state() const;
  ScoreState state() const;
  // Returns false for what is not a state of a board with these metrics.
  bool restore(const ScoreState& state);

  std::vector<OutputScore> scores() const;
  // For each output its "loss", then its metric.
  MetricValues values() const;
  // The "loss" of each output in one batch.
  MetricValues losses_of(const BatchOutcome& outcome, std::size_t examples) const;
  const std::vector<ChosenMetric>& metrics() const { return metrics_; }
  double loss(std::size_t output) const;

 private:
  const PopulationIndex& index_;
  std::vector<ChosenMetric> metrics_;
  std::vector<double> losses_;
  std::uint64_t examples_ = 0;
};

}  // namespace synfire::runtime
