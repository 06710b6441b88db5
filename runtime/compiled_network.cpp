// SPDX-License-Identifier: Apache-2.0
#include "synfire/compiled_network.hpp"

#include <chrono>
#include <utility>

#include "evaluate/batch_runner.hpp"
#include "evaluate/data_binding.hpp"
#include "evaluate/metric_choice.hpp"
#include "evaluate/population_index.hpp"
#include "evaluate/results.hpp"
#include "executor/binary_choice.hpp"

namespace synfire {

using runtime::BatchRunner;
using runtime::BoundData;
using runtime::BoundTarget;
using runtime::ChosenMetric;
using runtime::Results;

namespace {

using Metrics = std::vector<ChosenMetric>;

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

// Adds examples [first, end) of an output to its metric.
void add_examples(Metric& metric, const BoundTarget& target, const Results& results, std::size_t first,
                  std::size_t end) {
  for (std::size_t e = first; e < end; ++e) {
    const std::span<const float> readout = results.readout(target.population, e);
    if (target.values == nullptr) {
      metric.add(readout, target.labels[e], {});
    } else {
      metric.add(readout, 0, std::span(target.values->values()).subspan(e * readout.size(), readout.size()));
    }
  }
}

}  // namespace

struct CompiledNetwork::State {
  std::shared_ptr<const contract::Artifact> artifact;
  std::shared_ptr<runtime::Device> device;
  runtime::PopulationIndex index;
  Stopwatch loading = {};
  BatchRunner runner;
  double load_milliseconds = 1000 * loading.seconds();

  State(std::shared_ptr<const contract::Artifact> given, std::shared_ptr<runtime::Device> on, CarryOver carry_over,
        std::uint64_t identity)
      : artifact(std::move(given)),
        device(std::move(on)),
        index(artifact->manifest.populations, identity),
        runner(artifact, device, carry_over) {}

  // Runs all examples and keeps their results; feeds `metrics`, which go with the targets.
  Results run(const BoundData& data, const Metrics& metrics, const RunOptions& options) {
    Results results(index, artifact->manifest, data.examples);
    const Stopwatch running;
    runner.run(data, options, [&](const BatchRunner::Done& done) {
      const std::size_t end = done.first_example + done.examples;
      results.store(runner.executor(), done.first_example, done.examples, done.steps);
      for (std::size_t m = 0; m < metrics.size(); ++m) {
        add_examples(*metrics[m].metric, data.targets[m], results, done.first_example, end);
      }
      if (options.progress) {
        const auto metric = metrics.empty() ? std::nullopt : std::optional(metrics.front().metric->value());
        options.progress({end, data.examples, running.seconds(), metric});
      }
      return true;
    });
    return results;
  }
};

CompiledNetwork::CompiledNetwork(std::shared_ptr<const contract::Artifact> artifact,
                                 std::shared_ptr<runtime::Device> device, CarryOver carry_over, std::uint64_t identity)
    : state_(std::make_unique<State>(std::move(artifact), std::move(device), carry_over, identity)) {}

CompiledNetwork::~CompiledNetwork() = default;
CompiledNetwork::CompiledNetwork(CompiledNetwork&&) noexcept = default;
CompiledNetwork& CompiledNetwork::operator=(CompiledNetwork&&) noexcept = default;

EvaluationResult CompiledNetwork::evaluate(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                                           const RunOptions& options) {
  const Metrics metrics = runtime::choose_metrics(state_->index, options);
  const BoundData data = runtime::bind_data(state_->index, manifest().timesteps, inputs, targets, metrics, options);
  const Stopwatch running;
  Results results = state_->run(data, metrics, options);
  EvaluationResult result;
  result.seconds = running.seconds();
  result.examples = data.examples;
  result.network = state_->index.network();
  for (const ChosenMetric& chosen : metrics) {
    result.entries.push_back({state_->index[chosen.population].name, chosen.name,
                              static_cast<std::uint32_t>(chosen.population), chosen.metric->value()});
  }
  result.predictions.content_ = std::make_shared<Predictions::Content>(Predictions::Content{std::move(results)});
  return result;
}

Predictions CompiledNetwork::predict(const std::vector<NamedData>& inputs, const RunOptions& options) {
  const BoundData data = runtime::bind_data(state_->index, manifest().timesteps, inputs, options);
  Predictions predictions;
  predictions.content_ = std::make_shared<Predictions::Content>(Predictions::Content{state_->run(data, {}, options)});
  return predictions;
}

Predictions CompiledNetwork::predict(std::size_t examples, const RunOptions& options) {
  const BoundData data = runtime::bind_silence(state_->index, manifest().timesteps, examples, options);
  Predictions predictions;
  predictions.content_ = std::make_shared<Predictions::Content>(Predictions::Content{state_->run(data, {}, options)});
  return predictions;
}

void CompiledNetwork::for_each_batch(const std::vector<NamedData>& inputs,
                                     const std::function<bool(const BatchResult&)>& receive,
                                     const RunOptions& options) {
  const BoundData data = runtime::bind_data(state_->index, manifest().timesteps, inputs, options);
  const Stopwatch running;
  state_->runner.run(data, options, [&](const BatchRunner::Done& done) {
    Results results(state_->index, manifest(), done.examples);
    results.store(state_->runner.executor(), 0, done.examples, done.steps);
    BatchResult batch{.first_example = done.first_example, .examples = done.examples, .predictions = {}};
    batch.predictions.content_ = std::make_shared<Predictions::Content>(Predictions::Content{std::move(results)});
    if (options.progress) {
      options.progress({done.first_example + done.examples, data.examples, running.seconds(), std::nullopt});
    }
    return receive(batch);
  });
}

void CompiledNetwork::reset() { state_->runner.reset(); }

const contract::Manifest& CompiledNetwork::manifest() const { return state_->artifact->manifest; }
const contract::Artifact& CompiledNetwork::artifact() const { return *state_->artifact; }
runtime::Device& CompiledNetwork::device() const { return *state_->device; }
const std::string& CompiledNetwork::source() const {
  return runtime::choose_binary(*state_->artifact, *state_->device).source;
}
double CompiledNetwork::load_milliseconds() const { return state_->load_milliseconds; }

}  // namespace synfire
