// SPDX-License-Identifier: Apache-2.0
#include "synfire/compiled_network.hpp"

#include <ostream>
#include <utility>

#include "evaluate/population_index.hpp"
#include "evaluate/run.hpp"
#include "evaluate/spike_check.hpp"
#include "executor/binary_choice.hpp"
#include "stopwatch.hpp"
#include "synfire/base/live.hpp"

namespace synfire {

using runtime::BatchRunner;
using runtime::BoundData;
using runtime::ChosenMetric;
using runtime::Results;
using runtime::Run;
using runtime::Stopwatch;

struct CompiledNetwork::State {
  std::shared_ptr<const contract::Artifact> artifact;
  std::shared_ptr<runtime::Device> device;
  runtime::PopulationIndex index;
  Stopwatch loading = {};
  BatchRunner runner;
  double load_milliseconds = 1000 * loading.seconds();
  bool warned_of_steps = false;
  std::function<ArtifactFile()> make_file = {};
  std::shared_ptr<const NetworkParameters> parameters = nullptr;

  State(std::shared_ptr<const contract::Artifact> given, std::shared_ptr<runtime::Device> on, CarryOver carry_over,
        std::uint64_t identity)
      : artifact(std::move(given)),
        device(std::move(on)),
        index(artifact->manifest.populations, identity),
        runner(artifact, device, carry_over) {}

  runtime::RunContext context() { return {index, artifact, runner, warned_of_steps}; }

  // Runs all examples; feeds `metrics`, which match the targets.
  std::shared_ptr<Predictions::Content> run(const BoundData& data, const std::vector<ChosenMetric>& metrics,
                                            const RunOptions& options) {
    return contents(Run(context(), data, metrics, options).whole());
  }

  static std::shared_ptr<Predictions::Content> contents(Results results) {
    return std::shared_ptr<Predictions::Content>(new Predictions::Content{.results = std::move(results)});
  }
};

CompiledNetwork::CompiledNetwork(std::shared_ptr<const contract::Artifact> artifact,
                                 std::shared_ptr<runtime::Device> device, CarryOver carry_over, std::uint64_t identity,
                                 std::function<ArtifactFile()> make_file,
                                 std::shared_ptr<const NetworkParameters> parameters)
    : state_(std::make_unique<State>(std::move(artifact), std::move(device), carry_over, identity)) {
  state_->make_file = std::move(make_file);
  state_->parameters = std::move(parameters);
}

CompiledNetwork::~CompiledNetwork() = default;
CompiledNetwork::CompiledNetwork(CompiledNetwork&&) noexcept = default;
CompiledNetwork& CompiledNetwork::operator=(CompiledNetwork&&) noexcept = default;

CompiledNetwork::State& CompiledNetwork::state() const { return base::live(state_, "CompiledNetwork"); }

EvaluationResult CompiledNetwork::evaluate(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                                           const RunOptions& options) {
  const std::vector<ChosenMetric> metrics = runtime::choose_metrics(state().index, options.metrics);
  const BoundData data =
      runtime::bind_data(state().index, manifest().timesteps, inputs, targets, targets_of(metrics), options);
  check_spike_times(data, manifest(), state().index, options.warn);
  const Stopwatch running;
  const std::shared_ptr<Predictions::Content> content = state().run(data, metrics, options);
  EvaluationResult result;
  result.seconds = running.seconds();
  result.examples = data.examples;
  result.network = state().index.network();
  for (const ChosenMetric& chosen : metrics) {
    result.entries.push_back({state().index[chosen.population].name, chosen.name,
                              static_cast<std::uint32_t>(chosen.population), chosen.metric->value(),
                              std::numeric_limits<double>::quiet_NaN(), chosen.metric->ambiguity(),
                              chosen.metric->table()});
  }
  result.predictions.content_ = content;
  return result;
}

Predictions CompiledNetwork::predict(const std::vector<NamedData>& inputs, const RunOptions& options) {
  const BoundData data = runtime::bind_data(state().index, manifest().timesteps, inputs, options);
  check_spike_times(data, manifest(), state().index, options.warn);
  Predictions predictions;
  predictions.content_ = state().run(data, {}, options);
  return predictions;
}

Predictions CompiledNetwork::predict(std::size_t examples, const RunOptions& options) {
  const BoundData data = runtime::bind_silence(state().index, manifest().timesteps, examples, options);
  Predictions predictions;
  predictions.content_ = state().run(data, {}, options);
  return predictions;
}

void CompiledNetwork::for_each_batch(const std::vector<NamedData>& inputs,
                                     const std::function<bool(const BatchResult&)>& receive,
                                     const RunOptions& options) {
  const BoundData data = runtime::bind_data(state().index, manifest().timesteps, inputs, options);
  check_spike_times(data, manifest(), state().index, options.warn);
  const std::vector<ChosenMetric> no_metrics;
  Run(state().context(), data, no_metrics, options)
      .batches([&](std::size_t first_example, std::size_t examples, Results results) {
        BatchResult batch{.first_example = first_example, .examples = examples, .predictions = {}};
        batch.predictions.content_ = State::contents(std::move(results));
        return receive(batch);
      });
}

void CompiledNetwork::save(const std::filesystem::path& path) const {
  if (state().make_file) return save_artifact(path, state().make_file());
  throw ModelError({.kind = ProblemKind::unsupported,
                    .path = "save",
                    .message = "a loaded program does not have the network that it was compiled from",
                    .hint = "copy the file it was loaded from, or compile the network and save the result"});
}

void CompiledNetwork::reset() { state().runner.reset(); }

const contract::Manifest& CompiledNetwork::manifest() const { return state().artifact->manifest; }
const contract::Artifact& CompiledNetwork::artifact() const { return *state().artifact; }
runtime::Device& CompiledNetwork::device() const { return *state().device; }
const std::string& CompiledNetwork::source() const {
  return runtime::choose_binary(*state().artifact, *state().device).source;
}
double CompiledNetwork::load_milliseconds() const { return state().load_milliseconds; }

std::string CompiledNetwork::summary() const {
  return summary_of({{device().name(), &manifest()}}, state().parameters.get());
}

std::ostream& operator<<(std::ostream& stream, const CompiledNetwork& network) { return stream << network.summary(); }

}  // namespace synfire
