// SPDX-License-Identifier: Apache-2.0
// Networks without input data, each with different arithmetic that could vary between machines.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "support/devices.hpp"
#include "synfire/synfire.hpp"

namespace synfire::testing {

struct NoisyNetwork {
  std::string name;
  Network network;
  std::string schedule = "trial";
};

inline void PrintTo(const NoisyNetwork& network, std::ostream* out) { *out << network.name; }

inline InferenceCompiler compiler_for(const NoisyNetwork& noisy) {
  return {.timesteps = 60,
          .batch_size = 4,
          .seed = 3,
          .record = {{"cells", "spikes"}, {"cells", "v"}},
          .device = "host",
          .threads = 2,
          .cache_folder = cache_folder(),
          .schedule = noisy.schedule};
}

// Exponentials and signed sums.
inline Network leaky_cells() {
  Network network;
  const auto input = network.add(PoissonInput{.signed_spikes = true}, 50, {.name = "input"});
  const auto cells = network.add(LeakyIntegrateFire{.tau_mem = Uniform{5, 20}, .tau_refrac = 2.0}, 37,
                                 {.readout = "spike_count", .name = "cells"});
  network.connect(input, cells, Dense{Normal{.mean = 0.3, .sd = 0.4}}, {.synapse = Exponential{.tau = 5.0}});
  network.connect(cells, cells, Dense{Normal{.mean = 0.0, .sd = 0.1}, 2.0}, {.name = "recurrence"});
  return network;
}

// Rows with delays.
inline Network sparse_cells() {
  Network network;
  const auto input = network.add(PoissonInput{}, 60, {.name = "input"});
  const auto cells = network.add(LeakyIntegrateFire{}, 200, {.readout = "var", .name = "cells"});
  network.connect(input, cells, FixedProbability{.p = 0.3, .weight = Uniform{0.0, 0.5}, .delay = Uniform{1, 4}},
                  {.synapse = Exponential{.tau = 5.0}});
  network.connect(cells, cells, FixedOutputs{.number = 20, .weight = -0.125, .delay = 2.0}, {.name = "recurrence"});
  return network;
}

// Functions implemented by Synfire itself, integrated in sub-steps.
inline Network written_cells() {
  const NeuronModel written{.name = "written",
                            .parameters = {{"k", 0.3}},
                            .state = {{"v", 0.1}, {"u", 0.2}},
                            .dynamics = {"dv/dt = tanh(I - v) + 0.1*exp(-u*u) + 0.05*normal()",
                                         "du/dt = k*sin(v) - log(1 + abs(u)) + sqrt(abs(v))"},
                            .threshold = "v >= 0.8",
                            .reset = {"v = pow(abs(u), 0.3) - 1"},
                            .integrator = Integrator::rk4};
  Network network;
  const auto input = network.add(PoissonInput{}, 20, {.name = "input"});
  const auto cells = network.add(written.with({{"k", Uniform{0.1, 0.5}}}), 30, {.readout = "sum_var", .name = "cells"});
  network.connect(input, cells, Dense{Uniform{0.0, 2.0}});
  return network;
}

// Kernels and windows.
inline Network convolved_cells() {
  Network network;
  const auto input = network.add(PoissonInput{}, {8, 7, 2}, {.name = "input"});
  const auto maps = network.add(LeakyIntegrateFire{}, {}, {.name = "maps"});
  const auto cells = network.add(LeakyIntegrateFire{}, {}, {.readout = "var", .name = "cells"});
  network.connect(input, maps, Conv2D{.filters = 9, .kernel = 3, .padding = "same", .weight = Uniform{0.0, 0.6}});
  network.connect(maps, cells, MaxPool2D{.pool = 2, .weight = frozen(0.7)});
  return network;
}

inline std::vector<NoisyNetwork> noisy_networks() {
  return {{"leaky", leaky_cells()},
          {"sparse", sparse_cells()},
          {"written", written_cells()},
          {"convolved", convolved_cells()},
          {"sparse_steps", sparse_cells(), "step"}};
}

// Readouts and recordings of six examples, to be compared bit by bit.
struct Outcome {
  Tensor<float> readout, v;
  std::vector<std::vector<RecordedSpike>> spikes;
  bool operator==(const Outcome&) const = default;
};

inline Outcome outcome_of(CompiledNetwork& network) {
  // Poisson inputs are rates in spikes per ms.
  const std::size_t neurons = element_count(network.manifest().populations[0].shape);
  const Tensor<float> rates({6, neurons}, std::vector<float>(6 * neurons, 0.2f));
  const Predictions predictions = network.predict({{"input", rates}});
  return {predictions["cells"], predictions.recorded("cells", "v"), predictions.spikes("cells")};
}

inline std::size_t count(const std::vector<std::vector<RecordedSpike>>& spikes) {
  std::size_t number = 0;
  for (const auto& each : spikes) number += each.size();
  return number;
}

}  // namespace synfire::testing
