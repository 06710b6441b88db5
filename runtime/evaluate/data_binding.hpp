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

// The data of an input population: one of these, or none (it is silent then).
struct BoundInput {
  std::size_t population = 0;
  const Tensor<float>* values = nullptr;
  const SpikeTrains* spikes = nullptr;
  const ValueSource* value_source = nullptr;
  const SpikeSource* spike_source = nullptr;
  bool is_streamed() const { return value_source != nullptr || spike_source != nullptr; }
};

// The weights of the loss of an output: products of that of the example and that of the step.
struct BoundWeights {
  std::vector<float> examples = {};   // one each; empty: 1
  std::span<const float> steps = {};  // `row` for all examples, or for each; empty: 1
  std::size_t row = 1;                // weights of an example: one, or one for each step
  bool are_given() const { return !examples.empty() || !steps.empty(); }
  // Writes the weights of an example, `row` numbers.
  void write(std::size_t example, float* to) const;
};

// The targets that the readouts of an output are compared with: one of these, or neither (it takes none).
struct BoundTarget {
  std::size_t population = 0;
  std::vector<std::size_t> labels = {};
  const Tensor<float>* values = nullptr;
  const ValueSource* value_source = nullptr;
  BoundWeights weights = {};
};

struct BoundData {
  std::size_t examples = 0;
  std::vector<BoundInput> inputs = {};    // one per input population, in network order
  std::vector<BoundTarget> targets = {};  // in the order of the expected targets
  std::span<const std::uint32_t> steps = {};
  // Whether some are read batch by batch.
  bool is_streamed() const;
  // Whether the loss of any output has weights; the others then have 1.
  bool is_weighted() const;
};

// The targets that an output must be given.
struct ExpectedTarget {
  std::size_t population = 0;
  TargetKind kind = TargetKind::labels;
  std::string compared_by = "metric";  // for messages: "metric", "loss"
  std::size_t steps = 1;               // values: how many of the output's shape per example
  bool given = true;                   // false: the output takes no data
};
std::vector<ExpectedTarget> targets_of(const std::vector<ChosenMetric>& metrics);

// Every input population must have exactly one view of data, every output in `expected` one of targets unless
// it takes none; all with the
// same number of examples. Throws DataError with all problems. Views and options must outlive the result.
BoundData bind_data(const PopulationIndex& index, std::uint32_t timesteps, const std::vector<NamedData>& inputs,
                    const RunOptions& options);
BoundData bind_data(const PopulationIndex& index, std::uint32_t timesteps, const std::vector<NamedData>& inputs,
                    const std::vector<NamedData>& targets, const std::vector<ExpectedTarget>& expected,
                    const RunOptions& options);
// Inputs without data.
BoundData bind_silence(const PopulationIndex& index, std::uint32_t timesteps, std::size_t examples,
                       const RunOptions& options);

}  // namespace synfire::runtime
