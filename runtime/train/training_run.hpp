// SPDX-License-Identifier: Apache-2.0
// The loop over epochs and batches.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/callback_list.hpp"
#include "synfire/warning.hpp"
#include "train/example_feed.hpp"
#include "train/score_board.hpp"

namespace synfire::runtime {

// Training or validation data: some examples of bound data.
struct ExampleSet {
  const BoundData* data = nullptr;
  std::size_t first = 0, count = 0;
};

// What a training run needs from its network.
struct TrainingContext {
  const PopulationIndex& index;
  const contract::Manifest& manifest;
  BatchTrainer& trainer;
  double& learning_rate;     // the current one
  Device* device = nullptr;  // whose host threads sort spikes; null: only the caller's
};

class TrainingRun {
 public:
  // Throws ModelError with the problems of callbacks and metrics. `validation.data` is null if there is none.
  TrainingRun(TrainingContext context, ExampleSet training, ExampleSet validation, const TrainOptions& options);

  History run();

 private:
  EpochRecord run_epoch(std::uint32_t epoch);
  void account(std::size_t number, const BatchOutcome& outcome, const TrainingBatch& batch, EpochRecord& record);
  void validate(EpochRecord& record);
  void warn_of_activity(const EpochRecord& record);
  void take_schedule(std::uint32_t epoch);
  void report(const std::vector<Problem>& warnings);
  std::uint64_t seed() const { return options_.seed.value_or(context_.manifest.seed); }

  TrainingContext context_;
  ExampleSet training_, validation_;
  const TrainOptions& options_;
  CallbackList callbacks_;
  std::uint32_t batch_size_;
  ExampleFeed feed_;
  std::optional<ExampleFeed> validation_feed_;
  ScoreBoard scores_, validation_scores_;
  std::set<std::pair<std::string, ProblemKind>> warned_;
  bool reported_ = false;  // whether it was reported that a batch ran again: once is enough
};

// Runs examples in order without learning from them. Calls `ended` for each batch once its results are available.
struct TestPlan {
  ExampleSet examples;
  std::uint64_t seed = 0;
};
using TestedBatch = std::function<void(const BatchOutcome& outcome, const TrainingBatch& batch)>;
void test_in_order(ExampleFeed& feed, const contract::Manifest& manifest, const TestPlan& plan,
                   const CallbackList& callbacks, const std::function<MetricValues()>& values,
                   const TestedBatch& ended);

}  // namespace synfire::runtime
