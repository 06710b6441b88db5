// SPDX-License-Identifier: Apache-2.0
// A network that is being trained.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "synfire/network.hpp"
#include "synfire/training.hpp"

namespace synfire {

// Using an object that was moved from throws ModelError (invalid_option).
class TrainingNetwork {
 public:
  // Created by EventPropCompiler::compile and SurrogateCompiler::compile.
  struct Parts;
  explicit TrainingNetwork(Parts parts);
  ~TrainingNetwork();
  TrainingNetwork(TrainingNetwork&&) noexcept;
  TrainingNetwork& operator=(TrainingNetwork&&) noexcept;

  // Trains for epochs over the examples, with an update per batch, including a short last one. Another call continues
  // from there: weights, the optimizer's state and the update count are kept. Every output with a loss needs targets in
  // the form that the loss expects. Throws DataError or ModelError with every problem before anything runs, and
  // RunError for non-finite values, with the place where they began; the updates before that batch are kept.
  History train(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                const TrainOptions& options = {});

  // The same with data of their own for each epoch. Throws ModelError for validation_split and example_timesteps: there
  // is no last part of the data for all epochs, and EpochData has the steps. Data of sources are streamed, whatever
  // data_memory is.
  History train(const EpochGenerator& generator, const TrainOptions& options = {});

  // These use the current weights and do not affect training. Nothing is recorded: compile network() for that. Losses
  // and metrics are means over the examples.
  EvaluationResult evaluate(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                            const RunOptions& options = {});
  Predictions predict(const std::vector<NamedData>& inputs, const RunOptions& options = {});

  // The gradient of the mean loss of these examples, at most batch_size of them, for each trainable connection by name.
  // Shapes are those of the weights: sources × targets for Dense, neurons for OneToOne, the list for Sparse, the kernel
  // for convolutions, the lists of network() for other patterns; {1} if the synapses share one weight. Trained
  // delays are `hidden_output.delay`, with such shapes; parameters and initial values `hidden.tau_mem`,
  // `input_hidden.tau` (of its synapses), `output.readout.NAME` and `hidden.v(0)`: {neurons}, or {1} for one number.
  // Changes nothing.
  std::map<std::string, Tensor<float>> batch_gradients(const std::vector<NamedData>& inputs,
                                                       const std::vector<NamedData>& targets,
                                                       const RunOptions& options = {});

  // The network with the current weights, delays and parameters. Ids of the compiled network are valid for it. Drawn
  // values are written out (frozen weights, delays, parameters, patterns as Sparse lists), so it stays the same
  // whatever it is compiled with next. If several entries of a Sparse list form one synapse, the first has the weight
  // and the others have 0.
  Network network() const;

  // Replaces the weights of a trainable connection ("weight"), or a trained parameter ("tau_mem"), in the order and
  // shape of batch_gradients, without compiling; the entries of a list that form one synapse are added. The optimizer's
  // state and update count stay. Throws ModelError for what is not trained here, DataError for another shape and for
  // values that are not finite.
  void set(const ObjectReference& owner, const std::string& variable, const Tensor<float>& values);

  // Takes over the weights of connections that have the same name and the same synapses in another network, and trained
  // parameters of the same name: a warm start. `left`: a warning (weights_not_taken) for each connection of either
  // network that is left out, with the reason, and for such parameters. Throws ModelError if nothing matches.
  struct WarmStart {
    std::vector<std::string> taken = {};  // names of connections, and of parameters as in batch_gradients
    std::vector<Problem> left = {};
  };
  WarmStart take_weights(const Network& trained);

  // Weights, the optimizer's state, update count and learning rate, in one file (docs/training.md). Loading needs the
  // same network, compiled with the same settings, on any device; it also takes what the checkpoint of a run has, but
  // does not continue the run (TrainOptions::resume does). Throw DataError: file_access; loading also malformed_file,
  // unsupported, foreign_checkpoint.
  void save(const std::filesystem::path& path) const;
  void load(const std::filesystem::path& path);

  double learning_rate() const;
  // From the next batch on; ≥ 0. Throws ModelError.
  void set_learning_rate(double rate);
  // The number of updates so far.
  std::uint64_t updates() const;

  const contract::Manifest& manifest() const;
  runtime::Device& device() const;
  // The generated source.
  const std::string& source() const;
  // Device memory in use, in bytes, by purpose.
  struct MemoryUse {
    std::string what;
    std::size_t bytes;
  };
  std::vector<MemoryUse> memory_use() const;
  // Populations, connections, parameters and the memory of a batch, as `synfire info` prints them.
  std::string summary() const;

 private:
  void take_parameter(const contract::TrainedValue& value, const ir::Network& other, WarmStart& start);
  Parts& parts() const;  // throws ModelError if the object was moved from
  std::unique_ptr<Parts> parts_;
};

// Its summary.
std::ostream& operator<<(std::ostream& stream, const TrainingNetwork& network);

}  // namespace synfire
