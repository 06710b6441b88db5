// SPDX-License-Identifier: Apache-2.0
// State carried from one example to the next: none by default; with everything carried, two halves equal one whole.
#include <gmock/gmock.h>

#include <cmath>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using ::testing::ElementsAre;
using testing::OnDevice;

class CarryOverOnDevices : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(CarryOverOnDevices);

constexpr std::uint32_t size = 40;

// Everything that has state: membranes, refractory periods, adaptation, synapses, spikes in flight as lists
// and as masks, signed and not, of several delays.
struct Stateful {
  Network network;
  PopulationId input = network.add(SpikeInput{}, size);
  PopulationId signs = network.add(BinarySpikeInput{.signed_spikes = true}, size);
  PopulationId hidden =
      network.add(LeakyIntegrateFire{.v = .25, .tau_refrac = 3}, size, {.readout = "spike_count", .name = "hidden"});
  PopulationId adaptive =
      network.add(AdaptiveLeakyIntegrateFire{.beta = .3, .tau_adapt = 15.0}, size, {.readout = "spike_count"});
  PopulationId output = network.add(LeakyIntegrate{}, 3, {.readout = "var"});

  Stateful() {
    network.connect(input, hidden, Dense{.weight = Normal{.mean = .1, .sd = .3}, .delay = 4.0},
                    {.synapse = Exponential{}});
    network.connect(input, adaptive, OneToOne{.weight = Uniform{.3, .9}, .delay = 2.0});
    network.connect(signs, hidden, OneToOne{.weight = Uniform{.1, .3}, .delay = 3.0});
    network.connect(signs, adaptive, Dense{.weight = Normal{.sd = .05}}, {.synapse = Exponential{.tau = 3.0}});
    network.connect(hidden, adaptive, OneToOne{.weight = .8, .delay = 5.0});
    network.connect(hidden, hidden, Dense{.weight = Normal{.sd = .2}, .delay = 1.0},
                    {.synapse = Exponential{.tau = 8.0}});
    network.connect(adaptive, output, Dense{.weight = Normal{}, .delay = 6.0});
  }
  InferenceCompiler record(InferenceCompiler options) const {
    options.record = {{hidden, "v"}, {hidden, "spikes"}, {adaptive, "a"}, {adaptive, "spikes"}, {output, "v"}};
    return options;
  }
};

struct Halves {
  SpikeTrains whole{size}, halves{size};
  Tensor<float> sign_values, two_signs;
};

// The same spikes as one example of 2T steps and as two of T.
Halves split_spikes(std::uint32_t steps) {
  testing::Random random(9);
  Halves result;
  result.whole = random.spikes(1, size, 2 * steps, 0.1f);
  std::vector<std::uint32_t> who[2];
  std::vector<float> when[2];
  for (std::size_t s = 0; s < result.whole.spikes(); ++s) {
    const float time = result.whole.spike_times()[s];
    const bool second = time >= static_cast<float>(steps);
    who[second].push_back(result.whole.spike_neurons()[s]);
    when[second].push_back(second ? time - static_cast<float>(steps) : time);
  }
  for (const int half : {0, 1}) result.halves.add_example(who[half], when[half]);
  result.sign_values = random.tensor({1, size}, -1, 1);
  std::vector<float> twice = result.sign_values.values();
  twice.insert(twice.end(), result.sign_values.begin(), result.sign_values.end());
  result.two_signs = Tensor<float>({2, size}, std::move(twice));
  return result;
}

std::vector<RecordedSpike> joined(const Predictions& halves, PopulationId population, std::uint32_t steps) {
  std::vector<RecordedSpike> spikes = halves.spikes(population)[0];
  for (RecordedSpike spike : halves.spikes(population)[1]) {
    spike.step += steps;
    spikes.push_back(spike);
  }
  return spikes;
}

void expect_joined(const Stateful& stateful, const Predictions& halves, const Predictions& whole, std::uint32_t steps) {
  for (const PopulationId population : {stateful.hidden, stateful.adaptive}) {
    EXPECT_EQ(joined(halves, population, steps), whole.spikes(population)[0]);
  }
  const auto expect_recorded = [&](PopulationId population, const std::string& variable) {
    EXPECT_EQ(halves.recorded(population, variable).values(), whole.recorded(population, variable).values())
        << variable;
  };
  expect_recorded(stateful.hidden, "v");
  expect_recorded(stateful.adaptive, "a");
  expect_recorded(stateful.output, "v");
}

TEST_P(CarryOverOnDevices, TwoHalvesMakeAWhole) {
  constexpr std::uint32_t steps = 13;  // not a multiple of any delay ring's depth
  const Stateful stateful;
  const Halves data = split_spikes(steps);
  const Predictions whole = stateful.record(compiler(2 * steps))
                                .compile(stateful.network)
                                .predict({{stateful.input, data.whole}, {stateful.signs, data.sign_values}});
  ASSERT_GT(whole.spikes(stateful.hidden)[0].size(), 50u);
  ASSERT_GT(whole.spikes(stateful.adaptive)[0].size(), 50u);

  InferenceCompiler options = stateful.record(compiler(steps));
  options.carry_over = {.neurons = true, .synapses = true, .spikes = true};
  auto model = options.compile(stateful.network);
  const auto run = [&] { return model.predict({{stateful.input, data.halves}, {stateful.signs, data.two_signs}}); };
  const Predictions halves = run();
  expect_joined(stateful, halves, whole, steps);
  testing::expect_same_bits(Tensor<float>({3}, testing::readout(halves, stateful.output, 1)),
                            Tensor<float>({3}, testing::readout(whole, stateful.output)), "readout");
  // Another run continues; after a reset it starts again.
  EXPECT_NE(run().recorded(stateful.hidden, "v"), halves.recorded(stateful.hidden, "v"));
  model.reset();
  expect_joined(stateful, run(), whole, steps);
}

// By default examples are independent of earlier ones.
TEST_P(CarryOverOnDevices, NothingIsCarriedByDefault) {
  constexpr std::uint32_t steps = 13;
  const Stateful stateful;
  const Halves data = split_spikes(steps);
  auto model = stateful.record(compiler(steps)).compile(stateful.network);
  const SpikeTrains second = slice(data.halves, 1, 2);
  const Predictions both = model.predict({{stateful.input, data.halves}, {stateful.signs, data.two_signs}});
  const Predictions alone = model.predict({{stateful.input, second}, {stateful.signs, data.sign_values}});
  EXPECT_EQ(both.spikes(stateful.hidden)[1], alone.spikes(stateful.hidden)[0]);
  EXPECT_EQ(testing::readout(both, stateful.output, 1), testing::readout(alone, stateful.output));
}

// Each part by itself: a spike in the second to last step, and its remainder in the second example.
struct Parts {
  Network network;
  PopulationId input = network.add(SpikeInput{}, 1);
  PopulationId neuron = network.add(IntegrateFire{.v_thresh = 1000}, 1);
  PopulationId synapse = network.add(testing::current_probe(), 1);
  PopulationId late = network.add(testing::current_probe(), 1, {.readout = "sum_var"});

  Parts() {
    network.connect(input, neuron, Dense{3.0});
    network.connect(input, synapse, Dense{1.0}, {.synapse = Exponential{.tau = 4.0}});
    network.connect(input, late, Dense{.weight = 7.0, .delay = 3.0});
  }
};

TEST_P(CarryOverOnDevices, PartsAreCarriedOneByOne) {
  const Parts parts;
  SpikeTrains spikes(1);
  spikes.add_example({0}, {3});
  spikes.add_example({}, {});
  const auto second = [&](const CarryOver& carry) {
    InferenceCompiler options = compiler(5);
    options.carry_over = carry;
    options.record = {{parts.neuron, "v"}, {parts.synapse, "v"}, {parts.late, "v"}};
    return options.compile(parts.network).predict({{parts.input, spikes}});
  };
  const auto neuron = [&](const Predictions& results) { return testing::trace(results, parts.neuron, "v", 1); };
  const auto synapse = [&](const Predictions& results) { return testing::trace(results, parts.synapse, "v", 1); };
  const auto late = [&](const Predictions& results) { return testing::trace(results, parts.late, "v", 1); };
  const auto silence = ElementsAre(0, 0, 0, 0, 0);
  const std::vector<double> decaying{std::exp(-.25), std::exp(-.5), std::exp(-.75), std::exp(-1.), std::exp(-1.25)};

  const Predictions neurons = second({.neurons = true});
  EXPECT_THAT(neuron(neurons), ElementsAre(3, 3, 3, 3, 3));
  EXPECT_THAT(synapse(neurons), silence);
  EXPECT_THAT(late(neurons), silence);

  const Predictions synapses = second({.synapses = true});
  EXPECT_THAT(neuron(synapses), silence);
  testing::expect_near(synapse(synapses), decaying, 1e-6, "synapse");
  EXPECT_THAT(late(synapses), silence);

  const Predictions in_flight = second({.spikes = true});
  EXPECT_THAT(neuron(in_flight), silence);
  EXPECT_THAT(synapse(in_flight), silence);
  EXPECT_THAT(late(in_flight), ElementsAre(0, 0, 7, 0, 0));
  EXPECT_EQ(in_flight[parts.late][1], 7);
}

// A recorded input that drives nothing has no spikes in flight.
TEST_P(CarryOverOnDevices, InputsThatDriveNothingAreRecordedAllTheSame) {
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto output = network.add(LeakyIntegrate{.bias = 1.0}, 1, {.readout = "var"});
  InferenceCompiler options = compiler(2);
  options.carry_over = {.neurons = true, .spikes = true};
  options.record = {{input, "spikes"}};
  SpikeTrains spikes(1);
  for (int e = 0; e < 2; ++e) spikes.add_example({0}, {1});
  const Predictions results = options.compile(network).predict({{input, spikes}});
  EXPECT_THAT(testing::spike_steps(results, input, 1), ElementsAre(1));
  EXPECT_GT(results[output][1], results[output][0]);
}

// Examples that end early pass their final state on to the next example, whatever the batch size.
TEST_P(CarryOverOnDevices, StateOfShortExamplesIsCarried) {
  const Parts parts;
  SpikeTrains spikes(1);
  for (const float time : {0.0f, 1.0f}) spikes.add_example({0}, {time});
  for (int e = 0; e < 2; ++e) spikes.add_example({}, {});
  for (const std::uint32_t batch_size : {1u, 2u, 3u}) {
    InferenceCompiler options = compiler(5);
    options.batch_size = batch_size;
    options.carry_over = {.neurons = true, .synapses = true, .spikes = true};
    options.record = {{parts.late, "v"}};
    const Predictions results =
        options.compile(parts.network).predict({{parts.input, spikes}}, {.example_timesteps = {3, 2, 5, 5}});
    // Counted over all examples, the spikes are in steps 0 and 4 and arrive in 4 and 8; the third example begins in
    // step 5.
    EXPECT_EQ(testing::trace(results, parts.late, "v", 1)[1], 7) << batch_size;
    EXPECT_THAT(testing::trace(results, parts.late, "v", 2), ElementsAre(0, 0, 0, 7, 0)) << batch_size;
    EXPECT_THAT(testing::trace(results, parts.late, "v", 3), ElementsAre(0, 0, 0, 0, 0)) << batch_size;
  }
}

}  // namespace
}  // namespace synfire
