// SPDX-License-Identifier: Apache-2.0
// The recordings of a run, read back from its .npz file (docs/recording.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "synfire/npz.hpp"

namespace synfire::command_line {

// The axes of a recording.
struct RecordedAxes {
  std::string name;                    // `cells.v`
  std::vector<std::int64_t> examples;  // indices in the data of the run
  std::vector<std::uint32_t> steps;    // ascending
  std::vector<std::uint32_t> neurons;  // row-major indices in the population
  std::string object() const { return name.substr(0, name.rfind('.')); }
};

struct RecordedSpikes : RecordedAxes {
  std::vector<std::size_t> offsets;  // spikes of recorded example e are [offsets[e], offsets[e + 1])
  std::vector<std::uint32_t> neuron, step;
};

struct RecordedValues : RecordedAxes {
  Tensor<float> values;  // examples × steps × neurons
  float at(std::size_t example, std::size_t step, std::size_t neuron) const {
    return values[(example * steps.size() + step) * neurons.size() + neuron];
  }
};

struct RecordingsFile {
  std::string path;
  double dt = 1;  // ms
  std::vector<RecordedSpikes> spikes;
  std::vector<RecordedValues> values;
};

// Throws DataError: file_access, malformed_file for inconsistent arrays.
RecordingsFile read_recordings(const std::filesystem::path& path);

// The position of an example of the data among the recorded ones. Throws DataError if it was not recorded.
std::size_t place_of_example(const RecordedAxes& axes, std::uint64_t example, const std::string& path);

}  // namespace synfire::command_line
