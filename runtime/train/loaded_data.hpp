// SPDX-License-Identifier: Apache-2.0
// Data of sources that fit in memory.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "synfire/compiled_network.hpp"

namespace synfire::runtime {

// Bytes for data in memory if nobody says otherwise: a quarter of what is available to this process (`ulimit` counts),
// because reading and converting them needs as much again, and devices and results need memory, too. `used`: bytes that
// data take already, which count as available and as part of the result.
std::size_t default_data_memory(std::size_t used = 0);

// Reads sources into memory, in order, as long as they fit.
class LoadedData {
 public:
  // `memory`: bytes; nothing: default_data_memory(), when the first source comes.
  explicit LoadedData(std::optional<std::size_t> memory) : left_(memory) {}

  // The list with views of what was read, which live as long as this object, and of the rest as it is. Throws what the
  // sources throw.
  std::vector<NamedData> load(const std::vector<NamedData>& list);

 private:
  bool take(std::size_t bytes);

  std::optional<std::size_t> left_;
  std::deque<Tensor<float>> values_;  // a deque does not move them
  std::deque<SpikeTrains> spikes_;
};

}  // namespace synfire::runtime
