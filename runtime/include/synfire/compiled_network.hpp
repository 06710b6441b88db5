// SPDX-License-Identifier: Apache-2.0
// A compiled network, ready to run: evaluate, predict, and batches one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/error.hpp"
#include "synfire/metrics.hpp"
#include "synfire/reference.hpp"
#include "synfire/runtime/device.hpp"
#include "synfire/tensor.hpp"

namespace synfire {

// A view of the data of one population: the first axis counts examples. The data must outlive the call.
//   Tensor<float>         values: examples × shape, or examples × frames × shape; flat where either side is flat
//   SpikeTrains           for populations that replay spikes
//   integers              only as labels; as input they are refused (never silently turned into currents)
class DataView {
 public:
  DataView(const Tensor<float>& values);              // NOLINT(google-explicit-constructor)
  DataView(const SpikeTrains& trains);                // NOLINT(google-explicit-constructor)
  DataView(const Tensor<std::uint8_t>& labels);       // NOLINT(google-explicit-constructor)
  DataView(const Tensor<std::int32_t>& labels);       // NOLINT(google-explicit-constructor)
  DataView(const Tensor<std::int64_t>& labels);       // NOLINT(google-explicit-constructor)
  DataView(const std::vector<std::uint8_t>& labels);  // NOLINT(google-explicit-constructor)
  DataView(const std::vector<int>& labels);           // NOLINT(google-explicit-constructor)

  std::size_t examples() const;
  using Content =
      std::variant<const Tensor<float>*, const SpikeTrains*, const Tensor<std::uint8_t>*, const Tensor<std::int32_t>*,
                   const Tensor<std::int64_t>*, const std::vector<std::uint8_t>*, const std::vector<int>*>;
  const Content& content() const { return content_; }

 private:
  Content content_;
};

// Data for one population, named by id, layer or name.
struct NamedData {
  PopulationReference population;
  DataView data;
};

// A metric for one output, or for all.
struct MetricChoice {
  MetricChoice(const char* metric) : name(metric) {}             // NOLINT(google-explicit-constructor)
  MetricChoice(std::string metric) : name(std::move(metric)) {}  // NOLINT(google-explicit-constructor)
  std::string name;
};
struct OutputMetric {
  PopulationReference output;
  MetricChoice metric;
};

// What a progress callback is told after each batch.
struct Progress {
  std::size_t examples_done = 0;
  std::size_t examples = 0;
  double seconds = 0;
  std::optional<double> metric;  // running value of the first output's metric
};

struct RunOptions {
  std::vector<std::uint32_t> example_timesteps = {};   // per example of the data; empty: all take the compiled number
  std::optional<std::uint64_t> seed = std::nullopt;    // default: the compiler's
  std::string metric = "sparse_categorical_accuracy";  // for every output without an entry in `metrics`
  std::vector<OutputMetric> metrics = {};
  std::function<void(const Progress&)> progress = {};
};

// Recorded spikes of one population: for each example a list of (neuron, step, sign) in order of (step, neuron).
struct RecordedSpike {
  std::uint32_t neuron;
  std::uint32_t step;
  std::int8_t sign;
  bool operator==(const RecordedSpike&) const = default;
};

// Results by population.
class Predictions {
 public:
  // Readouts of an output: examples × shape. Throws ModelError for a population that is no output of the network.
  const Tensor<float>& operator[](const PopulationReference& output) const&;
  // A recorded variable: examples × timesteps × shape; NaN past an example's last step.
  const Tensor<float>& recorded(const PopulationReference& population, const std::string& variable) const&;
  // Recorded spikes, one list per example.
  const std::vector<std::vector<RecordedSpike>>& spikes(const PopulationReference& population) const&;

  // Of a temporary, as in `model.predict(…)[output]`, the results are handed over: nothing is left dangling.
  Tensor<float> operator[](const PopulationReference& output) && { return std::as_const(*this)[output]; }
  Tensor<float> recorded(const PopulationReference& population, const std::string& variable) && {
    return std::as_const(*this).recorded(population, variable);
  }
  std::vector<std::vector<RecordedSpike>> spikes(const PopulationReference& population) && {
    return std::as_const(*this).spikes(population);
  }

 private:
  friend class CompiledNetwork;
  struct Content;
  std::shared_ptr<Content> content_;
};

struct EvaluationResult {
  // The value of the metric of an output. The second form checks the metric's name too.
  double metric(const PopulationReference& output) const;
  double metric(const PopulationReference& output, const std::string& name) const;
  Predictions predictions;
  std::size_t examples = 0;
  double seconds = 0;  // of running, data transfer included, without compiling and loading

  struct Entry {
    std::string output, name;
    std::uint32_t index;
    double value;
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

// How state passes from one example to the next in the same place of the following batch. Default: none does.
struct CarryOver {
  bool neurons = false;   // neuron state and refractory periods
  bool synapses = false;  // postsynaptic state
  bool spikes = false;    // spikes in flight
  bool any() const { return neurons || synapses || spikes; }
  bool operator==(const CarryOver&) const = default;
};

class CompiledNetwork {
 public:
  // `identity` is that of the network whose ids are accepted; 0: only names.
  CompiledNetwork(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<runtime::Device> device,
                  CarryOver carry_over = {}, std::uint64_t identity = 0);
  ~CompiledNetwork();
  CompiledNetwork(CompiledNetwork&&) noexcept;
  CompiledNetwork& operator=(CompiledNetwork&&) noexcept;

  // Runs all examples and compares each output with its targets: class labels, or values of the output's shape.
  // Throws DataError with all problems: missing, surplus or repeated populations, wrong sizes, NaN, labels out of range.
  EvaluationResult evaluate(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                            const RunOptions& options = {});
  // Runs all examples.
  Predictions predict(const std::vector<NamedData>& inputs, const RunOptions& options = {});
  // Runs all examples and hands over the result of each batch as it is ready; return false to stop.
  void for_each_batch(const std::vector<NamedData>& inputs, const std::function<bool(const BatchResult&)>& receive,
                      const RunOptions& options = {});
  // A network without input populations, or one whose inputs have no data, run `examples` times.
  Predictions predict(std::size_t examples, const RunOptions& options = {});

  // Forgets carried-over state.
  void reset();

  const contract::Manifest& manifest() const;
  const contract::Artifact& artifact() const;
  runtime::Device& device() const;
  // The generated source.
  const std::string& source() const;
  // Milliseconds spent on loading the program and filling its buffers.
  double load_milliseconds() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace synfire
