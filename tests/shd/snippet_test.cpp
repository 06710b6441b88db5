// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/events.md: a network is trained on a file.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/scratch_folder.hpp"
#include "synfire/shd.hpp"
#include "synfire/synfire.hpp"

namespace synfire {
namespace {

// clang-format off

TEST(Shd, TrainsANetwork) {
  const test::ScratchFolder folder;
  std::filesystem::copy(SYNFIRE_TEST_FILES "/half.h5", folder / "shd_train.h5");
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 140);
  const auto output = network.add(LeakyIntegrate{}, 20, {.readout = "avg_var"});
  network.connect(input, output, Dense{Normal{.sd = 0.01}}, {.synapse = Exponential{}});
  auto model = EventPropCompiler{.timesteps = 1000, .batch_size = 2, .allow_arrival_only = true}.compile(network);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const EventFiles digits(open_shd("shd_train.h5"), {.downsample = 5, .window = EventWindow{0, 1000}});
  std::filesystem::current_path(before);
  EXPECT_EQ(digits.shape(), (Extents{140}));
  EXPECT_EQ(read_all(digits).spikes(), 4u);
  model.train({{input, digits}}, {{output, digits.labels()}}, {.epochs = 10});
}

// clang-format on

}  // namespace
}  // namespace synfire
