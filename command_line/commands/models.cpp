// SPDX-License-Identifier: Apache-2.0
// synfire models: lists the models, losses, optimizers and surrogates that descriptions can name.
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "synfire/catalog.hpp"

namespace synfire::command_line {
namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

// `> 0`, `0 to 1`, or nothing.
std::string range_of(const Parameter& parameter) {
  const std::string least = decimal(parameter.min), most = decimal(parameter.max);
  if (parameter.min == -unbounded) return parameter.max == unbounded ? "" : "at most " + most;
  if (parameter.max == unbounded) return (parameter.exclusive_min ? "> " : "at least ") + least;
  return (parameter.exclusive_min ? "above " : "") + least + " to " + (parameter.exclusive_max ? "below " : "") + most;
}

std::string text_of(const CatalogEntry& entry) {
  std::vector<std::vector<std::string>> rows;
  for (const Parameter& parameter : entry.parameters) {
    rows.push_back({"  " + parameter.name, synfire::to_string(parameter.value),
                    parameter.unit == Unit::milliseconds ? "ms" : "", range_of(parameter)});
  }
  for (const StateVariable& variable : entry.state)
    rows.push_back({"  " + variable.name, synfire::to_string(variable.initial), "", "initial value of a state"});
  return entry.text + (rows.empty() ? "" : table(rows));
}

Json document_of(const CatalogEntry& entry) {
  Json parameters = Json::array(), state = Json::array();
  for (const Parameter& parameter : entry.parameters) {
    Json each = {{"name", parameter.name}, {"default", synfire::to_string(parameter.value)}};
    if (parameter.value.is_number()) each["default"] = parameter.value.number();
    if (parameter.value.is_flag()) each["default"] = parameter.value.flag();
    if (parameter.unit == Unit::milliseconds) each["unit"] = "ms";
    if (parameter.min != -unbounded) each[parameter.exclusive_min ? "above" : "min"] = parameter.min;
    if (parameter.max != unbounded) each[parameter.exclusive_max ? "below" : "max"] = parameter.max;
    parameters.push_back(std::move(each));
  }
  for (const StateVariable& variable : entry.state)
    state.push_back({{"name", variable.name}, {"initial", synfire::to_string(variable.initial)}});
  return {{"kind", entry.kind},
          {"name", entry.name},
          {"parameters", std::move(parameters)},
          {"state", std::move(state)},
          {"text", entry.text}};
}

const std::vector<std::string>& kinds_of_models() {
  static const std::vector<std::string> kinds{"neuron", "synapse", "readout", "loss", "optimizer", "surrogate"};
  return kinds;
}

// Those with one of the names, or of a kind; all if there are no names.
std::vector<CatalogEntry> select(const std::vector<std::string>& names) {
  std::vector<CatalogEntry> all = catalog();
  std::vector<std::string> known = kinds_of_models();
  for (const CatalogEntry& entry : all) known.push_back(entry.name);
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw UsageError({.kind = ProblemKind::unknown_name,
                      .path = "NAME",
                      .message = "unknown model \"" + name + "\"",
                      .hint = suggest(name, known),
                      .expected = nearest_name(name, known),
                      .given = name});
  }
  if (names.empty()) return all;
  std::vector<CatalogEntry> chosen;
  for (const CatalogEntry& entry : all) {
    const bool wanted = std::any_of(names.begin(), names.end(),
                                    [&](const auto& name) { return name == entry.name || name == entry.kind; });
    if (wanted) chosen.push_back(entry);
  }
  return chosen;
}

void models(const Arguments& arguments, Output& output) {
  Json list = Json::array();
  for (const CatalogEntry& entry : select(arguments.list("NAME"))) {
    output.text((list.empty() ? "" : "\n") + text_of(entry));
    list.push_back(document_of(entry));
  }
  output.document({{"models", std::move(list)}});
}

}  // namespace

Command models_command() {
  return {
      .name = "models",
      .summary =
          "list neurons, synapses, readouts, losses, optimizers and surrogates, with their parameters and equations",
      .examples = {{"synfire models", "all of them"},
                   {"synfire models leaky_integrate_fire exponential", "two models"},
                   {"synfire models loss --json", "all losses, for a script"}},
      .text =
          "Lists what descriptions can name: parameters with default, unit and range, initial values, and equations. "
          "Those of models are in the model language (docs/model-language.md); in losses, v are readout values, y "
          "targets, t the times of first spikes and T the duration of the example; in optimizers, w is a weight, g its "
          "gradient and n the number of the update, from 1; in surrogates, x is how far a neuron is above its "
          "threshold.",
      .operands = {{.name = "NAME",
                    .help = "a model, or neuron, synapse, readout, loss, optimizer or surrogate (default: all)",
                    .optional = true,
                    .repeated = true,
                    .words = kinds_of_models()}},
      .options = {},
      .run = models,
  };
}

}  // namespace synfire::command_line
