// SPDX-License-Identifier: Apache-2.0
// A network that is being trained.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "synfire/network.hpp"
#include "synfire/training.hpp"

namespace synfire {

class TrainingNetwork {
 public:
  // Made by EventPropCompiler::compile.
  struct Parts;
  explicit TrainingNetwork(Parts parts);
  ~TrainingNetwork();
  TrainingNetwork(TrainingNetwork&&) noexcept;
  TrainingNetwork& operator=(TrainingNetwork&&) noexcept;

  // Runs epochs over the examples, each batch of which is learned from, a short last one too. Another call goes on from there:
  // weights, moments and the count of updates stay. Outputs that have a loss have targets, as the loss takes them. Throws
  // DataError or ModelError with all that is wrong before anything runs, and RunError, with the place where it began, for what
  // is not finite; then all updates before that batch stand.
  History train(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                const TrainOptions& options = {});

  // With today's weights, which stay as they are; nothing of a run passes into training. Nothing is recorded: compile network()
  // for that. Losses and metrics are means over the examples.
  EvaluationResult evaluate(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                            const RunOptions& options = {});
  Predictions predict(const std::vector<NamedData>& inputs, const RunOptions& options = {});

  // The gradient of the mean loss of these examples, at most batch_size of them, for each trainable connection by its name.
  // Shapes are those of the weights: Dense sources × targets, OneToOne neurons, Sparse as its lists, other patterns as the lists
  // that network() has; {1} where synapses share one weight. Changes nothing.
  std::map<std::string, Tensor<float>> batch_gradients(const std::vector<NamedData>& inputs,
                                                       const std::vector<NamedData>& targets,
                                                       const RunOptions& options = {});

  // The network with today's weights. Ids of the network that was compiled are good for it too. What was drawn is written out
  // (frozen weights, delays, parameters, patterns as Sparse lists), so that it is the same whatever it is compiled with next. Of
  // synapses of a Sparse list that are one, the first has the weight and the others have 0.
  Network network() const;

  double learning_rate() const;
  // Of the next batch; ≥ 0. Throws ModelError.
  void set_learning_rate(double rate);
  // How many updates have been made.
  std::uint64_t updates() const;

  const contract::Manifest& manifest() const;
  runtime::Device& device() const;
  // The generated source.
  const std::string& source() const;
  // Device memory held, in bytes, and by what.
  struct MemoryUse {
    std::string what;
    std::size_t bytes;
  };
  std::vector<MemoryUse> memory_use() const;

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace synfire
