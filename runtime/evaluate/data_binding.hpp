// SPDX-License-Identifier: Apache-2.0
// The data of a run, checked and sorted by population.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evaluate/metric_choice.hpp"
#include "evaluate/population_index.hpp"
#include "synfire/compiled_network.hpp"

namespace synfire::runtime {

// What a population that takes input is given: one of these, or neither (it is silent then).
struct BoundInput {
  std::size_t population = 0;
  const Tensor<float>* values = nullptr;
  const SpikeTrains* spikes = nullptr;
};

// What the readouts of an output are compared with: one of these.
struct BoundTarget {
  std::size_t population = 0;
  std::vector<std::size_t> labels = {};
  const Tensor<float>* values = nullptr;
};

struct BoundData {
  std::size_t examples = 0;
  std::vector<BoundInput> inputs = {};    // one for each population that takes input, in network order
  std::vector<BoundTarget> targets = {};  // as they were expected
  std::span<const std::uint32_t> steps = {};
};

// What an output is to be given as targets.
struct ExpectedTarget {
  std::size_t population = 0;
  TargetKind kind = TargetKind::labels;
  std::string compared_by = "metric";  // what compares it, for messages: "metric", "loss"
  std::size_t steps = 1;               // values: how many of the output's shape there are for each example
};
std::vector<ExpectedTarget> targets_of(const std::vector<ChosenMetric>& metrics);

// Every population that takes input has exactly one view of data, every output that is expected to have one
// of targets; all have as many examples. Throws DataError with all problems. Views and options must
// outlive the result.
BoundData bind_data(const PopulationIndex& index, std::uint32_t timesteps, const std::vector<NamedData>& inputs,
                    const RunOptions& options);
BoundData bind_data(const PopulationIndex& index, std::uint32_t timesteps, const std::vector<NamedData>& inputs,
                    const std::vector<NamedData>& targets, const std::vector<ExpectedTarget>& expected,
                    const RunOptions& options);
// The inputs have no data.
BoundData bind_silence(const PopulationIndex& index, std::uint32_t timesteps, std::size_t examples,
                       const RunOptions& options);

}  // namespace synfire::runtime
