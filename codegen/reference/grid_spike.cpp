// SPDX-License-Identifier: Apache-2.0
// Differentiates a spike between two steps: u = 1 is the program's spike, at the end of its step; u = 0 would be the
// spike one step earlier, at x₀.
#include <algorithm>
#include <cmath>

#include "adjoint/near_tangent.hpp"
#include "reference/grid.hpp"

namespace synfire::codegen::reference {
namespace {

double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

}  // namespace

double GridTrial::threshold_at(const GridCrossing& crossing, const std::vector<double>& inputs) {
  return evaluate(GridPart::threshold, {crossing.step, crossing.population, crossing.neuron}, inputs)[0];
}

// ---- The current that thresholds and resets read

double GridTrial::current_of(const Place& at, const std::vector<double>& states) {
  return evaluate(GridPart::current, at, inputs_at(at, states, 0))[0];
}

// As used in the previous step.
double GridTrial::current_before(const Place& at) {
  if (!population(at).reads_current) return 0;
  return at.step > 0 ? moment(at.step - 1, at).current : current_of(at, moment(at).before);
}

// That plus what the take-up of this step adds.
double GridTrial::current_at_start(const Place& at) {
  if (!population(at).reads_current) return 0;
  return current_before(at) + current_of(at, moment(at).start) - current_of(at, moment(at).before);
}

// `adjoint`: of the current at the start.
void GridTrial::pass_current(const Place& at, double adjoint, StepAdjoints& adjoints) {
  if (adjoint == 0 || !population(at).reads_current) return;
  const Moment& now = moment(at);
  current_of(at, now.start);
  const std::vector<double> taken_up = transpose(GridPart::current, at, {adjoint});
  if (has(GridTerm::current_taken_up)) {
    for (std::size_t k = 0; k < adjoints.start.size(); ++k) adjoints.start[k] += taken_up[k];
  }
  add_parameters(at, taken_up);
  if (at.step == 0 || !has(GridTerm::current_before)) return;  // in step 0 it cancels
  adjoints.current_before += adjoint;
  current_of(at, now.before);
  const std::vector<double> before = transpose(GridPart::current, at, {-adjoint});
  for (std::size_t k = 0; k < adjoints.before.size(); ++k) adjoints.before[k] += before[k];
  add_parameters(at, before);
}

// ---- The spike

GridTrial::Side GridTrial::side(const Place& at, const std::vector<double>& states, double current, int steps_before) {
  Side result;
  result.inputs = inputs_at(at, states, current, steps_before);
  result.g = evaluate(GridPart::threshold, at, result.inputs)[0];
  result.slopes = transpose(GridPart::threshold, at, {1}, false);
  return result;
}

// `due`: dL/du of what the spike schedules. Turns the adjoints after the reset into those before it.
void GridTrial::back_through_spike(const Place& at, StepAdjoints& adjoints, double due) {
  const Moment& now = moment(at);
  const Side start = side(at, now.start, current_at_start(at), 1);
  const Side end = side(at, now.end, now.current, 0);
  const double by_time = due + change_by_time(at, start, end);

  evaluate(GridPart::reset, at, end.inputs);
  const std::vector<double> of_reset = transpose(GridPart::reset, at, neuron(at).lambda);
  add_parameters(at, of_reset);
  std::copy_n(of_reset.begin(), adjoints.end.size(), adjoints.end.begin());
  if (has(GridTerm::current_at_end)) adjoints.current += of_reset[population(at).layout.current()];
  if (spikes_move_) move_spike(at, start, end, by_time, adjoints);
}

// λ·(r(x₁) − Φ⁺(r(x₀))).
double GridTrial::change_by_time(const Place& at, const Side& start, const Side& end) {
  const Neuron& self = neuron(at);
  const Moment& now = moment(at);
  const std::vector<double> later = evaluate(GridPart::reset, at, end.inputs);
  const std::vector<double> reset_at_start = evaluate(GridPart::reset, at, start.inputs);
  std::vector<double> earlier = evaluate(flow_part(at, has(GridTerm::mode_after) ? now.rests_after : now.resting), at,
                                         inputs_at(at, reset_at_start, 0));
  const double current = earlier.back();
  earlier.pop_back();
  double change = has(GridTerm::reset_at_end) ? product(self.lambda, later) : 0;
  if (has(GridTerm::flow_after_start)) change -= product(self.lambda, earlier);
  if (population(at).reads_current) change += self.lambda_current * (now.current - current);
  return change;
}

void GridTrial::move_spike(const Place& at, const Side& start, const Side& end, double by_time,
                           StepAdjoints& adjoints) {
  const GridPopulation& model = population(at);
  const auto set_off = [&] { ++outcome_.triggered[at.population]; };
  if (model.crosses && start.g >= 0) {
    ++outcome_.near_tangent;
    return;
  }
  if (start.g >= 0 && is_armed(at)) {
    if (has(GridTerm::set_off_by_spike)) neuron(at).carried += by_time;
    if (moment(at).rest_ends) add_period(at, by_time);
    return set_off();
  }
  if (start.g >= 0 && give_to_taken_up(at, start, by_time, adjoints)) return set_off();
  if (start.g < 0 && give_to_direct(at, end, by_time, adjoints)) return set_off();
  cross(at, start, end, by_time, adjoints);
}

void GridTrial::cross(const Place& at, const Side& start, const Side& end, double by_time, StepAdjoints& adjoints) {
  const GridPopulation& model = population(at);
  const Moment& now = moment(at);
  double size = 0;
  for (std::size_t k = 0; k < model.layout.variables; ++k) {
    if (model.is_neuron(k)) size += std::abs(end.slopes[k] * (now.end[k] - now.start[k]));
  }
  const double rise = end.g - start.g;
  if (!(rise > flattest_rise * size)) {
    ++outcome_.near_tangent;
    return;
  }
  const double u = std::clamp(-start.g / rise, 0.0, 1.0);
  const double k_end = -u * by_time / rise;
  const double k_start = -(1 - u) * by_time / rise;
  GridCrossing crossing{at.population, at.neuron, at.step, start.g, u, end.inputs, {}};
  for (std::size_t k = 0; k < model.layout.variables; ++k) {
    if (has(GridTerm::crossing_at_end)) adjoints.end[k] += k_end * end.slopes[k];
    if (has(GridTerm::crossing_at_start)) adjoints.start[k] += k_start * start.slopes[k];
    crossing.slopes.push_back(model.is_neuron(k) ? -u * end.slopes[k] / rise : 0);
  }
  crossings_.push_back(std::move(crossing));
  if (has(GridTerm::parameters_at_end)) add_parameters(at, end.slopes, k_end);
  if (has(GridTerm::parameters_at_start)) add_parameters(at, start.slopes, k_start);
  adjoints.current += k_end * end.slopes[model.layout.current()];
  pass_current(at, k_start * start.slopes[model.layout.current()], adjoints);
}

// ---- Triggered spikes

// Whether the previous reset, or the end of its rest, left the neuron above its threshold. Nothing else counts: a
// program's spikes are in single precision, and those that are not quite above it yet cross it in their step.
bool GridTrial::is_armed(const Place& at) {
  const Moment& now = moment(at);
  const bool can_be =
      at.step == 0 || moment(at.step - 1, at).spiked || now.rest_ends || population(at).threshold_reads_input;
  return can_be && side(at, now.before, current_before(at), 1).g >= 0;
}

// Gives by_time to the arrivals whose take-up lifted the neuron over its threshold, in proportion to what they add to
// the current that the threshold reads.
bool GridTrial::give_to_taken_up(const Place& at, const Side& start, double by_time, StepAdjoints& adjoints) {
  const GridPopulation& model = population(at);
  const Moment& now = moment(at);
  if (!model.reads_current || side(at, now.before, current_before(at), 1).g >= 0) return false;
  current_of(at, now.start);
  std::vector<double> states = transpose(GridPart::current, at, {start.slopes[model.layout.current()]}, false);
  states.resize(model.layout.variables);
  evaluate(GridPart::take_up, at, inputs_at(at, now.before, 0));
  const double shared = has(GridTerm::set_off_by_take_up) ? by_time : 0;
  return share(at, transpose(GridPart::take_up, at, states, false), shared, adjoints);
}

// Gives by_time to the arrivals without which the flow would not have reached the threshold, in proportion to what they
// add directly.
bool GridTrial::give_to_direct(const Place& at, const Side& end, double by_time, StepAdjoints& adjoints) {
  const GridPopulation& model = population(at);
  const Moment& now = moment(at);
  if (!model.is_direct()) return false;
  const bool held = flow_part(at, now.resting) == GridPart::flow_held;
  const std::vector<double> inputs = inputs_at(at, now.start, 0);
  std::vector<double> without = evaluate(held ? GridPart::flow_held_without : GridPart::flow_without, at, inputs);
  const double current = without.back();
  without.pop_back();
  if (evaluate(GridPart::threshold, at, inputs_at(at, without, current))[0] >= 0) return false;
  const GridPart flow = flow_part(at, now.resting);
  evaluate(flow, at, inputs);
  std::vector<double> outputs(end.slopes.begin(), end.slopes.begin() + static_cast<std::ptrdiff_t>(now.end.size()));
  outputs.push_back(end.slopes[model.layout.current()]);
  const double shared = has(GridTerm::set_off_by_jump) ? by_time : 0;
  return share(at, transpose(flow, at, outputs, false), shared, adjoints);
}

// `input_adjoints`: of g. Returns false if no arrival raised it.
bool GridTrial::share(const Place& at, const std::vector<double>& input_adjoints, double by_time,
                      StepAdjoints& adjoints) const {
  const GridLayout& layout = network_.populations[at.population]->layout;
  double total = 0;
  for (std::size_t c = 0; c < layout.arrivals; ++c)
    total += input_adjoints[layout.arriving(c)] * arrived(network_.incoming[at.population][c], at.neuron, at.step);
  if (!(total > 0)) return false;
  for (std::size_t c = 0; c < layout.arrivals; ++c)
    adjoints.triggering[c] += by_time * input_adjoints[layout.arriving(c)] / total;
  return true;
}

// ---- Refractoriness

// In the last step in which states are held. If the spike were one step earlier, they would flow in this step.
void GridTrial::end_rest(const Place& at, const StepAdjoints& adjoints) {
  const Moment& now = moment(at);
  const std::vector<double> inputs = inputs_at(at, now.start, 0);
  std::vector<double> held = evaluate(GridPart::flow_held, at, inputs);
  std::vector<double> free = evaluate(GridPart::flow, at, inputs);
  held.pop_back();
  free.pop_back();
  const double by_time = product(adjoints.end, held) - product(adjoints.end, free);
  neuron(at).carried += by_time;
  add_period(at, by_time);
}

void GridTrial::add_period(const Place& at, double by_time) {
  if (!population(at)[GridPart::period]) return;
  evaluate(GridPart::period, at, inputs_at(at, moment(at).before, 0));
  add_parameters(at, transpose(GridPart::period, at, {1}, false), by_time / network_.options.dt);
}

}  // namespace synfire::codegen::reference
