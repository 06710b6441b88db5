// SPDX-License-Identifier: Apache-2.0
// Readouts of a neuron's output variable and spikes, each over the example's own steps.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using ::testing::ElementsAre;
using testing::Matrix;
using testing::OnDevice;

constexpr float silent = -3.4028234663852886e38f;  // first_spike_time of a neuron that never spikes

class Readouts : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Readouts);

// One population per readout, all with the same model and data.
struct Outputs {
  Network network;
  std::vector<PopulationId> ids;

  Outputs(const Neuron& neuron, std::size_t neurons, const std::vector<std::string>& readouts) {
    for (const std::string& readout : readouts) ids.push_back(network.add(neuron, neurons, {.readout = readout}));
  }
  Predictions run(const InferenceCompiler& options, const Tensor<float>& data, const RunOptions& run = {}) const {
    std::vector<NamedData> inputs;
    for (const PopulationId id : ids) inputs.push_back({id, data});
    return options.compile(network).predict(inputs, run);
  }
};

using Series = std::vector<double>;

struct Definition {
  std::string readout;
  std::function<double(const Series&)> value;
};

double count(const Series& x) { return static_cast<double>(x.size()); }

double sum(const Series& x) {
  double total = 0;
  for (const double value : x) total += value;
  return total;
}

double weighted_mean(const Series& x) {
  double total = 0;
  for (std::size_t t = 0; t < x.size(); ++t) total += std::exp(-static_cast<double>(t) / count(x)) * x[t];
  return total / count(x);
}

const std::vector<Definition>& definitions() {
  static const std::vector<Definition> all{
      {"var", [](const Series& x) { return x.back(); }},
      {"sum_var", sum},
      {"avg_var", [](const Series& x) { return sum(x) / count(x); }},
      {"avg_var_exp_weight", weighted_mean},
      {"max_var", [](const Series& x) { return *std::max_element(x.begin(), x.end()); }},
  };
  return all;
}

// Neurons: of both signs, always negative, always 0, falling. Examples of 6, 3 and 1 steps in one batch.
TEST_P(Readouts, AreTakenOverTheStepsOfTheExample) {
  const std::vector<Matrix> frames{
      {{.5, -3, 0, 4}, {-.25, -2, 0, 3}, {2, -.5, 0, 2}, {1.5, -1, 0, 1}, {-1, -4, 0, .5}, {.125, -1.5, 0, -7}},
      {{-.5, -1, 0, 9},
       {3, -2, 0, 8},
       {.25, -.75, 0, 7},
       {100, 100, 100, 100},
       {100, 100, 100, 100},
       {100, 100, 100, 100}},
      {{.75, -6, 0, 5},
       {100, 100, 100, 100},
       {100, 100, 100, 100},
       {100, 100, 100, 100},
       {100, 100, 100, 100},
       {100, 100, 100, 100}}};
  const std::vector<std::uint32_t> steps{6, 3, 1};
  std::vector<std::string> names;
  for (const Definition& each : definitions()) names.push_back(each.readout);
  const Outputs outputs(testing::value_probe(6), 4, names);
  InferenceCompiler options = compiler(6);
  options.batch_size = 3;
  options.dt = 0.5;  // readouts count steps, whatever their length
  const Predictions results = outputs.run(options, testing::tensor(frames), {.example_timesteps = steps});
  for (std::size_t r = 0; r < names.size(); ++r) {
    for (std::size_t e = 0; e < 3; ++e) {
      for (std::size_t i = 0; i < 4; ++i) {
        Series x;
        for (std::size_t t = 0; t < steps[e]; ++t) x.push_back(frames[e][t][i]);
        const double expected = definitions()[r].value(x);
        EXPECT_NEAR(results[outputs.ids[r]].at({e, i}), expected, 1e-6 * std::max(1.0, std::abs(expected)))
            << names[r] << ", example " << e << ", neuron " << i;
      }
    }
  }
}

// v: .6 1.2→0 .6 1.2→0; 1.5→0 in each step; nothing; never enough.
TEST_P(Readouts, OfSpikingNeuronsSeeTheStateBeforeTheResetButVarAfterIt) {
  const Outputs outputs(IntegrateFireInput{}, 4,
                        {"var", "sum_var", "avg_var", "max_var", "spike_count", "first_spike_time"});
  const Tensor<float> data = testing::tensor(Matrix{{.625, 1.5, 0, .125}});
  InferenceCompiler options = compiler(4);
  options.dt = 0.5;
  const Predictions results = outputs.run(options, data);
  const auto values = [&](std::size_t output) { return testing::readout(results, outputs.ids[output]); };
  EXPECT_THAT(values(0), ElementsAre(0, 0, 0, .5f));
  EXPECT_THAT(values(1), ElementsAre(3.75f, 6, 0, 1.25f));
  EXPECT_THAT(values(2), ElementsAre(.9375f, 1.5f, 0, .3125f));
  EXPECT_THAT(values(3), ElementsAre(1.25f, 1.5f, 0, .5f));
  EXPECT_THAT(values(4), ElementsAre(2, 4, 0, 0));
  EXPECT_THAT(values(5), ElementsAre(-.5f, 0, silent, silent));  // in ms
}

// Spikes of either sign count.
TEST_P(Readouts, OfSpikesCountBothSigns) {
  const Outputs outputs(BinarySpikeInput{.signed_spikes = true}, 3, {"spike_count", "first_spike_time"});
  const Predictions results = outputs.run(compiler(5), testing::tensor(Matrix{{2, -2, 0}}));
  EXPECT_THAT(testing::readout(results, outputs.ids[0]), ElementsAre(5, 5, 0));
  EXPECT_THAT(testing::readout(results, outputs.ids[1]), ElementsAre(0, 0, silent));
}

// However a user writes it, a sum over millions of steps does not drift.
TEST(SumsOverTime, DoNotDriftHoweverTheyAreWritten) {
  constexpr std::uint32_t steps = 2'000'000;
  const std::vector<std::pair<std::vector<std::string>, double>> texts{
      {{"s += x"}, 1},
      {{"s -= x"}, -1},
      {{"s = x + s"}, 1},
      {{"s = s - x"}, -1},
      {{"s = s + x + x"}, 2},
      {{"s = x - (x - s) - x"}, -1},
      {{"s += x", "s += x"}, 2},
      {{"if x > 0 { s += x } else { s -= x }"}, 1},
      {{"if s >= 0 { if x < 0 { s = 0 * x + s } else { s += x } }", "s += x"}, 2}};
  Network network;
  std::vector<PopulationId> outputs;
  for (const auto& [text, expected] : texts) {
    const ReadoutModel sum{.name = "sum", .state = {{"s", 0.0}}, .on_step = text, .value = "s / duration"};
    outputs.push_back(network.add(LeakyIntegrate{.v = 0.1, .tau_mem = 1e12}, 1, {.readout = sum}));
  }
  const Predictions results =
      InferenceCompiler{.timesteps = steps, .device = "host", .cache_folder = testing::cache_folder()}
          .compile(network)
          .predict(1);
  for (std::size_t i = 0; i < texts.size(); ++i)
    EXPECT_NEAR(testing::readout(results, outputs[i])[0], 0.1 * texts[i].second, 1e-7) << texts[i].first.front();
}

// A user's readout: mean interval between spikes, with a parameter, its own states and `duration`.
TEST_P(Readouts, OfUsersRunLikeTheBuiltInOnes) {
  const ReadoutModel intervals{.name = "intervals",
                               .parameters = {{"otherwise", -1.0}},
                               .state = {{"first", -1.0}, {"last", 0.0}, {"n", 0.0}},
                               .on_spike = {"if first < 0 { first = t }", "last = t", "n += 1"},
                               .value = "(last - first) / (n - 1) + duration if n > 1 else otherwise"};
  Network network;
  const auto output = network.add(IntegrateFireInput{}, 3, {.readout = intervals.with({{"otherwise", 7.0}})});
  const Predictions results =
      compiler(12).compile(network).predict({{output, testing::tensor(Matrix{{.25, .5, .0625}})}});
  EXPECT_THAT(testing::readout(results, output), ElementsAre(12 + 4, 12 + 2, 7));
}

}  // namespace
}  // namespace synfire
