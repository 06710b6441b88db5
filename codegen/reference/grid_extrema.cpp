// SPDX-License-Identifier: Apache-2.0
// Extrema of the readout that arrivals make. If an arrival ends a rise, or is a jump that ends at the largest value,
// then one step later the rise would go on for one more step.
#include <algorithm>

#include "reference/grid.hpp"

namespace synfire::codegen::reference {

double GridTrial::extremum_at(const Place& at, std::size_t e, const std::vector<double>& states, int steps_before) {
  return evaluate(GridPart::extrema, at, inputs_at(at, states, 0, steps_before))[e];
}

GridTrial::ArrivingExtremum GridTrial::arriving_extremum(const Place& at, std::size_t e) {
  const GridPopulation& model = population(at);
  const GridLayout& layout = model.layout;
  const Moment& now = moment(at);
  ArrivingExtremum found{.which = &model.extrema[e],
                         .value = 0,
                         .before = 0,
                         .without = 0,
                         .without_direct = 0,
                         .by_arrival = {},
                         .by_direct = {}};
  found.before = extremum_at(at, e, now.start, 1);
  const GridPart flow = flow_part(at, now.resting);
  std::vector<double> inputs = inputs_at(at, now.before, 0);
  for (std::size_t c = 0; c < layout.arrivals; ++c) inputs[layout.arriving(c)] = 0;
  std::vector<double> states = evaluate(flow, at, inputs);
  states.pop_back();
  found.without = extremum_at(at, e, states, 0);
  inputs = inputs_at(at, now.start, 0);
  for (std::size_t c = 0; c < layout.arrivals; ++c) inputs[layout.arriving(c)] = 0;
  states = evaluate(flow, at, inputs);
  states.pop_back();
  found.without_direct = extremum_at(at, e, states, 0);

  found.value = extremum_at(at, e, now.end, 0);
  std::vector<double> one(model.extrema.size(), 0.0);
  one[e] = 1;
  std::vector<double> by_state = transpose(GridPart::extrema, at, one, false);
  by_state.resize(layout.variables);
  by_state.push_back(0);
  evaluate(flow, at, inputs_at(at, now.start, 0));
  std::vector<double> by_start = transpose(flow, at, by_state, false);
  for (std::size_t c = 0; c < layout.arrivals; ++c) found.by_direct.push_back(by_start[layout.arriving(c)]);
  by_start.resize(layout.variables);
  evaluate(GridPart::take_up, at, inputs_at(at, now.before, 0));
  const std::vector<double> taken_up = transpose(GridPart::take_up, at, by_start, false);
  for (std::size_t c = 0; c < layout.arrivals; ++c)
    found.by_arrival.push_back(found.by_direct[c] + taken_up[layout.arriving(c)]);
  return found;
}

void GridTrial::share_extremum(const Place& at, double change, const std::vector<double>& by,
                               StepAdjoints& adjoints) const {
  double total = 0;
  for (std::size_t c = 0; c < by.size(); ++c)
    total += by[c] * arrived(network_.incoming[at.population][c], at.neuron, at.step);
  if (total == 0) return;
  for (std::size_t c = 0; c < by.size(); ++c) adjoints.triggering[c] += by[c] * change / total;
}

// `adjoints_before`: of the states at the start of the step.
void GridTrial::move_extrema(const Place& at, const std::vector<double>& adjoints_before, StepAdjoints& adjoints) {
  const GridPopulation& model = population(at);
  const Moment& now = moment(at);
  for (std::size_t e = 0; e < model.extrema.size(); ++e) {
    const std::size_t y = model.extrema[e].variable;
    if (adjoints_before[y] == 0 && adjoints.end[y] == 0) continue;
    const ArrivingExtremum here = arriving_extremum(at, e);
    const double sense = here.which->sense;
    const bool is_taken = now.end[y] != now.start[y];
    const bool turns = !is_taken && now.start[y] == here.before && sense * (here.without - here.before) > 0;
    if (turns && has(GridTerm::turned_extremum))
      share_extremum(at, adjoints_before[y] * (here.without - here.before), here.by_arrival, adjoints);
    const bool jumps =
        is_taken && !now.spiked && now.end[y] == here.value && sense * (here.value - here.without_direct) > 0;
    if (!jumps || !has(GridTerm::jumped_extremum)) continue;
    share_extremum(at, adjoints.end[y] * (here.without_direct - here.before), here.by_direct, adjoints);
    for (std::size_t c = 0; c < here.by_direct.size(); ++c)
      adjoints.triggering[c] += adjoints.end[y] * here.by_direct[c];
  }
}

}  // namespace synfire::codegen::reference
