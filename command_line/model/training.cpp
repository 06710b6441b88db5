// SPDX-License-Identifier: Apache-2.0
#include "model/training.hpp"

#include <algorithm>
#include <utility>

#include "data/source.hpp"
#include "model/model_file.hpp"
#include "model/runnable.hpp"
#include "output.hpp"
#include "synfire/registry.hpp"

namespace synfire::command_line {
namespace {

// A loss or a surrogate on the command line: the name of the option, and the texts that it can name.
struct LossOption {
  using Setting = LossSetting;
  static constexpr const char *name = "--loss", *kind = "loss";
  static const LossModel* find(const std::string& text) { return find_loss(text); }
  static std::vector<std::string> names() { return loss_names(); }
};
struct SurrogateOption {
  using Setting = SurrogateSetting;
  static constexpr const char *name = "--surrogate", *kind = "surrogate";
  static const SurrogateModel* find(const std::string& text) { return find_surrogate(text); }
  static std::vector<std::string> names() { return surrogate_names(); }
};

template <class Option>
[[noreturn]] void unknown(const std::string& message, const std::string& given, const std::vector<std::string>& known) {
  throw UsageError({.kind = ProblemKind::unknown_name,
                    .path = Option::name,
                    .message = message + " \"" + given + "\"",
                    .hint = suggest(given, known),
                    .expected = nearest_name(given, known),
                    .given = given});
}

template <class Option>
double number_of(const std::string& part, const std::string& name, const std::string& value) {
  if (const auto number = to_number(value)) return *number;
  throw UsageError(usage_problem(Option::name, std::string("an option of the ") + Option::kind + " is not a number", {},
                                 name + "=NUMBER", part));
}

// `NAME=NUMBER`; for a flag its name, or `NAME=true`.
template <class Option>
void set_option(typename Option::Setting& setting, const std::string& part) {
  const auto [given, value] = split_name(part);
  const std::string& name = given.empty() ? part : given;
  std::vector<std::string> known;
  if constexpr (requires { setting.weight; }) {
    if (name == "weight") return void(setting.weight = number_of<Option>(part, name, value));
    known.emplace_back("weight");
  }
  for (Parameter& each : setting.model.parameters) {
    known.push_back(each.name);
    if (each.name != name) continue;
    const bool is_word = value == "true" || value == "false" || given.empty();
    if (each.value.is_flag() && is_word) return void(each.value = given.empty() || value == "true");
    if (each.value.is_flag())
      throw UsageError(usage_problem(Option::name, "\"" + name + "\" is a flag", {}, "true or false", part));
    return void(each.value = number_of<Option>(part, name, value));
  }
  unknown<Option>(setting.model.name + " has no option", name, known);
}

// The text that is called that: one of the description, or of the registry.
template <class Option>
typename Option::Setting text_called(const std::string& name, const std::vector<typename Option::Setting>& described) {
  const auto* registered = Option::find(name);
  std::vector<std::string> known = Option::names();
  for (const auto& each : described) {
    const bool is_own = registered == nullptr || synfire::to_string(*registered) != synfire::to_string(each.model);
    if (each.model.name == name && is_own) return typename Option::Setting(each.model);
    if (!Option::find(each.model.name)) known.push_back(each.model.name);
  }
  if (registered == nullptr) unknown<Option>(std::string("unknown ") + Option::kind, name, known);
  return typename Option::Setting(*registered);
}

// `NAME[,OPTION=NUMBER...]`
template <class Option>
typename Option::Setting parse_text(const std::string& text, const std::vector<typename Option::Setting>& described) {
  const std::vector<std::string> parts = split(text, ',');
  typename Option::Setting setting = text_called<Option>(parts.front(), described);
  for (std::size_t i = 1; i < parts.size(); ++i) set_option<Option>(setting, parts[i]);
  return setting;
}

void apply_losses(const Arguments& arguments, LossSettings& losses) {
  const std::vector<std::string>& given = arguments.list("loss");
  std::vector<LossSetting> described;
  for (const LossModel& each : losses.defined) described.emplace_back(each);
  described.emplace_back(losses.for_all);
  for (const OutputLossSetting& each : losses.list) described.push_back(each.loss);
  if (!given.empty()) losses = {.defined = losses.defined};
  for (const std::string& text : given) {
    const std::size_t comma = text.find(',');
    const auto [output, first] = split_name(text.substr(0, comma));
    const LossSetting loss =
        parse_text<LossOption>(comma == std::string::npos ? first : first + text.substr(comma), described);
    if (output.empty() && given.size() > 1)
      throw UsageError(
          usage_problem("--loss", "several losses are given, but this one names no output", {}, "NAME=LOSS", text));
    if (output.empty())
      losses.for_all = loss;
    else
      losses.list.push_back({.output = output, .loss = loss});
  }
}

void refuse_settings_of_inference(const Arguments& arguments) {
  std::vector<Problem> problems;
  for (const char* name : {"schedule", "record"}) {
    if (arguments.has(name))
      problems.push_back(usage_problem(std::string("--") + name, "training programs do not have this option"));
  }
  if (!problems.empty()) throw UsageError(std::move(problems));
}

}  // namespace

bool trains(const Description& description) { return description.compile.trains(); }

std::vector<Option> training_options() {
  std::vector<Option> options{
      {.name = "loss",
       .value = "[NAME=]LOSS[,OPTION=NUMBER...]",
       .help =
           "loss of one output or of all, instead of the description's: a built-in one, or one that the description "
           "defines; options: its parameters, and weight",
       .repeated = true,
       .words = loss_names()}};
  for (const Option& option : setting_options()) {
    if (option.name != "schedule" && option.name != "record") options.push_back(option);
  }
  for (const Option& option : device_options()) options.push_back(option);
  return options;
}

void apply_training_settings(const Arguments& arguments, CompileSettings& settings) {
  refuse_settings_of_inference(arguments);
  apply_settings(arguments, settings);
  apply_losses(arguments, settings.losses);
}

void apply_surrogate(const Arguments& arguments, CompileSettings& settings) {
  if (!arguments.has("surrogate")) return;
  std::vector<SurrogateSetting> described;
  for (const SurrogateModel& each : settings.surrogate.defined) described.emplace_back(each);
  described.push_back(settings.surrogate.for_all);
  for (const PopulationSurrogateSetting& each : settings.surrogate.list) described.push_back(each.surrogate);
  settings.compiler = "surrogate";
  settings.allow_arrival_only = false;
  settings.surrogate = {.for_all = parse_text<SurrogateOption>(arguments.text("surrogate"), described),
                        .defined = settings.surrogate.defined};
}

TrainingCompiler training_compiler_for(const Arguments& arguments, const Description& description) {
  CompileSettings settings = description.compile;
  apply_training_settings(arguments, settings);
  TrainingCompiler compiler = TrainingCompiler::from(settings, description.network);
  compiler.device = device_of(arguments);
  compiler.threads = threads_of(arguments);
  compiler.ordinal = static_cast<int>(arguments.integer("gpu", 0, 1024).value_or(0));
  return compiler;
}

const LossSetting* loss_of(const LossSettings& losses, const std::string& output) {
  if (losses.list.empty()) return &losses.for_all;
  const auto found = std::find_if(losses.list.begin(), losses.list.end(),
                                  [&](const OutputLossSetting& each) { return each.output == output; });
  return found == losses.list.end() ? nullptr : &found->loss;
}

bool takes_targets(const LossSettings& losses) {
  const auto takes = [](const LossSetting& each) { return each.model.targets != Targets::none; };
  return losses.list.empty() ? takes(losses.for_all)
                             : std::any_of(losses.list.begin(), losses.list.end(),
                                           [&](const OutputLossSetting& each) { return takes(each.loss); });
}

void require_labels(const Arguments& arguments, const CompileSettings& settings) {
  if (!settings.trains() || takes_targets(settings.losses)) require_labels(arguments);
}

namespace {

template <class Model>
std::string name_and_values(const Model& model) {
  std::string text = model.name;
  for (const Parameter& each : model.parameters) {
    if (each.value.is_number()) text += "," + each.name + "=" + decimal(each.value.number());
    if (each.value.is_flag() && each.value.flag()) text += "," + each.name;
  }
  return text;
}

}  // namespace

std::string to_string(const LossSetting& loss) {
  const std::string text = name_and_values(loss.model);
  return loss.weight == 1 ? text : text + ",weight=" + decimal(loss.weight);
}

std::string to_string(const LossSettings& losses) {
  if (losses.list.empty()) return to_string(losses.for_all);
  std::string text;
  for (const OutputLossSetting& each : losses.list)
    text += (text.empty() ? "" : ", ") + each.output + "=" + to_string(each.loss);
  return text;
}

std::string to_string(const SurrogateSettings& surrogates) {
  if (surrogates.list.empty()) return name_and_values(surrogates.for_all.model);
  std::string text;
  for (const PopulationSurrogateSetting& each : surrogates.list) {
    text += each.population + "=" + name_and_values(each.surrogate.model);
    if (each.detach_reset) text += std::string(",detach_reset=") + (*each.detach_reset ? "true" : "false");
    text += ", ";
  }
  return text + "others=" + name_and_values(default_surrogate());
}

}  // namespace synfire::command_line
