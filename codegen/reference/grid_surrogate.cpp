// SPDX-License-Identifier: Apache-2.0
// The transpose of the step with spikes as factors s = H(g), and ds/dg replaced by a surrogate.
#include <algorithm>
#include <cmath>

#include "reference/grid.hpp"

namespace synfire::codegen::reference {

// The derivative of the loss with respect to a spike of this step, through its arrivals.
double GridTrial::arrivals_of(const Place& at, int sign) {
  double total = 0;
  for (const std::uint32_t c : network_.outgoing[at.population]) {
    const Wiring& wiring = network_.drawn.wiring[c];
    const Values::Connection& values = values_.connections[c];
    for (std::uint32_t s = wiring.offsets[at.neuron]; s < wiring.offsets[at.neuron + 1]; ++s) {
      const std::uint32_t due = arrival_step(c, s, at.step);
      if (!is_sender(c, wiring.targets[s], at.neuron, due)) continue;
      total += sign * wiring.weight(values, s) * arrival_adjoint(c, wiring.targets[s], due);
    }
  }
  return total;
}

// The derivative of strength/2 · excess², the spikes of the example beyond the limits of a regularizer.
double GridTrial::rate_excess(const Place& at) {
  double excess = 0;
  for (const RateTarget& rate : network_.options.rates) {
    if (rate.population != at.population) continue;
    double spikes = 0;
    for (std::uint32_t n = 0; n < timesteps_; ++n) spikes += moment(n, at).spiked ? 1 : 0;
    if (rate.band.upper) excess += rate.band.strength * std::max(0.0, spikes - *rate.band.upper);
    if (rate.band.lower) excess += rate.band.strength * std::min(0.0, spikes - *rate.band.lower);
  }
  return excess;
}

// Turns the adjoints after the step's spike, or after none, into those before it.
void GridTrial::back_through_surrogate(const Place& at, StepAdjoints& adjoints) {
  const GridPopulation& model = population(at);
  const Moment& now = moment(at);
  const SurrogateRule& rule = network_.options.surrogates[at.population];
  const Side end = side(at, now.end, now.current, 0);
  const std::vector<double> reset = evaluate(GridPart::reset, at, end.inputs);

  double by_spike = 0;
  for (std::size_t k = 0; k < model.layout.variables; ++k) {
    if (!model.is_neuron(k) || !rule.detach_reset) by_spike += neuron(at).lambda[k] * (reset[k] - now.end[k]);
  }
  const bool is_negative = model[GridPart::sign] && evaluate(GridPart::sign, at, end.inputs)[0] < 0;
  by_spike += arrivals_of(at, is_negative ? -1 : 1) + rate_excess(at);
  if (now.spiked) {
    take_due(at, now.sign);
    evaluate(GridPart::reset, at, end.inputs);
    const std::vector<double> of_reset = transpose(GridPart::reset, at, neuron(at).lambda);
    add_parameters(at, of_reset);
    const std::vector<double> of_loss = std::exchange(adjoints.end, std::vector<double>(adjoints.end.size(), 0.0));
    for (std::size_t k = 0; k < adjoints.end.size(); ++k)
      adjoints.end[k] = of_reset[k] + of_loss[k] - neuron(at).lambda[k];
    adjoints.current += of_reset[model.layout.current()];
  }
  if (!now.may_spike || (rule.support && std::abs(end.g) >= *rule.support)) return;
  const double slope = symbolic::evaluate(rule.derivative, [&](const std::string&) { return end.g; });
  for (std::size_t k = 0; k < adjoints.end.size(); ++k) adjoints.end[k] += by_spike * slope * end.slopes[k];
  adjoints.current += by_spike * slope * end.slopes[model.layout.current()];
  add_parameters(at, end.slopes, by_spike * slope);
}

}  // namespace synfire::codegen::reference
