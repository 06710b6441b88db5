// SPDX-License-Identifier: Apache-2.0
// Runs the derived adjoint backward over the events of a forward run.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "adjoint/near_tangent.hpp"
#include "reference/trial.hpp"

namespace synfire::codegen::reference {
std::string_view to_string(Term term) {
  static constexpr std::array<std::string_view, term_count> names{
      "flow_state",         "flow_parameter",  "readout_state",      "readout_parameter",
      "running_loss",       "last_state",      "last_parameter",     "initial",
      "reset_state",        "reset_parameter", "threshold_state",    "threshold_parameter",
      "rate_state",         "rate_time",       "spike_before",       "spike_time",
      "spike_after",        "reset_current",   "threshold_current",  "rate_current",
      "of_arrival",         "of_rest",         "triggered_by_spike", "triggered_by_arrival",
      "triggered_by_rest",  "arrival_weight",  "arrival_delay",      "arrival_state",
      "arrival_parameter",  "arrival_before",  "arrival_time",       "arrival_after",
      "rest_before",        "rest_after",      "rest_parameter",     "extremum_state",
      "extremum_parameter", "extremum_rate",   "extremum_time"};
  return names[static_cast<std::size_t>(term)];
}

Values Trial::run_backward(const TermFactors& factors) {
  factors_ = factors;
  gradient_ = values_;
  add(gradient_, values_, -1);  // zeros
  outcome_.near_tangent = 0;
  eta_.assign(events_.size(), 0.0);
  back_.assign(neurons_.size(), {});
  for (std::size_t j = 0; j < neurons_.size(); ++j) start_back(j);
  for (std::size_t e = events_.size(); e-- > 0;) back_through(static_cast<int>(e));
  for (std::size_t j = 0; j < neurons_.size(); ++j) go_back(j, 0);
  return collect();
}

// ---- The end of the example

void Trial::start_back(std::size_t j) {
  const Neuron& neuron = neurons_[j];
  const Layout& layout = model(neuron).layout;
  Back& back = back_[j];
  back.inputs = final_states_[j];
  back.inputs[layout.flow_factor()] = factors_[Term::flow_state];
  back.inputs[layout.parameter_factor()] = factors_[Term::flow_parameter];
  back.segments = neuron.segments.size();
  set_window(j, neuron.window);
  start_from_loss(j);
  mark_extrema(j);
}

void Trial::set_window(std::size_t j, std::uint32_t window) {
  Neuron& neuron = neurons_[j];
  Back& back = back_[j];
  const CompiledPopulation& compiled = model(neuron);
  enter_window(neuron, window);
  back.window = window;
  for (const std::size_t place : {compiled.layout.input(), compiled.layout.target()})
    back.inputs[place] = neuron.inputs[place];
  compiled.free.backward->evaluate_constants(back.inputs.data(), back.free_constants);
  if (compiled.held.backward) compiled.held.backward->evaluate_constants(back.inputs.data(), back.held_constants);
  compiled.partials->evaluate_constants(back.inputs.data(), back.partials);
}

const std::vector<double>& Trial::partials_here(std::size_t j) {
  Back& back = back_[j];
  model(neurons_[j]).partials->evaluate_rest(back.inputs.data(), back.partials);
  return back.partials;
}

void Trial::start_from_loss(std::size_t j) {
  const Neuron& neuron = neurons_[j];
  const CompiledPopulation& compiled = model(neuron);
  const Layout& layout = compiled.layout;
  std::vector<double>& inputs = back_[j].inputs;
  const std::vector<double>& values = partials_here(j);
  const auto& nodes = compiled.partial_nodes;
  const auto value = [&](int node) { return values[static_cast<std::size_t>(node)]; };
  for (std::size_t i = 0; i < network_.options.losses.size(); ++i) {
    const OutputLoss& output = network_.options.losses[i];
    if (output.population != neuron.population) continue;
    if (compiled.running_loss) inputs[layout.lambda() + *compiled.running_loss] = factors_[Term::running_loss];
    if (is_running(output.loss)) continue;
    const double slope = loss_derivatives_[i][neuron.index];
    for (std::size_t k = 0; k < layout.variables; ++k)
      inputs[layout.lambda() + k] += factors_[Term::readout_state] * slope * value(nodes.value_x[k]);
    for (std::size_t m = 0; m < layout.parameters; ++m)
      inputs[layout.gradient() + m] += factors_[Term::readout_parameter] * slope * value(nodes.value_p[m]);
  }
  const HybridSystem& system = compiled.system();
  for (std::size_t i = 0; i < system.last_values.size(); ++i) {
    const double adjoint = std::exchange(inputs[layout.lambda() + system.last_values[i].variable], 0.0);
    for (std::size_t k = 0; k < layout.variables; ++k)
      inputs[layout.lambda() + k] += factors_[Term::last_state] * adjoint * value(nodes.last_x[i][k]);
    for (std::size_t m = 0; m < layout.parameters; ++m)
      inputs[layout.gradient() + m] += factors_[Term::last_parameter] * adjoint * value(nodes.last_p[i][m]);
  }
}

// Sets the adjoint of an extremum aside until the time at which the extremum was taken.
void Trial::mark_extrema(std::size_t j) {
  const Neuron& neuron = neurons_[j];
  const CompiledPopulation& compiled = model(neuron);
  for (std::size_t e = 0; e < neuron.extrema.size(); ++e) {
    Back::Mark& mark = back_[j].marks.emplace_back();
    const Extreme& extreme = neuron.extrema[e];
    if (extreme.where == Extreme::Where::nowhere) continue;
    const std::size_t place = compiled.layout.lambda() + compiled.system().extrema[e].variable;
    mark.adjoint = std::exchange(back_[j].inputs[place], 0.0);
    if (extreme.where == Extreme::Where::before_spike) {
      mark.event_before = extreme.spike;
      continue;
    }
    for (const int id : neuron.events) {
      const std::size_t segments = events_[static_cast<std::size_t>(id)].segments;
      if (extreme.where == Extreme::Where::begin && segments == extreme.segment) mark.event_after = id;
      if (extreme.where == Extreme::Where::end && segments == extreme.segment + 1 && mark.event_before == none)
        mark.event_before = id;
    }
  }
}

// ---- Between events

void Trial::load(std::size_t j, std::size_t state, double time, std::uint32_t window) {
  Back& back = back_[j];
  const Layout& layout = model(neurons_[j]).layout;
  if (window != back.window) set_window(j, window);
  std::copy_n(states_.begin() + static_cast<std::ptrdiff_t>(state), layout.variables, back.inputs.begin());
  back.inputs[layout.time()] = time;
}

bool Trial::is_silent(std::size_t j) const {
  const Layout& layout = model(neurons_[j]).layout;
  const auto begin = back_[j].inputs.begin() + static_cast<std::ptrdiff_t>(layout.lambda());
  return std::all_of(begin, begin + static_cast<std::ptrdiff_t>(layout.variables),
                     [](double each) { return each == 0; });
}

void Trial::go_back(std::size_t j, std::size_t segments) {
  while (back_[j].segments > segments) flow_back(j, --back_[j].segments);
}

void Trial::add_loss_of_step(std::size_t j, std::uint32_t step) {
  const Neuron& neuron = neurons_[j];
  const CompiledPopulation& compiled = model(neuron);
  if (!compiled.output) return;
  double& lambda = back_[j].inputs[compiled.layout.lambda() + *compiled.output];
  for (std::size_t i = 0; i < network_.options.losses.size(); ++i) {
    if (network_.options.losses[i].population != neuron.population) continue;
    const std::size_t place = std::size_t{step} * network_.neurons_of(neuron.population) + neuron.index;
    lambda += factors_[Term::running_loss] * loss_derivatives_[i][place];
  }
}

void Trial::flow_back(std::size_t j, std::size_t index) {
  const Neuron& neuron = neurons_[j];
  const Segment& segment = neuron.segments[index];
  load(j, segment.state, segment.end, segment.window);
  if (ends_window(neuron, index)) add_loss_of_step(j, segment.window);
  double end = segment.end;
  const auto add_where = [&](Extreme::Where where) {
    for (std::size_t e = 0; e < neuron.extrema.size(); ++e) {
      const Extreme& extreme = neuron.extrema[e];
      const Back::Mark& mark = back_[j].marks[e];
      if (extreme.where != where || extreme.segment != index || mark.event_after != none || mark.event_before != none)
        continue;
      if (where == Extreme::Where::inside) {
        flow_back(j, segment.held, end - extreme.time);
        end = extreme.time;
      }
      add_extremum(j, e);
    }
  };
  add_where(Extreme::Where::end);
  add_where(Extreme::Where::inside);
  flow_back(j, segment.held, end - segment.begin);
  add_where(Extreme::Where::begin);
}

void Trial::flow_back(std::size_t j, bool held, double length) {
  Back& back = back_[j];
  const CompiledPopulation& compiled = model(neurons_[j]);
  const Layout& layout = compiled.layout;
  const bool has_extrema = !neurons_[j].extrema.empty();
  if (is_silent(j) && !has_extrema) return;
  const FlowTapes& flow = held ? compiled.held : compiled.free;
  const std::size_t moving = 2 * layout.variables + layout.parameters;
  while (length > 0) {
    flow.backward_series->expand(back.inputs.data(), held ? back.held_constants : back.free_constants, length);
    const double step = flow.backward_series->until_switch(std::min(length, flow.backward_series->reach()), -1);
    for (std::size_t i = 0; i < moving; ++i) back.inputs[i] = value_at(flow.backward_series->of_input(i), -step);
    back.inputs[layout.time()] -= step;
    length -= step;
  }
}

void Trial::add_extremum(std::size_t j, std::size_t which) {
  const CompiledPopulation& compiled = model(neurons_[j]);
  const Layout& layout = compiled.layout;
  Back& back = back_[j];
  const std::vector<double>& values = partials_here(j);
  const double adjoint = back.marks[which].adjoint;
  for (std::size_t k = 0; k < layout.variables; ++k)
    back.inputs[layout.lambda() + k] += factors_[Term::extremum_state] * adjoint *
                                        values[static_cast<std::size_t>(compiled.partial_nodes.extremum_x[which][k])];
  for (std::size_t m = 0; m < layout.parameters; ++m)
    back.inputs[layout.gradient() + m] += factors_[Term::extremum_parameter] * adjoint *
                                          values[static_cast<std::size_t>(compiled.partial_nodes.extremum_p[which][m])];
}

// ---- Events

std::vector<double> Trial::flow_here(std::size_t j, bool held) {
  const CompiledPopulation& compiled = model(neurons_[j]);
  const std::vector<double>& values = partials_here(j);
  std::vector<double> flow;
  for (std::size_t k = 0; k < compiled.variables(); ++k) {
    const bool still = held && compiled.system().variables[k].held;
    flow.push_back(still ? 0 : values[static_cast<std::size_t>(compiled.partial_nodes.f[k])]);
  }
  return flow;
}

// Extrema that are taken at the time of the event, on the side of it whose state is loaded.
void Trial::add_extrema_at(int id, bool after, const std::vector<double>& flow, double& eta) {
  const std::size_t j = events_[static_cast<std::size_t>(id)].neuron;
  const CompiledPopulation& compiled = model(neurons_[j]);
  for (std::size_t e = 0; e < back_[j].marks.size(); ++e) {
    const Back::Mark& mark = back_[j].marks[e];
    if ((after ? mark.event_after : mark.event_before) != id) continue;
    add_extremum(j, e);
    const std::vector<double>& values = back_[j].partials;
    double rate =
        factors_[Term::extremum_time] * values[static_cast<std::size_t>(compiled.partial_nodes.extremum_t[e])];
    for (std::size_t k = 0; k < flow.size(); ++k)
      rate += factors_[Term::extremum_rate] *
              values[static_cast<std::size_t>(compiled.partial_nodes.extremum_x[e][k])] * flow[k];
    eta += mark.adjoint * rate;
  }
}

void Trial::back_through(int id) {
  const Event& event = events_[static_cast<std::size_t>(id)];
  go_back(event.neuron, event.segments);
  switch (event.kind) {
    case Kind::arrival: return back_through_arrival(id);
    case Kind::spike: return back_through_spike(id);
    case Kind::refractory_end: return back_through_rest(id);
  }
}

void Trial::back_through_arrival(int id) {
  const Event& event = events_[static_cast<std::size_t>(id)];
  const std::size_t j = event.neuron;
  const CompiledPopulation& compiled = model(neurons_[j]);
  const Layout& layout = compiled.layout;
  const std::size_t n = layout.variables;
  const std::size_t which = network_.arrival_of[event.connection];
  Back& back = back_[j];
  double eta = eta_[static_cast<std::size_t>(id)];
  load(j, event.after, event.time, event.window);
  const std::vector<double> flow_after = flow_here(j, event.held_after);
  add_extrema_at(id, true, flow_after, eta);
  const std::vector<double> lambda(back.inputs.begin() + static_cast<std::ptrdiff_t>(layout.lambda()),
                                   back.inputs.begin() + static_cast<std::ptrdiff_t>(layout.lambda() + n));
  load(j, event.before, event.time, event.window);
  const std::vector<double> flow_before = flow_here(j, event.held_before);
  const std::vector<double>& values = back.partials;
  const auto value = [&](int node) { return values[static_cast<std::size_t>(node)]; };
  double by_weight = 0;
  for (std::size_t i = 0; i < n; ++i) {
    eta += factors_[Term::arrival_before] * lambda[i] * flow_before[i];
    eta -= factors_[Term::arrival_after] * lambda[i] * flow_after[i];
    if (event.held_before && compiled.system().variables[i].held) continue;  // nothing reaches it
    by_weight += lambda[i] * value(compiled.partial_nodes.arrival[which][i]);
    eta += factors_[Term::arrival_time] * event.weight * lambda[i] * value(compiled.partial_nodes.arrival_t[which][i]);
    for (std::size_t k = 0; k < n; ++k) {
      const double bend = event.weight * lambda[i] * value(compiled.partial_nodes.arrival_x[which][i][k]);
      eta += factors_[Term::arrival_before] * bend * flow_before[k];
      back.inputs[layout.lambda() + k] += factors_[Term::arrival_state] * bend;
    }
    for (std::size_t m = 0; m < layout.parameters; ++m)
      back.inputs[layout.gradient() + m] += factors_[Term::arrival_parameter] * event.weight * lambda[i] *
                                            value(compiled.partial_nodes.arrival_p[which][i][m]);
  }
  add_extrema_at(id, false, flow_before, eta);
  Values::Connection& gradient = gradient_.connections[event.connection];
  const Wiring& wiring = network_.drawn.wiring[event.connection];
  gradient.weights[wiring.entry(event.synapse)] +=
      wiring.scale * factors_[Term::arrival_weight] * event.factor * by_weight;
  gradient.delays[event.synapse] += factors_[Term::arrival_delay] * eta;
  if (event.cause != none) eta_[static_cast<std::size_t>(event.cause)] += factors_[Term::of_arrival] * eta;
}

void Trial::back_through_spike(int id) {
  const Event event = events_[static_cast<std::size_t>(id)];
  const std::size_t j = event.neuron;
  const CompiledPopulation& compiled = model(neurons_[j]);
  const Layout& layout = compiled.layout;
  const std::size_t n = layout.variables;
  Back& back = back_[j];
  double eta = eta_[static_cast<std::size_t>(id)];
  load(j, event.after, event.time, event.window);
  const std::vector<double> flow_after = flow_here(j, event.held_after);
  add_extrema_at(id, true, flow_after, eta);
  const auto lambda = [&](std::size_t k) -> double& { return back.inputs[layout.lambda() + k]; };
  load(j, event.before, event.time, event.window);
  const std::vector<double> flow_before = flow_here(j, event.held_before);
  const auto& nodes = compiled.partial_nodes;
  const auto value = [&](int node) { return back.partials[static_cast<std::size_t>(node)]; };
  std::vector<double> before(n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    eta += factors_[Term::spike_time] * lambda(i) * value(nodes.r_t[i]);
    eta -= factors_[Term::spike_after] * lambda(i) * flow_after[i];
    for (std::size_t k = 0; k < n; ++k) {
      const bool of_reset = compiled.system().variables[i].owner != HybridOwner::synapse;
      const double read = of_reset ? of_current(j, k, Term::reset_current) : 1;
      const double through = read * lambda(i) * value(nodes.r_x[i][k]);
      eta += factors_[Term::spike_before] * through * flow_before[k];
      before[k] += factors_[Term::reset_state] * through;
    }
    for (std::size_t m = 0; m < layout.parameters; ++m)
      back.inputs[layout.gradient() + m] += factors_[Term::reset_parameter] * lambda(i) * value(nodes.r_p[i][m]);
  }
  for (std::size_t k = 0; k < n; ++k) lambda(k) = before[k];
  add_extrema_at(id, false, flow_before, eta);
  if (event.trigger == Trigger::flow) {
    for (std::size_t k = 0; k < n; ++k) before[k] = lambda(k);
    cross_threshold(event, eta, flow_before, before);
    for (std::size_t k = 0; k < n; ++k) lambda(k) = before[k];
  } else {
    give_to_trigger(event, eta);
  }
}

double Trial::of_current(std::size_t j, std::size_t k, Term term) const {
  return model(neurons_[j]).system().variables[k].owner == HybridOwner::synapse ? factors_[term] : 1;
}

// Case (a): κ = η / ġ.
void Trial::cross_threshold(const Event& event, double eta, const std::vector<double>& flow,
                            std::vector<double>& lambda) {
  const CompiledPopulation& compiled = model(neurons_[event.neuron]);
  Back& back = back_[event.neuron];
  const auto& nodes = compiled.partial_nodes;
  const auto value = [&](int node) { return back.partials[static_cast<std::size_t>(node)]; };
  const std::vector<double> sizes = compiled.partials->sizes(back.partials);
  double rate = factors_[Term::rate_time] * value(nodes.g_t);
  double size = std::abs(value(nodes.g_t));
  for (std::size_t k = 0; k < flow.size(); ++k) {
    rate +=
        factors_[Term::rate_state] * of_current(event.neuron, k, Term::rate_current) * value(nodes.g_x[k]) * flow[k];
    if (flow[k] != 0) size += std::abs(value(nodes.g_x[k])) * sizes[static_cast<std::size_t>(nodes.f[k])];
  }
  if (rate <= flattest_rise * size) {
    ++outcome_.near_tangent;
    return;
  }
  const double kappa = eta / rate;
  for (std::size_t k = 0; k < flow.size(); ++k)
    lambda[k] -= factors_[Term::threshold_state] * of_current(event.neuron, k, Term::threshold_current) *
                 value(nodes.g_x[k]) * kappa;
  for (std::size_t m = 0; m < compiled.parameters(); ++m)
    back.inputs[compiled.layout.gradient() + m] -= factors_[Term::threshold_parameter] * value(nodes.g_p[m]) * kappa;
}

double Trial::threshold_at(const Event& event, std::size_t state) {
  Neuron& neuron = neurons_[event.neuron];
  std::copy_n(states_.begin() + static_cast<std::ptrdiff_t>(state), model(neuron).variables(), neuron.inputs.begin());
  neuron.time = event.time;
  return threshold(neuron);
}

// Case (c): the spike's time is that of its trigger. Several arrivals share η in proportion to how much each raised g.
void Trial::give_to_trigger(const Event& event, double eta) {
  if (event.cause == none) return;
  if (event.trigger != Trigger::arrivals) {
    const Term term = event.trigger == Trigger::spike ? Term::triggered_by_spike : Term::triggered_by_rest;
    eta_[static_cast<std::size_t>(event.cause)] += factors_[term] * eta;
    return;
  }
  eta *= factors_[Term::triggered_by_arrival];
  const std::vector<double> rises = rises_of(event);
  const double total = std::accumulate(rises.begin(), rises.end(), 0.0);
  for (std::size_t i = 0; i < rises.size(); ++i)
    eta_[static_cast<std::size_t>(event.cause) + i] += eta * (total != 0 ? rises[i] / total : 1.0 / event.causes);
}

void Trial::back_through_rest(int id) {
  const Event& event = events_[static_cast<std::size_t>(id)];
  const std::size_t j = event.neuron;
  const CompiledPopulation& compiled = model(neurons_[j]);
  const Layout& layout = compiled.layout;
  Back& back = back_[j];
  double eta = eta_[static_cast<std::size_t>(id)];
  load(j, event.after, event.time, event.window);
  const std::vector<double> flow_after = flow_here(j, false);
  add_extrema_at(id, true, flow_after, eta);
  const std::vector<double> flow_before = flow_here(j, event.held_before);
  for (std::size_t k = 0; k < layout.variables; ++k)
    eta += back.inputs[layout.lambda() + k] *
           (factors_[Term::rest_before] * flow_before[k] - factors_[Term::rest_after] * flow_after[k]);
  add_extrema_at(id, false, flow_before, eta);
  for (std::size_t m = 0; m < layout.parameters; ++m)
    back.inputs[layout.gradient() + m] += factors_[Term::rest_parameter] * eta *
                                          back.partials[static_cast<std::size_t>(compiled.partial_nodes.period_p[m])];
  eta_[static_cast<std::size_t>(event.cause)] += factors_[Term::of_rest] * eta;
}

// ---- The start of the example

Values Trial::collect() {
  for (std::size_t j = 0; j < neurons_.size(); ++j) {
    const Neuron& neuron = neurons_[j];
    const Layout& layout = model(neuron).layout;
    Values::Population& gradient = gradient_.populations[neuron.population];
    for (std::size_t k = 0; k < layout.variables; ++k)
      gradient.initial[k][neuron.index] = factors_[Term::initial] * back_[j].inputs[layout.lambda() + k];
    for (std::size_t m = 0; m < layout.parameters; ++m)
      gradient.parameters[m][neuron.index] = back_[j].inputs[layout.gradient() + m];
  }
  return gradient_;
}

}  // namespace synfire::codegen::reference
