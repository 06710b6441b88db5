// SPDX-License-Identifier: Apache-2.0
// Trains a program on a device: binds data, runs epochs, evaluates, predicts. The basis of the facade's
// TrainingNetwork.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "synfire/learning_rate.hpp"
#include "synfire/runtime/executor.hpp"
#include "synfire/training.hpp"

namespace synfire::runtime {

// What a checkpoint says of its network; `network` and `settings` are checksums, and tell whether a checkpoint can be
// resumed.
struct TrainingIdentity {
  std::string network, settings;
  std::string description = {};  // JSON: the network and how it was compiled
  Arrays tensors = {};           // of the description
  std::uint32_t gradient_slots = 0;
};

struct TrainerOptions {
  double learning_rate = 1e-3;
  std::optional<LearningRate> schedule = std::nullopt;  // instead, until set_learning_rate is called
  std::uint64_t identity = 0;                           // of the network whose ids are accepted; 0: only names
  // The number of training examples if the last part is for validation.
  std::function<std::size_t(std::size_t examples, double validation_split)> split_point;
  std::vector<Problem> warnings = {};                        // of compiling, for the first record of each history
  std::function<TrainingIdentity()> training_identity = {};  // called when a checkpoint is written or read
};

class Trainer {
 public:
  // Throws as Executor does, and ModelError for a program that is not a training program.
  Trainer(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<Device> device, TrainerOptions options);
  ~Trainer();
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;

  History train(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                const TrainOptions& options);
  History train(const EpochGenerator& generator, const TrainOptions& options);
  // With the current values, which do not change.
  EvaluationResult evaluate(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                            const RunOptions& options);
  Predictions predict(const std::vector<NamedData>& inputs, const RunOptions& options);
  // Of the mean loss over all examples, as one batch; in the order of contract::Training::values, elements in the order
  // of the parameters.
  std::vector<std::vector<float>> gradients(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                                            const RunOptions& options);

  // For a program that records the spikes of this population: those of the last batch, as −1, 0 or 1 for each of its
  // examples, the manifest's steps, and the neurons. Throws ModelError (missing_variable).
  std::vector<std::int8_t> recorded_spikes(std::size_t population) const;

  // The current trainable value, in the order of its parameter.
  std::vector<float> value(std::size_t index) const;
  // `values` has as many elements.
  void set_value(std::size_t index, std::span<const float> values);

  // What training has changed, as a checkpoint without a run. Throw DataError: file_access; loading also malformed_file
  // and foreign_checkpoint.
  void save(const std::filesystem::path& path) const;
  void load(const std::filesystem::path& path);

  const contract::Artifact& artifact() const;
  Device& device() const;
  std::vector<Executor::MemoryUse> memory_use() const;
  std::uint64_t updates() const;
  double learning_rate() const;
  void set_learning_rate(double rate);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A synapse of a connection that is stored as rows, and its position in the weights.
struct StoredSynapse {
  std::uint32_t source, target, delay_steps, place;
};
// All of them by source, then target, then delay.
std::vector<StoredSynapse> stored_synapses(const contract::Artifact& artifact, std::size_t connection);

}  // namespace synfire::runtime
