// SPDX-License-Identifier: Apache-2.0
// One run of a compiled network: batches, metrics, recordings, files, callbacks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "evaluate/batch_runner.hpp"
#include "evaluate/callback_list.hpp"
#include "evaluate/data_binding.hpp"
#include "evaluate/metric_choice.hpp"
#include "evaluate/results.hpp"
#include "recording/collector.hpp"
#include "stopwatch.hpp"

namespace synfire::runtime {

// What a run needs from its network.
struct RunContext {
  const PopulationIndex& index;
  std::shared_ptr<const contract::Artifact> artifact;
  BatchRunner& runner;
  bool& warned_of_steps;  // whether the warning about step hooks was given
};

class Run : BatchListener {
 public:
  using Receive = std::function<bool(std::size_t first_example, std::size_t examples, Results results)>;

  // Determines what to record and which callbacks to call. `metrics` match the targets of `data`. Throws DataError or
  // ModelError with all problems.
  Run(RunContext context, const BoundData& data, const std::vector<ChosenMetric>& metrics, const RunOptions& options);

  // The results of all examples.
  Results whole();
  // Passes on the results of each batch, until told to stop.
  void batches(const Receive& receive);

 private:
  void execute();
  Results make_results(std::size_t first, std::size_t examples) const;
  void fill(Results& results);
  MetricValues metric_values() const;
  void add_to_metrics(std::size_t first, std::size_t end);
  void require_finite(std::size_t first) const;
  void report_progress() const;

  void batch_begins(std::size_t first_example, std::size_t examples) override;
  bool wants_steps() const override { return callbacks_.wants_steps(); }
  void step_begins(std::uint32_t step) override { callbacks_.step_begins(step); }
  void step_ended(const BatchWindow& window) override;
  void window_ended(const BatchWindow& window) override;
  bool batch_ended(std::size_t first_example, std::size_t examples) override;

  RunContext context_;
  const BoundData& data_;
  const std::vector<ChosenMetric>& metrics_;
  const RunOptions& options_;
  std::shared_ptr<const RecordingPlan> plan_;
  CallbackList callbacks_;
  RecordingFiles files_;
  Collector collector_;
  Receive receive_;                                      // set: batch by batch; else all results are kept
  std::optional<Results> results_;                       // of all examples, or of this batch
  std::vector<std::unique_ptr<RecordingStore>> memory_;  // of `results_`
  std::vector<RecordingStore*> stores_;                  // where each recording goes
  std::size_t batches_begun_ = 0, examples_run_ = 0;
  Stopwatch watch_;
};

}  // namespace synfire::runtime
