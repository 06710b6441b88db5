// SPDX-License-Identifier: Apache-2.0
// What the handles of a session point to: one channel for each population that takes data, and each recording.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "session/spike_input_queue.hpp"
#include "synfire/contract/artifact.hpp"

namespace synfire::runtime {

class SessionState;

struct InputChannel {
  SessionState* session = nullptr;
  const contract::PopulationInfo* population = nullptr;
  std::size_t neurons = 0;
  std::optional<SpikeInputQueue> queue = {};  // where the population takes spikes, …
  std::vector<float> values = {};             // … or frames × neurons where it takes values
  bool changed = false;                       // the values, since the device got them
};

struct RecordingChannel {
  SessionState* session = nullptr;
  std::size_t buffer = 0;  // in the manifest
  std::size_t elements = 0;
  std::vector<RecordedSpike> spikes = {};  // room for all of one advance; filled when asked for
  std::uint64_t filled_in = 0;             // the advance that they are of
};

}  // namespace synfire::runtime
