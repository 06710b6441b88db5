// SPDX-License-Identifier: Apache-2.0
// Trains a program on a device: binds data, runs epochs, judges, predicts. What the facade's TrainingNetwork is made of.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "synfire/runtime/executor.hpp"
#include "synfire/training.hpp"

namespace synfire::runtime {

struct TrainerOptions {
  double learning_rate = 1e-3;
  std::uint64_t identity = 0;  // of the network whose ids are accepted; 0: only names
  // How many examples are for training when the last part is for validation.
  std::function<std::size_t(std::size_t examples, double validation_split)> split_point;
};

class Trainer {
 public:
  // Throws as Executor does, and ModelError for a program that was not compiled to learn.
  Trainer(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<Device> device, TrainerOptions options);
  ~Trainer();
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;

  History train(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                const TrainOptions& options);
  // With today's values, which stay as they are.
  EvaluationResult evaluate(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                            const RunOptions& options);
  Predictions predict(const std::vector<NamedData>& inputs, const RunOptions& options);
  // Of the mean loss of all examples, which are one batch; as contract::Training::values, in the order of the parameters.
  std::vector<std::vector<float>> gradients(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                                            const RunOptions& options);

  // Of a program that records the spikes of this population: those of the last batch that ran, as −1, 0 or 1 for each of its
  // examples, of the manifest's steps, and of the neurons. Throws ModelError (missing_variable).
  std::vector<std::int8_t> recorded_spikes(std::size_t population) const;

  // Today's trainable value, in the order of its parameter.
  std::vector<float> value(std::size_t index) const;

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

// A synapse of a connection that is stored as rows: which it is, and its place in the weights.
struct StoredSynapse {
  std::uint32_t source, target, delay_steps, place;
};
// All of them by source, then target, then delay.
std::vector<StoredSynapse> stored_synapses(const contract::Artifact& artifact, std::size_t connection);

}  // namespace synfire::runtime
