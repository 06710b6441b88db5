// SPDX-License-Identifier: Apache-2.0
#include "model/training.hpp"

#include <algorithm>
#include <utility>

#include "data/source.hpp"
#include "model/model_file.hpp"
#include "output.hpp"
#include "synfire/registry.hpp"

namespace synfire::command_line {
namespace {

[[noreturn]] void unknown(const std::string& message, const std::string& given, const std::vector<std::string>& known) {
  throw UsageError({.kind = ProblemKind::unknown_name,
                    .path = "--loss",
                    .message = message + " \"" + given + "\"",
                    .hint = suggest(given, known),
                    .expected = nearest_name(given, known),
                    .given = given});
}

double number_of(const std::string& part, const std::string& name, const std::string& value) {
  if (const auto number = to_number(value)) return *number;
  throw UsageError(usage_problem("--loss", "an option of the loss is not a number", {}, name + "=NUMBER", part));
}

// `NAME=NUMBER`; for a flag its name, or `NAME=true`.
void set_option(LossSetting& setting, const std::string& part) {
  const auto [given, value] = split_name(part);
  const std::string& name = given.empty() ? part : given;
  if (name == "weight") return void(setting.weight = number_of(part, name, value));
  std::vector<std::string> known;
  for (Parameter& each : setting.model.parameters) {
    known.push_back(each.name);
    if (each.name != name) continue;
    const bool is_word = value == "true" || value == "false" || given.empty();
    if (each.value.is_flag() && is_word) return void(each.value = given.empty() || value == "true");
    if (each.value.is_flag())
      throw UsageError(usage_problem("--loss", "\"" + name + "\" is a flag", {}, "true or false", part));
    return void(each.value = number_of(part, name, value));
  }
  known.emplace_back("weight");
  unknown(setting.model.name + " has no option", name, known);
}

// The loss that is called that: one that the description uses or defines, or one of the registry.
LossSetting loss_called(const std::string& name, const LossSettings& described) {
  std::vector<std::string> known = loss_names();
  for (const LossModel& each : described.defined) {
    if (each.name == name) return LossSetting(each);
    known.push_back(each.name);
  }
  const LossModel* registered = find_loss(name);
  std::vector<LossModel> used{described.for_all.model};
  for (const OutputLossSetting& each : described.list) used.push_back(each.loss.model);
  for (const LossModel& each : used) {
    const bool is_own = registered == nullptr || registered->loss != each.loss;
    if (each.name == name && is_own) return LossSetting(each);
    if (!find_loss(each.name)) known.push_back(each.name);
  }
  if (registered == nullptr) unknown("unknown loss", name, known);
  return LossSetting(*registered);
}

LossSetting parse_loss(const std::string& text, const LossSettings& described) {
  const std::vector<std::string> parts = split(text, ',');
  LossSetting loss = loss_called(parts.front(), described);
  for (std::size_t i = 1; i < parts.size(); ++i) set_option(loss, parts[i]);
  return loss;
}

void apply_losses(const Arguments& arguments, LossSettings& losses) {
  const std::vector<std::string>& given = arguments.list("loss");
  const LossSettings described = losses;
  if (!given.empty()) losses = {.defined = described.defined};
  for (const std::string& text : given) {
    const std::size_t comma = text.find(',');
    const auto [output, first] = split_name(text.substr(0, comma));
    const LossSetting loss = parse_loss(comma == std::string::npos ? first : first + text.substr(comma), described);
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

bool trains(const Description& description) { return description.compile.compiler == "event_prop"; }

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

EventPropCompiler training_compiler_for(const Arguments& arguments, const Description& description) {
  CompileSettings settings = description.compile;
  apply_training_settings(arguments, settings);
  EventPropCompiler compiler = EventPropCompiler::from(settings, description.network);
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

std::string to_string(const LossSetting& loss) {
  std::string text = loss.model.name;
  for (const Parameter& each : loss.model.parameters) {
    if (each.value.is_number()) text += "," + each.name + "=" + decimal(each.value.number());
    if (each.value.is_flag() && each.value.flag()) text += "," + each.name;
  }
  return loss.weight == 1 ? text : text + ",weight=" + decimal(loss.weight);
}

std::string to_string(const LossSettings& losses) {
  if (losses.list.empty()) return to_string(losses.for_all);
  std::string text;
  for (const OutputLossSetting& each : losses.list)
    text += (text.empty() ? "" : ", ") + each.output + "=" + to_string(each.loss);
  return text;
}

}  // namespace synfire::command_line
