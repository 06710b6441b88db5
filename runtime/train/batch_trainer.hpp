// SPDX-License-Identifier: Apache-2.0
// What training needs from a machine: runs one batch, with or without learning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "synfire/error.hpp"
#include "synfire/runtime/executor.hpp"
#include "synfire/training.hpp"
#include "train/held_examples.hpp"

namespace synfire::runtime {

// The target of one output: one of these, depending on its loss.
struct TargetSpan {
  std::span<const std::uint32_t> labels = {};  // one per example
  std::span<const float> values = {};          // examples × neurons, or examples × timesteps × neurons
  std::span<const float> weights = {};         // of a weighted batch: one per example, or examples × timesteps
};

struct TrainingBatch {
  Batch batch;                              // of the inputs
  std::vector<TargetSpan> targets = {};     // in the order of contract::Training::outputs
  bool is_weighted = false;                 // whether losses have weights
  std::span<const std::uint32_t> examples;  // their indices in the data, for messages
};

// Consecutive batches without the host in between, each with as many examples as the network was compiled for, except
// that the last may have fewer.
struct Stretch {
  const HeldExamples* data = nullptr;
  std::span<const std::uint32_t> order;  // of the data
  std::uint32_t first = 0;               // as BatchPlace::first
  std::uint64_t seed = 0;
  // Asked between batches, except on a device that runs them on its own; true: the others do not run.
  const std::function<bool()>* stop = nullptr;
};

// How often each neuron of a population with a backward pass spiked.
struct NeuronSpikes {
  std::string population = {};
  std::vector<std::uint64_t> counts = {};
};

struct BatchOutcome {
  std::vector<double> losses = {};  // in the order of contract::Training::outputs, summed over the examples
  // In network order; of a stretch, with its last batch; empty without learning.
  std::vector<PopulationActivity> activity = {};
  std::vector<NeuronSpikes> neuron_spikes = {};
  std::optional<double> gradient_norm = {};  // Euclidean, over all trainable values; of some batches only
  std::size_t replays = 0;                   // how often the batch ran again
  std::vector<Problem> warnings = {};        // why it ran again
};

// Updates of a run of which the norm of the gradients is measured: 1, 33, … Stretches that learn end with them.
constexpr std::uint64_t updates_per_norm = 32;
constexpr bool is_measured_update(std::uint64_t number) { return number % updates_per_norm == 1; }
// How many batches from the next one to one that is measured, after so many updates.
constexpr std::uint64_t batches_until_measured(std::uint64_t updates) {
  return 1 + (updates_per_norm - updates % updates_per_norm) % updates_per_norm;
}

// The learning rate of one update, and by what those of values with a rate of their own are multiplied.
struct UpdateRate {
  double learning_rate = 0;
  double factor = 1;
};

// What training has changed.
struct TrainedState {
  std::uint64_t updates = 0;
  // In the order of contract::Training::values; `states`: of the optimizer.
  std::vector<std::vector<float>> values = {}, states = {};
  std::vector<std::uint32_t> tape_capacities = {};  // in the order of contract::Training::tapes
};

class BatchTrainer {
 public:
  virtual ~BatchTrainer() = default;
  // Runs a checked batch and updates the trainable values. Throws RunError if values are not finite, with the place
  // where that begins; the trainable values are then unchanged.
  virtual BatchOutcome train(const TrainingBatch& batch, const UpdateRate& rate) = 0;
  // Runs a checked batch and changes nothing. Throws the same.
  virtual BatchOutcome test(const TrainingBatch& batch) = 0;
  // Of the last batch: examples × neurons.
  virtual std::vector<float> readout(std::size_t population) const = 0;

  // The same for stretches of data that the device holds. Null if it does not: then batches are passed one by one.
  virtual std::unique_ptr<HeldExamples> hold(const BoundData& /*data*/) { return nullptr; }
  virtual std::size_t longest_stretch() const { return 1; }  // in batches
  // One for each batch that has run. `rates`: one for each batch.
  virtual std::vector<BatchOutcome> train(const Stretch& /*stretch*/, const std::vector<UpdateRate>& /*rates*/) {
    return {};
  }
  virtual std::vector<BatchOutcome> test(const Stretch& /*stretch*/) { return {}; }
  // What a checkpoint keeps. `state`, whose sizes are right, is that of a trainer of the same program.
  virtual std::uint64_t updates() const { return 0; }
  virtual TrainedState state() const { return {}; }
  virtual void restore(const TrainedState& /*state*/) {}
  // The trainable values alone.
  virtual std::vector<std::vector<float>> values() const { return {}; }
  virtual void set_values(const std::vector<std::vector<float>>& /*values*/) {}

  // Selects the batch of the last stretch that readout() returns.
  virtual void show(std::size_t /*batch*/) {}
};

}  // namespace synfire::runtime
