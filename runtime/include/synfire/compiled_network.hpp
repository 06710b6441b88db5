// SPDX-License-Identifier: Apache-2.0
// A compiled network, ready to run: evaluate, predict, and batch by batch.
#pragma once

#include <any>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "synfire/artifact_file.hpp"
#include "synfire/callbacks.hpp"
#include "synfire/contract/artifact.hpp"
#include "synfire/error.hpp"
#include "synfire/example_source.hpp"
#include "synfire/metrics.hpp"
#include "synfire/recording.hpp"
#include "synfire/reference.hpp"
#include "synfire/runtime/device.hpp"
#include "synfire/summary.hpp"
#include "synfire/tensor.hpp"

namespace synfire {

namespace runtime {
class Trainer;
}

// A view of the data of one population: the first axis counts examples. The data must outlive the call.
//   Tensor<float>         values: examples × shape, or examples × frames × shape; flat if either side is flat
//   SpikeTrains           for populations that replay spikes
//   integers              only as labels; as input they are rejected (never silently converted to currents)
//   ValueSource, SpikeSource  the same as Tensor<float> and SpikeTrains, but read batch by batch (example_source.hpp)
class DataView {
 public:
  DataView(const Tensor<float>& values);              // NOLINT(google-explicit-constructor)
  DataView(const SpikeTrains& trains);                // NOLINT(google-explicit-constructor)
  DataView(const Tensor<std::uint8_t>& labels);       // NOLINT(google-explicit-constructor)
  DataView(const Tensor<std::int32_t>& labels);       // NOLINT(google-explicit-constructor)
  DataView(const Tensor<std::int64_t>& labels);       // NOLINT(google-explicit-constructor)
  DataView(const std::vector<std::uint8_t>& labels);  // NOLINT(google-explicit-constructor)
  DataView(const std::vector<int>& labels);           // NOLINT(google-explicit-constructor)
  DataView(const ValueSource& values);                // NOLINT(google-explicit-constructor)
  DataView(const SpikeSource& spikes);                // NOLINT(google-explicit-constructor)

  std::size_t examples() const;
  using Content =
      std::variant<const Tensor<float>*, const SpikeTrains*, const Tensor<std::uint8_t>*, const Tensor<std::int32_t>*,
                   const Tensor<std::int64_t>*, const std::vector<std::uint8_t>*, const std::vector<int>*,
                   const ValueSource*, const SpikeSource*>;
  const Content& content() const { return content_; }

 private:
  Content content_;
};

// Data for one population, given by id, layer or name.
struct NamedData {
  PopulationReference population;
  DataView data;
};

// What a progress callback receives after each batch.
struct Progress {
  std::size_t examples_done = 0;
  std::size_t examples = 0;
  double seconds = 0;
  std::optional<double> metric;  // running value of the first output's metric
};

struct RunOptions {
  std::vector<std::uint32_t> example_timesteps = {};  // per example of the data; empty: the compiled number for all
  std::optional<std::uint64_t> seed = std::nullopt;   // default: the compiler's
  // One or a list. Default: sparse_categorical_accuracy; for a TrainingNetwork, the one that matches the loss.
  Metrics metrics = {};
  std::function<void(const Progress&)> progress = {};
  std::vector<KeptRecording> recordings = {};  // which parts of recordings to keep; others are kept whole
  std::filesystem::path record_to = {};        // a .npz file for all recordings without one of their own
  std::filesystem::path predictions_to =
      {};  // of evaluate and predict: a .npz file, maybe the same, for the readouts, by
           // output name
  std::vector<CallbackReference> callbacks = {};
  std::function<void(const Problem&)> warn = {};  // receives warnings; default: set_warning_handler's (warning.hpp)
  // States and readouts that are NaN or infinite at the end of an example (of each window or step, if it runs in these)
  // are a RunError with population, neuron, variable, example and step, unless this allows them. For a TrainingNetwork,
  // losses and gradients are checked.
  bool allow_non_finite = false;
};

// Results by population and connection. If a run keeps several recordings of one variable, `key` (Keep::key) selects
// one; it can be omitted if there is only one. Throws ModelError: foreign_id, unknown_name; missing_variable if the
// variable was not recorded, was written to a file or has another form.
class Predictions {
 public:
  // Readouts of an output: examples × shape. Throws ModelError for a population that is not an output of the network.
  const Tensor<float>& operator[](const PopulationReference& output) const&;
  // A recorded variable: kept examples × kept steps × shape, or × kept neurons if not all are kept; NaN past an
  // example's last step. "weight" and "delay" of a connection (examples × steps × sources × targets): only small ones,
  // as synapses() needs a single copy.
  const Tensor<float>& recorded(const ObjectReference& object, const std::string& variable,
                                const std::string& key = {}) const&;
  // Recorded spikes: for each kept example a list, sorted by (step, neuron).
  const std::vector<std::vector<RecordedSpike>>& spikes(const ObjectReference& population,
                                                        const std::string& key = {}) const&;
  // Keep::counts: kept examples × shape, or × kept neurons.
  const Tensor<std::uint32_t>& spike_counts(const ObjectReference& population, const std::string& key = {}) const&;
  // "weight" or "delay" (ms) of a connection.
  const SynapseRecording& synapses(const ObjectReference& connection, const std::string& variable,
                                   const std::string& key = {}) const&;
  // The examples, steps and neurons of the elements of a recording; also for one written to a file.
  RecordingAxes axes(const ObjectReference& object, const std::string& variable, const std::string& key = {}) const;
  // Data of callbacks, by key. Empty in the results of for_each_batch.
  const std::map<std::string, std::any>& callback_data() const&;

  // On a temporary, as in `model.predict(…)[output]`, results are returned by value: nothing dangles.
  Tensor<float> operator[](const PopulationReference& output) && { return std::as_const(*this)[output]; }
  Tensor<float> recorded(const ObjectReference& object, const std::string& variable, const std::string& key = {}) && {
    return std::as_const(*this).recorded(object, variable, key);
  }
  std::vector<std::vector<RecordedSpike>> spikes(const ObjectReference& population, const std::string& key = {}) && {
    return std::as_const(*this).spikes(population, key);
  }
  Tensor<std::uint32_t> spike_counts(const ObjectReference& population, const std::string& key = {}) && {
    return std::as_const(*this).spike_counts(population, key);
  }
  SynapseRecording synapses(const ObjectReference& connection, const std::string& variable,
                            const std::string& key = {}) && {
    return std::as_const(*this).synapses(connection, variable, key);
  }
  std::map<std::string, std::any> callback_data() && { return std::as_const(*this).callback_data(); }

 private:
  friend class CompiledNetwork;
  friend class runtime::Trainer;
  struct Content;
  std::shared_ptr<Content> content_;
};

struct EvaluationResult {
  // The value of the metric of an output. The second form also checks the name of the metric.
  double metric(const PopulationReference& output) const;
  double metric(const PopulationReference& output, const std::string& name) const;
  // The table of a metric that has one, such as confusion_matrix. Throws ModelError (missing_variable) for others.
  const Tensor<double>& table(const PopulationReference& output) const;
  // The mean loss of an output over the examples; NaN for a network that was not compiled with losses.
  double loss(const PopulationReference& output) const;
  Predictions predictions;
  std::size_t examples = 0;
  double seconds = 0;  // run time including data transfer, without compiling and loading

  struct Entry {
    std::string output, name;
    std::uint32_t index;
    double value;
    double loss = std::numeric_limits<double>::quiet_NaN();
    Ambiguity ambiguity = {};  // examples without a single largest readout
    std::optional<Tensor<double>> table = std::nullopt;
  };
  std::vector<Entry> entries;
  std::uint64_t network = 0;
};

// One batch of results, in order.
struct BatchResult {
  std::size_t first_example = 0;
  std::size_t examples = 0;
  Predictions predictions;
};

// State that passes from each example to the next, in the order of the data; the first starts from the initial state,
// or continues from the last one of the previous run (CompiledNetwork::reset discards it). Examples then run one after
// the other, whatever the batch size. Default: none.
struct CarryOver {
  bool neurons = false;   // neuron state and refractory periods
  bool synapses = false;  // postsynaptic state
  bool spikes = false;    // spikes in flight
  bool any() const { return neurons || synapses || spikes; }
  bool operator==(const CarryOver&) const = default;
};

// Options for loading a file.
struct LoadOptions {
  std::string device =
      {};                // "host", "cuda"; empty: cuda if the file has a program for a GPU of this machine, else host
  unsigned threads = 0;  // host: worker threads; 0: one per core
  int ordinal = 0;       // cuda: which GPU
  CarryOver carry_over = {};  // needs a program compiled with it, or for streaming
};

// Using an object that was moved from throws ModelError (invalid_option).
class CompiledNetwork {
 public:
  // The program of a .synfire file (docs/artifacts.md) that suits the device best; populations go by their names.
  // Loading it runs its native code. Throws as load_artifact, and DeviceError if the device is unavailable, lacks
  // memory or can run none of the programs; BuildError if a binary cannot be loaded; ModelError (invalid_option) for a
  // carry_over that the program does not support.
  static CompiledNetwork load(const std::filesystem::path& path, const LoadOptions& options = {});
  // The same from memory, which may be freed once the network is loaded.
  static CompiledNetwork load(std::span<const std::byte> bytes, const LoadOptions& options = {});

  // `identity` is that of the network whose ids are accepted; 0: only names. `make_file` makes the file that save()
  // writes. `parameters`: for summary().
  CompiledNetwork(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<runtime::Device> device,
                  CarryOver carry_over = {}, std::uint64_t identity = 0, std::function<ArtifactFile()> make_file = {},
                  std::shared_ptr<const NetworkParameters> parameters = nullptr);
  ~CompiledNetwork();
  CompiledNetwork(CompiledNetwork&&) noexcept;
  CompiledNetwork& operator=(CompiledNetwork&&) noexcept;

  // Runs all examples and compares each output with its targets: class labels, or values of the output's shape. Throws
  // DataError with all problems: missing, surplus or repeated populations, wrong sizes, NaN, labels out of range.
  EvaluationResult evaluate(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                            const RunOptions& options = {});
  // Runs all examples.
  Predictions predict(const std::vector<NamedData>& inputs, const RunOptions& options = {});
  // Runs all examples and passes on the result of each batch once it is ready; return false to stop.
  void for_each_batch(const std::vector<NamedData>& inputs, const std::function<bool(const BatchResult&)>& receive,
                      const RunOptions& options = {});
  // Runs a network without input populations, or without data for its inputs, `examples` times.
  Predictions predict(std::size_t examples, const RunOptions& options = {});

  // Writes a .synfire file that runs on other machines of the same kind, without a compiler: compiles for them first
  // (InferenceCompiler::build_file; docs/artifacts.md). Replaces the file, or leaves it unchanged. Throws as build_file
  // and save_artifact, and ModelError (unsupported) for a network that was loaded from a file or a bare artifact.
  void save(const std::filesystem::path& path) const;

  // Discards carried-over state.
  void reset();

  const contract::Manifest& manifest() const;
  const contract::Artifact& artifact() const;
  runtime::Device& device() const;
  // The generated source.
  const std::string& source() const;
  // Milliseconds spent loading the program and filling its buffers.
  double load_milliseconds() const;

  // Populations, connections, parameters and memory, as `synfire info` prints them. Numbers of parameters are `?` for a
  // network that was loaded from a file or a bare artifact.
  std::string summary() const;

 private:
  struct State;
  State& state() const;  // throws ModelError if the object was moved from
  std::unique_ptr<State> state_;
};

// Its summary.
std::ostream& operator<<(std::ostream& stream, const CompiledNetwork& network);

}  // namespace synfire
