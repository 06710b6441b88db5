// SPDX-License-Identifier: Apache-2.0
#include "adjoint/networks.hpp"

#include <map>

#include "synfire/models.hpp"

namespace synfire::codegen::test {
namespace {

const std::map<std::string, NeuronModel>& neurons() {
  static const std::map<std::string, NeuronModel> models = [] {
    const auto lif = [](const LeakyIntegrateFire& members) {
      return LeakyIntegrateFire::text().with(set_members(members));
    };
    const auto alif = [](const AdaptiveLeakyIntegrateFire& members) {
      return AdaptiveLeakyIntegrateFire::text().with(set_members(members));
    };
    std::map<std::string, NeuronModel> all;
    all["lif absolute"] = lif({.v_reset = -0.2, .relative_reset = false});
    all["lif relative"] = lif({.tau_mem = 12.0});
    all["lif held"] =
        lif({.tau_mem = Uniform{8, 20}, .tau_refrac = 2.3, .relative_reset = false, .integrate_during_refrac = false});
    all["lif flowing"] = lif({.v = Uniform{0, 0.3}, .tau_refrac = 2.3});
    all["alif"] = alif({.beta = 0.3, .tau_adapt = 25.0});
    all["alif held"] = alif({.v_reset = 0.1,
                             .beta = 0.3,
                             .tau_refrac = 1.7,
                             .tau_adapt = 25.0,
                             .relative_reset = false,
                             .integrate_during_refrac = false});
    all["integrate"] = IntegrateFire::text();
    all["integrate"].dynamics = {"dv/dt = per_step(0.4 * I)"};
    all["crossing"] = {.name = "crossing",
                       .parameters = {{"tau", 4.0}, {"tau_u", 5.0}, {"level", 0.4}},
                       .state = {{"v", 0.0}, {"u", 0.0}},
                       .dynamics = {"dv/dt = -v / tau - 0.1 * max(u, 0.3) + per_step(I)", "du/dt = (v - u) / tau_u"},
                       .threshold = "crosses(v > level)"};
    all["quadratic"] = {.name = "quadratic",
                        .parameters = {{"a", 0.15}, {"b", 0.1}, {"drop", 0.9}, {"level", 1.2}},
                        .state = {{"v", 0.05}, {"u", 0.0}},
                        .dynamics = {"dv/dt = a * v * (v - 0.4) - u + per_step(0.7 * I)", "du/dt = b * (0.2 * v - u)"},
                        .threshold = "v >= level",
                        .reset = {"v = v - drop - 0.1 * u", "u += 0.02"}};
    return all;
  }();
  return models;
}

const std::map<std::string, SynapseModel>& synapses() {
  static const std::map<std::string, SynapseModel> models{
      {"exponential", Exponential::text().with({{"tau", 4.0}})},
      {"tau_mem",  // equals tau_mem of some neurons
       {.name = "tau_mem",
        .parameters = {{"tau", 20.0}},
        .state = {{"x", 0.0}},
        .dynamics = {"dx/dt = -x / tau"},
        .on_spike = {"x += weight"},
        .current = "0.3 * x"}},
      {"alpha",
       {.name = "alpha",
        .parameters = {{"tau", 3.0}},
        .state = {{"x", 0.0}, {"g", 0.0}},
        .dynamics = {"dx/dt = -x / tau", "dg/dt = (x - g) / tau"},
        .on_spike = {"x += weight"},
        .current = "1.5 * g"}},
      {"two_times",
       {.name = "two_times",
        .parameters = {{"tau_rise", 1.5}, {"tau_fall", 5.0}},
        .state = {{"rise", 0.0}, {"fall", 0.0}},
        .dynamics = {"drise/dt = -rise / tau_rise", "dfall/dt = -fall / tau_fall"},
        .on_spike = {"rise += weight", "fall += weight"},
        .current = "2 * (fall - rise)"}},
      {"conductance",
       {.name = "conductance",
        .parameters = {{"tau", 4.0}, {"e_rev", 3.0}},
        .state = {{"g", 0.0}},
        .dynamics = {"dg/dt = -g / tau"},
        .on_spike = {"g += weight"},
        .current = "0.4 * g * (e_rev - v)"}},
      {"saturating",
       {.name = "saturating",
        .parameters = {{"tau", 5.0}, {"most", 2.0}},
        .state = {{"s", 0.0}},
        .dynamics = {"ds/dt = -s / tau - 0.05 * s * s"},
        .on_spike = {"s += weight * (1 - s / most)"},
        .current = "s"}},
  };
  return models;
}

}  // namespace

const std::vector<std::string>& neuron_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, model] : neurons()) all.push_back(name);
    return all;
  }();
  return names;
}

const std::vector<std::string>& synapse_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, model] : synapses()) all.push_back(name);
    return all;
  }();
  return names;
}

const NeuronModel& neuron_model(const std::string& name) { return neurons().at(name); }
const SynapseModel& synapse_model(const std::string& name) { return synapses().at(name); }

const std::vector<std::string>& wiring_names() {
  static const std::vector<std::string> names{"dense", "sparse", "recurrent", "delayed"};
  return names;
}

const std::vector<Goal>& goals() {
  static const std::vector<Goal> all = [] {
    const Loss sparse = SparseCategoricalCrossentropy{.temperature = 4};
    const Loss one_hot = CategoricalCrossentropy{.temperature = 4};
    const Loss square = MeanSquareError{};
    const Loss per_step = MeanSquareError{.per_step = true};
    std::vector<Goal> goals;
    for (const char* readout : {"var", "sum_var", "avg_var", "avg_var_exp_weight", "max_var"}) {
      const bool sums = std::string(readout) == "sum_var";
      goals.push_back({readout, sums ? Loss(SparseCategoricalCrossentropy{.temperature = 100}) : sparse});
      goals.push_back({readout, sums ? Loss(CategoricalCrossentropy{.temperature = 100}) : one_hot});
      goals.push_back({readout, square});
    }
    goals.push_back({"var", per_step});
    goals.push_back({"first_spike_time", SparseCategoricalCrossentropy{.temperature = 2}, true});
    goals.push_back({"first_spike_time", RelativeMeanSquareError{}, true});
    goals.push_back({"first_spike_time", TimeToFirstSpikeCrossentropy{.temperature = 3, .alpha = 0.1}, true});
    goals.push_back({"avg_var", sparse, true});
    goals.push_back({"max_var", square, true});
    goals.push_back({"avg_var", per_step, true});
    goals.push_back({"var", SparseCategoricalCrossentropy{.temperature = 4, .per_step = true}});
    goals.push_back({"var", CategoricalCrossentropy{.temperature = 4, .per_step = true}});
    return goals;
  }();
  return all;
}

std::string to_string(const Case& which) {
  return which.neuron + ", " + which.synapse + ", " + which.wiring + ", " + which.goal.readout + ", " +
         which.goal.loss.name + (which.goal.loss.per_step ? " per step" : "") +
         (which.goal.spiking ? ", spiking output" : "") + ", seed " + std::to_string(which.seed);
}

ir::Network network_of(const Case& which) {
  Network network;
  const NeuronModel& neuron = neurons().at(which.neuron);
  const SynapseModel& synapse = synapses().at(which.synapse);
  const auto input = network.add(SpikeInput{}, 3, {.name = "input"});
  const auto hidden = network.add(neuron, 3, {.name = "hidden"});
  const auto output = which.goal.spiking ? network.add(neuron, 2, {.readout = which.goal.readout, .name = "output"})
                                         : network.add(LeakyIntegrate{.bias = 0.01, .tau_mem = 15.0}, 2,
                                                       {.readout = which.goal.readout, .name = "output"});
  const Value delay = which.wiring == "delayed" ? Value(Uniform{0, 4}) : Value(0.0);
  const Value in = Uniform{0.1, 0.45};
  const Value onward = Uniform{-0.1, 0.4};
  if (which.wiring == "sparse")
    network.connect(input, hidden, FixedProbability{0.7, in}, {.synapse = synapse, .name = "in"});
  else
    network.connect(input, hidden, Dense{in, delay}, {.synapse = synapse, .name = "in", .max_delay = 5});
  if (which.wiring == "recurrent")
    network.connect(hidden, hidden, Dense{Uniform{-0.15, 0.15}, 1.0}, {.synapse = synapse, .name = "back"});
  network.connect(hidden, output, Dense{onward, delay}, {.synapse = synapse, .name = "out", .max_delay = 5});
  return network.resolve();
}

GradientCheckOptions options_of(const Case& which) {
  GradientCheckOptions options;
  options.timesteps = 30;
  options.seed = which.seed;
  options.losses = {{2, which.goal.loss}};
  options.everything = true;
  options.on_grid = false;
  return options;
}

}  // namespace synfire::codegen::test
