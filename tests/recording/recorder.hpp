// SPDX-License-Identifier: Apache-2.0
// A small hand-written program that records everything recordable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "evaluate/lambda_device.hpp"
#include "synfire/compiled_network.hpp"

namespace synfire::test {

constexpr std::uint32_t recorder_timesteps = 10;
constexpr std::uint64_t recorder_identity = 78;
constexpr PopulationId cells{0, recorder_identity};
constexpr ConnectionId loop{0, recorder_identity};

// Populations, all without input:
//   0 "cells"  2×3 neurons; records v = 1000 · example + 10 · x + neuron, and spikes: (example + x + neuron) divisible
//              by 3, negative ones of odd neurons
//   1 "out"    an output: x at the end
// Connections:
//   0 "loop"   cells to cells; records g = −v of its target; dense weights 0, 1, 2, … and delays of 2 ms
//   1 "cells"  cells to out: all weights are 0.5
// x counts the steps since it was initialized and is carried as neuron state: it equals the step if state is passed on
// from window to window. dt is 0.5 ms.
struct RecorderOptions {
  std::uint32_t batch_size = 3;
  std::uint32_t recording_steps = recorder_timesteps;
  bool resumable = true;
  bool carries = false;
  std::function<void(const contract::TrialHeader&)> on_launch = {};  // before each
};
CompiledNetwork recorder(const RecorderOptions& options = {});

// The recorded values.
float recorded_v(std::size_t example, std::uint32_t step, std::uint32_t neuron);
int recorded_sign(std::size_t example, std::uint32_t step, std::uint32_t neuron);
std::vector<RecordedSpike> recorded_spikes(std::size_t example, std::uint32_t steps);

}  // namespace synfire::test
