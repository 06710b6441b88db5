// SPDX-License-Identifier: Apache-2.0
#include "model/training.hpp"

#include <map>
#include <utility>

#include "data/source.hpp"
#include "model/model_file.hpp"
#include "output.hpp"

namespace synfire::command_line {
namespace {

using Numbers = std::map<std::string, double*>;  // the options of a loss by their names

Numbers numbers_of(SparseCategoricalCrossentropy& loss) { return {{"temperature", &loss.temperature}}; }
Numbers numbers_of(CategoricalCrossentropy& loss) { return {{"temperature", &loss.temperature}}; }
Numbers numbers_of(MeanSquareError&) { return {}; }
Numbers numbers_of(RelativeMeanSquareError& loss) { return {{"delta", &loss.delta}}; }
Numbers numbers_of(TimeToFirstSpikeCrossentropy& loss) {
  return {{"temperature", &loss.temperature}, {"alpha", &loss.alpha}};
}

std::string name_of(const LossSetting& setting) {
  return std::visit([](const auto& loss) { return Loss(loss).name(); }, setting);
}

const std::vector<LossSetting>& all_losses() {
  static const std::vector<LossSetting> all{SparseCategoricalCrossentropy{}, CategoricalCrossentropy{},
                                            MeanSquareError{}, RelativeMeanSquareError{},
                                            TimeToFirstSpikeCrossentropy{}};
  return all;
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const LossSetting& each : all_losses()) names.push_back(name_of(each));
  return names;
}

[[noreturn]] void unknown(const std::string& message, const std::string& given, const std::vector<std::string>& known) {
  throw UsageError({.kind = ProblemKind::unknown_name,
                    .path = "--loss",
                    .message = message + " \"" + given + "\"",
                    .hint = suggest(given, known),
                    .expected = nearest_name(given, known),
                    .given = given});
}

void set_option(LossSetting& setting, const std::string& part) {
  if (auto* square = std::get_if<MeanSquareError>(&setting); square != nullptr && part == "per_step") {
    square->per_step = true;
    return;
  }
  const auto [name, value] = split_name(part);
  const Numbers numbers = std::visit([](auto& loss) { return numbers_of(loss); }, setting);
  const auto found = numbers.find(name);
  if (found == numbers.end()) {
    std::vector<std::string> known;
    for (const auto& [each, number] : numbers) known.push_back(each);
    if (std::holds_alternative<MeanSquareError>(setting)) known.emplace_back("per_step");
    unknown(name_of(setting) + " has no option", name.empty() ? part : name, known);
  }
  const auto number = to_number(value);
  if (!number)
    throw UsageError(usage_problem("--loss", "an option of the loss is not a number", {}, name + "=NUMBER", part));
  *found->second = *number;
}

void apply_losses(const Arguments& arguments, LossSettings& losses) {
  const std::vector<std::string>& given = arguments.list("loss");
  if (!given.empty()) losses = {};
  for (const std::string& text : given) {
    const std::size_t comma = text.find(',');
    const auto [output, first] = split_name(text.substr(0, comma));
    const LossSetting loss = parse_loss(comma == std::string::npos ? first : first + text.substr(comma));
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
       .help = "loss of one output or of all, instead of the description's; options: temperature, alpha, delta, "
               "per_step",
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

LossSetting parse_loss(const std::string& text) {
  const std::vector<std::string> parts = split(text, ',');
  for (const LossSetting& each : all_losses()) {
    if (name_of(each) != parts.front()) continue;
    LossSetting loss = each;
    for (std::size_t i = 1; i < parts.size(); ++i) set_option(loss, parts[i]);
    return loss;
  }
  unknown("unknown loss", parts.front(), loss_names());
}

std::string to_string(const LossSetting& loss) {
  std::string text = name_of(loss);
  LossSetting copy = loss;
  for (const auto& [name, number] : std::visit([](auto& each) { return numbers_of(each); }, copy))
    text += "," + name + "=" + decimal(*number);
  const auto* square = std::get_if<MeanSquareError>(&loss);
  return square != nullptr && square->per_step ? text + ",per_step" : text;
}

std::string to_string(const LossSettings& losses) {
  if (losses.list.empty()) return to_string(losses.for_all);
  std::string text;
  for (const OutputLossSetting& each : losses.list)
    text += (text.empty() ? "" : ", ") + each.output + "=" + to_string(each.loss);
  return text;
}

}  // namespace synfire::command_line
