// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "reference/graded.hpp"
#include "reference/polynomial.hpp"
#include "reference/trial.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen::reference {
namespace {

constexpr std::size_t most_events = 2000000;
// Steps of a neuron's flow from one event to the next.
constexpr std::size_t most_steps = 20000;
// Spikes of one neuron, at one time and in total.
constexpr std::uint32_t most_at_once = 1000, most_spikes = 20000;
constexpr double lowest = -std::numeric_limits<double>::infinity();

double frames_parameter(const NeuronModel& model, const std::string& name) {
  for (const Parameter& parameter : model.parameters) {
    if (parameter.name == name && parameter.value.is_number()) return parameter.value.number();
  }
  return 1;
}

std::string time_text(double milliseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "t = %.6g ms", milliseconds);
  return text;
}

}  // namespace

Trial::Trial(const CompiledNetwork& network, const Values& values, const Example& example)
    : network_(network),
      values_(values),
      example_(example),
      timesteps_(example.timesteps != 0 ? example.timesteps : network.options.timesteps) {
  if (std::vector<Problem> problems = network.problems(); !problems.empty()) throw ModelError(std::move(problems));
}

// ---- Inputs that are piecewise constant in time: input frames and the targets of a running loss

bool Trial::needs_windows(std::size_t population) const {
  const CompiledPopulation* compiled = network_.populations[population].get();
  if (compiled->running_loss || compiled->output) return true;
  return network_.neurons[population].uses_input &&
         frames_parameter(network_.network.populations[population].neuron, "input_frames") > 1;
}

double Trial::window_end(const Neuron& neuron) const {
  if (!needs_windows(neuron.population)) return never;
  const double end = (neuron.window + 1) * network_.options.dt;
  return end < duration() - 1e-9 * network_.options.dt ? end : never;
}

double Trial::target_of(std::size_t population, std::uint32_t neuron, std::uint32_t step) const {
  for (std::size_t i = 0; i < network_.options.losses.size(); ++i) {
    const OutputLoss& output = network_.options.losses[i];
    if (output.population == population && is_running(output.loss) && takes_values(output.loss))
      return example_.targets[i].values[std::size_t{step} * network_.neurons_of(population) + neuron];
  }
  return 0;
}

void Trial::enter_window(Neuron& neuron, std::uint32_t window) const {
  const CompiledPopulation& compiled = model(neuron);
  neuron.window = window;
  if (compiled.running_loss)
    neuron.inputs[compiled.layout.target()] = target_of(neuron.population, neuron.index, window);
  if (!network_.neurons[neuron.population].uses_input) return;
  const NeuronModel& text = network_.network.populations[neuron.population].neuron;
  const auto frames = static_cast<std::uint32_t>(frames_parameter(text, "input_frames"));
  const auto frame_steps = static_cast<std::uint32_t>(frames_parameter(text, "input_frame_timesteps"));
  const std::uint32_t frame = std::min(window / frame_steps, frames - 1);
  const std::size_t count = network_.neurons_of(neuron.population);
  neuron.inputs[compiled.layout.input()] = example_.input[neuron.population][frame * count + neuron.index];
}

// ---- Start

void Trial::create_neurons() {
  neurons_.clear();
  first_neuron_.assign(network_.populations.size(), 0);
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    first_neuron_[p] = neurons_.size();
    if (!network_.populations[p]) continue;
    for (std::uint32_t j = 0; j < network_.neurons_of(p); ++j) {
      Neuron& neuron = neurons_.emplace_back();
      neuron.population = p;
      neuron.index = j;
      prepare(neuron);
    }
  }
}

void Trial::prepare(Neuron& neuron) {
  const CompiledPopulation& compiled = model(neuron);
  const Layout& layout = compiled.layout;
  neuron.inputs.assign(layout.size(), 0.0);
  const Values::Population& values = values_.populations[neuron.population];
  for (std::size_t k = 0; k < layout.variables; ++k) neuron.inputs[k] = values.initial[k][neuron.index];
  for (std::size_t m = 0; m < layout.parameters; ++m)
    neuron.inputs[layout.parameter() + m] = values.parameters[m][neuron.index];
  neuron.inputs[layout.duration()] = duration();
  enter_window(neuron, 0);
  neuron.extrema.resize(compiled.system().extrema.size());
  for (Extreme& extreme : neuron.extrema) extreme.value = lowest;
}

// Constant nodes depend on `input` and `target`, so each window recomputes them.
void Trial::compute_constants(Neuron& neuron) const {
  const CompiledPopulation& compiled = model(neuron);
  const double* inputs = neuron.inputs.data();
  const auto prepare_flow = [&](const FlowTapes& flow, std::vector<double>& constants, LinearFlow& linear) {
    if (!flow.forward) return;
    flow.forward->evaluate_constants(inputs, constants);
    if (flow.forward_series->is_linear()) linear = flow.forward_series->linearize(inputs, constants);
  };
  prepare_flow(compiled.free, neuron.free_constants, neuron.free_flow);
  prepare_flow(compiled.held, neuron.held_constants, neuron.held_flow);
  compiled.jumps->evaluate_constants(inputs, neuron.jump_constants);
}

void Trial::expand(FlowSeries& series, const Neuron& neuron, bool held, const std::vector<double>& inputs,
                   double length) const {
  if (series.is_linear())
    series.expand(inputs.data(), held ? neuron.held_flow : neuron.free_flow, length);
  else
    series.expand(inputs.data(), held ? neuron.held_constants : neuron.free_constants, length);
}

void Trial::emit_given_spikes() {
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    if (network_.populations[p]) continue;
    if (network_.network.populations[p].neuron.is_graded()) {
      emit_values(p);
      continue;
    }
    for (const GivenSpike& given : example_.spikes[p]) {
      if (given.step < timesteps_) emit(p, given.neuron, given.step * network_.options.dt, given.sign, none);
    }
  }
}

void Trial::emit_values(std::size_t population) {
  const ReferenceOptions& options = network_.options;
  const std::vector<double> sent =
      sent_values(network_.network, population, example_, timesteps_, options.dt, options.seed);
  const std::uint32_t neurons = network_.neurons_of(population);
  for (std::uint32_t step = 0; step < timesteps_; ++step) {
    for (std::uint32_t j = 0; j < neurons; ++j) {
      const double value = sent[std::size_t{step} * neurons + j];
      if (value != 0) emit(population, j, step * options.dt, value, none);
    }
  }
}

void Trial::emit(std::size_t population, std::uint32_t source, double time, double factor, int event) {
  for (const std::uint32_t c : network_.outgoing[population]) {
    const std::uint32_t target = network_.network.connections[c].target;
    if (!network_.populations[target]) continue;
    const double latency = network_.network.connections[c].latency * network_.options.dt;
    const Wiring& wiring = network_.drawn.wiring[c];
    const Values::Connection& values = values_.connections[c];
    for (std::uint32_t s = wiring.offsets[source]; s < wiring.offsets[source + 1]; ++s) {
      Neuron& neuron = neurons_[first_neuron_[target] + wiring.targets[s]];
      const double due = time + latency + values.delays[s];
      if (due >= duration()) continue;
      neuron.pending.push({due, emissions_++, c, s, factor * wiring.weight(values, s), factor, event});
      if (due < neuron.horizon) neuron.horizon = due;
    }
  }
}

Outcome Trial::run_forward() {
  outcome_ = {};
  outcome_.spikes.assign(network_.populations.size(), 0);
  outcome_.triggered.assign(network_.populations.size(), 0);
  outcome_.spike_times.resize(network_.populations.size());
  outcome_.spike_neurons.resize(network_.populations.size());
  events_.clear();
  states_.clear();
  emissions_ = 0;
  passed_.clear();
  create_neurons();
  for (Neuron& neuron : neurons_) compute_constants(neuron);
  emit_given_spikes();
  for (std::size_t j = 0; j < neurons_.size(); ++j) {
    Neuron& neuron = neurons_[j];
    if (!model(neuron).system().threshold) continue;
    const bool above = threshold(neuron) >= 0;
    neuron.above = above && model(neuron).system().crosses;
    if (above && !model(neuron).system().crosses) spike(j, Trigger::start, none, 0);
  }
  for (;;) {
    std::size_t first = neurons_.size();
    double time = duration();
    for (std::size_t j = 0; j < neurons_.size(); ++j) {
      const double next = next_time(neurons_[j]);
      if (next >= time) continue;
      time = next;
      first = j;
    }
    if (first == neurons_.size()) break;
    happen(first, time);
    if (events_.size() > most_events)
      throw RunError({.kind = ProblemKind::run_failed,
                      .path = "gradients",
                      .message = "with exact spike times, there are too many spikes and arrivals",
                      .hint = "check a smaller network of the same models, or fewer timesteps",
                      .expected = "at most " + std::to_string(most_events),
                      .given = "more at " + time_text(time)});
  }
  for (Neuron& neuron : neurons_) advance(neuron, duration());
  evaluate_loss();
  return summary();
}

// ---- The flow of one neuron

double Trial::threshold(Neuron& neuron) {
  std::vector<double>& values = neuron.jump_constants;
  neuron.inputs[model(neuron).layout.time()] = neuron.time;
  model(neuron).jumps->evaluate_rest(neuron.inputs.data(), values);
  return values[static_cast<std::size_t>(model(neuron).jump_nodes.g)];
}

// Whether a spike ends the step. `above` tracks g of a threshold that counts only where it is crossed.
bool Trial::look_for_spike(Neuron& neuron, FlowSeries& series, double& length, bool& above) const {
  if (!model(neuron).system().threshold || neuron.refractory) return false;
  Series g = series.of_other(0);
  if (above) {
    double scale = 0;
    double power = 1;
    for (double& each : g) {
      each = -each;
      scale += std::abs(each) * power;
      power *= length;
    }
    g[0] -= 1e-10 * scale;  // clearly below, so rounding cannot cause a crossing
    if (const auto below = first_not_negative(g, length)) {
      length = *below;
      above = false;
    }
    return false;
  }
  const auto root = first_not_negative(g, length);
  if (!root) return false;
  length = *root;
  return true;
}

void Trial::look_ahead(Neuron& neuron) {
  const CompiledPopulation& compiled = model(neuron);
  const FlowTapes& flow = compiled.flow(neuron.refractory);
  const bool held = &flow == &compiled.held;
  FlowSeries& series = *flow.forward_series;
  neuron.steps.clear();
  neuron.next_spike = never;
  neuron.horizon = std::min({neuron.rest_until, window_end(neuron), duration()});
  if (!neuron.pending.empty()) neuron.horizon = std::min(neuron.horizon, neuron.pending.top().time);
  std::vector<double> inputs = neuron.inputs;
  double time = neuron.time;
  bool above = neuron.above;
  while (time < neuron.horizon && neuron.next_spike == never) {
    inputs[compiled.layout.time()] = time;
    const double rest = neuron.horizon - time;
    expand(series, neuron, held, inputs, rest);
    neuron.undecided |= series.undecided();
    double length = series.until_switch(std::min(series.reach(), rest), 1);
    const bool whole = length == rest;
    const double untouched = length;
    const bool spikes = look_for_spike(neuron, series, length, above);
    Step step{time, length, {}, {}, above};
    const bool has_g = compiled.system().threshold != nullptr;
    for (std::size_t k = 0; k < compiled.variables(); ++k) step.states.push_back(series.of_input(k));
    for (std::size_t e = 0; e < flow.extrema.size(); ++e) step.extrema.push_back(series.of_other(e + (has_g ? 1 : 0)));
    for (std::size_t k = 0; k < compiled.variables(); ++k) inputs[k] = value_at(step.states[k], length);
    const bool is_finite =
        std::all_of(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(compiled.variables()),
                    [](double state) { return std::isfinite(state); });
    if (!is_finite || neuron.steps.size() == most_steps) refuse_divergence(neuron, time);
    neuron.steps.push_back(std::move(step));
    time = whole && length == untouched ? neuron.horizon : time + length;
    if (spikes) neuron.next_spike = time;
  }
  neuron.known = true;
}

double Trial::next_time(Neuron& neuron) {
  if (!neuron.known) look_ahead(neuron);
  double next = std::min({neuron.next_spike, neuron.rest_until, window_end(neuron)});
  if (!neuron.pending.empty()) next = std::min(next, neuron.pending.top().time);
  return next;
}

std::size_t Trial::keep(const Neuron& neuron) {
  const std::size_t place = states_.size();
  states_.insert(states_.end(), neuron.inputs.begin(),
                 neuron.inputs.begin() + static_cast<std::ptrdiff_t>(model(neuron).variables()));
  return place;
}

void Trial::advance(Neuron& neuron, double to) {
  if (!neuron.known) look_ahead(neuron);
  for (const Step& step : neuron.steps) {
    if (neuron.time >= to) break;
    const double end = &step == &neuron.steps.back() ? to : std::min(to, step.begin + step.length);
    commit(neuron, step, std::min(end - step.begin, step.length));
    neuron.time = end;
    neuron.above = step.above_after;
  }
  neuron.time = to;
  neuron.known = false;
}

void Trial::commit(Neuron& neuron, const Step& step, double length) {
  if (length <= 0) return;
  track_extrema(neuron, step, length);
  for (std::size_t k = 0; k < step.states.size(); ++k) neuron.inputs[k] = value_at(step.states[k], length);
  neuron.segments.push_back({step.begin, step.begin + length, neuron.refractory && model(neuron).system().holds(),
                             neuron.window, keep(neuron)});
}

void Trial::track_extrema(Neuron& neuron, const Step& step, double length) {
  for (std::size_t e = 0; e < step.extrema.size(); ++e) {
    Series series = step.extrema[e];
    if (!model(neuron).system().extrema[e].maximum) {
      for (double& each : series) each = -each;
    }
    Extreme& extreme = neuron.extrema[e];
    // Values equal up to rounding, such as the threshold at each spike, count where they are first reached.
    const auto found =
        largest(series, length, extreme.value == lowest ? lowest : extreme.value + 1e-12 * std::abs(extreme.value));
    if (!found) continue;
    extreme.where = found->time <= 0        ? Extreme::Where::begin
                    : found->time >= length ? Extreme::Where::end
                                            : Extreme::Where::inside;
    extreme.segment = neuron.segments.size();
    extreme.time = step.begin + found->time;
    extreme.value = found->value;
    extreme.events_before = neuron.events.size();
  }
}

// For a triggered spike: what readouts see before its reset.
void Trial::track_extrema_before(int spike) {
  Neuron& neuron = neurons_[events_[static_cast<std::size_t>(spike)].neuron];
  const CompiledPopulation& compiled = model(neuron);
  for (std::size_t e = 0; e < neuron.extrema.size(); ++e) {
    Extreme& extreme = neuron.extrema[e];
    double value = neuron.jump_constants[static_cast<std::size_t>(compiled.jump_nodes.extrema[e])];
    if (!compiled.system().extrema[e].maximum) value = -value;
    if (extreme.value != lowest && value <= extreme.value + 1e-12 * std::abs(extreme.value)) continue;
    extreme.where = Extreme::Where::before_spike;
    extreme.spike = spike;
    extreme.time = neuron.time;
    extreme.value = value;
    extreme.events_before = neuron.events.size();
  }
}

// ---- Events

Trial::Event& Trial::record(Kind kind, std::size_t index) {
  Neuron& neuron = neurons_[index];
  Event event{};
  event.kind = kind;
  event.time = neuron.time;
  event.neuron = index;
  event.before = keep(neuron);
  event.held_before = event.held_after = neuron.refractory && model(neuron).system().holds();
  event.window = neuron.window;
  event.segments = neuron.segments.size();
  event.cause = none;
  neuron.events.push_back(static_cast<int>(events_.size()));
  neuron.known = false;
  events_.push_back(event);
  return events_.back();
}

void Trial::finish(std::size_t index, Event& event) { event.after = keep(neurons_[index]); }

void Trial::happen(std::size_t index, double time) {
  Neuron& neuron = neurons_[index];
  const bool spikes = neuron.next_spike == time;
  advance(neuron, time);
  if (spikes) return spike(index, Trigger::flow, none, 0);
  if (!neuron.pending.empty() && neuron.pending.top().time == time) return take_arrivals(index, time);
  if (neuron.rest_until == time) return end_rest(index);
  enter_window(neuron, neuron.window + 1);
  compute_constants(neuron);
  spike_if_above(index, Trigger::start, none, 0);
}

void Trial::take_arrivals(std::size_t index, double time) {
  Neuron& neuron = neurons_[index];
  const CompiledPopulation& compiled = model(neuron);
  int first = none, count = 0;
  while (!neuron.pending.empty() && neuron.pending.top().time == time) {
    const Arrival arrival = neuron.pending.top();
    neuron.pending.pop();
    const Wiring& wiring = network_.drawn.wiring[arrival.connection];
    if (wiring.first_spike && !passed_.emplace(arrival.connection, wiring.targets[arrival.synapse]).second) continue;
    Event& event = record(Kind::arrival, index);
    event.cause = arrival.source;
    event.factor = arrival.factor;
    event.connection = arrival.connection;
    event.synapse = arrival.synapse;
    event.weight = arrival.weight;
    neuron.inputs[compiled.layout.time()] = time;
    std::vector<double>& values = neuron.jump_constants;
    compiled.jumps->evaluate_rest(neuron.inputs.data(), values);
    event.sides = compiled.jumps->sides(values);
    const std::vector<int>& jump = compiled.jump_nodes.arrivals[network_.arrival_of[arrival.connection]];
    for (std::size_t k = 0; k < jump.size(); ++k) {
      if (event.held_before && compiled.system().variables[k].held) continue;
      neuron.inputs[k] += arrival.weight * values[static_cast<std::size_t>(jump[k])];
    }
    finish(index, event);
    if (first == none) first = static_cast<int>(events_.size()) - 1;
    ++count;
  }
  spike_if_above(index, Trigger::arrivals, first, count);
}

void Trial::end_rest(std::size_t index) {
  Neuron& neuron = neurons_[index];
  Event& event = record(Kind::refractory_end, index);
  event.cause = neuron.rest_event;
  event.held_after = false;
  neuron.refractory = false;
  neuron.rest_until = never;
  finish(index, event);
  const int cause = static_cast<int>(events_.size()) - 1;
  if (model(neuron).system().crosses) {
    neuron.above = threshold(neuron) >= 0;
    return;
  }
  spike_if_above(index, Trigger::refractory_end, cause, 1);
}

void Trial::spike_if_above(std::size_t index, Trigger trigger, int cause, int causes) {
  Neuron& neuron = neurons_[index];
  if (!model(neuron).system().threshold || neuron.refractory) return;
  const bool above = threshold(neuron) >= 0;
  const bool was_above = neuron.above;
  neuron.above = above && model(neuron).system().crosses;
  if (above && !(model(neuron).system().crosses && was_above)) spike(index, trigger, cause, causes);
}

// A neuron that a spike leaves above its threshold spikes again at once.
void Trial::spike(std::size_t index, Trigger trigger, int cause, int causes) {
  Neuron& neuron = neurons_[index];
  const CompiledPopulation& compiled = model(neuron);
  for (std::uint32_t again = 0;; ++again) {
    const int id = spike_once(index, trigger, cause, causes);
    if (again == most_at_once || ++neuron.spikes > most_spikes) refuse_endless_spikes(neuron);
    if (compiled.system().crosses) {
      neuron.above = threshold(neuron) >= 0 || trigger == Trigger::flow;
      return;
    }
    if (neuron.refractory || !(threshold(neuron) >= 0)) return;
    trigger = Trigger::spike;
    cause = id;
    causes = 1;
  }
}

std::string Trial::path_of(const Neuron& neuron) const {
  return "populations[" + std::to_string(neuron.population) + "] \"" + model(neuron).system().population +
         "\", neuron " + std::to_string(neuron.index);
}

void Trial::refuse_divergence(const Neuron& neuron, double time) const {
  throw RunError({.kind = ProblemKind::run_failed,
                  .path = path_of(neuron),
                  .message = "with exact spike times, the states grow without bound at " + time_text(time),
                  .hint = "give the neuron a reset or inputs that keep its states finite"});
}

void Trial::refuse_endless_spikes(const Neuron& neuron) const {
  const NeuronModel& text = network_.network.populations[neuron.population].neuron;
  throw RunError({.kind = ProblemKind::run_failed,
                  .path = path_of(neuron),
                  .message = "the neuron spikes without end at " + time_text(neuron.time) +
                             ": the reset leaves it at the threshold \"" + text.threshold + "\"",
                  .hint = "reset the neuron below its threshold whatever it receives, or give it a refractory period"});
}

int Trial::spike_once(std::size_t index, Trigger trigger, int cause, int causes) {
  Neuron& neuron = neurons_[index];
  const CompiledPopulation& compiled = model(neuron);
  Event event = record(Kind::spike, index);
  const int id = static_cast<int>(events_.size()) - 1;
  event.trigger = trigger;
  event.cause = cause;
  event.causes = causes;
  neuron.inputs[compiled.layout.time()] = neuron.time;
  std::vector<double>& values = neuron.jump_constants;
  compiled.jumps->evaluate_rest(neuron.inputs.data(), values);
  event.sides = compiled.jumps->sides(values);
  const auto value = [&](int node) { return values[static_cast<std::size_t>(node)]; };
  if (trigger != Trigger::flow) track_extrema_before(id);
  if (compiled.jump_nodes.sign >= 0 && value(compiled.jump_nodes.sign) < 0) event.sign = -1;
  const double period = compiled.jump_nodes.period >= 0 ? value(compiled.jump_nodes.period) : 0;
  for (std::size_t k = 0; k < compiled.variables(); ++k) neuron.inputs[k] = value(compiled.jump_nodes.r[k]);
  if (period > 0) {
    neuron.refractory = true;
    neuron.rest_until = neuron.time + period;
    neuron.rest_event = id;
    event.held_after = compiled.system().holds();
  }
  finish(index, event);
  events_[static_cast<std::size_t>(id)] = event;
  const std::size_t p = neuron.population;
  ++outcome_.spikes[p];
  if (trigger != Trigger::flow) ++outcome_.triggered[p];
  outcome_.spike_times[p].push_back(neuron.time);
  outcome_.spike_neurons[p].push_back(neuron.index);
  emit(p, neuron.index, neuron.time, event.sign, id);
  return id;
}

// ---- The end

bool Trial::ends_window(const Neuron& neuron, std::size_t segment) {
  return segment + 1 == neuron.segments.size() ||
         neuron.segments[segment + 1].window != neuron.segments[segment].window;
}

// Of the output variables at the end of each step, for a loss per step that joins neurons: steps × neurons.
std::vector<double> Trial::outputs_of_steps(std::size_t population) const {
  const std::uint32_t neurons = network_.neurons_of(population);
  std::vector<double> values(std::size_t{timesteps_} * neurons, 0.0);
  for (std::uint32_t j = 0; j < neurons; ++j) {
    const Neuron& neuron = neurons_[first_neuron_[population] + j];
    for (std::size_t s = 0; s < neuron.segments.size(); ++s) {
      const Segment& segment = neuron.segments[s];
      if (ends_window(neuron, s))
        values[std::size_t{segment.window} * neurons + j] = states_[segment.state + *model(neuron).output];
    }
  }
  return values;
}

void Trial::evaluate_loss() {
  final_states_.clear();
  for (Neuron& neuron : neurons_) {
    const CompiledPopulation& compiled = model(neuron);
    neuron.inputs[compiled.layout.time()] = duration();
    const HybridSystem& system = compiled.system();
    for (std::size_t e = 0; e < system.extrema.size(); ++e) {
      const double value = system.extrema[e].maximum ? neuron.extrema[e].value : -neuron.extrema[e].value;
      double& state = neuron.inputs[system.extrema[e].variable];
      if (system.extrema[e].maximum ? value > state : value < state)
        state = value;
      else
        neuron.extrema[e].where = Extreme::Where::nowhere;
    }
    compiled.jumps->evaluate_rest(neuron.inputs.data(), neuron.jump_constants);
    for (std::size_t i = 0; i < system.last_values.size(); ++i)
      neuron.inputs[system.last_values[i].variable] =
          neuron.jump_constants[static_cast<std::size_t>(compiled.jump_nodes.last[i])];
    compiled.jumps->evaluate_rest(neuron.inputs.data(), neuron.jump_constants);
    final_states_.push_back(neuron.inputs);
  }
  loss_derivatives_.clear();
  for (std::size_t i = 0; i < network_.options.losses.size(); ++i) {
    const OutputLoss& output = network_.options.losses[i];
    const CompiledPopulation& compiled = *network_.populations[output.population];
    std::vector<double> readout;
    for (std::size_t j = 0; j < network_.neurons_of(output.population); ++j) {
      const Neuron& neuron = neurons_[first_neuron_[output.population] + j];
      if (compiled.running_loss)
        outcome_.loss += neuron.inputs[*compiled.running_loss];
      else if (!compiled.output)
        readout.push_back(neuron.jump_constants[static_cast<std::size_t>(compiled.jump_nodes.value)]);
    }
    loss_derivatives_.emplace_back();
    if (!compiled.running_loss) {
      LossValue loss = compiled.output
                           ? evaluate_steps(output.loss, outputs_of_steps(output.population), example_.targets[i],
                                            network_.neurons_of(output.population), network_.options.dt)
                           : evaluate(output.loss, readout, example_.targets[i], duration(), network_.options.dt);
      outcome_.loss += loss.value;
      loss_derivatives_.back() = std::move(loss.derivative);
    }
    outcome_.readouts.push_back(std::move(readout));
  }
}

}  // namespace synfire::codegen::reference
