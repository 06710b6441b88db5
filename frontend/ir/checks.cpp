// SPDX-License-Identifier: Apache-2.0
#include "synfire/ir/checks.hpp"

#include <algorithm>
#include <cmath>

#include "ir/report.hpp"
#include "ir/validate.hpp"
#include "synfire/base/steps.hpp"
#include "synfire/warning.hpp"

namespace synfire::ir {
namespace {

std::string milliseconds(double time) { return to_string(Value(time)) + " ms"; }

bool is_multiple(double delay, double dt) {
  const double steps = base::steps_in(delay, dt);
  return steps == std::floor(steps);
}

// The smallest positive time of a value; 0 if there is none.
double shortest_time(const Value& value) {
  if (value.is_number()) return std::max(value.number(), 0.0);
  double shortest = 0.0;
  if (!value.is_array()) return shortest;
  for (const float time : value.array()) {
    if (time > 0 && (shortest == 0.0 || time < shortest)) shortest = time;
  }
  return shortest;
}

void check_times(const std::vector<Parameter>& parameters, double dt, const Report& report) {
  for (const Parameter& parameter : parameters) {
    if (parameter.unit != Unit::milliseconds) continue;
    const double time = shortest_time(parameter.value);
    if (time == 0.0 || time >= dt) continue;
    report.at('.' + parameter.name)
        .add(make_warning(
            {.kind = ProblemKind::time_scale,
             .message = "the time is shorter than a time step",
             .hint = "times are in ms: use " + to_string(Value(time * 1000)) + " for " + to_string(Value(time)) + " s",
             .expected = "≥ dt = " + milliseconds(dt),
             .given = milliseconds(time)}));
  }
}

void check_delay(double delay, double dt, const Report& report) {
  if (!std::isfinite(delay) || is_multiple(delay, dt)) return;
  const double below = std::floor(delay / dt) * dt;
  report.add({.kind = ProblemKind::invalid_value,
              .message = "the delay is not a multiple of the time step dt = " + milliseconds(dt),
              .hint = "set round_delays of the connection to round to the nearest",
              .expected = milliseconds(below) + " or " + milliseconds(below + dt),
              .given = milliseconds(delay)});
}

}  // namespace

std::vector<Problem> check_time_scale(const Network& network, double dt) {
  std::vector<Problem> problems;
  for (const Population& population : network.populations) {
    const Report report(problems, path_of(network, population), population.place);
    check_times(population.neuron.parameters, dt, report.at(".neuron \"" + population.neuron.name + '"'));
    if (!population.readout) continue;
    check_times(population.readout->parameters, dt, report.at(".readout \"" + population.readout->name + '"'));
  }
  for (const Connection& connection : network.connections) {
    const Report report(problems, path_of(network, connection), connection.place);
    check_times(connection.synapse.parameters, dt, report.at(".synapse \"" + connection.synapse.name + '"'));
  }
  return problems;
}

std::vector<Problem> check_delays(const Network& network, double dt) {
  std::vector<Problem> problems;
  for (const Connection& connection : network.connections) {
    // Those that are learned are rounded to steps.
    if (connection.round_delays || delay_of(connection.connectivity).training()) continue;
    const Report report = Report(problems, path_of(network, connection), connection.place).at(".delay");
    const Value& delay = delay_of(connection.connectivity);
    if (delay.is_number()) check_delay(delay.number(), dt, report);
    if (!delay.is_array()) continue;
    const auto& array = delay.array();
    const auto wrong = std::find_if(array.begin(), array.end(), [&](float each) { return !is_multiple(each, dt); });
    if (wrong != array.end()) check_delay(*wrong, dt, report.at('[' + std::to_string(wrong - array.begin()) + ']'));
  }
  return problems;
}

}  // namespace synfire::ir
