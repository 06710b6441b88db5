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

// Data to train or to judge by: some examples of bound data.
struct ExampleSet {
  const BoundData* data = nullptr;
  std::size_t first = 0, count = 0;
};

// What a training run takes from its network.
struct TrainingContext {
  const PopulationIndex& index;
  const contract::Manifest& manifest;
  BatchTrainer& trainer;
  double& learning_rate;     // today's
  Device* device = nullptr;  // whose host threads sort spikes; null: the caller's alone
};

class TrainingRun {
 public:
  // Throws ModelError with what is wrong with callbacks and metrics. `validation.data` is null where there is none.
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
  bool reported_ = false;  // that a batch ran again: once is enough
};

// Runs examples in order without learning from them. `ended` is told each batch after its results are there.
struct TestPlan {
  ExampleSet examples;
  std::uint64_t seed = 0;
};
using TestedBatch = std::function<void(const BatchOutcome& outcome, const TrainingBatch& batch)>;
void test_in_order(ExampleFeed& feed, const contract::Manifest& manifest, const TestPlan& plan,
                   const CallbackList& callbacks, const std::function<MetricValues()>& values,
                   const TestedBatch& ended);

}  // namespace synfire::runtime
