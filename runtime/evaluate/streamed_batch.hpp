// SPDX-License-Identifier: Apache-2.0
// The data of a batch that are not in memory: read from their sources.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evaluate/data_binding.hpp"
#include "synfire/contract/artifact.hpp"

namespace synfire::runtime {

// In the order of the data's inputs and targets; empty for those that are in memory.
struct StreamedBatch {
  std::vector<std::vector<float>> inputs = {}, targets = {};
  std::vector<SpikeTrains> spikes = {};  // of inputs
};

// Fills `batch`, whose memory is used again. Throws what the sources throw, and DataError: non_finite_data (with the
// example); wrong_data_size for a source that returns other than it announced.
void read_streamed(const BoundData& data, const contract::Manifest& manifest, std::span<const std::uint32_t> examples,
                   StreamedBatch& batch);
// The same without targets.
void read_streamed_inputs(const BoundData& data, const contract::Manifest& manifest,
                          std::span<const std::uint32_t> examples, StreamedBatch& batch);
// One target, which has a source.
void read_streamed(const BoundTarget& target, const contract::Manifest& manifest,
                   std::span<const std::uint32_t> examples, std::vector<float>& values);
// The spikes of a source; `path` names it in messages.
SpikeTrains read_streamed(const SpikeSource& source, const std::string& path, std::span<const std::uint32_t> examples);

}  // namespace synfire::runtime
