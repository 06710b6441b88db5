// SPDX-License-Identifier: Apache-2.0
// Input populations: frames, signs, spike trains.
#include <gmock/gmock.h>

#include <cmath>

#include "execution/networks.hpp"

namespace synfire {
namespace {

using ::testing::ElementsAre;
using testing::Matrix;
using testing::OnDevice;

class Inputs : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Inputs);

TEST_P(Inputs, FramesAreShownInTurnAndTheLastIsHeld) {
  Network network;
  const auto input =
      network.add(IntegrateFireInput{.v_thresh = 1000, .input_frames = 3, .input_frame_timesteps = 2}, 2);
  InferenceCompiler options = compiler(9);
  options.record = {{input, "v"}};
  const std::vector<Matrix> frames{{{1, 10}, {2, 20}, {3, 30}}, {{-1, 5}, {-2, 6}, {-3, 7}}};
  const Predictions results = options.compile(network).predict({{input, testing::tensor(frames)}});
  EXPECT_THAT(testing::trace(results, input, "v", 0, 0), ElementsAre(1, 2, 4, 6, 9, 12, 15, 18, 21));
  EXPECT_THAT(testing::trace(results, input, "v", 0, 1), ElementsAre(10, 20, 40, 60, 90, 120, 150, 180, 210));
  EXPECT_THAT(testing::trace(results, input, "v", 1, 0), ElementsAre(-1, -2, -4, -6, -9, -12, -15, -18, -21));
}

// Fewer steps than frames: the remaining frames are not shown. Examples may differ in length.
TEST_P(Inputs, FramesPastTheLastStepAreNotShown) {
  Network network;
  const auto input = network.add(testing::value_probe(4), 1, {.readout = "sum_var"});
  const std::vector<Matrix> frames{{{1}, {2}, {4}, {8}}, {{1}, {2}, {4}, {8}}};
  const Predictions results =
      compiler(3).compile(network).predict({{input, testing::tensor(frames)}}, {.example_timesteps = {3, 2}});
  EXPECT_THAT(results[input].values(), ElementsAre(7, 3));
}

// In the reference neither signed spikes nor signed spikes with frames work.
TEST_P(Inputs, NegativeSpikesDeliverTheNegativeWeight) {
  Network network;
  const auto input = network.add(BinarySpikeInput{.signed_spikes = true, .input_frames = 4}, 2);
  const auto plain = network.add(BinarySpikeInput{.input_frames = 4}, 2);
  const auto dense = network.add(testing::current_probe(), 2);
  const auto single = network.add(testing::current_probe(), 2);
  const auto unsigned_only = network.add(testing::current_probe(), 2);
  network.connect(input, dense, Dense{Value{{1, 10}, {100, 1000}}});
  network.connect(input, single, OneToOne{std::vector<float>{3, 5}});
  network.connect(plain, unsigned_only, Dense{Value{{1, 10}, {100, 1000}}});
  InferenceCompiler options = compiler(5);
  options.record = {{input, "spikes"}, {dense, "v"}, {single, "v"}, {unsigned_only, "v"}};
  const auto frames = testing::tensor(std::vector<Matrix>{{{.5, 0}, {-2, 1}, {-1, -1}, {0, 0}}});
  const Predictions results = options.compile(network).predict({{input, frames}, {plain, frames}});
  EXPECT_THAT(results.spikes(input)[0],
              ElementsAre(RecordedSpike{0, 0, 1}, RecordedSpike{0, 1, -1}, RecordedSpike{1, 1, 1},
                          RecordedSpike{0, 2, -1}, RecordedSpike{1, 2, -1}));
  EXPECT_THAT(testing::trace(results, dense, "v", 0, 0), ElementsAre(0, 1, 99, -101, 0));
  EXPECT_THAT(testing::trace(results, dense, "v", 0, 1), ElementsAre(0, 10, 990, -1010, 0));
  EXPECT_THAT(testing::trace(results, single, "v", 0, 0), ElementsAre(0, 3, -3, -3, 0));
  EXPECT_THAT(testing::trace(results, single, "v", 0, 1), ElementsAre(0, 0, 5, -5, 0));
  EXPECT_THAT(testing::trace(results, unsigned_only, "v", 0, 0), ElementsAre(0, 1, 100, 0, 0));
}

// A spike fires in the first step with t ≥ its time; further spikes of the same step wait for the next. dt 0.5.
TEST_P(Inputs, SpikesQueueOnePerStep) {
  Network network;
  const auto input = network.add(SpikeInput{}, 3);
  const auto target = network.add(testing::current_probe(), 1);
  network.connect(input, target, Dense{Value{{1}, {10}, {100}}});
  InferenceCompiler options = compiler(8);
  options.dt = 0.5;
  options.record = {{input, "spikes"}, {target, "v"}};
  SpikeTrains spikes(3);
  spikes.add_example({0, 0, 0, 1, 1, 2, 2}, {.5f, .5f, .6f, 0, 1.26f, 3.5f, 99});
  spikes.add_example({2}, {2});
  const Predictions results = options.compile(network).predict({{input, spikes}});
  EXPECT_THAT(testing::spike_steps(results, input, 0, 0), ElementsAre(1, 2, 3));
  EXPECT_THAT(testing::spike_steps(results, input, 0, 1), ElementsAre(0, 3));
  EXPECT_THAT(testing::spike_steps(results, input, 0, 2), ElementsAre(7));
  EXPECT_THAT(testing::spike_steps(results, input, 1, 2), ElementsAre(4));
  EXPECT_THAT(testing::trace(results, target, "v", 0), ElementsAre(0, 10, 1, 1, 11, 0, 0, 0));
  EXPECT_THAT(testing::trace(results, target, "v", 1), ElementsAre(0, 0, 0, 0, 0, 100, 0, 0));
}

// In populations driven by data, the input replaces the synaptic current.
TEST_P(Inputs, DriveMembranesDirectly) {
  Network network;
  const auto leaky = network.add(LeakyIntegrateFireInput{.v_thresh = 100, .tau_mem = 10}, 1);
  const auto scaled = network.add(LeakyIntegrateFireInput{.v_thresh = 100, .tau_mem = 10, .scale_i = true}, 1);
  InferenceCompiler options = compiler(4);
  options.record = {{leaky, "v"}, {scaled, "v"}};
  const Tensor<float> data = testing::tensor(Matrix{{2}});
  const Predictions results = options.compile(network).predict({{leaky, data}, {scaled, data}});
  const double alpha = std::exp(-0.1);
  std::vector<double> expected, expected_scaled;
  for (int n = 1; n <= 4; ++n) {
    expected.push_back(2 * (1 - std::pow(alpha, n)) / (1 - alpha));
    expected_scaled.push_back(2 * (1 - std::pow(alpha, n)));
  }
  testing::expect_near(testing::trace(results, leaky, "v"), expected, 1e-5, "leaky");
  testing::expect_near(testing::trace(results, scaled, "v"), expected_scaled, 1e-5, "scaled");
}

}  // namespace
}  // namespace synfire
