// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "reference/grid.hpp"

namespace synfire::codegen::reference {

Values GridTrial::run_backward() {
  gradient_ = values_;
  add(gradient_, values_, -1);  // zeros
  lambda_arriving_.clear();
  for (const auto& each : arriving_) lambda_arriving_.emplace_back(each.size(), 0.0);
  timing_ = lambda_arriving_;
  outcome_.near_tangent = 0;
  start_back();
  for (std::uint32_t n = timesteps_; n-- > 0;) {
    for (std::size_t p = 0; p < network_.populations.size(); ++p) {
      for (std::uint32_t j = 0; j < count(p); ++j) {
        if (network_.populations[p])
          step_back(n, p, j);
        else if (const int sign = train_signs_[p][std::size_t{n} * count(p) + j])
          take_due(n, p, j, sign);
      }
    }
  }
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    if (!network_.populations[p]) continue;
    for (std::uint32_t j = 0; j < count(p); ++j) collect_constants(p, j);
  }
  return gradient_;
}

void GridTrial::start_back() {
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    if (!network_.populations[p]) continue;
    const CompiledPopulation& compiled = *network_.populations[p];
    for (std::uint32_t j = 0; j < count(p); ++j) {
      Neuron& now = neuron(p, j);
      now.lambda.assign(compiled.variables(), 0.0);
      now.gradient.assign(compiled.parameters(), 0.0);
      now.carried = 0;
      for (auto& each : now.matrix_adjoints) each.clear();
      const std::vector<double>& values = partials_at(p, j, timesteps_, now.state);
      for (std::size_t i = 0; i < network_.options.losses.size(); ++i) {
        const OutputLoss& output = network_.options.losses[i];
        if (output.population != p) continue;
        if (is_running(output.loss)) {
          now.lambda[*compiled.running_loss] = 1;
          continue;
        }
        for (std::size_t k = 0; k < now.lambda.size(); ++k)
          now.lambda[k] +=
              loss_derivatives_[i][j] * values[static_cast<std::size_t>(compiled.partial_nodes.value_x[k])];
        for (std::size_t m = 0; m < now.gradient.size(); ++m)
          now.gradient[m] +=
              loss_derivatives_[i][j] * values[static_cast<std::size_t>(compiled.partial_nodes.value_p[m])];
      }
    }
  }
}

const std::vector<double>& GridTrial::partials_at(std::size_t p, std::uint32_t j, std::uint32_t n,
                                                  const std::vector<double>& state) {
  Neuron& now = neuron(p, j);
  const CompiledPopulation& compiled = *network_.populations[p];
  std::copy(state.begin(), state.end(), now.partial_inputs.begin());
  if (n < timesteps_)
    set_inputs(p, j, n, now.partial_inputs);
  else
    now.partial_inputs[compiled.layout.time()] = n * network_.options.dt;
  compiled.partials->evaluate(now.partial_inputs.data(), now.partials);
  return now.partials;
}

// What arrives of a spike of this step: its weights' and delays' gradients, and η.
double GridTrial::take_due(std::uint32_t n, std::size_t p, std::uint32_t j, int sign) {
  double eta = 0;
  for (const std::uint32_t c : network_.outgoing[p]) {
    const Wiring& wiring = network_.drawn.wiring[c];
    const Values::Connection& values = values_.connections[c];
    for (std::uint32_t s = wiring.offsets[j]; s < wiring.offsets[j + 1]; ++s) {
      const auto due = n + 1 + static_cast<std::uint32_t>(std::lround(values.delays[s] / network_.options.dt));
      if (due >= timesteps_ || !network_.populations[network_.network.connections[c].target]) continue;
      const double part = -sign * values.weights[s] * arriving(due, c, wiring.targets[s], timing_[c]);
      gradient_.connections[c].weights[s] += sign * arriving(due, c, wiring.targets[s], lambda_arriving_[c]);
      gradient_.connections[c].delays[s] += part;
      eta += part;
    }
  }
  return eta;
}

void GridTrial::step_back(std::uint32_t n, std::size_t p, std::uint32_t j) {
  const Moment& now = moment(n, p, j);
  std::optional<double> lifted;
  if (now.spiked) {
    Neuron& self = neuron(p, j);
    const double eta = take_due(n, p, j, now.sign) + std::exchange(self.carried, 0.0);
    back_through_spike(n, p, j, eta, now, lifted);
  }
  back_through_flow(n, p, j, now, lifted);
}

// Of the reset: λ and the gradient before it, and what it adds to η. Leaves the partials at the state before it.
double GridTrial::back_through_reset(std::uint32_t n, std::size_t p, std::uint32_t j, const Moment& now,
                                     std::vector<double>& flow) {
  const CompiledPopulation& compiled = *network_.populations[p];
  const HybridSystem& system = compiled.system();
  Neuron& self = neuron(p, j);
  const std::size_t variables = compiled.variables();
  double eta = 0;
  // f⁺ at the state after the reset
  threshold(p, self, now.event, n);
  std::vector<double> after = now.event;
  for (std::size_t k = 0; k < variables; ++k) {
    if (system.variables[k].owner != HybridOwner::synapse)
      after[k] = self.jump_values[static_cast<std::size_t>(compiled.jump_nodes.r[k])];
  }
  const std::vector<double>& at_after = partials_at(p, j, n, after);
  for (std::size_t k = 0; k < variables; ++k) {
    if (!system.variables[k].held)
      eta -= self.lambda[k] * at_after[static_cast<std::size_t>(compiled.partial_nodes.f[k])];
  }
  const std::vector<double>& values = partials_at(p, j, n, now.event);
  const auto& nodes = compiled.partial_nodes;
  const auto value = [&](int node) { return values[static_cast<std::size_t>(node)]; };
  std::vector<double> before(variables, 0.0);
  flow.resize(variables);
  for (std::size_t k = 0; k < variables; ++k) flow[k] = now.resting && system.variables[k].held ? 0 : value(nodes.f[k]);
  for (std::size_t i = 0; i < variables; ++i) {
    eta += self.lambda[i] * value(nodes.r_t[i]);
    for (std::size_t k = 0; k < variables; ++k) {
      before[k] += self.lambda[i] * value(nodes.r_x[i][k]);
      eta += self.lambda[i] * value(nodes.r_x[i][k]) * flow[k];
    }
    for (std::size_t m = 0; m < self.gradient.size(); ++m) self.gradient[m] += self.lambda[i] * value(nodes.r_p[i][m]);
  }
  self.lambda = before;
  // An extremum that this step's state has set is the value at a moving event.
  for (std::size_t e = 0; e < system.extrema.size(); ++e) {
    const std::size_t own = system.extrema[e].variable;
    if (now.event[own] == now.inputs[own]) continue;
    double rate = value(nodes.extremum_t[e]);
    for (std::size_t k = 0; k < variables; ++k) rate += value(nodes.extremum_x[e][k]) * flow[k];
    eta += before[own] * rate;
  }
  return eta;
}

void GridTrial::back_through_spike(std::uint32_t n, std::size_t p, std::uint32_t j, double eta, const Moment& now,
                                   std::optional<double>& lifted) {
  const CompiledPopulation& compiled = *network_.populations[p];
  const HybridSystem& system = compiled.system();
  Neuron& self = neuron(p, j);
  const std::size_t variables = compiled.variables();
  std::vector<double> flow;
  eta += back_through_reset(n, p, j, now, flow);
  const std::vector<double>& values = self.partials;
  const auto& nodes = compiled.partial_nodes;
  const auto value = [&](int node) { return values[static_cast<std::size_t>(node)]; };
  // Its trigger, if it has one. Nothing else leaves a neuron above its threshold; of spikes that are given by a program, in
  // single precision, those that are not quite there yet have none.
  std::vector<double> at_start(now.inputs.begin(), now.inputs.begin() + static_cast<std::ptrdiff_t>(variables));
  const bool is_set = n == 0 || moment(n - 1, p, j).spiked || now.rest_ends;
  if (!system.crosses && is_set && threshold(p, self, at_start, n) >= 0) {
    self.carried = eta;
    ++outcome_.triggered[p];
    if (now.rest_ends) {
      for (std::size_t m = 0; m < self.gradient.size(); ++m) self.gradient[m] += eta * value(nodes.period_p[m]);
    }
    return;
  }
  if (is_lifted(n, p, j, now)) {
    lifted = eta;
    ++outcome_.triggered[p];
    return;
  }
  double rate = value(nodes.g_t);
  double scale = 0;
  for (std::size_t k = 0; k < variables; ++k) {
    rate += value(nodes.g_x[k]) * flow[k];
    scale += std::abs(value(nodes.g_x[k]) * flow[k]);
  }
  if (!(rate > 1e-6 * scale)) {
    ++outcome_.near_tangent;
    return;
  }
  const double kappa = eta / rate;
  for (std::size_t k = 0; k < variables; ++k) self.lambda[k] -= value(nodes.g_x[k]) * kappa;
  for (std::size_t m = 0; m < self.gradient.size(); ++m) self.gradient[m] -= value(nodes.g_p[m]) * kappa;
}

// Whether it would not have spiked without the jumps of this step.
bool GridTrial::is_lifted(std::uint32_t n, std::size_t p, std::uint32_t j, const Moment& now) {
  const GridPopulation& grid = *grid_[p];
  if (!grid.is_direct) return false;
  bool any = false;
  for (std::size_t c = 0; c < grid.arrivals; ++c) {
    const HybridArrival& arrival = network_.populations[p]->system().arrivals[c];
    any = any || (!symbolic::is_number(arrival.current_of_arriving, 0) && now.inputs[grid.arriving(c)] != 0);
  }
  if (!any) return false;
  const HybridSystem& system = network_.populations[p]->system();
  const GridTape& tape_without = now.resting ? grid.held_without : grid.free_without;
  std::vector<double> without;
  tape_without.tape->evaluate(now.inputs.data(), without);
  std::vector<double> state = now.event;
  for (std::size_t k = 0; k < system.variables.size(); ++k) {
    if (system.variables[k].owner == HybridOwner::neuron)
      state[k] = without[static_cast<std::size_t>(tape_without.flowed[k])];
  }
  Neuron& self = neuron(p, j);
  return threshold(p, self, state, n) < 0;
}

void GridTrial::back_through_flow(std::uint32_t n, std::size_t p, std::uint32_t j, const Moment& now,
                                  std::optional<double> lifted) {
  const CompiledPopulation& compiled = *network_.populations[p];
  const HybridSystem& system = compiled.system();
  const GridPopulation& grid = *grid_[p];
  const GridTape& used = tape(p, now.resting);
  Neuron& self = neuron(p, j);
  const std::size_t variables = compiled.variables();
  std::vector<double> values;
  used.tape->evaluate(now.inputs.data(), values);
  std::vector<double> node_adjoints(values.size(), 0.0), passed;
  std::vector<double>& matrices = self.matrix_adjoints[&used == &grid.held ? 1 : 0];
  if (matrices.empty()) matrices.assign(values.size(), 0.0);
  for (std::size_t k = 0; k < variables; ++k) node_adjoints[static_cast<std::size_t>(used.flowed[k])] += self.lambda[k];
  std::vector<double> input_adjoints(grid.inputs(), 0.0);
  used.tape->reverse(values, node_adjoints, input_adjoints.data(), &passed);
  for (std::size_t i = 0; i < matrices.size(); ++i) matrices[i] += node_adjoints[i];
  for (std::size_t m = 0; m < grid.parameters; ++m) self.gradient[m] += input_adjoints[grid.variables + m];

  // λ at the start of the step, of synapses with the arrivals of the step.
  std::vector<double> state(variables), lambda(variables);
  for (std::size_t k = 0; k < variables; ++k) {
    const bool of_synapse = system.variables[k].owner == HybridOwner::synapse;
    state[k] = of_synapse ? values[static_cast<std::size_t>(used.taken_up[k])] : now.inputs[k];
    lambda[k] = of_synapse ? passed[static_cast<std::size_t>(used.taken_up[k])] : input_adjoints[k];
  }
  const std::vector<double> lambda_after = self.lambda;
  for (std::size_t k = 0; k < variables; ++k) self.lambda[k] = input_adjoints[k];

  if (!now.resting && n > 0 && moment(n - 1, p, j).resting) end_rest(p, j, n, state, lambda);
  time_arrivals(n, p, j, now, {state, lambda}, input_adjoints);
  const std::vector<Jump> jumps = direct_jumps(p, now, values);
  time_extrema(p, j, n, state, input_adjoints, jumps);
  if (grid.is_direct) time_jumps(n, p, j, now, {state, lambda_after}, values, jumps, lifted);
}

// Between the last step of rest and this one: what was held flows again.
void GridTrial::end_rest(std::size_t p, std::uint32_t j, std::uint32_t n, const std::vector<double>& state,
                         const std::vector<double>& lambda) {
  const CompiledPopulation& compiled = *network_.populations[p];
  Neuron& self = neuron(p, j);
  const std::vector<double>& values = partials_at(p, j, n, state);
  double eta = 0;
  for (std::size_t k = 0; k < lambda.size(); ++k) {
    if (compiled.system().variables[k].held)
      eta -= lambda[k] * values[static_cast<std::size_t>(compiled.partial_nodes.f[k])];
  }
  self.carried += eta;
  for (std::size_t m = 0; m < self.gradient.size(); ++m)
    self.gradient[m] += eta * values[static_cast<std::size_t>(compiled.partial_nodes.period_p[m])];
}

// The derivatives by what the coefficients of integrators are made of.
void GridTrial::collect_constants(std::size_t p, std::uint32_t j) {
  const CompiledPopulation& compiled = *network_.populations[p];
  Neuron& self = neuron(p, j);
  const auto value_of_name = [&](const std::string& name) {
    for (std::size_t m = 0; m < compiled.parameters(); ++m) {
      if (compiled.system().parameters[m].name == name) return values_.populations[p].parameters[m][j];
    }
    return 0.0;
  };
  for (const int mode : {0, 1}) {
    const std::vector<double>& adjoints = self.matrix_adjoints[mode];
    const GridTape& used = mode == 0 ? grid_[p]->free : grid_[p]->held;
    for (std::size_t i = 0; i < adjoints.size(); ++i) {
      const TapeNode& node = used.tape->nodes()[i];
      if (node.operation != TapeOperation::matrix || adjoints[i] == 0) continue;
      for (std::size_t m = 0; m < compiled.parameters(); ++m) {
        const language::Expression slope =
            symbolic::differentiate(node.expression, compiled.system().parameters[m].name);
        if (!symbolic::is_number(slope, 0)) self.gradient[m] += adjoints[i] * symbolic::evaluate(slope, value_of_name);
      }
    }
  }
  Values::Population& gradient = gradient_.populations[p];
  for (std::size_t k = 0; k < self.lambda.size(); ++k) gradient.initial[k][j] = self.lambda[k];
  for (std::size_t m = 0; m < self.gradient.size(); ++m) gradient.parameters[m][j] = self.gradient[m];
}

}  // namespace synfire::codegen::reference
