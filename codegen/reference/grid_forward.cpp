// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "reference/grid.hpp"

namespace synfire::codegen::reference {
namespace {

double count_parameter(const NeuronModel& model, const std::string& name) {
  for (const Parameter& parameter : model.parameters) {
    if (parameter.name == name && parameter.value.is_number()) return parameter.value.number();
  }
  return 1;
}

}  // namespace

GridTrial::GridTrial(const CompiledNetwork& network, const std::vector<std::unique_ptr<GridPopulation>>& grid,
                     const Values& values, const Example& example, const std::vector<std::vector<GivenSpike>>* trains)
    : network_(network),
      grid_(grid),
      values_(values),
      example_(example),
      trains_(trains),
      timesteps_(example.timesteps != 0 ? example.timesteps : network.options.timesteps) {
  incoming_.resize(network.populations.size());
  for (std::size_t c = 0; c < network.network.connections.size(); ++c)
    incoming_[network.network.connections[c].target].push_back(c);
}

const GridTape& GridTrial::tape(std::size_t p, bool resting) const {
  return resting && network_.populations[p]->system().holds() ? grid_[p]->held : grid_[p]->free;
}

double& GridTrial::arriving(std::uint32_t n, std::uint32_t connection, std::uint32_t target,
                            std::vector<double>& of) const {
  return of[std::size_t{n} * count(network_.network.connections[connection].target) + target];
}

void GridTrial::start() {
  neurons_.clear();
  first_.assign(network_.populations.size(), 0);
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    first_[p] = neurons_.size();
    if (!network_.populations[p]) continue;
    const CompiledPopulation& compiled = *network_.populations[p];
    for (std::uint32_t j = 0; j < count(p); ++j) {
      Neuron& created = neurons_.emplace_back();
      for (std::size_t k = 0; k < compiled.variables(); ++k)
        created.state.push_back(values_.populations[p].initial[k][j]);
      created.partial_inputs.assign(compiled.layout.size(), 0.0);
      for (std::size_t m = 0; m < compiled.parameters(); ++m)
        created.partial_inputs[compiled.layout.parameter() + m] = values_.populations[p].parameters[m][j];
      created.partial_inputs[compiled.layout.duration()] = timesteps_ * network_.options.dt;
    }
  }
  moments_.assign(std::size_t{timesteps_} * neurons_.size(), {});
  arriving_.clear();
  for (const ir::Connection& connection : network_.network.connections)
    arriving_.emplace_back(std::size_t{timesteps_} * count(connection.target), 0.0);
  outcome_ = {};
  outcome_.spikes.resize(network_.populations.size());
  outcome_.triggered.assign(network_.populations.size(), 0);
  index_trains();
}

// Spikes that are given: of inputs, and of all where a run is followed.
void GridTrial::index_trains() {
  train_signs_.assign(network_.populations.size(), {});
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    if (network_.populations[p] && !trains_) continue;
    const auto& spikes = network_.populations[p] ? (*trains_)[p] : example_.spikes[p];
    train_signs_[p].assign(std::size_t{timesteps_} * count(p), 0);
    for (const GivenSpike& each : spikes) {
      if (each.step < timesteps_) train_signs_[p][std::size_t{each.step} * count(p) + each.neuron] = each.sign;
    }
  }
}

GridOutcome GridTrial::run_forward() {
  start();
  for (std::uint32_t n = 0; n < timesteps_; ++n) {
    for (std::size_t p = 0; p < network_.populations.size(); ++p) step(n, p);
  }
  evaluate_loss();
  return outcome_;
}

void GridTrial::step(std::uint32_t n, std::size_t p) {
  for (std::uint32_t j = 0; j < count(p); ++j) {
    if (network_.populations[p]) {
      step_neuron(n, p, j);
    } else if (const int sign = train_signs_[p][std::size_t{n} * count(p) + j]) {
      deliver(n, p, j, sign);
    }
  }
}

// A spike of this step arrives in the next one, or after its delay beyond that.
void GridTrial::deliver(std::uint32_t n, std::size_t p, std::uint32_t j, int sign) {
  outcome_.spikes[p].push_back({n, j, sign});
  for (const std::uint32_t c : network_.outgoing[p]) {
    const Wiring& wiring = network_.drawn.wiring[c];
    for (std::uint32_t s = wiring.offsets[j]; s < wiring.offsets[j + 1]; ++s) {
      const auto due =
          n + 1 + static_cast<std::uint32_t>(std::lround(values_.connections[c].delays[s] / network_.options.dt));
      if (due < timesteps_)
        arriving(due, c, wiring.targets[s], arriving_[c]) += sign * values_.connections[c].weights[s];
    }
  }
}

void GridTrial::set_inputs(std::size_t p, std::uint32_t j, std::uint32_t n, std::vector<double>& inputs) const {
  const CompiledPopulation& compiled = *network_.populations[p];
  double input = 0, target = 0;
  if (network_.neurons[p].uses_input) {
    const NeuronModel& text = network_.network.populations[p].neuron;
    const auto frames = static_cast<std::uint32_t>(count_parameter(text, "input_frames"));
    const auto frame_steps = static_cast<std::uint32_t>(count_parameter(text, "input_frame_timesteps"));
    input = example_.input[p][std::size_t{std::min(n / frame_steps, frames - 1)} * count(p) + j];
  }
  for (std::size_t i = 0; i < network_.options.losses.size(); ++i) {
    const OutputLoss& output = network_.options.losses[i];
    if (output.population == p && is_running(output.loss))
      target = example_.targets[i].values[std::size_t{n} * count(p) + j];
  }
  const std::size_t place = inputs.size() == compiled.layout.size() ? compiled.layout.time() : grid_[p]->time();
  inputs[place] = n * network_.options.dt;
  inputs[place + 1] = input;
  inputs[place + 2] = timesteps_ * network_.options.dt;
  inputs[place + 3] = target;
}

double GridTrial::threshold(std::size_t p, Neuron& neuron, const std::vector<double>& state, std::uint32_t n) const {
  return jumps_at(p, neuron, state, n)[static_cast<std::size_t>(network_.populations[p]->jump_nodes.g)];
}

const std::vector<double>& GridTrial::jumps_at(std::size_t p, Neuron& neuron, const std::vector<double>& state,
                                               std::uint32_t n) const {
  const CompiledPopulation& compiled = *network_.populations[p];
  std::copy(state.begin(), state.end(), neuron.partial_inputs.begin());
  neuron.partial_inputs[compiled.layout.time()] = n * network_.options.dt;
  compiled.jumps->evaluate(neuron.partial_inputs.data(), neuron.jump_values);
  return neuron.jump_values;
}

void GridTrial::step_neuron(std::uint32_t n, std::size_t p, std::uint32_t j) {
  Neuron& now = neuron(p, j);
  const GridPopulation& grid = *grid_[p];
  Moment& kept = moment(n, p, j);
  kept.inputs.assign(grid.inputs(), 0.0);
  std::copy(now.state.begin(), now.state.end(), kept.inputs.begin());
  for (std::size_t m = 0; m < grid.parameters; ++m)
    kept.inputs[grid.variables + m] = values_.populations[p].parameters[m][j];
  set_inputs(p, j, n, kept.inputs);
  set_inputs(p, j, n, now.partial_inputs);
  for (std::size_t c = 0; c < grid.arrivals; ++c)
    kept.inputs[grid.arriving(c)] =
        arriving(n, static_cast<std::uint32_t>(incoming_[p][c]), j, arriving_[incoming_[p][c]]);
  const bool has_threshold = network_.populations[p]->system().threshold != nullptr;
  const double before = has_threshold ? threshold(p, now, now.state, n) : 0;
  const bool rested = now.rest > 0;
  kept.resting = rested && network_.populations[p]->system().holds();
  kept.rest_ends = now.rest == 1;
  if (rested) --now.rest;
  const GridTape& tape_now = tape(p, kept.resting);
  std::vector<double> values;
  tape_now.tape->evaluate(kept.inputs.data(), values);
  for (std::size_t k = 0; k < grid.variables; ++k) now.state[k] = values[static_cast<std::size_t>(tape_now.flowed[k])];
  if (!has_threshold) return;
  std::vector<double> event = now.state;
  for (std::size_t k = 0; k < grid.variables; ++k) {
    if (network_.populations[p]->system().variables[k].owner == HybridOwner::synapse)
      event[k] = values[static_cast<std::size_t>(tape_now.taken_up[k])];
  }
  const double after = threshold(p, now, event, n);
  kept.spiked = decides_to_spike(n, p, j, before, after, now.rest == 0);
  if (!kept.spiked) return;
  kept.event = event;
  spike(n, p, j, now.jump_values);
}

bool GridTrial::decides_to_spike(std::uint32_t n, std::size_t p, std::uint32_t j, double before, double now,
                                 bool rested) {
  if (trains_) return train_signs_[p][std::size_t{n} * count(p) + j] != 0;
  if (network_.populations[p]->system().crosses && before >= 0) return false;
  return now >= 0 && rested;
}

// `values`: of the nodes of jumps, at the state before the reset.
void GridTrial::spike(std::uint32_t n, std::size_t p, std::uint32_t j, const std::vector<double>& values) {
  const CompiledPopulation& compiled = *network_.populations[p];
  Neuron& now = neuron(p, j);
  Moment& kept = moment(n, p, j);
  const auto& nodes = compiled.jump_nodes;
  if (nodes.sign >= 0 && values[static_cast<std::size_t>(nodes.sign)] < 0) kept.sign = -1;
  if (trains_) kept.sign = train_signs_[p][std::size_t{n} * count(p) + j];
  for (std::size_t k = 0; k < compiled.variables(); ++k) {
    if (compiled.system().variables[k].owner != HybridOwner::synapse)
      now.state[k] = values[static_cast<std::size_t>(nodes.r[k])];
  }
  if (nodes.period >= 0) {
    const double steps = values[static_cast<std::size_t>(nodes.period)] / network_.options.dt;
    now.rest = static_cast<std::uint32_t>(std::max(0.0, std::ceil(steps - 1e-6)));
  }
  deliver(n, p, j, kept.sign);
}

void GridTrial::evaluate_loss() {
  loss_derivatives_.clear();
  for (std::size_t i = 0; i < network_.options.losses.size(); ++i) {
    const OutputLoss& output = network_.options.losses[i];
    const CompiledPopulation& compiled = *network_.populations[output.population];
    std::vector<double> readout;
    loss_derivatives_.emplace_back();
    for (std::uint32_t j = 0; j < count(output.population); ++j) {
      Neuron& now = neuron(output.population, j);
      if (is_running(output.loss)) {
        outcome_.loss += now.state[*compiled.running_loss];
        continue;
      }
      std::copy(now.state.begin(), now.state.end(), now.partial_inputs.begin());
      now.partial_inputs[compiled.layout.time()] = timesteps_ * network_.options.dt;
      compiled.jumps->evaluate(now.partial_inputs.data(), now.jump_values);
      readout.push_back(now.jump_values[static_cast<std::size_t>(compiled.jump_nodes.value)]);
    }
    if (is_running(output.loss)) continue;
    LossValue loss = evaluate(output.loss, readout, example_.targets[i], timesteps_ * network_.options.dt);
    outcome_.loss += loss.value;
    loss_derivatives_.back() = std::move(loss.derivative);
  }
}

}  // namespace synfire::codegen::reference
