// SPDX-License-Identifier: Apache-2.0
#include "synfire/runtime/trainer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "evaluate/data_binding.hpp"
#include "evaluate/results.hpp"
#include "evaluate/spike_check.hpp"
#include "stopwatch.hpp"
#include "synfire/base/files.hpp"
#include "synfire/warning.hpp"
#include "train/checkpoint_file.hpp"
#include "train/generated_epochs.hpp"
#include "train/loaded_data.hpp"
#include "train/loss_weighting.hpp"
#include "train/training_executor.hpp"
#include "train/training_run.hpp"

namespace synfire::runtime {
namespace {

bool has_source(const std::vector<NamedData>& list) {
  return std::any_of(list.begin(), list.end(), [](const NamedData& each) {
    return std::holds_alternative<const ValueSource*>(each.data.content()) ||
           std::holds_alternative<const SpikeSource*>(each.data.content());
  });
}

Problem option_problem(std::string path, std::string message) {
  return {.kind = ProblemKind::invalid_option, .path = std::move(path), .message = std::move(message)};
}

void check_options(const TrainOptions& options) {
  const bool own = !options.validation_inputs.empty() || !options.validation_targets.empty();
  for (const auto& [name, weights] : {std::pair{"validation_sample_weights", &options.validation_sample_weights},
                                      std::pair{"validation_step_weights", &options.validation_step_weights}}) {
    if (own || !weights->are_given()) continue;
    Problem problem = option_problem(name, "the weights are for validation_inputs, which are not given");
    problem.hint = "the part that validation_split holds out has its rows of sample_weights and step_weights";
    throw DataError(std::move(problem));
  }
  if (own && options.validation_split != 0) {
    throw DataError(option_problem("validation_split", "use either validation data or validation_split, not both"));
  }
  if (options.validation_split >= 0 && options.validation_split < 1) return;
  throw DataError({.kind = ProblemKind::invalid_value,
                   .path = "validation_split",
                   .message = "no data are left for training",
                   .expected = "0 ≤ validation_split < 1",
                   .given = std::to_string(options.validation_split)});
}

void check_options_of_generator(const TrainOptions& options) {
  if (options.validation_split != 0) {
    throw ModelError(option_problem("validation_split",
                                    "data that are generated for each epoch have no part to hold "
                                    "out: pass validation_inputs and validation_targets"));
  }
  if (!options.example_timesteps.empty())
    throw ModelError(
        option_problem("example_timesteps", "the generator gives the steps: EpochData::example_timesteps"));
  for (const auto& [name, weights] :
       {std::pair{"sample_weights", &options.sample_weights}, std::pair{"step_weights", &options.step_weights}}) {
    if (weights->are_given())
      throw ModelError(option_problem(name, std::string("the generator gives the weights: EpochData::") + name));
  }
}

// Class weights are for what is learned.
GivenWeights validation_weights(const TrainOptions& options) {
  static const LossWeights none;
  return {options.validation_sample_weights, options.validation_step_weights, none};
}

// Weights that stay 0 are chosen when the network is compiled (Trainable::keep_zeros).
void check_zeros(const contract::Artifact& artifact, const contract::TrainedValue& value,
                 std::span<const float> values) {
  if (value.zeros.empty()) return;
  for (const contract::ParameterValues& parameter : artifact.parameters) {
    if (parameter.buffer != value.zeros) continue;
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::uint32_t word = 0;
      std::memcpy(&word, parameter.bytes.data() + i / 32 * sizeof word, sizeof word);
      if ((word >> (i % 32) & 1u) == 0 || values[i] == 0) continue;
      throw ModelError({.kind = ProblemKind::invalid_value,
                        .path = value.path(),
                        .message = "a value that was 0 when the network was compiled stays 0 (keep_zeros)",
                        .hint = "compile the network with these weights",
                        .given = std::to_string(values[i])});
    }
  }
}

void check_learning_examples(std::size_t examples) {
  if (examples != 0) return;
  throw DataError(
      {.kind = ProblemKind::missing_data, .path = "inputs", .message = "the training data have no examples"});
}

}  // namespace

struct Trainer::State {
  State(std::shared_ptr<const contract::Artifact> given, std::shared_ptr<Device> on, TrainerOptions chosen)
      : artifact(std::move(given)),
        device(std::move(on)),
        options(std::move(chosen)),
        executor(artifact, device),
        index(artifact->manifest.populations, options.identity) {}

  const contract::Manifest& manifest() const { return artifact->manifest; }
  TrainingIdentity identity() const {
    return options.training_identity ? options.training_identity() : TrainingIdentity{};
  }

  BoundData bind(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                 const std::vector<std::uint32_t>& steps) const {
    RunOptions run;
    run.example_timesteps = steps;
    BoundData data = bind_data(index, manifest().timesteps, inputs, targets, expected_targets(manifest(), index), run);
    data.steps = steps;
    return data;
  }
  BoundData bind(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                 const std::vector<std::uint32_t>& steps, const WarningHandler& warn) const {
    BoundData data = bind(inputs, targets, steps);
    check_spike_times(data, manifest(), index, warn);
    return data;
  }

  void weigh(BoundData& data, const GivenWeights& given) const { runtime::weigh(data, manifest(), index, given); }

  // Checks what can be checked before sources are read, which can take long.
  void check_sources(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                     const std::vector<std::uint32_t>& steps, const GivenWeights& weights) const {
    if (!has_source(inputs) && !has_source(targets)) return;
    BoundData data = bind(inputs, targets, steps);
    weigh(data, weights);
  }
  void check_validation_sources(const TrainOptions& given) const {
    if (given.validation_inputs.empty() && given.validation_targets.empty()) return;
    try {
      check_sources(given.validation_inputs, given.validation_targets, given.validation_timesteps,
                    validation_weights(given));
    } catch (const DataError& error) {
      throw_about_validation(error);
    }
  }

  // No examples if the options have no validation data.
  BoundData bind_validation(const TrainOptions& given, LoadedData& loaded) const {
    if (given.validation_inputs.empty() && given.validation_targets.empty()) return {};
    // Errors of sources name their files.
    const std::vector<NamedData> inputs = loaded.load(given.validation_inputs),
                                 targets = loaded.load(given.validation_targets);
    try {
      BoundData data = bind(inputs, targets, given.validation_timesteps, given.warn);
      weigh(data, validation_weights(given));
      return data;
    } catch (const DataError& error) {
      throw_about_validation(error);
    }
  }

  TrainingContext context() {
    return {index,
            manifest(),
            executor,
            options.learning_rate,
            options.schedule,
            device.get(),
            options.training_identity,
            options.warnings};
  }

  // Runs all examples; `scores` may be null.
  Results run(const BoundData& data, const RunOptions& run, ScoreBoard* scores);

  std::shared_ptr<const contract::Artifact> artifact;
  std::shared_ptr<Device> device;
  TrainerOptions options;
  TrainingExecutor executor;
  PopulationIndex index;
};

Results Trainer::State::run(const BoundData& data, const RunOptions& run, ScoreBoard* scores) {
  std::vector<Problem> warnings;
  const auto plan =
      std::make_shared<const RecordingPlan>(plan_recordings(manifest(), index.network(), run, data.examples, warnings));
  const CallbackList callbacks(run.callbacks, false, warnings);
  deliver(warnings, run.warn);
  Results results(index, artifact, plan, 0, data.examples);
  const auto values = [&] { return scores != nullptr ? scores->values() : MetricValues{}; };
  const Stopwatch watch;
  std::size_t done = 0;
  ExampleFeed feed(executor, manifest(), data, callbacks, {});
  test_in_order(feed, manifest(), {.examples = {&data, 0, data.examples}, .seed = run.seed.value_or(manifest().seed)},
                callbacks, values, [&](const BatchOutcome& outcome, const TrainingBatch& batch) {
                  results.store_readouts([&](std::size_t population) { return executor.readout(population); }, done);
                  done += batch.batch.examples;
                  if (scores != nullptr) scores->add(outcome, batch, executor);
                  if (!run.progress) return;
                  const std::vector<OutputScore> so_far = scores ? scores->scores() : std::vector<OutputScore>{};
                  run.progress({done, data.examples, watch.seconds(),
                                so_far.empty() ? std::nullopt : std::optional(so_far.front().value)});
                });
  results.callback_data = callbacks.data();
  return results;
}

Trainer::Trainer(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<Device> device,
                 TrainerOptions options)
    : state_(std::make_unique<State>(std::move(artifact), std::move(device), std::move(options))) {}
Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

History Trainer::train(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                       const TrainOptions& options) {
  State& state = *state_;
  check_options(options);
  GivenWeights weights{options.sample_weights, options.step_weights, options.class_weights};
  state.check_sources(inputs, targets, options.example_timesteps, weights);
  state.check_validation_sources(options);
  LoadedData loaded(options.data_memory);
  const std::vector<NamedData> own_inputs = loaded.load(inputs), own_targets = loaded.load(targets);
  BoundData data = state.bind(own_inputs, own_targets, options.example_timesteps, options.warn);
  ExampleSet training{&data, 0, data.examples}, validation;
  BoundData own;
  if (options.validation_split != 0) {
    training.count = state.options.split_point(data.examples, options.validation_split);
    validation = {&data, training.count, data.examples - training.count};
  } else {
    own = state.bind_validation(options, loaded);
    validation = {&own, 0, own.examples};
  }
  check_learning_examples(training.count);
  weights.learned = training.count;
  state.weigh(data, weights);
  if (validation.count == 0) validation.data = nullptr;
  return TrainingRun(state.context(), training, validation, options).run();
}

History Trainer::train(const EpochGenerator& generator, const TrainOptions& options) {
  State& state = *state_;
  check_options(options);
  check_options_of_generator(options);
  state.check_validation_sources(options);
  GeneratedEpochs epochs(generator, [&](const EpochData& data, bool first) {
    const WarningHandler silent = [](const Problem&) {};
    BoundData bound = state.bind(data.inputs, data.targets, data.example_timesteps, first ? options.warn : silent);
    state.weigh(bound, {data.sample_weights, data.step_weights, options.class_weights, bound.examples});
    return bound;
  });
  const BoundData& data = epochs.data(options.start_epoch);
  check_learning_examples(data.examples);
  LoadedData loaded(options.data_memory);
  const BoundData own = state.bind_validation(options, loaded);
  const ExampleSet validation{own.examples == 0 ? nullptr : &own, 0, own.examples};
  return TrainingRun(state.context(), {&data, 0, data.examples}, validation, options, &epochs).run();
}

void Trainer::save(const std::filesystem::path& path) const {
  base::require_writable(path);
  write_checkpoint(path,
                   {.identity = state_->identity(),
                    .learning_rate = state_->options.learning_rate,
                    .scheduled = state_->options.schedule.has_value(),
                    .trained = state_->executor.state()},
                   *state_->manifest().training);
}

void Trainer::load(const std::filesystem::path& path) {
  const CheckpointContent content = read_checkpoint(path, state_->manifest(), state_->identity());
  state_->executor.restore(content.trained);
  state_->options.learning_rate = content.learning_rate;
  if (!content.scheduled) state_->options.schedule.reset();
}

EvaluationResult Trainer::evaluate(const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                                   const RunOptions& options) {
  State& state = *state_;
  ScoreBoard scores(state.index, choose_training_metrics(state.manifest(), state.index, options.metrics));
  const BoundData data = state.bind(inputs, targets, options.example_timesteps, options.warn);
  const Stopwatch watch;
  EvaluationResult result;
  result.predictions.content_ =
      std::shared_ptr<Predictions::Content>(new Predictions::Content{.results = state.run(data, options, &scores)});
  result.seconds = watch.seconds();
  result.examples = data.examples;
  result.network = state.index.network();
  const std::vector<OutputScore> final_scores = scores.scores();
  for (std::size_t i = 0; i < final_scores.size(); ++i) {
    const ChosenMetric& chosen = scores.metrics()[i];
    result.entries.push_back({final_scores[i].output, final_scores[i].metric,
                              static_cast<std::uint32_t>(chosen.population), final_scores[i].value,
                              final_scores[i].loss, final_scores[i].ambiguity,
                              chosen.metric ? chosen.metric->table() : std::nullopt});
  }
  return result;
}

Predictions Trainer::predict(const std::vector<NamedData>& inputs, const RunOptions& options) {
  State& state = *state_;
  const BoundData data = bind_data(state.index, state.manifest().timesteps, inputs, options);
  check_spike_times(data, state.manifest(), state.index, options.warn);
  Predictions predictions;
  predictions.content_ =
      std::shared_ptr<Predictions::Content>(new Predictions::Content{.results = state.run(data, options, nullptr)});
  return predictions;
}

std::vector<std::vector<float>> Trainer::gradients(const std::vector<NamedData>& inputs,
                                                   const std::vector<NamedData>& targets, const RunOptions& options) {
  State& state = *state_;
  const BoundData data = state.bind(inputs, targets, options.example_timesteps, options.warn);
  const std::uint32_t most = std::max(state.manifest().batch_size, 1u);
  if (data.examples == 0 || data.examples > most) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = "inputs",
                     .message = "gradients need a single batch",
                     .expected = "1 to " + std::to_string(most) + " examples",
                     .given = std::to_string(data.examples)});
  }
  std::vector<std::uint32_t> order(data.examples);
  for (std::size_t e = 0; e < order.size(); ++e) order[e] = static_cast<std::uint32_t>(e);
  BatchFeeder feeder(state.manifest(), data);
  return state.executor.gradients(
      feeder.batch({.examples = order, .first = 0, .seed = options.seed.value_or(state.manifest().seed)}));
}

std::vector<std::int8_t> Trainer::recorded_spikes(std::size_t population) const {
  return state_->executor.recorded_spikes(population);
}

std::vector<float> Trainer::value(std::size_t index) const { return state_->executor.value(index); }
void Trainer::set_value(std::size_t index, std::span<const float> values) {
  check_zeros(*state_->artifact, state_->manifest().training->values[index], values);
  state_->executor.set_value(index, values);
}
const contract::Artifact& Trainer::artifact() const { return *state_->artifact; }
Device& Trainer::device() const { return *state_->device; }
std::vector<Executor::MemoryUse> Trainer::memory_use() const { return state_->executor.memory_use(); }
std::uint64_t Trainer::updates() const { return state_->executor.updates(); }
double Trainer::learning_rate() const { return state_->options.learning_rate; }
void Trainer::set_learning_rate(double rate) {
  state_->options.learning_rate = rate;
  state_->options.schedule.reset();
}

}  // namespace synfire::runtime
