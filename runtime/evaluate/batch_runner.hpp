// SPDX-License-Identifier: Apache-2.0
// Runs checked data batch by batch and window by window: splits them, chooses seeds and steps, carries over state.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "evaluate/data_binding.hpp"
#include "evaluate/population_index.hpp"
#include "evaluate/streamed_batch.hpp"
#include "recording/collector.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {

// Observes a run. All reads of results happen here, outside the executor.
class BatchListener {
 public:
  virtual ~BatchListener() = default;
  virtual void batch_begins(std::size_t first_example, std::size_t examples) = 0;
  // Whether each step must be its own launch; then step_begins and step_ended are called around each. `window` is the
  // part of the batch whose rows the recordings hold, up to this step.
  virtual bool wants_steps() const { return false; }
  virtual void step_begins(std::uint32_t /*step*/) {}
  virtual void step_ended(const BatchWindow& /*window*/) {}
  // The rows of these steps are in the recordings, and will be overwritten.
  virtual void window_ended(const BatchWindow& window) = 0;
  // All steps of the batch have run. Returns whether to continue.
  virtual bool batch_ended(std::size_t first_example, std::size_t examples) = 0;
};

class BatchRunner {
 public:
  // Loads the artifact on the device for batches of the manifest's size, or of one example if state is carried from
  // each to the next. Throws ModelError (invalid_option) if state is to be carried and the program does not support it,
  // and what Executor throws.
  BatchRunner(const std::shared_ptr<const contract::Artifact>& artifact, std::shared_ptr<Device> device,
              CarryOver carry_over);

  // Runs all examples in order; a batch with more steps than the recordings have rows runs window by window. An
  // exception in the middle of a batch discards carried-over state.
  void run(const BoundData& data, const RunOptions& options, BatchListener& listener);
  // Discards carried-over state.
  void reset() { executor_.forget_state(); }

  const Executor& executor() const { return executor_; }

 private:
  const contract::Manifest& manifest() const { return executor_.manifest(); }
  // Streamed data are read into `streamed`, to which the batch then points.
  Batch make_batch(const BoundData& data, const RunOptions& options, std::size_t first, StreamedBatch& streamed);
  void stream(const BoundData& data, std::size_t first, std::uint32_t examples, StreamedBatch& streamed) const;
  BatchInput silent_input(std::size_t population, std::uint32_t examples);
  void carry_state(Batch& batch);
  void run_windows(Batch batch, Batch* next, BatchListener& listener);
  void pass_inputs(Batch& next);
  void run_steps(Batch& batch, BatchWindow window, std::uint32_t most, BatchListener& listener);

  void require_finite(const Batch& batch, std::uint32_t begin, std::uint32_t end, bool from_start);
  void run_again(Batch batch, std::uint32_t steps);

  CarryOver carry_over_;
  bool check_finite_ = true;
  std::uint64_t runs_ = 0, running_ = 0;  // the number of runs, and which one the executor worked for last
  Executor executor_;
  // Data for silent inputs: a batch of zeros, and of no spikes.
  std::vector<float> zeros_;
  std::vector<std::unique_ptr<SpikeTrains>> no_spikes_;  // by population
};

}  // namespace synfire::runtime
