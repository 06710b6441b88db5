// SPDX-License-Identifier: Apache-2.0
// Dropping or negating any term of the adjoint breaks some gradient.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "adjoint/networks.hpp"
#include "reference/finite_difference.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen::reference {
namespace {

using test::Case;

// A readout of the last value, a threshold that rises with time, and delta synapses beside others.
ir::Network corner_network() {
  const NeuronModel rising{.name = "rising",
                           .parameters = {{"tau", 15.0}, {"step", 0.8}},
                           .state = {{"v", 0.1}},
                           .dynamics = {"dv/dt = -v / tau + per_step(I)"},
                           .threshold = "v >= 1 + 0.01 * t",
                           .reset = {"v = v - step - 0.002 * t"}};
  const ReadoutModel last{.name = "last",
                          .parameters = {{"bend", 0.5}, {"gain", 1.2}},
                          .state = {{"seen", 0.0}},
                          .on_step = {"seen = x + bend * x * x"},
                          .value = "gain * seen"};
  Network network;
  const auto input = network.add(SpikeInput{}, 3, {.name = "input"});
  const auto hidden = network.add(rising, 3, {.name = "hidden"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 15.0, .scale_i = true}, 2, {.readout = last, .name = "output"});
  network.connect(input, hidden, Dense{Uniform{0.1, 0.3}, 0.5}, {.synapse = Exponential{.tau = 4.0}, .name = "in"});
  network.connect(hidden, hidden, Dense{Uniform{0.1, 0.35}, 1.0}, {.name = "kicks"});
  network.connect(hidden, output, Dense{Uniform{-0.5, 1.0}}, {.name = "out", .round_delays = true});
  return network.resolve();
}

// Delta synapses strong enough for two spikes at once.
ir::Network double_network() {
  Network network;
  const auto input = network.add(SpikeInput{}, 3, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{.v_thresh = 0.8}, 2, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  network.connect(input, hidden, Dense{Uniform{0.02, 0.06}}, {.synapse = Exponential{.tau = 4.0}, .name = "in"});
  network.connect(input, hidden, Dense{Uniform{0.9, 2.2}, 1.0}, {.name = "blows"});
  network.connect(hidden, output, Dense{Uniform{-0.5, 1.0}}, {.synapse = Exponential{.tau = 4.0}, .name = "out"});
  return network.resolve();
}

// Neurons that integrate while they rest, synapses that grow with time, and a readout whose largest value is at an
// arrival.
ir::Network resting_network() {
  const LeakyIntegrateFire resting{.tau_mem = 12.0, .tau_refrac = 2.3};
  const SynapseModel growing{.name = "growing",
                             .parameters = {{"tau", 4.0}, {"pace", 0.04}},
                             .state = {{"x", 0.0}},
                             .dynamics = {"dx/dt = -x / tau"},
                             .on_spike = {"x += weight * (1 + pace * t)"},
                             .current = "x"};
  const ReadoutModel peak{.name = "peak",
                          .parameters = {{"pace", 0.02}},
                          .state = {{"y", 0.0}},
                          .on_step = {"y = max(y, x * (1 + pace * t))"},
                          .value = "y"};
  Network network;
  const auto input = network.add(SpikeInput{}, 3, {.name = "input"});
  const auto hidden = network.add(resting, 3, {.name = "hidden"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 15.0, .scale_i = true}, 2, {.readout = peak, .name = "output"});
  network.connect(input, hidden, Dense{Uniform{0.2, 0.5}, 0.5}, {.synapse = growing, .name = "in"});
  network.connect(hidden, output, Dense{Uniform{0.5, 3}}, {.name = "out", .round_delays = true});
  return network.resolve();
}

// A threshold and a reset that read the current, and a readout of several statements.
ir::Network reading_network() {
  const NeuronModel reading{.name = "reading",
                            .parameters = {{"tau", 15.0}, {"level", 0.9}},
                            .state = {{"v", 0.0}, {"u", 0.0}},
                            .dynamics = {"dv/dt = (2 * I - v - u) / tau", "du/dt = -u / tau"},
                            .threshold = "v + 0.3 * I >= level",
                            .reset = {"u += 0.2 * v", "v = -0.5 * I - 0.1 * u", "u -= 0.1 * v"}};
  const ReadoutModel several{.name = "several",
                             .state = {{"m", 0.0}, {"s", 0.0}},
                             .on_step = {"m = x", "m += 0.5 * x * x", "s += m", "s += x"},
                             .on_spike = {"s += 3 * m", "s += t * x"},
                             .value = "s / (duration / dt)"};
  Network network;
  const auto input = network.add(SpikeInput{}, 3, {.name = "input"});
  const auto hidden = network.add(reading, 3, {.name = "hidden"});
  const auto output = network.add(reading, 2, {.readout = several, .name = "output"});
  network.connect(input, hidden, Dense{Uniform{0.3, 0.9}, 0.5},
                  {.synapse = Exponential{.tau = 4.0}, .name = "in", .round_delays = true});
  network.connect(hidden, output, Dense{Uniform{0.3, 0.9}}, {.synapse = Exponential{.tau = 4.0}, .name = "out"});
  return network.resolve();
}

struct Proof {
  std::string name;
  CompiledNetwork network;
  std::vector<Example> examples;
  struct Entry {
    const TensorInfo* tensor;
    std::size_t index;
    double difference;
  };
  std::vector<Entry> entries;

  Proof(std::string what, const ir::Network& resolved, const GradientCheckOptions& options)
      : name(std::move(what)),
        network(compile_reference(resolved,
                                  {options.dt, options.nominal_dt, options.timesteps, options.seed, options.losses})),
        examples{draw_example(resolved, options, options.seed)} {
    const Values derived = gradient({});
    double largest = 0;
    for (const TensorInfo& tensor : network.tensors) {
      for (std::size_t e = 0; e < tensor.size; ++e)
        largest = std::max(largest, std::abs(gradient_of(derived, tensor, e)));
    }
    Differences differences(network, examples);
    for (const TensorInfo& tensor : network.tensors) {
      for (std::size_t e = 0; e < tensor.size; ++e) {
        const Difference difference =
            differences.by(tensor, e, {.expected = gradient_of(derived, tensor, e), .absolute = 1e-9 * largest});
        if (!difference.kink) entries.push_back({&tensor, e, difference.value});
      }
    }
  }

  Values gradient(const TermFactors& factors) {
    Trial trial(network, network.drawn.values, examples[0]);
    trial.run_forward();
    return trial.run_backward(factors);
  }

  // The first entry that deviates; empty if none does.
  std::string failure(const TermFactors& factors) {
    const Values derived = gradient(factors);
    double largest = 0;
    for (const Entry& each : entries) largest = std::max(largest, std::abs(each.difference));
    for (const Entry& each : entries) {
      const double value = gradient_of(derived, *each.tensor, each.index);
      const double allowed = 1e-6 * std::max(std::abs(value), std::abs(each.difference)) + 1e-9 * largest;
      if (!(std::abs(value - each.difference) <= allowed))
        return each.tensor->name + "[" + std::to_string(each.index) + "]: " + std::to_string(value) + " instead of " +
               std::to_string(each.difference);
    }
    return "";
  }
};

std::vector<Proof> proofs() {
  std::vector<Proof> result;
  const Loss square = MeanSquareError{};
  const Loss sparse = SparseCategoricalCrossentropy{.temperature = 0.7};
  const Loss first = TimeToFirstSpikeCrossentropy{.temperature = 3, .alpha = 0.1};
  const Loss per_step = MeanSquareError{.per_step = true};
  for (const Case& each : {Case{"lif held", "exponential", "delayed", {"avg_var", sparse}, 11},
                           Case{"alif", "alpha", "recurrent", {"first_spike_time", first, true}, 12},
                           Case{"lif relative", "saturating", "dense", {"avg_var", square}, 13},
                           Case{"lif absolute", "conductance", "recurrent", {"max_var", square, true}, 14},
                           Case{"alif held", "exponential", "recurrent", {"var", per_step}, 15}})
    result.emplace_back(test::to_string(each), test::network_of(each), test::options_of(each));
  GradientCheckOptions corner;
  corner.timesteps = 30;
  corner.losses = {{2, square}};
  for (corner.seed = 16; corner.seed < 18; ++corner.seed) result.emplace_back("corners", corner_network(), corner);
  result.emplace_back("double", double_network(), corner);
  result.emplace_back("resting", resting_network(), corner);
  result.emplace_back("reading", reading_network(), corner);
  return result;
}

TEST(Mutation, EveryTermIsNeeded) {
  std::vector<Proof> all = proofs();
  for (Proof& proof : all) ASSERT_EQ(proof.failure({}), "") << proof.name;
  for (std::size_t t = 0; t < term_count; ++t) {
    for (const double factor : {0.0, -1.0}) {
      TermFactors mutated;
      mutated.of[t] = factor;
      const auto caught = [&](Proof& proof) { return !proof.failure(mutated).empty(); };
      EXPECT_TRUE(std::any_of(all.begin(), all.end(), caught))
          << to_string(static_cast<Term>(t)) << " times " << factor << " changes nothing";
    }
  }
}

}  // namespace
}  // namespace synfire::codegen::reference
