// SPDX-License-Identifier: Apache-2.0
// Validation of the parts of a description outside its network.
#include <algorithm>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "data/check_code.hpp"
#include "model_values.hpp"
#include "synfire/base/single.hpp"
#include "synfire/description.hpp"
#include "synfire/events.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire {
namespace {

// The first of each name.
template <class Thing>
using ByName = std::unordered_map<std::string_view, const Thing*>;

template <class Thing>
ByName<Thing> by_name(const std::vector<Thing>& things) {
  ByName<Thing> named;
  for (const Thing& thing : things) named.emplace(thing.name, &thing);
  return named;
}

template <class Thing>
std::vector<std::string> names_of(const std::vector<Thing>& things) {
  std::vector<std::string> names;
  names.reserve(things.size());
  for (const Thing& thing : things) names.push_back(thing.name);
  return names;
}

const NeuronModel& model_of(const ir::Population& population) { return population.neuron; }

// Whether the neurons take values, and spikes. Mistakes in their text are reported with the network.
std::pair<bool, bool> takes(const NeuronModel& neuron) {
  try {
    const ir::ParsedNeuron parsed = ir::parse(neuron);
    return {parsed.uses_input, parsed.replays_spikes};
  } catch (const ModelError&) {
    return {true, true};
  }
}
const SynapseModel& model_of(const ir::Connection& connection) { return connection.synapse; }

// What can be recorded: in each step, and the weights and delays of a connection.
std::vector<std::string> recordable(const ir::Population& population) {
  std::vector<std::string> names = names_of(population.neuron.state);
  if (!population.neuron.threshold.empty()) names.insert(names.begin(), "spikes");
  return names;
}

std::vector<std::string> recordable(const ir::Connection& connection) {
  std::vector<std::string> names = names_of(connection.synapse.state);
  names.insert(names.end(), {"weight", "delay"});
  return names;
}

class Check {
 public:
  explicit Check(const Network& network)
      : network_(network.description()),
        populations_(by_name(network_.populations)),
        connections_(by_name(network_.connections)) {}

  std::vector<Problem> problems;

  void settings(const CompileSettings& settings) {
    one_of("compiler", settings.compiler, {"inference", "event_prop", "surrogate"});
    if (!settings.schedule.empty()) one_of("schedule", settings.schedule, {"automatic", "trial", "step"});
    for (std::size_t i = 0; i < settings.record.size() && !full(); ++i) record(i, settings.record[i]);
    if (settings.losses.list.empty()) loss_text(settings.losses.for_all, "compile.losses");
    for (std::size_t i = 0; i < settings.losses.list.size() && !full(); ++i) loss(i, settings.losses.list);
    for (std::size_t i = 0; i < settings.regularizers.size() && !full(); ++i) {
      const std::string path = "compile.regularizers[" + std::to_string(i) + ']';
      std::visit([&](const auto& each) { regularizer(each, path); }, settings.regularizers[i]);
    }
    const SurrogateSettings& surrogates = settings.surrogate;
    if (surrogates.list.empty()) surrogate_text(surrogates.for_all, "compile.surrogate");
    for (std::size_t i = 0; i < surrogates.list.size() && !full(); ++i) surrogate(i, surrogates.list);
  }

  void input_noise(std::size_t index, const std::vector<InputNoiseSetting>& list) {
    const InputNoiseSetting& noise = list[index];
    const std::string path = "train.input_noise[" + std::to_string(index) + "]";
    const auto refuse = [&](const std::string& member, const std::string& message, double given,
                            const std::string& expected = {}) {
      add({.kind = ProblemKind::invalid_value,
           .path = path + member,
           .message = message,
           .expected = expected,
           .given = to_string(Value(given)),
           .place = noise.place});
    };
    if (!(noise.dropout >= 0 && noise.dropout < 1))
      refuse(".dropout", "the probability is out of range", noise.dropout, "≥ 0 and < 1");
    for (const auto& [member, number] : {std::pair{".gaussian", noise.gaussian}, std::pair{".jitter", noise.jitter}}) {
      if (!(number >= 0) || !base::is_single(number))
        refuse(member, "the standard deviation is out of range", number, "≥ 0");
    }
    const ir::Population* const population =
        known_name(network_.populations, "population", noise.population, path + ".population", noise.place);
    if (population == nullptr) return;
    const auto is_same = [&](const InputNoiseSetting& each) { return each.population == noise.population; };
    const auto here = list.begin() + static_cast<std::ptrdiff_t>(index);
    if (std::any_of(list.begin(), here, is_same)) {
      add({.kind = ProblemKind::duplicate_name,
           .path = path + ".population",
           .message = "the noise of the population is already given",
           .hint = "list all of it in one entry",
           .given = noise.population,
           .place = noise.place});
    }
    const auto [takes_values, takes_spikes] = takes(population->neuron);
    if (noise.gaussian != 0 && !takes_values) refuse(".gaussian", "the population takes no values", noise.gaussian);
    if (noise.jitter != 0 && !takes_spikes) refuse(".jitter", "the population takes no spikes", noise.jitter);
  }

  void class_weights(const std::vector<double>& weights, const std::string& path, const Place& place = {}) {
    if (weights.empty()) {
      add({.kind = ProblemKind::invalid_value,
           .path = path,
           .message = "the list of weights is empty",
           .expected = "a number for each class",
           .place = place});
    }
    for (std::size_t i = 0; i < weights.size() && !full(); ++i) {
      if (weights[i] >= 0 && base::is_single(weights[i])) continue;
      add({.kind = ProblemKind::invalid_value,
           .path = path + '[' + std::to_string(i) + ']',
           .message = "the weight is out of range",
           .expected = "finite and ≥ 0",
           .given = to_string(Value(weights[i])),
           .place = place});
    }
  }

  void count_of_classes(const OutputClassWeights& own, const std::string& path) {
    if (own.weights.empty()) return;  // reported already
    for (const ir::Population& population : network_.populations) {
      if (population.name != own.output || !population.shape.is_set() || own.weights.size() == population.neurons())
        continue;
      add({.kind = ProblemKind::wrong_data_size,
           .path = path,
           .message = "the weights are not one for each class",
           .expected = std::to_string(population.neurons()),
           .given = std::to_string(own.weights.size()),
           .place = own.place});
    }
  }

  void class_weights(const ClassWeightSettings& settings) {
    const std::string path = "train.class_weights";
    if (!settings.for_all.empty()) class_weights(settings.for_all, path);
    std::unordered_map<std::string_view, std::size_t> first;
    for (std::size_t i = 0; i < settings.list.size() && !full(); ++i) {
      const OutputClassWeights& own = settings.list[i];
      const std::string at = path + '[' + std::to_string(i) + ']';
      known_name(network_.populations, "population", own.output, at + ".output", own.place);
      class_weights(own.weights, at + ".weights", own.place);
      count_of_classes(own, at + ".weights");
      const auto [other, is_first] = first.emplace(own.output, i);
      if (is_first) continue;
      add({.kind = ProblemKind::duplicate_name,
           .path = at,
           .message = "the output has two lists of weights",
           .hint = "remove this or " + path + '[' + std::to_string(other->second) + ']',
           .given = own.output,
           .place = own.place});
    }
  }

  void metrics(const MetricSettings& settings) {
    const std::string path = "train.metrics";
    std::unordered_map<std::string_view, std::size_t> first;
    for (std::size_t i = 0; i < settings.list.size() && !full(); ++i) {
      const OutputMetricSetting& own = settings.list[i];
      const std::string at = path + '[' + std::to_string(i) + ']';
      const ir::Population* const output =
          known_name(network_.populations, "population", own.output, at + ".output", own.place);
      if (output && !output->readout) {
        add({.kind = ProblemKind::missing_variable,
             .path = at + ".output",
             .message = "the population has no readout, so it has no metric",
             .given = own.output,
             .place = own.place});
      }
      const auto [other, is_first] = first.emplace(own.output, i);
      if (is_first) continue;
      add({.kind = ProblemKind::duplicate_name,
           .path = at,
           .message = "the output has two metrics",
           .hint = "remove this or " + path + '[' + std::to_string(other->second) + ']',
           .given = own.output,
           .place = own.place});
    }
  }

  void train(const TrainSettings& settings) {
    if (!(settings.validation_split >= 0 && settings.validation_split < 1)) {
      add({.kind = ProblemKind::invalid_value,
           .path = "train.validation_split",
           .message = "the fraction is out of range",
           .expected = "≥ 0 and < 1",
           .given = std::to_string(settings.validation_split)});
    }
    for (std::size_t i = 0; i < settings.input_noise.size() && !full(); ++i) input_noise(i, settings.input_noise);
    class_weights(settings.class_weights);
    metrics(settings.metrics);
    if (!settings.early_stopping) return;
    const std::string path = "train.early_stopping";
    for (Problem& problem : problems_of(*settings.early_stopping, path)) add(std::move(problem));
    const std::optional<Monitor> monitor = parse_monitor(settings.early_stopping->monitor);
    if (!monitor || monitor->output.empty()) return;
    const ir::Population* output =
        known_name(network_.populations, "population", monitor->output, path + ".monitor", {});
    if (!output || output->readout) return;
    add({.kind = ProblemKind::missing_variable,
         .path = path + ".monitor",
         .message = "the population has no readout, so it has no loss",
         .hint = "monitor an output",
         .given = settings.early_stopping->monitor});
  }

  void inputs(const std::vector<InputPreparation>& preparations) {
    std::unordered_map<std::string_view, std::size_t> first;
    for (std::size_t i = 0; i < preparations.size() && !full(); ++i) {
      const std::string path = "inputs[" + std::to_string(i) + ']';
      const InputPreparation& preparation = preparations[i];
      const auto [other, is_first] = first.emplace(preparation.population, i);
      if (is_first) {
        input(preparation, path);
        continue;
      }
      add({.kind = ProblemKind::duplicate_name,
           .path = path,
           .message = "the data of this population are prepared twice",
           .hint = "remove this or inputs[" + std::to_string(other->second) + ']',
           .given = preparation.population,
           .place = preparation.place});
    }
  }

 private:
  // More would help nobody, and take memory.
  static constexpr std::size_t most = 1000, most_suggestions = 20;
  bool full() const { return problems.size() >= most; }
  void add(Problem problem) {
    if (!full()) problems.push_back(std::move(problem));
  }

  void input(const InputPreparation& preparation, const std::string& path) {
    const ir::Population* population =
        known_name(network_.populations, "population", preparation.population, path + ".population", preparation.place);
    std::visit(
        [&](const auto& code) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(code)>, std::monostate>)
            encoding(code, path, preparation.place);
        },
        preparation.encode);
    if (!preparation.events.empty()) recordings(preparation, path);
    if (!population || is_unknown(population->neuron)) return;
    try {
      const ir::ParsedNeuron neuron = ir::parse(population->neuron);
      const bool encodes = preparation.encode.index() != 0;
      if (!preparation.events.empty() && neuron.uses_input && !neuron.replays_spikes)
        add({.kind = ProblemKind::invalid_option,
             .path = path + ".events",
             .message = "the population expects values, but recordings are spikes",
             .hint = "remove \"events\", or use the neuron spike_input",
             .given = preparation.population,
             .place = preparation.place});
      if (neuron.uses_input || neuron.replays_spikes) {
        if (!encodes || neuron.replays_spikes) return;
        add({.kind = ProblemKind::invalid_option,
             .path = path + ".encode",
             .message = "the population expects values, but the code makes spikes",
             .hint = "remove \"encode\", or use the neuron spike_input",
             .given = preparation.population,
             .place = preparation.place});
        return;
      }
      add({.kind = ProblemKind::invalid_option,
           .path = path + ".population",
           .message = "the population is not an input",
           .hint = "use spike_input or another neuron that reads input",
           .given = preparation.population,
           .place = preparation.place});
    } catch (const ModelError&) {  // already reported
    }
  }

  void recordings(const InputPreparation& preparation, const std::string& path) {
    if (preparation.scale || preparation.encode.index() != 0)
      add({.kind = ProblemKind::invalid_option,
           .path = path + ".events",
           .message = "recordings are spikes, which cannot be scaled or encoded",
           .hint = "remove \"scale\" and \"encode\"",
           .given = preparation.population,
           .place = preparation.place});
    try {
      parse_event_settings(preparation.events);
    } catch (const DataError& error) {
      Problem problem = error.problems().front();
      problem.path = path + (problem.path == "events" ? ".events" : ".events." + problem.path);
      problem.place = preparation.place;
      add(std::move(problem));
    }
  }

  template <class Code>
  void encoding(const Code& code, const std::string& path, const Place& place) {
    try {
      check_code(code);
    } catch (const DataError& error) {
      Problem problem = error.problems().front();
      problem.path = path + ".encode." + problem.path;
      problem.place = place;
      add(std::move(problem));
    }
  }

  void one_of(const std::string& member, const std::string& given, const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), given) != known.end()) return;
    add({.kind = ProblemKind::invalid_option,
         .path = "compile." + member,
         .message = "unknown " + member + " \"" + given + '"',
         .hint = suggest(given, known),
         .given = given});
  }

  template <class Thing>
  const Thing* known_name(const std::vector<Thing>& things, const std::string& kind, const std::string& name,
                          const std::string& path, const Place& place) {
    if constexpr (std::is_same_v<Thing, ir::Population>) {
      if (const auto found = populations_.find(name); found != populations_.end()) return found->second;
    } else {
      if (const auto found = connections_.find(name); found != connections_.end()) return found->second;
    }
    add({.kind = ProblemKind::unknown_name,
         .path = path,
         .message = "unknown " + kind + " \"" + name + '"',
         .hint = problems.size() < most_suggestions ? suggest(name, names_of(things)) : "",
         .given = name,
         .place = place});
    return nullptr;
  }

  void record(std::size_t index, const RecordSetting& setting) {
    const std::string path = "compile.record[" + std::to_string(index) + ']';
    if (setting.population.empty() == setting.connection.empty()) {
      add({.kind = ProblemKind::invalid_option,
           .path = path,
           .message = "a recording needs either a population or a connection",
           .expected = "one of the keys \"population\" and \"connection\"",
           .place = setting.place});
    } else if (!setting.population.empty()) {
      variable(known_name(network_.populations, "population", setting.population, path + ".population", setting.place),
               setting, path);
    } else {
      variable(known_name(network_.connections, "connection", setting.connection, path + ".connection", setting.place),
               setting, path);
    }
  }

  void loss_text(const LossSetting& setting, const std::string& path) {
    for (Problem& problem : problems_of(setting.model, path, setting.place, setting.text)) add(std::move(problem));
    if (setting.weight >= 0 && base::is_single(setting.weight)) return;
    add({.kind = ProblemKind::invalid_value,
         .path = path + ".weight",
         .message = "the weight of the loss is out of range",
         .expected = "finite and ≥ 0",
         .given = to_string(Value(setting.weight)),
         .place = setting.place});
  }

  void loss(std::size_t index, const std::vector<OutputLossSetting>& list) {
    const std::string path = "compile.losses[" + std::to_string(index) + ']';
    const OutputLossSetting& setting = list[index];
    loss_text(setting.loss, path);
    const ir::Population* output =
        known_name(network_.populations, "population", setting.output, path + ".output", setting.place);
    if (output && !output->readout) {
      add({.kind = ProblemKind::missing_variable,
           .path = path + ".output",
           .message = "the population has no readout, so the loss has nothing to minimize",
           .hint = "add one, for example \"readout\": \"avg_var\"",
           .given = setting.output,
           .place = setting.place});
    }
    const auto [other, is_first] = losses_.emplace(setting.output, index);
    if (is_first) return;
    add({.kind = ProblemKind::duplicate_name,
         .path = path,
         .message = "the output has two losses",
         .hint = "remove this or compile.losses[" + std::to_string(other->second) + ']',
         .given = setting.output,
         .place = setting.place});
  }

  void surrogate_text(const SurrogateSetting& setting, const std::string& path) {
    for (Problem& problem : problems_of(setting.model, path, setting.place, setting.text)) add(std::move(problem));
  }

  void surrogate(std::size_t index, const std::vector<PopulationSurrogateSetting>& list) {
    const std::string path = "compile.surrogate[" + std::to_string(index) + ']';
    const PopulationSurrogateSetting& setting = list[index];
    surrogate_text(setting.surrogate, path + ".surrogate");
    const ir::Population* population =
        known_name(network_.populations, "population", setting.population, path + ".population", setting.place);
    if (population && !ir::reaches_threshold(population->neuron)) {
      add({.kind = ProblemKind::unsupported,
           .path = path + ".population",
           .message = "the population never reaches a threshold, so it has no use for a surrogate",
           .given = setting.population,
           .place = setting.place});
    }
    const auto [other, is_first] = surrogates_.emplace(setting.population, index);
    if (is_first) return;
    add({.kind = ProblemKind::duplicate_name,
         .path = path,
         .message = "the population has two surrogates",
         .hint = "remove this or compile.surrogate[" + std::to_string(other->second) + ']',
         .given = setting.population,
         .place = setting.place});
  }

  template <class Penalty>
  void regularizer(const Penalty& penalty, const std::string& path) {
    for (Problem& problem : problems_of(penalty, path)) add(std::move(problem));
  }

  void regularizer(const FiringRateSetting& setting, const std::string& path) {
    known_name(network_.populations, "population", setting.population, path + ".population", setting.place);
    for (Problem& problem : problems_of(setting.band(), path)) {
      problem.place = setting.place;
      add(std::move(problem));
    }
  }

  template <class Thing>
  void variable(const Thing* thing, const RecordSetting& setting, const std::string& path) {
    if (!thing || is_unknown(model_of(*thing))) return;
    const std::vector<std::string> known = recordable(*thing);
    if (std::find(known.begin(), known.end(), setting.variable) != known.end()) return;
    add({.kind = ProblemKind::missing_variable,
         .path = path + ".variable",
         .message = "\"" + thing->name + "\" has no variable \"" + setting.variable + "\" to record",
         .hint = suggest(setting.variable, known),
         .given = setting.variable,
         .place = setting.place});
  }

  const ir::Network& network_;
  ByName<ir::Population> populations_;
  ByName<ir::Connection> connections_;
  std::unordered_map<std::string_view, std::size_t> losses_ = {};      // the first of each output
  std::unordered_map<std::string_view, std::size_t> surrogates_ = {};  // the first of each population
};

}  // namespace

std::vector<Problem> CompileSettings::validate(const Network& network) const {
  Check check(network);
  check.settings(*this);
  return std::move(check.problems);
}

std::vector<Problem> TrainSettings::validate(const Network& network) const {
  Check check(network);
  check.train(*this);
  return std::move(check.problems);
}

std::vector<Problem> Description::validate() const {
  std::vector<Problem> problems = network.validate();
  Check check(network);
  check.inputs(inputs);
  check.settings(compile);
  if (train) check.train(*train);
  problems.insert(problems.end(), check.problems.begin(), check.problems.end());
  return problems;
}

}  // namespace synfire
