// SPDX-License-Identifier: Apache-2.0
// The targets of session handles: one channel per population that accepts data, and one per recording.
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
  std::optional<SpikeInputQueue> queue = {};  // if the population accepts spikes, …
  std::vector<float> values = {};             // … or frames × neurons if it accepts values
  bool changed = false;                       // whether the values changed since the device got them
};

struct RecordingChannel {
  SessionState* session = nullptr;
  std::size_t buffer = 0;  // in the manifest
  std::size_t elements = 0;
  std::vector<RecordedSpike> spikes = {};  // room for all of one advance; filled on request
  std::uint64_t filled_in = 0;             // the advance they belong to
};

}  // namespace synfire::runtime
