// SPDX-License-Identifier: Apache-2.0
// MaxPool2D: a window sends one spike if any of its neurons spikes, or only the first of them, in every schedule.
#include <gtest/gtest.h>

#include <cstdio>

#include "execution/networks.hpp"
#include "synfire/codegen/compile.hpp"

namespace synfire {
namespace {

using testing::OnDevice;
using testing::Random;

class Windows : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Windows);

// What arrives in each step, for an image of 5×4 neurons and two channels whose spikes are drawn.
TEST_P(Windows, SendOneSpikeInAStep) {
  constexpr std::uint32_t height = 5, width = 4, channels = 2, steps = 6, seed = 8;
  std::printf("seed %u\n", seed);
  struct Case {
    Size2D pool, strides;
    std::uint32_t padding, delay;
    bool first_spike;
  };
  for (const Case& each :
       {Case{{2, 2}, {2, 2}, 0, 0, false}, Case{{3, 2}, {1, 2}, 1, 1, false}, Case{{3, 2}, {1, 2}, 1, 1, true}}) {
    const SpikeTrains trains = Random(seed).spikes(1, height * width * channels, steps, 0.15F);
    Network network;
    const auto input = network.add(SpikeInput{}, {height, width, channels}, {.name = "input"});
    const auto output = network.add(testing::accumulator(), {}, {.readout = "var", .name = "output"});
    network.connect(input, output,
                    MaxPool2D{.pool = each.pool,
                              .strides = each.strides,
                              .padding = each.padding,
                              .first_spike = each.first_spike,
                              .weight = frozen(0.5),
                              .delay = static_cast<double>(each.delay)});
    bool spiked[steps][height][width][channels] = {};
    for (std::size_t s = 0; s < trains.spikes(); ++s) {
      const std::uint32_t neuron = trains.spike_neurons()[s];
      spiked[static_cast<std::size_t>(trains.spike_times()[s])][neuron / channels / width][neuron / channels % width]
            [neuron % channels] = true;
    }
    // Little memory: in launches of a few steps.
    for (const auto& [schedule, memory] :
         {std::pair("trial", 1 << 20), {"step", 1 << 20}, {"trial", 200}, {"step", 200}}) {
      InferenceCompiler compiler = this->compiler(steps + 3);
      compiler.schedule = schedule;
      compiler.recording_memory = static_cast<std::size_t>(memory);
      compiler.record = {{output, "v"}};
      const Predictions results = compiler.compile(network).predict({{input, trains}});
      const Tensor<float> v = results.recorded(output, "v");
      const std::uint32_t rows = (height + 2 * each.padding - each.pool.height) / each.strides.height + 1;
      const std::uint32_t columns = (width + 2 * each.padding - each.pool.width) / each.strides.width + 1;
      ASSERT_EQ(v.size(), std::size_t{steps + 3} * rows * columns * channels);
      std::size_t merged = 0;
      for (std::uint32_t j = 0; j < rows * columns * channels; ++j) {
        const std::uint32_t z = j / channels / columns, x = j / channels % columns, c = j % channels;
        float expected = 0;
        bool passed = false;
        for (std::uint32_t step = 0; step < steps + 3; ++step) {
          if (step > each.delay && step - 1 - each.delay < steps) {
            std::uint32_t spikes = 0;
            for (std::uint32_t a = 0; a < each.pool.height; ++a) {
              for (std::uint32_t b = 0; b < each.pool.width; ++b) {
                const std::uint32_t y = z * each.strides.height + a - each.padding;
                const std::uint32_t w = x * each.strides.width + b - each.padding;
                if (y < height && w < width && spiked[step - 1 - each.delay][y][w][c]) ++spikes;
              }
            }
            if (spikes > 0 && !(each.first_spike && passed)) expected += 0.5F;
            passed = passed || spikes > 0;
            if (spikes > 1) ++merged;
          }
          EXPECT_EQ(v[std::size_t{step} * rows * columns * channels + j], expected)
              << schedule << ' ' << step << ' ' << j;
        }
      }
      EXPECT_GT(merged, 0u);
    }
  }
}

// State that is carried over to the next example does not close its windows.
TEST_P(Windows, PassTheFirstSpikeOfEveryExample) {
  Network network;
  const auto input = network.add(SpikeInput{}, {2, 2, 1}, {.name = "input"});
  const auto output = network.add(testing::accumulator(), {}, {.readout = "var", .name = "output"});
  network.connect(input, output, MaxPool2D{.pool = 2, .first_spike = true});
  SpikeTrains trains(4);
  trains.add_example({0, 1, 0}, {1, 1, 2});
  trains.add_example({2, 3}, {3, 4});
  InferenceCompiler compiler = this->compiler(6);
  compiler.batch_size = 1;
  compiler.carry_over = {.neurons = true, .synapses = true, .spikes = true};
  const Predictions results = compiler.compile(network).predict({{input, trains}});
  EXPECT_EQ(results[output].values(), (std::vector<float>{1, 2}));
}

// Values that are multiplied by a kernel in each step, and the same as a matrix: of an input, then of states.
TEST_P(Windows, ValuesPassThroughKernels) {
  const NeuronModel filter{.name = "filter", .state = {{"v", 0.0}}, .update = {"v = 0.5 * v + I"}, .graded = "v"};
  const auto run = [&](const Connectivity& connectivity, SynapseStorage storage) {
    Network network;
    const auto input = network.add(GradedInput{}, {6, 5, 2}, {.name = "input"});
    const auto states = network.add(filter, {6, 5, 2}, {.name = "states"});
    const auto cells = network.add(LeakyIntegrateFire{}, {}, {.readout = "spike_count", .name = "cells"});
    network.connect(input, states, OneToOne{1.0});
    network.connect(input, cells, connectivity, {.storage = storage});
    network.connect(states, cells, connectivity, {.name = "of_states", .storage = storage, .latency = 0});
    InferenceCompiler compiler = this->compiler(8);
    compiler.record = {{cells, "v"}};
    const Tensor<float> image = Random(4).tensor({2, 60}, 0.0F, 1.0F);
    return compiler.compile(network).predict({{input, image}}).recorded(cells, "v");
  };
  const Value weight = frozen(Normal{.mean = 0.1, .sd = 0.3});
  for (const Connectivity& each :
       {Connectivity(
            Conv2D{.filters = 6, .kernel = {3, 2}, .strides = 2, .padding = "same", .groups = 2, .weight = weight}),
        Connectivity(Conv2DTranspose{.filters = 3, .kernel = 3, .strides = 2, .weight = weight}),
        Connectivity(AvgPool2D{.pool = 2})}) {
    testing::expect_same_bits(run(each, SynapseStorage::automatic), run(each, SynapseStorage::dense), name_of(each));
  }
}

// The memory of a connection is its kernel.
TEST_P(Windows, AKernelTakesNoMemoryForItsSynapses) {
  Network network;
  const auto input = network.add(SpikeInput{}, {128, 128, 2}, {.name = "input"});
  const auto maps = network.add(LeakyIntegrateFire{}, {}, {.readout = "spike_count", .name = "maps"});
  network.connect(input, maps, Conv2D{.filters = 32, .kernel = 5, .padding = "same", .weight = Kaiming{}});
  const codegen::CompileOptions options{.timesteps = 10};
  const contract::Artifact artifact =
      codegen::generate(network.resolve(), options, GetParam() == "host" ? "host" : "cuda");
  std::size_t bytes = 0;
  for (const contract::ParameterValues& each : artifact.parameters) bytes += each.bytes.size();
  EXPECT_EQ(bytes, 4u * 5 * 5 * 2 * 32);
}

}  // namespace
}  // namespace synfire
