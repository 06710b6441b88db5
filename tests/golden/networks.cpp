// SPDX-License-Identifier: Apache-2.0
#include "golden/networks.hpp"

#include <stdexcept>

#include "synfire/models.hpp"

namespace synfire::testing {
namespace {

// The second example of the page "Building networks".
CompilableNetwork signed_poisson() {
  Network network;
  const auto a = network.add(PoissonInput{.signed_spikes = true}, 100, {.name = "a"});
  const auto b = network.add(IntegrateFire{.v_thresh = 2.0}, 100, {.readout = "spike_count", .name = "b"});
  network.connect(a, b, Dense{1.0}, {.synapse = Exponential{.tau = 5.0}});
  return {"signed_poisson", network, {.timesteps = 100, .batch_size = 8}};
}

CompilableNetwork refractory() {
  Network network;
  const auto input = network.add(IntegrateFireInput{.v_thresh = 2.0}, 20, {.name = "input"});
  const auto cells = network.add(LeakyIntegrateFire{.tau_mem = 10.0,
                                                    .tau_refrac = 3.0,
                                                    .relative_reset = false,
                                                    .integrate_during_refrac = false,
                                                    .scale_i = true},
                                 40, {.readout = "first_spike_time", .name = "cells"});
  network.connect(input, cells, Dense{Kaiming{.gain = 3.0}}, {.synapse = Exponential{.tau = 4.0, .scale_i = true}});
  return {"refractory", network, {.timesteps = 30}};
}

CompilableNetwork per_neuron_parameters() {
  Network network;
  const auto input = network.add(BinarySpikeInput{.input_frames = 3, .input_frame_timesteps = 4}, 6, {.name = "input"});
  const auto cells = network.add(LeakyIntegrateFire{.v_thresh = Uniform{0.5, 1.5},
                                                    .v = Normal{.mean = 0.2, .sd = 0.1},
                                                    .tau_mem = std::vector<float>{5, 6, 7, 8, 9, 10},
                                                    .tau_refrac = std::vector<float>{0, 1, 2, 3, 4, 5}},
                                 6, {.readout = "max_var", .name = "cells"});
  const auto output = network.add(LeakyIntegrate{.bias = std::vector<float>{0.125F, -0.25F}, .tau_mem = 8.0}, 2,
                                  {.readout = "avg_var", .name = "output"});
  network.connect(input, cells, OneToOne{std::vector<float>{0.5F, 0.75F, 1, 1.25F, 1.5F, 1.75F}}, {.name = "relay"});
  network.connect(cells, output, Dense{{{1, 2}, {3, 4}, {5, 6}, {-1, -2}, {-3, -4}, {-5, -6}}}, {.name = "sum"});
  return {"per_neuron_parameters", network, {.timesteps = 12}};
}

CompilableNetwork recurrent_delays() {
  Network network;
  const auto input = network.add(SpikeInput{}, 12, {.name = "input"});
  const auto cells = network.add(LeakyIntegrateFire{}, 33, {.readout = "spike_count", .name = "cells"});
  network.connect(input, cells, Dense{Uniform{0.0, 0.5}, 2.0}, {.name = "drive"});
  network.connect(cells, cells, Dense{Normal{.mean = 0.0, .sd = 0.2}, 3.0}, {.name = "recurrence"});
  network.connect(cells, cells, OneToOne{-0.5, 1.0}, {.name = "adaptation"});
  return {"recurrent_delays", network, {.timesteps = 20, .records = {{0, "spikes"}, {1, "spikes"}, {1, "v"}}}};
}

// Three turns in a step.
CompilableNetwork latency() {
  Network network;
  const auto input = network.add(SpikeInput{}, 12, {.name = "input"});
  const auto cells = network.add(LeakyIntegrateFire{}, 40, {.name = "cells"});
  const auto output = network.add(LeakyIntegrateFire{}, 5, {.readout = "spike_count", .name = "output"});
  network.connect(input, cells, Dense{Uniform{0.0, 0.5}}, {.name = "drive", .latency = 0});
  network.connect(cells, cells, Dense{Normal{.mean = 0.0, .sd = 0.2}}, {.name = "recurrence"});
  network.connect(cells, output, Dense{Uniform{0.0, 0.5}}, {.name = "read", .latency = 0});
  return {"latency", network, {.timesteps = 20}};
}

CompilableNetwork resumable() {
  Network network;
  const auto input = network.add(PoissonInput{.signed_spikes = true}, 16, {.name = "input"});
  const auto cells = network.add(AdaptiveLeakyIntegrateFire{}, 24, {.name = "cells"});
  const auto output = network.add("leaky_integrate", 3, {.readout = "sum_var", .name = "output"});
  network.connect(input, cells, Dense{Uniform{0.0, 0.5}, 1.0}, {.synapse = Exponential{.tau = 5.0}});
  network.connect(cells, cells, OneToOne{-0.25}, {.name = "self"});
  network.connect(cells, output, Dense{0.5});
  return {"resumable", network, {.dt = 0.5, .timesteps = 25, .resumable = true}};
}

CompilableNetwork user_models() {
  Network network;
  const auto input = network.add("poisson_input", 10, {.name = "input"});
  const auto cells = network.add(izhikevich_model().with({{"a", Uniform{0.02, 0.1}}, {"d", 2.0}}), 50,
                                 {.readout = "spike_count", .name = "cells"});
  network.connect(input, cells, Dense{.weight = 2.0}, {.synapse = alpha_model().with({{"tau", 2.0}})});
  network.connect(cells, cells, Dense{.weight = 0.5, .delay = 1.0}, {.synapse = alpha_model(), .name = "excitation"});
  return {"user_models", network, {.dt = 0.5, .timesteps = 40}};
}

// Rows of synapses with individual delays, onto a population with two neurons per thread.
CompilableNetwork sparse_delays() {
  Network network;
  const auto input = network.add(SpikeInput{}, 12, {.name = "input"});
  const auto cells = network.add(LeakyIntegrateFire{}, 70, {.readout = "spike_count", .name = "cells"});
  network.connect(input, cells, FixedProbability{.p = 0.5, .weight = Uniform{0.0, 0.5}, .delay = Uniform{1, 4}},
                  {.synapse = Exponential{.tau = 5.0}, .name = "drive"});
  network.connect(cells, cells, FixedOutputs{.number = 7, .weight = -0.125, .delay = 2.0}, {.name = "recurrence"});
  return {"sparse_delays", network, {.timesteps = 20, .resumable = true, .threads_per_block = 64}};
}

CompilableNetwork procedural() {
  Network network;
  const auto input = network.add(PoissonInput{.signed_spikes = true}, 40, {.name = "input"});
  const auto cells = network.add(IntegrateFire{}, 300, {.readout = "spike_count", .name = "cells"});
  const ConnectionOptions again{.storage = SynapseStorage::procedural};
  network.connect(input, cells, Dense{.weight = Normal{.mean = 0.1, .sd = 0.05}}, again);
  network.connect(cells, cells, FixedProbability{.p = 0.1, .weight = -0.125, .delay = Uniform{0, 3}}, again);
  return {"procedural", network, {.timesteps = 10, .threads_per_block = 64}};
}

}  // namespace

NeuronModel izhikevich_model() {
  return {
      .name = "izhikevich",
      .parameters = {{"a", 0.02}, {"b", 0.2}, {"c", -65.0}, {"d", 8.0}},
      .state = {{"v", -65.0}, {"u", -13.0}},
      .dynamics = {"dv/dt = 0.04*v*v + 5*v + 140 - u + I", "du/dt = a*(b*v - u)"},
      .threshold = "v >= 30",
      .reset = {"v = c", "u = u + d"},
      .integrator = Integrator::rk4,
  };
}

SynapseModel alpha_model() {
  return {
      .name = "alpha",
      .parameters = {{"tau", 5.0}},
      .state = {{"x", 0.0}, {"g", 0.0}},
      .dynamics = {"dx/dt = -x / tau", "dg/dt = (x - g) / tau"},
      .on_spike = {"x += weight"},
      .current = "g",
  };
}

const std::vector<CompilableNetwork>& golden_networks() {
  static const std::vector<CompilableNetwork> all{signed_poisson(),   refractory(), per_neuron_parameters(),
                                                  recurrent_delays(), resumable(),  user_models(),
                                                  sparse_delays(),    procedural(), latency()};
  return all;
}

const CompilableNetwork& golden_network(const std::string& name) {
  for (const CompilableNetwork& each : golden_networks()) {
    if (each.name == name) return each;
  }
  throw std::out_of_range(name);
}

CompilableNetwork demo_network(double weight) {
  Network network;
  const auto input = network.add("integrate_fire_input", 784, {.name = "input"});
  const auto hidden = network.add(IntegrateFire{.v_thresh = 5.0}, 128, {.name = "hidden"});
  const auto output = network.add(IntegrateFire{.v_thresh = 5.0}, 10, {.readout = "spike_count", .name = "output"});
  // Arrays, like a user's trained weights, so that the kernel reads them.
  network.connect(
      input, hidden,
      Dense{Tensor<float>({784, 128}, std::vector<float>(std::size_t{784} * 128, static_cast<float>(weight)))});
  network.connect(
      hidden, output,
      Dense{Tensor<float>({128, 10}, std::vector<float>(std::size_t{128} * 10, static_cast<float>(weight)))});
  return {"demo", network, {.timesteps = 100, .batch_size = 128}};
}

CompilableNetwork recurrent_network() {
  Network network;
  const auto input = network.add(SpikeInput{}, 700, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{.tau_mem = 20.0}, 256, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{.tau_mem = 20.0}, 20, {.readout = "avg_var", .name = "output"});
  const Exponential synapse{.tau = 5.0};
  network.connect(input, hidden, Dense{Normal{.mean = 0.03, .sd = 0.01}}, {.synapse = synapse});
  network.connect(hidden, hidden, Dense{Normal{.mean = 0.0, .sd = 0.02}}, {.synapse = synapse, .name = "recurrence"});
  network.connect(hidden, output, Dense{Normal{.mean = 0.0, .sd = 0.03}}, {.synapse = synapse});
  return {"recurrent", network, {.timesteps = 1000, .batch_size = 32}};
}

}  // namespace synfire::testing
