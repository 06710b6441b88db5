// SPDX-License-Identifier: Apache-2.0
// Measured traces of the reference system (mlGeNN 2.3.1 on GeNN 5.4.0; reference/mlgenn.md 20.1): one neuron, dt 1 ms,
// 12 steps, default parameters unless given.
#include <gmock/gmock.h>

#include <cmath>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using ::testing::ElementsAreArray;
using testing::OnDevice;

class ReferenceTraces : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(ReferenceTraces);

constexpr std::uint32_t trace_timesteps = 12;
const std::vector<float> five_spikes{0, 3, 4, 5, 6};

struct Case {
  std::string name;
  Neuron neuron;
  double weight;
  std::vector<double> v;  // after each step
  std::vector<std::uint32_t> spikes = {};
  Synapse synapse = "delta";
  double delay = 0;
  bool one_spike = false;  // the input spikes at 0 only
};

std::vector<Case> spiking_cases() {
  return {
      {.name = "relative",
       .neuron = LeakyIntegrateFire{},
       .weight = 0.7,
       .v = {0, .7, .6658606, .6333862, .3024956, .9877427, .63957, .3083777, .293338, .2790318, .2654232, .2524784},
       .spikes = {4, 6, 7}},
      {.name = "absolute",
       .neuron = LeakyIntegrateFire{.relative_reset = false},
       .weight = 0.7,
       .v = {0, .7, .6658606, .6333862, 0, .7, 0, .7, .6658606, .6333862, .6024956, .5731116},
       .spikes = {4, 6}},
      {.name = "relative, refractory",
       .neuron = LeakyIntegrateFire{.tau_refrac = 2.0},
       .weight = 0.7,
       .v = {0, .7, .6658606, .6333862, .3024956, .9877427, .63957, 1.3083777, .2445674, .2326397, .2212937, .2105011},
       .spikes = {4, 6, 8}},
      {.name = "absolute, refractory, not integrating",
       .neuron = LeakyIntegrateFire{.tau_refrac = 2.0, .relative_reset = false, .integrate_during_refrac = false},
       .weight = 0.7,
       .v = {0, .7, .6658606, .6333862, 0, 0, 0, .7, .6658606, .6333862, .6024956, .5731116},
       .spikes = {4}},
      {.name = "scaled, exponential scaled",
       .neuron = LeakyIntegrateFire{.relative_reset = false, .scale_i = true},
       .weight = 3,
       .v = {0, .132609, .2347127, .3121561, .5023184, .7785852, 0, .442789, .7837189, 0, .2430078, .4301141},
       .spikes = {6, 9},
       .synapse = Exponential{.tau = 5.0, .scale_i = true}},
      {.name = "exponential",
       .neuron = LeakyIntegrateFire{.relative_reset = false},
       .weight = 0.3,
       .v = {0, .3, .5309881, .7061875, 0, .680418, 0, 0, .8201366, 0, .549754, .9730428},
       .spikes = {4, 6, 7, 9},
       .synapse = Exponential{.tau = 5.0}},
      {.name = "adaptive",
       .neuron = AdaptiveLeakyIntegrateFire{.beta = 0.5, .tau_adapt = 10.0, .relative_reset = true},
       .weight = 0.9,
       .v = {0, .9, .8561065, .8143537, .6746372, .5417347, 1.415314, 1.2462883, 1.1855061, 1.1276883, 1.0726904,
             1.0203747},
       .spikes = {4, 5, 7}},
      {.name = "spikes again",
       .neuron = LeakyIntegrateFire{},
       .weight = 3.3,
       .v = {0, 2.3, 1.1878276, .1298966, .1235615, .1175353, .1118031, .1063504, .1011636, .0962298, .0915366,
             .0870723},
       .spikes = {1, 2, 3},
       .one_spike = true},
  };
}

std::vector<Case> silent_cases() {
  return {
      {.name = "bias",
       .neuron = LeakyIntegrate{.bias = 0.1},
       .weight = 0.7,
       .v = {.1, .8951229, .9514673, 1.0050638, 1.7560463, 2.470403, 3.14992, 3.7962966, 3.711149, 3.6301541, 3.5531094,
             3.4798222}},
      {.name = "delay",
       .neuron = LeakyIntegrate{},
       .weight = 0.7,
       .v = {0, 0, 0, .7, .6658606, .6333862, .6024956, .5731116, .5451607, .5185729, .4932818, .4692242},
       .delay = 2,
       .one_spike = true},
  };
}

// All cases side by side in one network; they share only the input.
class CaseNetwork {
 public:
  explicit CaseNetwork(const std::string& device) : device_(device) {}

  PopulationId add(const Case& each) {
    const PopulationId population = network_.add(each.neuron, 1);
    network_.connect(each.one_spike ? once_ : often_, population, Dense{each.weight, each.delay},
                     {.synapse = each.synapse});
    return population;
  }
  void record(PopulationId population, const std::string& variable) { records_.push_back({population, variable}); }

  Predictions run() const {
    const SpikeTrains often = testing::spikes_at(five_spikes), once = testing::spikes_at({0});
    return InferenceCompiler{
        .timesteps = trace_timesteps, .record = records_, .device = device_, .cache_folder = testing::cache_folder()}
        .compile(network_)
        .predict({{often_, often}, {once_, once}});
  }

 private:
  std::string device_;
  Network network_;
  PopulationId often_ = network_.add(SpikeInput{}, 1), once_ = network_.add(SpikeInput{}, 1);
  std::vector<Recording> records_;
};

TEST_P(ReferenceTraces, Membranes) {
  CaseNetwork network(GetParam());
  const std::vector<Case> spiking = spiking_cases(), silent = silent_cases();
  std::vector<PopulationId> populations;
  for (const Case& each : spiking) {
    populations.push_back(network.add(each));
    network.record(populations.back(), "v");
    network.record(populations.back(), "spikes");
    if (each.name == "adaptive") network.record(populations.back(), "a");
  }
  for (const Case& each : silent) {
    populations.push_back(network.add(each));
    network.record(populations.back(), "v");
  }
  const Predictions results = network.run();
  for (std::size_t i = 0; i < populations.size(); ++i) {
    const bool spikes = i < spiking.size();
    const Case& each = spikes ? spiking[i] : silent[i - spiking.size()];
    testing::expect_near(testing::trace(results, populations[i], "v"), each.v, 1e-5, each.name);
    if (spikes) {
      EXPECT_THAT(testing::spike_steps(results, populations[i]), ElementsAreArray(each.spikes)) << each.name;
    }
    if (each.name != "adaptive") continue;
    const std::vector<double> adaptation{0,         0,         0,         0,         1,         1.9048374,
                                         1.7235682, 2.5595489, 2.3159757, 2.0955815, 1.8961606, 1.7157171};
    testing::expect_near(testing::trace(results, populations[i], "a"), adaptation, 1e-5, "adaptation");
  }
}

struct ReadoutCase {
  const char* readout;
  Neuron neuron;
  double value;
};

TEST_P(ReferenceTraces, Readouts) {
  const LeakyIntegrate silent{};
  const LeakyIntegrateFire spiking{.relative_reset = false};
  const std::vector<ReadoutCase> cases{
      {"var", silent, 2.5546985},        {"sum_var", silent, 21.93733},
      {"avg_var", silent, 1.828111},     {"avg_var_exp_weight", silent, 1.0202696},
      {"max_var", silent, 3.1203153},    {"spike_count", spiking, 2},
      {"first_spike_time", spiking, -4},
  };
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  std::vector<PopulationId> outputs;
  for (const ReadoutCase& each : cases) {
    outputs.push_back(network.add(each.neuron, 1, {.readout = each.readout}));
    network.connect(input, outputs.back(), Dense{0.7});
  }
  const SpikeTrains spikes = testing::spikes_at(five_spikes);
  const Predictions results = compiler(trace_timesteps).compile(network).predict({{input, spikes}});
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const double tolerance = 1e-5 * std::abs(cases[i].value);
    EXPECT_NEAR(results[outputs[i]][0], cases[i].value, tolerance) << cases[i].readout;
  }
}

// A spike in the last step of one example arrives in the first step of the next: always in the reference, on request
// here.
TEST_P(ReferenceTraces, LeakBetweenExamples) {
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto output = network.add(LeakyIntegrate{}, 1);
  network.connect(input, output, Dense{1.0});
  SpikeTrains spikes(1);
  for (int e = 0; e < 3; ++e) spikes.add_example({0}, {5});
  InferenceCompiler options = compiler(6);
  options.record = {{output, "v"}};
  const std::vector<double> nothing(6, 0.0), leaked{1, .951229, .904837, .860708, .818731, .778801};

  options.carry_over = {.spikes = true};
  const Predictions leaking = options.compile(network).predict({{input, spikes}});
  testing::expect_near(testing::trace(leaking, output, "v", 0), nothing, 0, "example 0");
  testing::expect_near(testing::trace(leaking, output, "v", 1), leaked, 1e-5, "example 1");
  testing::expect_near(testing::trace(leaking, output, "v", 2), leaked, 1e-5, "example 2");

  options.carry_over = {};
  const Predictions tight = options.compile(network).predict({{input, spikes}});
  for (std::size_t e = 0; e < 3; ++e) testing::expect_near(testing::trace(tight, output, "v", e), nothing, 0, "tight");
}

}  // namespace
}  // namespace synfire
