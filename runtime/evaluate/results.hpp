// SPDX-License-Identifier: Apache-2.0
// What comes out of a run, by population, filled batch by batch.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/population_index.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {

struct Results {
  // Room for `examples` examples of all outputs and recordings of the manifest.
  Results(const PopulationIndex& populations, const contract::Manifest& manifest, std::size_t examples);

  // Copies the executor's last batch to the places from example `first` on. `steps`: as in Batch.
  void store(const Executor& executor, std::size_t first, std::size_t examples, std::span<const std::uint32_t> steps);

  // The readout of one example.
  std::span<const float> readout(std::size_t population, std::size_t example) const;

  PopulationIndex index;
  std::map<std::size_t, Tensor<float>> readouts = {};                               // examples × shape
  std::map<std::pair<std::size_t, std::string>, Tensor<float>> variables = {};      // examples × timesteps × shape
  std::map<std::size_t, std::vector<std::vector<RecordedSpike>>> spike_lists = {};  // by example

 private:
  std::size_t population_of(const contract::Buffer& buffer) const;
};

}  // namespace synfire::runtime

namespace synfire {

struct Predictions::Content {
  runtime::Results results;
};

}  // namespace synfire
