// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "ir/check_value.hpp"
#include "ir/parse_model.hpp"
#include "ir/shapes.hpp"
#include "ir/validate.hpp"
#include "model_values.hpp"
#include "synfire/registry.hpp"

namespace synfire::ir {
namespace {

void check_source(const Population& source, const ParsedNeuron& neuron, const Report& report) {
  if (neuron.spikes()) return;
  report.add({.kind = ProblemKind::invalid_option,
              .message = "population \"" + source.name + "\" never spikes, so nothing would arrive",
              .hint = "a connection carries spikes: connect from a neuron with a threshold",
              .given = source.neuron.name});
}

void check_target(const Population& target, const ParsedNeuron& neuron, const Report& report) {
  if (neuron.uses_current) return;
  report.add({.kind = ProblemKind::invalid_option,
              .message = "population \"" + target.name + "\" does not read the current I, so nothing would change",
              .hint = "input populations take data in place of I: connect into a neuron whose text reads I",
              .given = target.neuron.name});
}

// The largest delay that is possible, where it can be told.
std::optional<double> largest(const Value& delay) {
  if (delay.is_number()) return delay.number();
  if (delay.is_array()) {
    double most = 0.0;
    for (const float each : delay.array()) most = std::max(most, static_cast<double>(each));
    return most;
  }
  const auto* uniform = delay.is_initializer() ? std::get_if<Uniform>(&delay.initializer()) : nullptr;
  return uniform ? std::optional<double>(uniform->max) : std::nullopt;
}

void check_max_delay(const Value& delay, const std::optional<double>& max_delay, const Report& report) {
  if (max_delay && !(std::isfinite(*max_delay) && *max_delay >= 0)) {
    report.add({.kind = ProblemKind::invalid_value,
                .message = "the maximum delay is out of range",
                .expected = "≥ 0 ms",
                .given = to_string(Value(*max_delay))});
    return;
  }
  const std::optional<double> bound = largest(delay);
  if (!max_delay && (delay.training() || (delay.is_initializer() && !bound))) {
    report.add({.kind = ProblemKind::invalid_option,
                .message = "a delay without a bound needs a maximum",
                .hint = "give the connection .max_delay in ms"});
  } else if (max_delay && bound && *bound > *max_delay) {
    report.add({.kind = ProblemKind::invalid_value,
                .message = "the delay can be longer than the maximum delay",
                .expected = "≤ " + to_string(Value(*max_delay)) + " ms",
                .given = to_string(Value(*bound)) + " ms"});
  }
}

void check_weight_and_delay(const Connection& connection, const std::vector<Extents>& forms, const std::string& order,
                            const Report& report) {
  const Value& delay = delay_of(connection.connectivity);
  check_value(weight_of(connection.connectivity), {.weight = true, .forms = forms, .array_hint = order},
              report.at(".weight"));
  check_value(delay, {.min = 0.0, .forms = forms, .array_hint = order}, report.at(".delay"));
  check_max_delay(delay, connection.max_delay, report.at(".max_delay"));
}

struct CheckConnectivity {
  const Connection& connection;
  const Population& source;
  const Population& target;
  const Report& report;

  void operator()(const Dense&) const {
    check_weight_and_delay(connection, matrix_forms(source.shape, target.shape),
                           "rows are source neurons, columns target neurons", report);
  }
  void operator()(const OneToOne&) const {
    check_weight_and_delay(connection, neuron_array_forms(source.shape), "an array has one element for each neuron",
                           report);
    if (!size_of(source.shape) || !size_of(target.shape) || source.shape == target.shape) return;
    report.add({.kind = ProblemKind::shape_mismatch,
                .message = "one_to_one joins populations of one shape",
                .hint = "give both the same shape, or leave one out to have it inferred",
                .expected = "target " + to_string(source.shape),
                .given = to_string(target.shape)});
  }
  template <class Other>
  void operator()(const Other&) const {}
};

void check_synapse(const SynapseModel& model, const Population& target, const Report& report) {
  if (is_unknown(model)) {
    report.add({.kind = ProblemKind::unknown_name,
                .message = "unknown synapse \"" + model.name + '"',
                .hint = suggest(model.name, synapse_names()),
                .given = model.name});
    return;
  }
  // A target that is unknown is reported with its population; its variables may be any.
  parse_synapse(model, is_unknown(target.neuron) ? nullptr : &target.neuron, report);
  check_values(model, neuron_array_forms(target.shape), report);
}

}  // namespace

void validate_connection(const Network& network, const Connection& connection,
                         const std::vector<std::optional<ParsedNeuron>>& neurons, const Report& report) {
  const Population& source = network.populations[connection.source];
  const Population& target = network.populations[connection.target];
  if (const auto& neuron = neurons[connection.source]) check_source(source, *neuron, report.at(".source"));
  if (const auto& neuron = neurons[connection.target]) check_target(target, *neuron, report.at(".target"));
  std::visit(CheckConnectivity{connection, source, target, report}, connection.connectivity);
  check_synapse(connection.synapse, target, report.at(".synapse \"" + connection.synapse.name + '"'));
}

}  // namespace synfire::ir
