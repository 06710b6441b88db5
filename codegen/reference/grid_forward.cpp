// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "reference/graded.hpp"
#include "reference/grid.hpp"
#include "synfire/base/steps.hpp"

namespace synfire::codegen::reference {
namespace {

double count_parameter(const NeuronModel& model, const std::string& name) {
  for (const Parameter& parameter : model.parameters) {
    if (parameter.name == name && parameter.value.is_number()) return parameter.value.number();
  }
  return 1;
}

}  // namespace

GridTrial::GridTrial(const GridNetwork& network, const Values& values, const Example& example,
                     const std::vector<std::vector<GivenSpike>>* trains)
    : network_(network),
      values_(values),
      example_(example),
      trains_(trains),
      timesteps_(example.timesteps != 0 ? example.timesteps : network.options.timesteps) {}

double GridTrial::arrived(std::uint32_t connection, std::uint32_t target, std::uint32_t step) const {
  return arriving_[connection][index(connection, target, step)];
}

// ---- Functions of one neuron

std::vector<double> GridTrial::evaluate(GridPart part, const Place& at, const std::vector<double>& inputs) {
  const GridFunction& function = population(at)[part];
  std::vector<double>& values = neuron(at).nodes[static_cast<std::size_t>(part)].values;
  function.tape->evaluate_rest(inputs.data(), values);
  std::vector<double> outputs;
  outputs.reserve(function.outputs.size());
  for (const int node : function.outputs) outputs.push_back(values[static_cast<std::size_t>(node)]);
  return outputs;
}

std::vector<double> GridTrial::inputs_at(const Place& at, const std::vector<double>& states, double current,
                                         int steps_before) const {
  const GridLayout& layout = network_.populations[at.population]->layout;
  const NeuronModel& text = network_.network.populations[at.population].neuron;
  std::vector<double> inputs(layout.size(), 0.0);
  std::copy_n(states.begin(), layout.variables, inputs.begin());
  for (std::size_t m = 0; m < layout.parameters; ++m)
    inputs[layout.parameter() + m] = values_.populations[at.population].parameters[m][at.neuron];
  inputs[layout.time()] = (static_cast<double>(at.step) - steps_before) * network_.options.dt;
  inputs[layout.duration()] = timesteps_ * network_.options.dt;
  inputs[layout.current()] = current;
  if (at.step >= timesteps_) return inputs;
  if (!example_.input[at.population].empty()) {
    const auto frames = static_cast<std::uint32_t>(count_parameter(text, "input_frames"));
    const auto frame_steps = static_cast<std::uint32_t>(count_parameter(text, "input_frame_timesteps"));
    const std::uint32_t frame = std::min(at.step / frame_steps, frames - 1);
    inputs[layout.input()] = example_.input[at.population][std::size_t{frame} * count(at.population) + at.neuron];
  }
  for (std::size_t i = 0; i < network_.options.losses.size(); ++i) {
    const OutputLoss& output = network_.options.losses[i];
    if (output.population == at.population && is_running(output.loss) && takes_values(output.loss))
      inputs[layout.target()] = example_.targets[i].values[std::size_t{at.step} * count(at.population) + at.neuron];
  }
  for (std::size_t c = 0; c < layout.arrivals; ++c) {
    const std::uint32_t connection = network_.incoming[at.population][c];
    inputs[layout.arriving(c)] = arrived(connection, at.neuron, at.step);
  }
  return inputs;
}

GridPart GridTrial::flow_part(const Place& at, bool resting) const {
  return resting && population(at).holds() ? GridPart::flow_held : GridPart::flow;
}

// ---- The run

void GridTrial::start_nodes(const Place& at) {
  const std::vector<double> inputs = inputs_at({timesteps_, at.population, at.neuron}, neuron(at).state, 0);
  for (std::size_t i = 0; i < parts; ++i) {
    const GridFunction& function = population(at).functions[i];
    if (!function) continue;
    Nodes& nodes = neuron(at).nodes[i];
    function.tape->evaluate_constants(inputs.data(), nodes.values);
  }
}

void GridTrial::start() {
  neurons_.clear();
  first_.assign(network_.populations.size(), 0);
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    first_[p] = neurons_.size();
    if (network_.populations[p]) neurons_.resize(neurons_.size() + count(p));
  }
  arriving_.clear();
  senders_.assign(network_.network.connections.size(), {});
  first_arrivals_.assign(network_.network.connections.size(), {});
  for (const ir::Connection& connection : network_.network.connections)
    arriving_.emplace_back(std::size_t{timesteps_} * count(connection.target), 0.0);
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    if (!network_.populations[p]) continue;
    for (std::uint32_t j = 0; j < count(p); ++j) {
      for (const std::vector<double>& initial : values_.populations[p].initial)
        neuron({0, p, j}).state.push_back(initial[j]);
      start_nodes({0, p, j});
    }
  }
  if (shift_.weight != 0) {
    arriving_[shift_.connection][index(shift_.connection, shift_.target, shift_.step)] -= shift_.weight;
    if (shift_.step + 1 < timesteps_)
      arriving_[shift_.connection][index(shift_.connection, shift_.target, shift_.step + 1)] += shift_.weight;
  }
  moments_.assign(std::size_t{timesteps_} * neurons_.size(), {});
  outcome_ = {};
  outcome_.spikes.resize(network_.populations.size());
  outcome_.triggered.assign(network_.populations.size(), 0);
  index_trains();
}

// Given spikes: of inputs, and of all populations if a run is followed.
void GridTrial::index_trains() {
  given_.assign(network_.populations.size(), {});
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    if (network_.populations[p] && !trains_) continue;
    if (!network_.populations[p] && network_.network.populations[p].neuron.is_graded()) {
      given_[p] = sent_values(network_.network, p, example_, timesteps_, network_.options.dt, network_.options.seed);
      continue;
    }
    const auto& spikes = network_.populations[p] ? (*trains_)[p] : example_.spikes[p];
    given_[p].assign(std::size_t{timesteps_} * count(p), 0);
    for (const GivenSpike& each : spikes) {
      if (each.step < timesteps_) given_[p][std::size_t{each.step} * count(p) + each.neuron] = each.sign;
    }
  }
}

GridOutcome GridTrial::run_forward() {
  start();
  for (std::uint32_t n = 0; n < timesteps_; ++n) {
    for (const std::uint32_t p : network_.order) {
      for (std::uint32_t j = 0; j < count(p); ++j) {
        if (network_.populations[p]) {
          step_forward({n, p, j});
        } else if (const double given = given_[p][std::size_t{n} * count(p) + j]; given != 0) {
          if (!network_.network.populations[p].neuron.is_graded())
            outcome_.spikes[p].push_back({n, j, given < 0 ? -1 : 1});
          send({n, p, j}, given);
        }
      }
    }
  }
  evaluate_loss();
  return outcome_;
}

// `factor`: of the weights.
void GridTrial::send(const Place& at, double factor) {
  for (const std::uint32_t c : network_.outgoing[at.population]) {
    const Wiring& wiring = network_.drawn.wiring[c];
    for (std::uint32_t s = wiring.offsets[at.neuron]; s < wiring.offsets[at.neuron + 1]; ++s) {
      const std::uint32_t due = arrival_step(c, s, at.step);
      if (due >= timesteps_ || !passes_window(c, wiring.targets[s], at.neuron, due)) continue;
      arriving_[c][index(c, wiring.targets[s], due)] += factor * wiring.weight(values_.connections[c], s);
    }
  }
}

std::uint32_t GridTrial::arrival_step(std::uint32_t connection, std::uint32_t synapse, std::uint32_t sent) const {
  const double delay = values_.connections[connection].delays[synapse];
  return sent + network_.network.connections[connection].latency +
         static_cast<std::uint32_t>(base::nearest_steps(delay, network_.options.dt));
}

// Whether the spike passes: always, but through a window only the first of a step, or of the example.
bool GridTrial::passes_window(std::uint32_t connection, std::uint32_t target, std::uint32_t source, std::uint32_t due) {
  if (network_.drawn.wiring[connection].first_sources.empty()) return true;
  if (network_.drawn.wiring[connection].first_spike &&
      first_arrivals_[connection].emplace(target, due).first->second != due)
    return false;
  return senders_[connection].emplace(index(connection, target, due), source).first->second == source;
}

void GridTrial::step_forward(const Place& at) {
  Neuron& self = neuron(at);
  Moment& now = moment(at);
  const GridPopulation& model = population(at);
  now.resting = self.rest > 0;
  now.rest_ends = self.rest == 1;
  if (now.resting) --self.rest;
  now.before = self.state;
  now.start = evaluate(GridPart::take_up, at, inputs_at(at, self.state, 0));
  self.state = evaluate(flow_part(at, now.resting), at, inputs_at(at, now.start, 0));
  now.current = self.state.back();
  self.state.pop_back();
  now.end = self.state;
  if (!model[GridPart::threshold]) return;
  double before = -1;
  if (model.crosses) before = evaluate(GridPart::threshold, at, inputs_at(at, now.before, now.current))[0];
  const std::vector<double> inputs = inputs_at(at, now.end, now.current);
  const double g = evaluate(GridPart::threshold, at, inputs)[0];
  now.may_spike = self.rest == 0 && !(model.crosses && is_above(at, before));
  now.spiked = trains_ ? given_[at.population][std::size_t{at.step} * count(at.population) + at.neuron] != 0
                       : now.may_spike && is_above(at, g);
  if (now.spiked) spike(at, inputs);
}

bool GridTrial::is_above(const Place& at, double g) const { return population(at).is_strict ? g > 0 : g >= 0; }

// `inputs`: at the state before the reset.
void GridTrial::spike(const Place& at, const std::vector<double>& inputs) {
  Neuron& self = neuron(at);
  Moment& now = moment(at);
  const GridPopulation& model = population(at);
  if (trains_)
    now.sign = given_[at.population][std::size_t{at.step} * count(at.population) + at.neuron] < 0 ? -1 : 1;
  else if (model[GridPart::sign] && evaluate(GridPart::sign, at, inputs)[0] < 0)
    now.sign = -1;
  self.state = evaluate(GridPart::reset, at, inputs);
  if (model[GridPart::period]) {
    const double steps = base::steps_in(evaluate(GridPart::period, at, inputs)[0], network_.options.dt);
    self.rest = static_cast<std::uint32_t>(std::clamp(std::ceil(steps), 0.0, 4294967295.0));
  }
  now.rests_after = self.rest > 0;
  outcome_.spikes[at.population].push_back({at.step, at.neuron, now.sign});
  send(at, now.sign);
}

// Of the output variables, for a loss per step that joins neurons: steps × neurons.
std::vector<double> GridTrial::outputs_of_steps(std::size_t population) {
  std::vector<double> values;
  for (std::uint32_t n = 0; n < timesteps_; ++n) {
    for (std::uint32_t j = 0; j < count(population); ++j)
      values.push_back(moment({n, population, j}).end[*network_.populations[population]->output]);
  }
  return values;
}

void GridTrial::evaluate_loss() {
  loss_derivatives_.clear();
  for (std::size_t i = 0; i < network_.options.losses.size(); ++i) {
    const OutputLoss& output = network_.options.losses[i];
    const GridPopulation& model = *network_.populations[output.population];
    std::vector<double> readout;
    loss_derivatives_.emplace_back();
    if (model.output) {
      LossValue loss = evaluate_steps(output.loss, outputs_of_steps(output.population), example_.targets[i],
                                      count(output.population), network_.options.dt);
      outcome_.loss += loss.value;
      loss_derivatives_.back() = std::move(loss.derivative);
      continue;
    }
    for (std::uint32_t j = 0; j < count(output.population); ++j) {
      const Place end{timesteps_, output.population, j};
      if (is_running(output.loss))
        outcome_.loss += neuron(end).state[*model.running_loss];
      else
        readout.push_back(evaluate(GridPart::value, end, inputs_at(end, neuron(end).state, 0))[0]);
    }
    if (is_running(output.loss)) continue;
    LossValue loss = codegen::evaluate(output.loss, readout, example_.targets[i], timesteps_ * network_.options.dt,
                                       network_.options.dt);
    outcome_.loss += loss.value;
    loss_derivatives_.back() = std::move(loss.derivative);
  }
}

}  // namespace synfire::codegen::reference
