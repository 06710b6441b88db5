// SPDX-License-Identifier: Apache-2.0
// What training asks of a machine: one batch, learned from or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "synfire/error.hpp"
#include "synfire/runtime/executor.hpp"
#include "synfire/training.hpp"
#include "train/held_examples.hpp"

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

// Batches that follow one another without a word in between, each of as many examples as the network was compiled for, the last
// maybe of fewer.
struct Stretch {
  const HeldExamples* data = nullptr;
  std::span<const std::uint32_t> order;  // of the data
  std::uint32_t first = 0;               // as BatchPlace::first
  std::uint64_t seed = 0;
};

struct BatchOutcome {
  std::vector<double> losses = {};  // as contract::Training::outputs, summed over the examples
  std::vector<PopulationActivity> activity =
      {};                   // in network order; of a stretch, with its last batch; empty where nothing is learned
  std::size_t replays = 0;  // how often the batch ran again
  std::vector<Problem> warnings = {};  // of what made it run again
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

  // The same for stretches of data that the device holds. Null where it does not: then batches are given one by one.
  virtual std::unique_ptr<HeldExamples> hold(const BoundData& /*data*/) { return nullptr; }
  virtual std::size_t longest_stretch() const { return 1; }  // in batches
  virtual std::vector<BatchOutcome> train(const Stretch& /*stretch*/, double /*learning_rate*/) { return {}; }
  virtual std::vector<BatchOutcome> test(const Stretch& /*stretch*/) { return {}; }
  // Which batch of the last stretch readout() is of.
  virtual void show(std::size_t /*batch*/) {}
};

}  // namespace synfire::runtime
