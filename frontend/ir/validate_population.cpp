// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>

#include "ir/check_value.hpp"
#include "ir/parse_model.hpp"
#include "ir/shapes.hpp"
#include "ir/validate.hpp"
#include "model_values.hpp"
#include "synfire/registry.hpp"

namespace synfire::ir {
namespace {

void check_shape(const Shape& shape, const Report& report) {
  if (!shape.is_set()) {
    report.add({.kind = ProblemKind::missing_shape,
                .message = "the shape is neither given nor inferred from a connection",
                .hint =
                    "set the shape; dense with a matrix and one_to_one infer shapes, convolutions and pools those of "
                    "their targets, other connections do not"});
  } else if (!size_of(shape)) {
    const auto& extents = shape.given();
    const bool positive = !extents.empty() && std::all_of(extents.begin(), extents.end(), [](auto n) { return n > 0; });
    report.add({.kind = ProblemKind::invalid_value,
                .message = positive ? "the population is too large" : "the shape is invalid",
                .expected = positive ? "at most " + std::to_string(most_neurons) + " neurons" : "positive extents",
                .given = to_string(shape)});
  }
}

// The schedule of frames is compiled in.
void check_frames(const NeuronModel& model, const Report& report) {
  for (const Parameter& parameter : model.parameters) {
    if (parameter.name != "input_frames" && parameter.name != "input_frame_timesteps") continue;
    const Value& value = parameter.value;
    constexpr double most = 0x7FFFFFFF;
    const bool whole = value.is_number() && value.number() >= 1 && value.number() <= most &&
                       value.number() == std::floor(value.number()) && !value.training();
    // A number below 1 is out of the parameter's range and reported there.
    if (whole || (value.is_number() && value.number() < parameter.min)) continue;
    report.at('.' + parameter.name)
        .add({.kind = ProblemKind::invalid_value,
              .message = "the value must be one integer for all neurons",
              .expected = "an integer ≥ 1",
              .given = to_string(value)});
  }
}

void check_fit(const ReadoutModel& model, const ParsedReadout& readout, const std::string& name,
               const ParsedNeuron& neuron, const Report& report) {
  if (neuron.is_graded() && !neuron.sends_state) {
    report.add({.kind = ProblemKind::invalid_option,
                .message = "\"" + name + "\" is graded and cannot have a readout",
                .hint = "its values are given; put the readout on a population that it drives",
                .given = name});
    return;
  }
  if (readout.reads_output && neuron.output.empty()) {
    report.add({.kind = ProblemKind::missing_variable,
                .message = "\"" + model.name + "\" reads a state variable, but \"" + name + "\" has none",
                .hint = "use a readout of spikes, such as spike_count, or another neuron",
                .given = name});
  }
  if (readout.needs_spikes() && !neuron.spikes()) {
    report.add({.kind = ProblemKind::invalid_option,
                .message = "\"" + model.name + "\" needs spikes, but \"" + name + "\" never spikes",
                .hint = "use a readout of a variable, such as var or avg_var, or a neuron with a threshold",
                .given = name});
  }
}

void check_readout(const Population& population, const std::optional<ParsedNeuron>& neuron, const Report& report) {
  const ReadoutModel& model = *population.readout;
  const Report place = report.at(".readout \"" + model.name + '"');
  if (!check_object_name(model.name, place)) return;
  if (is_unknown(model)) {
    place.add({.kind = ProblemKind::unknown_name,
               .message = "unknown readout \"" + model.name + '"',
               .hint = suggest(model.name, readout_names()),
               .given = model.name});
    return;
  }
  const ParsedReadout readout = parse_readout(model, place);
  check_values(model, neuron_array_forms(population.shape), place);
  if (neuron) check_fit(model, readout, population.neuron.name, *neuron, place);
}

std::optional<ParsedNeuron> check_neuron(const Population& population, const Report& report) {
  const NeuronModel& model = population.neuron;
  const Report place = report.at(".neuron \"" + model.name + '"');
  if (!check_object_name(model.name, place)) return std::nullopt;
  if (is_unknown(model)) {
    place.add({.kind = ProblemKind::unknown_name,
               .message = "unknown neuron \"" + model.name + '"',
               .hint = suggest(model.name, neuron_names()),
               .given = model.name});
    return std::nullopt;
  }
  const std::size_t before = place.count();
  ParsedNeuron neuron = parse_neuron(model, place);
  const bool sound = place.count() == before;
  check_values(model, neuron_array_forms(population.shape), place);
  check_frames(model, place);
  return sound ? std::optional(std::move(neuron)) : std::nullopt;
}

}  // namespace

std::optional<ParsedNeuron> validate_population(const Population& population, bool shape_is_excused,
                                                const Report& report) {
  if (population.shape.is_set() || !shape_is_excused) check_shape(population.shape, report.at(".shape"));
  std::optional<ParsedNeuron> neuron = check_neuron(population, report);
  if (population.readout) check_readout(population, neuron, report);
  return neuron;
}

}  // namespace synfire::ir
