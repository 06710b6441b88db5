// SPDX-License-Identifier: Apache-2.0
#include "model/training_task.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "data/preparation.hpp"
#include "data/source.hpp"
#include "model/metrics.hpp"
#include "model/model_file.hpp"
#include "model/training.hpp"
#include "output.hpp"
#include "synfire/base/single.hpp"
#include "synfire/checkpoint.hpp"
#include "synfire/event_prop_compiler.hpp"
#include "synfire/ir/parsed_model.hpp"
#include "synfire/registry.hpp"
#include "synfire/training_compiler.hpp"

namespace synfire::command_line {
namespace {

constexpr const char* inputs_note = "inputs";
constexpr const char* train_note = "train";  // whether the description has these settings
constexpr char note_separator = ';';         // between the values of a repeated option

// What a checkpoint keeps of the command line, by the names of the options. Those of the first kind are overridden by
// the command line; the others determine what is learned, so they cannot be given again. No names of files are among
// them: a checkpoint does not decide what is written.
const std::vector<std::string> kept_options = {"epochs", "checkpoint-every"};
const std::vector<std::string> fixed_options = {
    "validation-split", "learning-rate-decay", "early-stopping", "dropout", "noise",
    "jitter",           "class-weights",       "metric",         "first"};
const std::vector<std::string> options_of_the_network = {
    "loss",  "surrogate", "learning-rate", "timesteps", "dt",        "batch-size", "seed",
    "scale", "encode",    "events",        "diagnose",  "init-from", "set"};

constexpr std::uint32_t most_slots = 32;

CompileSettings compile_settings_for(const Arguments& arguments, const Description& description) {
  CompileSettings settings = description.compile;
  apply_training_settings(arguments, settings);
  if (!settings.trains()) settings.compiler = "event_prop";
  apply_surrogate(arguments, settings);
  if (const auto rate = arguments.number("learning-rate")) settings.optimizer.learning_rate = *rate;
  return settings;
}

void refuse_fixed_options(const Arguments& arguments) {
  std::vector<Problem> problems;
  for (const auto* list : {&fixed_options, &options_of_the_network}) {
    for (const std::string& name : *list) {
      if (arguments.has(name))
        problems.push_back(usage_problem("--" + name, "the checkpoint already says this",
                                         "omit the option, or give a MODEL to begin another run"));
    }
  }
  if (!problems.empty()) throw UsageError(std::move(problems));
}

// A task whose network and options are in a checkpoint.
TrainingTask resumed_task(const Arguments& given) {
  refuse_fixed_options(given);
  const std::string file = given.text("resume");
  const CheckpointInfo info = read_checkpoint(file);
  TrainingTask task{.arguments = given,
                    .description = parse_description(info.description, info.tensors, file),
                    .stem = stem_of(file),
                    .gradient_slots = std::min(info.gradient_slots, most_slots)};
  for (const auto* list : {&kept_options, &fixed_options}) {
    for (const std::string& name : *list) {
      const auto note = info.notes.find(name);
      if (note == info.notes.end() || given.has(name)) continue;
      for (const std::string& each : split(note->second, note_separator)) task.arguments.add(name, each);
    }
  }
  if (info.notes.contains(train_note)) task.description.train.emplace();
  const auto inputs = info.notes.find(inputs_note);
  if (inputs != info.notes.end()) task.description.inputs = from_note(inputs->second, file);
  return task;
}

TrainingTask new_task(const Arguments& given) {
  if (!given.has("MODEL")) {
    throw UsageError(
        usage_problem("MODEL", "no model is given", "name a description, or continue a checkpoint with --resume FILE"));
  }
  const std::string model = given.text("MODEL");
  return {.arguments = given, .description = description_of(given), .stem = stem_of(model)};
}

// ---- Noise on inputs

struct NoiseOption {
  const char* name;
  double InputNoiseSetting::*member;
  bool for_values, for_spikes;
};
constexpr std::array noise_options{NoiseOption{"dropout", &InputNoiseSetting::dropout, true, true},
                                   NoiseOption{"noise", &InputNoiseSetting::gaussian, true, false},
                                   NoiseOption{"jitter", &InputNoiseSetting::jitter, false, true}};

// The only input that the option fits.
std::string only_input(const NoiseOption& option, const Network& network) {
  std::vector<std::string> names;
  for (const ir::Population& each : network.description().populations) {
    const ir::ParsedNeuron neuron = ir::parse(each.neuron);
    if ((option.for_spikes && neuron.replays_spikes) || (option.for_values && neuron.uses_input))
      names.push_back(each.name);
  }
  if (names.size() == 1) return names.front();
  throw UsageError(usage_problem(std::string("--") + option.name,
                                 names.empty() ? "no input takes it" : "several inputs can take it",
                                 names.empty() ? "" : "name one: " + names.front() + "=NUMBER"));
}

// `0.1`, `input=0.1,drive=0.2`
void apply_noise(const Arguments& arguments, const NoiseOption& option, const Network& network,
                 TrainSettings& settings) {
  if (!arguments.has(option.name)) return;
  for (const std::string& part : split(arguments.text(option.name), ',')) {
    const auto [name, text] = split_name(part);
    const auto number = to_number(text);
    const bool is_fraction = option.member == &InputNoiseSetting::dropout;
    if (!number) {
      throw UsageError(usage_problem(std::string("--") + option.name, "the value is not a number", {},
                                     "[INPUT=]NUMBER[,INPUT=NUMBER...]", part));
    }
    if (!(*number >= 0) || (is_fraction && !(*number < 1))) {
      throw UsageError(usage_problem(std::string("--") + option.name, "the number is out of range", {},
                                     is_fraction ? "≥ 0 and < 1" : "≥ 0", text));
    }
    const std::string population = name.empty() ? only_input(option, network) : name;
    auto found = std::find_if(settings.input_noise.begin(), settings.input_noise.end(),
                              [&](const InputNoiseSetting& each) { return each.population == population; });
    if (found == settings.input_noise.end())
      found = settings.input_noise.insert(settings.input_noise.end(), {.population = population});
    (*found).*option.member = *number;
  }
}

// ---- Weights of classes

std::vector<double> class_weights_in(const std::string& text) {
  std::vector<double> numbers;
  for (const std::string& part : split(text, ',')) {
    const auto number = to_number(part);
    if (!number) {
      throw UsageError(
          usage_problem("--class-weights", "the weight is not a number", {}, "[OUTPUT=]WEIGHT[,WEIGHT...]", part));
    }
    if (!(*number >= 0) || !base::is_single(*number))
      throw UsageError(usage_problem("--class-weights", "the weight is out of range", {}, "finite and ≥ 0", part));
    numbers.push_back(*number);
  }
  return numbers;
}

// `1,5`, `place=1,5`
void apply_class_weights(const Arguments& arguments, TrainSettings& settings) {
  if (!arguments.has("class-weights")) return;
  settings.class_weights = {};
  const std::vector<std::string>& given = arguments.list("class-weights");
  for (const std::string& text : given) {
    const auto [name, numbers] = split_name(text);
    if (name.empty() && given.size() > 1) {
      throw UsageError(usage_problem("--class-weights", "weights for all outputs are given beside others",
                                     "name the output: OUTPUT=" + text));
    }
    if (name.empty()) return void(settings.class_weights.for_all = class_weights_in(text));
    settings.class_weights.list.push_back({.output = name, .weights = class_weights_in(numbers)});
  }
}

std::string listed(const std::vector<double>& weights) {
  std::string text;
  for (const double each : weights) text += (text.empty() ? "" : ",") + exact_decimal(each);
  return text;
}

std::string class_weights_note(const ClassWeightSettings& settings) {
  if (settings.list.empty()) return listed(settings.for_all);
  std::string text;
  for (const OutputClassWeights& each : settings.list)
    text += (text.empty() ? std::string{} : std::string{note_separator}) + each.output + '=' + listed(each.weights);
  return text;
}

std::string metrics_note(const MetricSettings& settings) {
  if (settings.list.empty()) return settings.for_all;
  std::string text;
  for (const OutputMetricSetting& each : settings.list)
    text += (text.empty() ? std::string{} : std::string{note_separator}) + each.output + '=' + each.metric;
  return text;
}

void apply_loop_options(TrainingTask& task) {
  const Arguments& arguments = task.arguments;
  task.loop = loop_settings(arguments, task.description);
  if (task.description.train) task.description.train = task.loop.settings;
  task.checkpoint = arguments.text("checkpoint", arguments.text("resume"));
  task.checkpoint_every = arguments.integer("checkpoint-every", 1).value_or(0);
  if (task.checkpoint_every != 0 && task.checkpoint.empty())
    throw UsageError(
        usage_problem("--checkpoint-every", "the checkpoint to write has no name", "name one: --checkpoint FILE"));
}

std::map<std::string, std::string> notes_of(const TrainingTask& task, const std::vector<InputPreparation>& inputs) {
  const TrainSettings& settings = task.loop.settings;
  std::map<std::string, std::string> notes{{"epochs", std::to_string(settings.epochs)},
                                           {"validation-split", exact_decimal(settings.validation_split)},
                                           {"learning-rate-decay", exact_decimal(task.loop.decay)},
                                           {"early-stopping", "none"},
                                           {inputs_note, to_note(inputs)}};
  if (settings.early_stopping) notes["early-stopping"] = to_string(*settings.early_stopping);
  for (const NoiseOption& option : noise_options) {
    std::string text;
    for (const InputNoiseSetting& each : settings.input_noise) {
      if (each.*option.member != 0)
        text += (text.empty() ? "" : ",") + each.population + '=' + exact_decimal(each.*option.member);
    }
    if (!text.empty()) notes[option.name] = text;
  }
  if (!settings.class_weights.empty()) notes["class-weights"] = class_weights_note(settings.class_weights);
  if (!settings.metrics.empty()) notes["metric"] = metrics_note(settings.metrics);
  if (task.description.train) notes[train_note] = "";
  if (task.checkpoint_every != 0) notes["checkpoint-every"] = std::to_string(task.checkpoint_every);
  if (const auto first = task.arguments.integer("first", 1)) notes["first"] = std::to_string(*first);
  return notes;
}

[[noreturn]] void wrong_stopping(const std::string& message, const std::string& given) {
  throw UsageError(usage_problem("--early-stopping", message, {},
                                 "MONITOR[,patience=N][,min_delta=NUMBER][,restore_best=true|false]", given));
}

void set_part(EarlyStopping& settings, const std::string& part) {
  const auto [name, value] = split_name(part);
  const auto number = to_number(value);
  const auto whole = to_integer(value);
  if (name == "patience" && whole && *whole <= std::numeric_limits<std::uint32_t>::max())
    settings.patience = static_cast<std::uint32_t>(*whole);
  else if (name == "min_delta" && number)
    settings.min_delta = *number;
  else if (name == "restore_best" && (value == "true" || value == "false"))
    settings.restore_best = value == "true";
  else
    wrong_stopping("an option is unknown or has no valid value", part);
}

}  // namespace

std::vector<Option> loop_options() {
  return {
      {.name = "epochs", .value = "N", .help = "number of epochs, instead of the description's (default: 10)"},
      {.name = "validation-split",
       .value = "FRACTION",
       .help = "hold out the last part of the data for validation after each epoch"},
      {.name = "early-stopping",
       .value = "MONITOR[,OPTION=VALUE...]",
       .help =
           "end when MONITOR (training|validation[.OUTPUT].loss|METRIC) no longer improves, with the weights of the "
           "best epoch; options: patience (5 epochs), min_delta (0), restore_best (true); none: as if the "
           "description had no early_stopping"},
      {.name = "dropout",
       .value = "[INPUT=]P[,INPUT=P...]",
       .help = "leave out each input spike or value with probability P, in training only"},
      {.name = "noise",
       .value = "[INPUT=]SD[,INPUT=SD...]",
       .help = "add Gaussian noise of standard deviation SD to input values, in training only"},
      {.name = "jitter",
       .value = "[INPUT=]MS[,INPUT=MS...]",
       .help = "move input spikes by Gaussian noise of standard deviation MS, in training only"},
      {.name = "class-weights",
       .value = "[OUTPUT=]W[,W...]",
       .help = "multiply the loss of each example by the weight of its label's class, in training only; OUTPUT can be "
               "omitted if the weights are for all outputs with labels",
       .repeated = true},
      metric_option("", "leaves an output without one (default: the metric that matches the loss)"),
      {.name = "learning-rate-decay",
       .value = "FACTOR",
       .help = "multiply the learning rate by FACTOR after each epoch; not with a schedule"},
  };
}

std::vector<Option> run_options_of_training() {
  return {
      {.name = "validation-input",
       .value = "[NAME=]FILE[:ARRAY]",
       .help = "separate data for validation, like --input",
       .repeated = true},
      {.name = "validation-labels",
       .value = "[NAME=]FILE[:ARRAY]",
       .help = "their targets, like --labels",
       .repeated = true},
      {.name = "sample-weights",
       .value = "[OUTPUT=]FILE[:ARRAY]",
       .help = "multiply the loss of each example by its weight; OUTPUT can be omitted if the weights are for all "
               "outputs with targets",
       .repeated = true},
      {.name = "step-weights",
       .value = "[OUTPUT=]FILE[:ARRAY]",
       .help = "multiply the loss of each step (per_step) by its weight, {timesteps} or {examples, timesteps}",
       .repeated = true},
      {.name = "validation-sample-weights",
       .value = "[OUTPUT=]FILE[:ARRAY]",
       .help = "like --sample-weights, of --validation-input",
       .repeated = true},
      {.name = "validation-step-weights",
       .value = "[OUTPUT=]FILE[:ARRAY]",
       .help = "like --step-weights, of --validation-input",
       .repeated = true},
      {.name = "learning-rate",
       .value = "RATE",
       .help = "learning rate of the optimizer, instead of the description's"},
      {.name = "surrogate",
       .value = "SURROGATE[,OPTION=NUMBER...]",
       .help = "train with surrogate gradients, by this surrogate for all populations; options: its parameters",
       .words = surrogate_names()},
      {.name = "init-from",
       .value = "FILE",
       .help = "begin with the weights of another description or artifact, for connections of the same name and with "
               "the same synapses; what does not match is listed"},
      {.name = "checkpoint",
       .value = "FILE",
       .help = "write everything that --resume needs, after each epoch, and when training ends or is interrupted"},
      {.name = "checkpoint-every", .value = "N", .help = "write the checkpoint after each N updates instead of epochs"},
      {.name = "resume",
       .value = "FILE",
       .help = "continue the run of a checkpoint, with the same results as if it had not ended; without MODEL, network "
               "and options are those of the checkpoint; with MODEL, a run begins if the file does not exist"},
  };
}

TrainingTask training_task(const Arguments& given) {
  const bool by_checkpoint = given.has("resume") && !given.has("MODEL");
  TrainingTask task = by_checkpoint ? resumed_task(given) : new_task(given);
  task.description.compile = compile_settings_for(task.arguments, task.description);
  apply_loop_options(task);
  return task;
}

LoopSettings loop_settings(const Arguments& arguments, const Description& description) {
  LoopSettings loop{.settings = description.train.value_or(TrainSettings{})};
  TrainSettings& settings = loop.settings;
  settings.epochs = static_cast<std::uint32_t>(arguments.integer("epochs", 1, 1'000'000).value_or(settings.epochs));
  if (arguments.has("validation-input") || arguments.has("validation-labels")) settings.validation_split = 0;
  settings.validation_split = arguments.number("validation-split").value_or(settings.validation_split);
  if (arguments.text("early-stopping") == "none")
    settings.early_stopping.reset();
  else if (arguments.has("early-stopping"))
    settings.early_stopping = parse_early_stopping(arguments.text("early-stopping"));
  apply_class_weights(arguments, settings);
  apply_metrics(arguments, description, settings);
  for (const NoiseOption& each : noise_options) apply_noise(arguments, each, description.network, settings);
  std::vector<Problem> problems = settings.validate(description.network);
  for (Problem& each : problems_of(settings.metrics, "train.metrics")) problems.push_back(std::move(each));
  if (!problems.empty()) throw ModelError(std::move(problems));
  loop.decay = arguments.number("learning-rate-decay").value_or(1);
  if (!(loop.decay > 0)) {
    throw UsageError(
        usage_problem("--learning-rate-decay", "the factor is out of range", {}, "> 0", decimal(loop.decay)));
  }
  return loop;
}

TrainOptions train_options(const LoopSettings& loop) {
  TrainOptions options = synfire::train_options(loop.settings);
  if (loop.decay != 1) {
    options.learning_rate = [factor = loop.decay](std::uint32_t epoch, double current) {
      return epoch == 0 ? current : factor * current;
    };
  }
  return options;
}

TrainOptions train_options(const TrainingTask& task, const std::vector<InputPreparation>& inputs) {
  TrainOptions options = train_options(task.loop);
  options.resume = task.arguments.text("resume");
  if (!task.checkpoint.empty()) {
    options.callbacks.emplace_back(
        Checkpoint{.path = task.checkpoint, .every_updates = task.checkpoint_every, .notes = notes_of(task, inputs)});
  }
  return options;
}

EarlyStopping parse_early_stopping(const std::string& text) {
  const std::vector<std::string> parts = split(text, ',');
  EarlyStopping settings{.monitor = parts.front()};
  for (std::size_t i = 1; i < parts.size(); ++i) set_part(settings, parts[i]);
  const std::vector<Problem> problems = problems_of(settings, "--early-stopping");
  if (!problems.empty()) throw UsageError(problems);
  return settings;
}

std::string to_string(const EarlyStopping& settings) {
  return settings.monitor + ",patience=" + std::to_string(settings.patience) +
         ",min_delta=" + exact_decimal(settings.min_delta) +
         ",restore_best=" + (settings.restore_best ? "true" : "false");
}

}  // namespace synfire::command_line
