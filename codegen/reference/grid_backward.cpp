// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "reference/grid.hpp"

namespace synfire::codegen::reference {
namespace {

void add_to(std::vector<double>& to, const std::vector<double>& values, std::size_t count, double factor = 1) {
  for (std::size_t k = 0; k < count; ++k) to[k] += factor * values[k];
}

}  // namespace

double GridTrial::arrival_adjoint(std::uint32_t connection, std::uint32_t target, std::uint32_t step) const {
  return step < timesteps_ ? lambda_arriving_[connection][index(connection, target, step)] : 0;
}

Values GridTrial::run_backward(bool spikes_move) {
  spikes_move_ = spikes_move;
  gradient_ = values_;
  add(gradient_, values_, -1);  // zeros
  lambda_arriving_.clear();
  for (const auto& each : arriving_) lambda_arriving_.emplace_back(each.size(), 0.0);
  triggering_ = lambda_arriving_;
  crossings_.clear();
  outcome_.near_tangent = 0;
  outcome_.triggered.assign(network_.populations.size(), 0);
  start_back();
  for (std::uint32_t n = timesteps_; n-- > 0;) {
    for (auto p = network_.order.rbegin(); p != network_.order.rend(); ++p) {
      for (std::uint32_t j = 0; j < count(*p); ++j) {
        if (network_.populations[*p])
          step_back({n, *p, j});
        else if (const double given = given_[*p][std::size_t{n} * count(*p) + j]; given != 0)
          take_due({n, *p, j}, given);
      }
    }
  }
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    if (!network_.populations[p]) continue;
    for (std::uint32_t j = 0; j < count(p); ++j) collect({0, p, j});
  }
  return gradient_;
}

std::vector<double> GridTrial::transpose(GridPart part, const Place& at, const std::vector<double>& output_adjoints,
                                         bool collects) {
  const GridFunction& function = population(at)[part];
  Nodes& nodes = neuron(at).nodes[static_cast<std::size_t>(part)];
  std::vector<double> node_adjoints(nodes.values.size(), 0.0), input_adjoints(population(at).layout.size(), 0.0);
  for (std::size_t i = 0; i < function.outputs.size(); ++i)
    node_adjoints[static_cast<std::size_t>(function.outputs[i])] += output_adjoints[i];
  function.tape->reverse(nodes.values, node_adjoints, input_adjoints.data());
  if (collects) {
    nodes.matrix_adjoints.resize(node_adjoints.size(), 0.0);
    add_to(nodes.matrix_adjoints, node_adjoints, node_adjoints.size());
  }
  return input_adjoints;
}

void GridTrial::add_parameters(const Place& at, const std::vector<double>& input_adjoints, double factor) {
  std::vector<double>& gradient = neuron(at).gradient;
  for (std::size_t m = 0; m < gradient.size(); ++m)
    gradient[m] += factor * input_adjoints[population(at).layout.parameter() + m];
}

void GridTrial::start_back() {
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    if (!network_.populations[p]) continue;
    const GridPopulation& model = *network_.populations[p];
    for (std::uint32_t j = 0; j < count(p); ++j) {
      const Place end{timesteps_, p, j};
      Neuron& self = neuron(end);
      self.lambda.assign(model.layout.variables, 0.0);
      self.gradient.assign(model.layout.parameters, 0.0);
      self.lambda_current = self.carried = 0;
      for (Nodes& each : self.nodes) each.matrix_adjoints.clear();
      for (std::size_t i = 0; i < network_.options.losses.size(); ++i) {
        const OutputLoss& output = network_.options.losses[i];
        if (output.population != p) continue;
        if (model.running_loss) self.lambda[*model.running_loss] = 1;
        if (is_running(output.loss)) continue;
        evaluate(GridPart::value, end, inputs_at(end, self.state, 0));
        const std::vector<double> adjoints = transpose(GridPart::value, end, {loss_derivatives_[i][j]});
        add_to(self.lambda, adjoints, self.lambda.size());
        add_parameters(end, adjoints);
      }
    }
  }
}

// Whether this neuron's spike passes a window: it was the first, or, if there was none, the neuron is the first. Of
// windows that pass the first spike of the example, not after it.
bool GridTrial::is_sender(std::uint32_t connection, std::uint32_t target, std::uint32_t source,
                          std::uint32_t due) const {
  const std::vector<std::uint32_t>& first = network_.drawn.wiring[connection].first_sources;
  if (first.empty()) return true;
  const auto passed = first_arrivals_[connection].find(target);
  if (passed != first_arrivals_[connection].end() && due > passed->second) return false;
  const auto found = senders_[connection].find(index(connection, target, due));
  return source == (found != senders_[connection].end() ? found->second : first[target]);
}

// For a spike or value of this step, adds the gradients of weights and delays at its arrivals; returns their part of
// dL/du. `factor`: of the weights.
double GridTrial::take_due(const Place& at, double factor) {
  double by_time = 0;
  for (const std::uint32_t c : network_.outgoing[at.population]) {
    if (!network_.populations[network_.network.connections[c].target]) continue;
    const Wiring& wiring = network_.drawn.wiring[c];
    const Values::Connection& values = values_.connections[c];
    for (std::uint32_t s = wiring.offsets[at.neuron]; s < wiring.offsets[at.neuron + 1]; ++s) {
      const std::uint32_t target = wiring.targets[s];
      const std::uint32_t due = arrival_step(c, s, at.step);
      if (due >= timesteps_ || !is_sender(c, target, at.neuron, due)) continue;
      const double here = arrival_adjoint(c, target, due);
      const double later = arrival_adjoint(c, target, due + 1);
      const double move = (has(GridTerm::arrival_later) ? later : 0) - (has(GridTerm::arrival) ? here : 0);
      const double part = factor * wiring.weight(values, s) * (move + triggering_[c][index(c, target, due)]);
      gradient_.connections[c].weights[wiring.entry(s)] += wiring.scale * factor * here;
      gradient_.connections[c].delays[s] += part / network_.options.dt;
      by_time += part;
    }
  }
  return by_time;
}

void GridTrial::add_loss_of_step(const Place& at, StepAdjoints& adjoints) const {
  const std::optional<std::size_t>& output = population(at).output;
  if (!output) return;
  for (std::size_t i = 0; i < network_.options.losses.size(); ++i) {
    if (network_.options.losses[i].population == at.population)
      adjoints.end[*output] += loss_derivatives_[i][std::size_t{at.step} * count(at.population) + at.neuron];
  }
}

void GridTrial::step_back(const Place& at) {
  Neuron& self = neuron(at);
  const Moment& now = moment(at);
  const GridLayout& layout = population(at).layout;
  StepAdjoints adjoints{self.lambda,
                        self.lambda_current,
                        std::vector<double>(layout.variables, 0.0),
                        std::vector<double>(layout.variables, 0.0),
                        0,
                        std::vector<double>(layout.arrivals, 0.0)};
  add_loss_of_step(at, adjoints);
  if (is_surrogate()) {
    if (population(at)[GridPart::threshold]) back_through_surrogate(at, adjoints);
  } else if (now.spiked) {
    const double due = take_due(at, now.sign);
    back_through_spike(at, adjoints, due + std::exchange(self.carried, 0.0));
  }
  if (spikes_move_ && !is_surrogate() && now.rest_ends && population(at).holds() && has(GridTerm::end_of_rest))
    end_rest(at, adjoints);

  const GridPart flow = flow_part(at, now.resting);
  evaluate(flow, at, inputs_at(at, now.start, 0));
  std::vector<double> outputs = adjoints.end;
  outputs.push_back(adjoints.current);
  const std::vector<double> of_flow = transpose(flow, at, outputs);
  add_parameters(at, of_flow);
  std::vector<double> start(of_flow.begin(), of_flow.begin() + static_cast<std::ptrdiff_t>(layout.variables));
  add_to(start, adjoints.start, start.size());

  evaluate(GridPart::take_up, at, inputs_at(at, now.before, 0));
  const std::vector<double> of_take_up = transpose(GridPart::take_up, at, start);
  add_parameters(at, of_take_up);
  for (std::size_t k = 0; k < layout.variables; ++k) self.lambda[k] = of_take_up[k] + adjoints.before[k];
  self.lambda_current = adjoints.current_before;
  if (spikes_move_ && !is_surrogate()) move_extrema(at, start, adjoints);
  for (std::size_t c = 0; c < layout.arrivals; ++c) {
    const std::uint32_t connection = network_.incoming[at.population][c];
    const std::size_t place = index(connection, at.neuron, at.step);
    lambda_arriving_[connection][place] = of_flow[layout.arriving(c)] + of_take_up[layout.arriving(c)];
    triggering_[connection][place] = adjoints.triggering[c];
  }
}

// Adds the derivatives with respect to the parameters in integrator coefficients.
void GridTrial::collect(const Place& at) {
  const GridPopulation& model = population(at);
  Neuron& self = neuron(at);
  const auto value_of_name = [&](const std::string& name) {
    for (std::size_t m = 0; m < model.layout.parameters; ++m) {
      if (model.names.parameters[m].name == name) return values_.populations[at.population].parameters[m][at.neuron];
    }
    return 0.0;
  };
  for (std::size_t part = 0; part < parts; ++part) {
    const std::vector<double>& adjoints = self.nodes[part].matrix_adjoints;
    for (std::size_t i = 0; i < adjoints.size(); ++i) {
      const TapeNode& node = model.functions[part].tape->nodes()[i];
      if (node.operation != TapeOperation::matrix || adjoints[i] == 0) continue;
      for (std::size_t m = 0; m < model.layout.parameters; ++m) {
        const language::Expression slope = symbolic::differentiate(node.expression, model.names.parameters[m].name);
        if (!symbolic::is_number(slope, 0)) self.gradient[m] += adjoints[i] * symbolic::evaluate(slope, value_of_name);
      }
    }
  }
  Values::Population& gradient = gradient_.populations[at.population];
  for (std::size_t k = 0; k < self.lambda.size(); ++k) gradient.initial[k][at.neuron] = self.lambda[k];
  for (std::size_t m = 0; m < self.gradient.size(); ++m) gradient.parameters[m][at.neuron] = self.gradient[m];
}

}  // namespace synfire::codegen::reference
