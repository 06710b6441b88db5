// SPDX-License-Identifier: Apache-2.0
// The cortical microcircuit of Potjans and Diesmann (2014): four layers of cortex under one square millimeter, eight
// populations. The numbers of neurons and of inputs per neuron are scaled down (by default to a tenth), weights are
// scaled up to compensate, and a constant current preserves the mean input (van Albada, Helias and Diesmann 2015).
// docs/validation.md defines every number and compares with Brian2.
#include <array>
#include <cmath>
#include <string>

#include "simulation.hpp"

namespace {

using namespace synfire;

constexpr std::size_t populations = 8;
using Row = std::array<double, populations>;

constexpr std::array<const char*, populations> names{"L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"};
constexpr Row full_sizes{20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948};
// Probability that a pair has at least one synapse; row: target, column: source.
constexpr std::array<Row, populations> connection_probabilities{{
    {0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0000, 0.0076, 0.0000},
    {0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0000, 0.0042, 0.0000},
    {0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0000},
    {0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0000, 0.1057, 0.0000},
    {0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0000},
    {0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0000},
    {0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252},
    {0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443},
}};
constexpr Row external_inputs{1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100};
// Hz, in the full network; used to compute the constant current.
constexpr Row full_rates{0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523};
constexpr double background_rate = 8;       // Hz, of each external input
constexpr double excitatory_weight = 87.8;  // pA
constexpr double inhibition = -4;           // weight of an inhibitory synapse relative to an excitatory one
constexpr double relative_weight_sd = 0.1;
constexpr double synaptic_time = 0.5;            // ms
constexpr double latency = examples::time_step;  // of every spike, ms; part of its delay

bool is_excitatory(std::size_t population) { return population % 2 == 0; }

// pA, in the full network.
double full_weight(std::size_t target, std::size_t source) {
  if (!is_excitatory(source)) return inhibition * excitatory_weight;
  return target == 0 && source == 2 ? 2 * excitatory_weight : excitatory_weight;
}

// Mean number of synapses onto a neuron in the full network, where a pair may have several.
double full_inputs(std::size_t target, std::size_t source) {
  const double pairs = full_sizes[target] * full_sizes[source];
  return std::log1p(-connection_probabilities[target][source]) / std::log1p(-1 / pairs) / full_sizes[target];
}

// pA: compensates for the mean input lost by scaling weights by 1/√scale and inputs by scale.
double constant_current(std::size_t target, double scale) {
  double driven = excitatory_weight * external_inputs[target] * background_rate;
  for (std::size_t source = 0; source < populations; ++source)
    driven += full_weight(target, source) * full_inputs(target, source) * full_rates[source];
  return (1 - std::sqrt(scale)) * driven * synaptic_time * 1e-3;
}

// P(N ≥ 1), P(N ≥ 2), … for a Poisson variable N, down to the resolution of a 24-bit draw.
std::vector<double> poisson_tails(double mean) {
  std::vector<double> tails;
  double probability = std::exp(-mean), tail = 1 - probability;
  for (int number = 1; tail > 0x1p-25; ++number) {
    tails.push_back(tail);
    probability *= mean / number;
    tail -= probability;
  }
  return tails;
}

// A leaky neuron with exponential currents that receives a Poisson number of external spikes in each step: for a
// uniform draw u, as many spikes as there are tails P(N ≥ k) above u.
NeuronModel cell(double arrivals_per_step) {
  NeuronModel model{
      .name = "microcircuit_cell",
      .parameters = {{"tau_m", 10.0},
                     {"tau_syn", synaptic_time},
                     {"c_m", 250.0},
                     {"e_l", -65.0},
                     {"v_threshold", -50.0},
                     {"v_reset", -65.0},
                     {"tau_refractory", 2.0},
                     {"constant_current", 0.0},
                     {"external_weight", 0.0}},
      .state = {{"v", Normal{-58.0, 10.0}}, {"x", 0.0}, {"u", 0.0}},
      .dynamics = {"dv/dt = (e_l - v) / tau_m + (x + constant_current) / c_m", "dx/dt = -x / tau_syn"},
      .threshold = "v >= v_threshold",
      .reset = {"v = v_reset"},
      .refractory = Refractory{.period = "tau_refractory", .hold = {"v"}},
  };
  const std::vector<double> tails = poisson_tails(arrivals_per_step);
  std::string arrivals;
  for (std::size_t k = 1; k <= tails.size(); ++k) {
    const std::string name = "tail_" + std::to_string(k);
    model.parameters.push_back({name, tails[k - 1]});
    arrivals += (k > 1 ? " + (1 if u < " : "(1 if u < ") + name + " else 0)";
  }
  // Synapses from all sources share a time constant, so one x holds them all.
  model.update = {"u = uniform()", "x += I + external_weight * (" + arrivals + ")"};
  return model;
}

// Weights in pA and delays in ms, both drawn for each synapse.
FixedProbability synapses(std::size_t target, std::size_t source, double size, double scale) {
  const double weight = full_weight(target, source) / std::sqrt(scale);
  const double delay = is_excitatory(source) ? 1.5 : 0.75, delay_sd = delay / 2;
  return {.p = scale * full_inputs(target, source) / size,
          .weight = Normal{.mean = weight, .sd = std::abs(weight) * relative_weight_sd},
          .delay = Normal{.mean = delay - latency, .sd = delay_sd, .min = 0.0, .max = delay - latency + 6 * delay_sd},
          .allow_self_connections = true};
}

Network build(double scale) {
  Network network;
  std::array<PopulationId, populations> ids;
  Row sizes{};
  for (std::size_t i = 0; i < populations; ++i) {
    sizes[i] = std::floor(full_sizes[i] * scale);
    const NeuronModel model = cell(scale * external_inputs[i] * background_rate * examples::time_step * 1e-3)
                                  .with({{"constant_current", constant_current(i, scale)},
                                         {"external_weight", excitatory_weight / std::sqrt(scale)}});
    ids[i] = network.add(model, static_cast<long long>(sizes[i]), {.name = names[i]});
  }
  for (std::size_t target = 0; target < populations; ++target) {
    for (std::size_t source = 0; source < populations; ++source) {
      if (connection_probabilities[target][source] > 0)
        network.connect(ids[source], ids[target], synapses(target, source, sizes[source], scale));
    }
  }
  return network;
}

}  // namespace

int main(int argc, char** argv) {
  return synfire::examples::run_example(argc, argv,
                                        {.name = "microcircuit",
                                         .title = "Cortical microcircuit of Potjans and Diesmann",
                                         .discard = 500,
                                         .scale = 0.1,
                                         .build = build});
}
