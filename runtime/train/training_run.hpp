// SPDX-License-Identifier: Apache-2.0
// The loop over epochs and batches.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/callback_list.hpp"
#include "synfire/warning.hpp"
#include "train/checkpoint_file.hpp"
#include "train/early_stopper.hpp"
#include "train/example_feed.hpp"
#include "train/generated_epochs.hpp"
#include "train/noisy_data.hpp"
#include "train/rate_plan.hpp"
#include "train/score_board.hpp"
#include "train/training_watch.hpp"

namespace synfire::runtime {

// Training or validation data: some examples of bound data.
struct ExampleSet {
  const BoundData* data = nullptr;
  std::size_t first = 0, count = 0;
};

// Throws the problems as problems of the validation data.
[[noreturn]] void throw_about_validation(const DataError& error);

// What a training run needs from its network.
struct TrainingContext {
  const PopulationIndex& index;
  const contract::Manifest& manifest;
  BatchTrainer& trainer;
  double& learning_rate;                            // the current one
  std::optional<LearningRate> schedule = {};        // which sets it
  Device* device = nullptr;                         // whose host threads sort spikes; null: only the caller's
  std::function<TrainingIdentity()> identity = {};  // of the network, for checkpoints
  std::vector<Problem> warnings = {};               // of compiling, already handed over
};

class TrainingRun {
 public:
  // Throws ModelError with the problems of callbacks and metrics, and DataError for a checkpoint that cannot be
  // written. `validation.data` is null if there is none.
  // `epochs`: has the training data of each epoch; `training` are then those of the first.
  TrainingRun(TrainingContext context, ExampleSet training, ExampleSet validation, const TrainOptions& options,
              GeneratedEpochs* epochs = nullptr);

  // Also throws DataError for the checkpoint that it resumes.
  History run();

 private:
  bool keeps_run() const { return checkpoint_.has_value() || !options_.resume.empty(); }
  void choose_stopper();
  void choose_rates();
  void check_checkpoint();
  RunRecord new_run() const;
  void resume();
  void require_same_run(const RunRecord& run) const;
  void observe_again(std::optional<BestWeights> best);
  TrainInfo info() const;

  TrainingEnd run_epochs();
  // These return false if the run was stopped before they were done; run_.current then says how far they came.
  bool run_epoch();
  bool learn(EpochRecord& record);
  bool validate(EpochRecord& record);
  bool test_validation_data();
  void begin_epoch();
  // If the split leaves no example to validate; in the first epoch.
  void warn_of_empty_split();
  const BoundData& learned_data() { return noise_.is_empty() ? *training_.data : noise_.over(*training_.data); }
  // Before the first batch of an epoch that runs here.
  void take_data(std::uint32_t epoch);
  // Whether all callbacks want to go on.
  bool end_epoch();
  void account(std::size_t number, const BatchOutcome& outcome, const TrainingBatch& batch, EpochRecord& record);
  std::size_t batches_until_checkpoint() const;
  void write_checkpoint();
  void take_best(History& history);
  void take_schedule(std::uint32_t epoch);
  // Hands warnings over, and adds them to the record.
  void warn(const std::vector<Problem>& warnings, EpochRecord& record) const;
  void report(const std::vector<Problem>& warnings, EpochRecord& record);
  std::uint64_t steps_of(const TrainingBatch& batch) const;
  std::uint64_t seed() const { return options_.seed.value_or(context_.manifest.seed); }

  TrainingContext context_;
  ExampleSet training_, validation_;
  const TrainOptions& options_;
  CallbackList callbacks_;
  std::uint32_t batch_size_;
  TrainingWatch watch_;
  GeneratedEpochs* epochs_;
  NoisyData noise_;
  std::optional<ExampleFeed> feed_;
  std::optional<ExampleFeed> validation_feed_;
  ScoreBoard scores_, validation_scores_;
  std::optional<Checkpoint> checkpoint_;
  TrainingIdentity identity_;
  std::optional<EarlyStopper> stopper_;
  std::optional<RatePlan> rates_;
  std::optional<BestWeights> best_;
  RunRecord run_;
  bool unsaved_ = false;   // whether something happened since the last checkpoint
  bool reported_ = false;  // whether it was reported that a batch ran again: once is enough
};

// Runs examples in order without learning from them. Calls `ended` for each batch once its results are available.
// Returns false if it was stopped before the last one.
struct TestPlan {
  ExampleSet examples;
  std::uint64_t seed = 0;
  const std::function<bool()>* stop = nullptr;
};
using TestedBatch = std::function<void(const BatchOutcome& outcome, const TrainingBatch& batch)>;
bool test_in_order(ExampleFeed& feed, const contract::Manifest& manifest, const TestPlan& plan,
                   const CallbackList& callbacks, const std::function<MetricValues()>& values,
                   const TestedBatch& ended);

}  // namespace synfire::runtime
