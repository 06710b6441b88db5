// SPDX-License-Identifier: Apache-2.0
// What training asks of a machine: one batch, learned from or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "synfire/error.hpp"
#include "synfire/runtime/executor.hpp"
#include "synfire/training.hpp"

namespace synfire::runtime {

// What one output is to be: one of these, by its loss.
struct TargetSpan {
  std::span<const std::uint32_t> labels = {};  // one for each example
  std::span<const float> values = {};          // examples × neurons, or examples × timesteps × neurons
};

struct TrainingBatch {
  Batch batch;                              // of the inputs
  std::vector<TargetSpan> targets = {};     // as contract::Training::outputs
  std::span<const std::uint32_t> examples;  // what the data call them, for messages
};

struct BatchOutcome {
  std::vector<double> losses = {};                // as contract::Training::outputs, summed over the examples
  std::vector<PopulationActivity> activity = {};  // in network order; empty for a batch that is not learned from
  std::uint64_t not_finite = 0;                   // neurons in examples in which something of theirs was not finite
  std::size_t replays = 0;                        // how often the batch ran again
  std::vector<Problem> warnings = {};             // of what made it run again
};

class BatchTrainer {
 public:
  virtual ~BatchTrainer() = default;
  // Runs a checked batch and changes the trainable values. Throws RunError for values that are not finite, with the place
  // where they begin; the trainable values are as they were then.
  virtual BatchOutcome train(const TrainingBatch& batch, double learning_rate) = 0;
  // Runs a checked batch and changes nothing. Throws the same.
  virtual BatchOutcome test(const TrainingBatch& batch) = 0;
  // Of the last batch: examples × neurons.
  virtual std::vector<float> readout(std::size_t population) const = 0;
};

}  // namespace synfire::runtime
