// SPDX-License-Identifier: Apache-2.0
// Converts compilers to and from the compile settings of a description.
#include <algorithm>
#include <utility>

#include "declare_recordings.hpp"
#include "synfire/inference_compiler.hpp"
#include "synfire/training_compiler.hpp"

namespace synfire {
namespace {

// The fields that all compilers share.
template <class From, class To>
void copy_common(const From& from, To& to) {
  to.timesteps = from.timesteps;
  to.dt = from.dt;
  to.nominal_dt = from.nominal_dt;
  to.batch_size = from.batch_size;
  to.seed = from.seed;
  to.threads_per_block = from.threads_per_block;
}

template <class From, class To>
void copy_of_inference(const From& from, To& to) {
  copy_common(from, to);
  to.carry_over.neurons = from.carry_over.neurons;
  to.carry_over.synapses = from.carry_over.synapses;
  to.carry_over.spikes = from.carry_over.spikes;
  to.streaming = from.streaming;
  to.step_callbacks = from.step_callbacks;
  to.schedule = from.schedule;
  to.synapse_memory = from.synapse_memory;
  to.recording_memory = from.recording_memory;
}

template <class From, class To>
void copy_of_training(const From& from, To& to) {
  copy_common(from, to);
  to.gradient_slots = from.gradient_slots;
  to.max_spikes = from.max_spikes;
}

std::uint32_t position(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::uint32_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

// A loss or a surrogate with its values; adds a problem for an unknown one.
template <class Setting>
Setting checked(Setting setting, const std::string& path, std::vector<Problem>& problems) {
  for (Problem& problem : problems_of(setting.model, path)) problems.push_back(std::move(problem));
  return setting;
}

template <class Penalty>
Regularizer regularizer_of(const Penalty& penalty, const std::vector<std::string>&, const Network&) {
  return penalty;
}
Regularizer regularizer_of(const FiringRateSetting& setting, const std::vector<std::string>& populations,
                           const Network& network) {
  return FiringRate{PopulationId{position(populations, setting.population), network.identity()}, setting.band()};
}

// The name of a population; empty, with a problem, if the network has no such population.
std::string population_name(const PopulationReference& reference, const ObjectNames& names, const std::string& path,
                            std::vector<Problem>& problems) {
  const auto object = find_object(reference, names, path, problems);
  if (object && object->kind == ObjectKind::population) return names.populations[object->index];
  if (!object) return {};
  problems.push_back({.kind = ProblemKind::unknown_name,
                      .path = path,
                      .message = "the network has no population \"" + reference.name() + '"',
                      .hint = suggest(reference.name(), names.populations),
                      .given = reference.name()});
  return {};
}

// The options that both compilers of training programs have.
template <class Compiler>
Compiler training_compiler(const CompileSettings& settings, const Network& network) {
  std::vector<Problem> problems = settings.validate(network);
  if (!problems.empty()) throw ModelError(std::move(problems));
  Compiler compiler;
  copy_of_training(settings, compiler);
  compiler.losses = Losses(settings.losses.for_all.model, settings.losses.for_all.weight);
  compiler.optimizer = settings.optimizer;
  const std::vector<std::string> populations = names_of(network).populations;
  std::vector<OutputLoss> list;
  for (const OutputLossSetting& each : settings.losses.list)
    list.push_back(
        {PopulationId{position(populations, each.output), network.identity()}, each.loss.model, each.loss.weight});
  if (!list.empty()) compiler.losses = std::move(list);
  for (const RegularizerSetting& each : settings.regularizers)
    std::visit([&](const auto& one) { compiler.regularizers.push_back(regularizer_of(one, populations, network)); },
               each);
  return compiler;
}

Surrogates surrogates_of(const SurrogateSettings& settings, const Network& network) {
  if (settings.list.empty()) return settings.for_all.model;
  const std::vector<std::string> populations = names_of(network).populations;
  std::vector<PopulationSurrogate> list;
  for (const PopulationSurrogateSetting& each : settings.list)
    list.push_back({PopulationId{position(populations, each.population), network.identity()}, each.surrogate.model,
                    each.detach_reset});
  return list;
}

SurrogateSettings settings_of(const Surrogates& surrogates, const ObjectNames& names, std::vector<Problem>& problems) {
  const std::string path = "compiler.surrogate";
  SurrogateSettings settings;
  if (surrogates.list().empty()) settings.for_all = checked(SurrogateSetting(surrogates.for_all()), path, problems);
  for (std::size_t i = 0; i < surrogates.list().size(); ++i) {
    const std::string element = path + '[' + std::to_string(i) + ']';
    const PopulationSurrogate& given = surrogates.list()[i];
    settings.list.push_back({.population = population_name(given.population, names, element + ".population", problems),
                             .surrogate = checked(SurrogateSetting(given.surrogate), element + ".surrogate", problems),
                             .detach_reset = given.detach_reset});
  }
  return settings;
}

}  // namespace

InferenceCompiler InferenceCompiler::from(const CompileSettings& settings, const Network& network) {
  std::vector<Problem> problems = settings.validate(network);
  if (!problems.empty()) throw ModelError(std::move(problems));
  InferenceCompiler compiler;
  copy_of_inference(settings, compiler);
  const ObjectNames names = names_of(network);
  for (const RecordSetting& each : settings.record) {
    if (each.population.empty()) {
      const ConnectionId id{position(names.connections, each.connection), network.identity()};
      compiler.record.push_back({id, each.variable});
    } else {
      const PopulationId id{position(names.populations, each.population), network.identity()};
      compiler.record.push_back({id, each.variable});
    }
  }
  return compiler;
}

CompileSettings InferenceCompiler::settings(const Network& network) const {
  CompileSettings settings;
  copy_of_inference(*this, settings);
  const ObjectNames names = names_of(network);
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const auto object = find_object(record[i].object, names, "compiler.record[" + std::to_string(i) + ']', problems);
    if (!object) continue;
    RecordSetting setting{.variable = record[i].variable};
    const bool population = object->kind == ObjectKind::population;
    (population ? setting.population : setting.connection) =
        (population ? names.populations : names.connections)[object->index];
    settings.record.push_back(std::move(setting));
  }
  if (!problems.empty()) throw ModelError(std::move(problems));
  return settings;
}

EventPropCompiler EventPropCompiler::from(const CompileSettings& settings, const Network& network) {
  auto compiler = training_compiler<EventPropCompiler>(settings, network);
  compiler.allow_arrival_only = settings.allow_arrival_only;
  return compiler;
}

SurrogateCompiler SurrogateCompiler::from(const CompileSettings& settings, const Network& network) {
  auto compiler = training_compiler<SurrogateCompiler>(settings, network);
  compiler.surrogate = surrogates_of(settings.surrogate, network);
  compiler.detach_reset = settings.detach_reset;
  return compiler;
}

TrainingCompiler TrainingCompiler::from(const CompileSettings& settings, const Network& network) {
  if (settings.compiler == "surrogate") return SurrogateCompiler::from(settings, network);
  return EventPropCompiler::from(settings, network);
}

std::vector<Problem> problems_of(const MetricSettings& metrics, const std::string& path) {
  std::vector<Problem> problems;
  const auto check = [&](const std::string& name, const std::string& at, const Place& place) {
    if (name == no_metric) return;
    try {
      make_metric(name);
    } catch (const ModelError& error) {
      for (Problem problem : error.problems()) {
        problem.path = at;
        problem.place = place;
        problems.push_back(std::move(problem));
      }
    }
  };
  if (!metrics.for_all.empty()) check(metrics.for_all, path, metrics.place);
  for (std::size_t i = 0; i < metrics.list.size(); ++i)
    check(metrics.list[i].metric, path + '[' + std::to_string(i) + "].metric", metrics.list[i].place);
  return problems;
}

TrainOptions train_options(const TrainSettings& settings) {
  TrainOptions options{.epochs = settings.epochs, .validation_split = settings.validation_split};
  if (settings.early_stopping) options.callbacks.emplace_back(*settings.early_stopping);
  if (!settings.class_weights.for_all.empty()) options.class_weights = settings.class_weights.for_all;
  std::vector<OutputLossWeights> weights;
  for (const OutputClassWeights& each : settings.class_weights.list) weights.push_back({each.output, each.weights});
  if (!weights.empty()) options.class_weights = std::move(weights);
  if (std::vector<Problem> problems = problems_of(settings.metrics, "train.metrics"); !problems.empty())
    throw ModelError(std::move(problems));
  if (!settings.metrics.for_all.empty()) options.metrics = settings.metrics.for_all;
  std::vector<OutputMetric> metrics;
  for (const OutputMetricSetting& each : settings.metrics.list) metrics.push_back({each.output, each.metric});
  if (!metrics.empty()) options.metrics = std::move(metrics);
  // By name: their order has no meaning, but draws depend on it.
  std::vector<InputNoiseSetting> noises = settings.input_noise;
  std::stable_sort(noises.begin(), noises.end(),
                   [](const InputNoiseSetting& a, const InputNoiseSetting& b) { return a.population < b.population; });
  for (const InputNoiseSetting& each : noises) {
    if (each.dropout != 0) options.input_noise.push_back({each.population, Dropout{each.dropout}});
    if (each.gaussian != 0) options.input_noise.push_back({each.population, GaussianNoise{each.gaussian}});
    if (each.jitter != 0) options.input_noise.push_back({each.population, SpikeJitter{each.jitter}});
  }
  return options;
}

CompileSettings TrainingCompiler::settings(const Network& network) const {
  CompileSettings settings{.compiler = surrogate ? "surrogate" : "event_prop"};
  copy_of_training(*this, settings);
  settings.allow_arrival_only = allow_arrival_only;
  settings.detach_reset = detach_reset;
  settings.optimizer = optimizer;
  std::vector<Problem> problems;
  for (const Loss& loss : losses.for_all())
    settings.losses.for_all = checked(LossSetting(loss, losses.weight()), "compiler.losses", problems);
  const ObjectNames names = names_of(network);
  if (surrogate) settings.surrogate = settings_of(*surrogate, names, problems);
  for (std::size_t i = 0; i < losses.list().size(); ++i) {
    const std::string path = "compiler.losses[" + std::to_string(i) + ']';
    const OutputLoss& loss = losses.list()[i];
    OutputLossSetting& setting = settings.losses.list.emplace_back();
    setting.loss = checked(LossSetting(loss.loss, loss.weight), path, problems);
    setting.output = population_name(loss.output, names, path, problems);
  }
  for (std::size_t i = 0; i < regularizers.size(); ++i) {
    const std::string path = "compiler.regularizers[" + std::to_string(i) + ']';
    if (const auto* rate = std::get_if<FiringRate>(&regularizers[i])) {
      const RateBand& band = rate->band;
      settings.regularizers.emplace_back(FiringRateSetting{population_name(rate->population, names, path, problems),
                                                           band.lower, band.upper, band.strength});
    } else if (const auto* l1 = std::get_if<L1>(&regularizers[i])) {
      settings.regularizers.emplace_back(*l1);
    } else {
      settings.regularizers.emplace_back(std::get<L2>(regularizers[i]));
    }
  }
  if (!problems.empty()) throw ModelError(std::move(problems));
  return settings;
}

}  // namespace synfire
