// SPDX-License-Identifier: Apache-2.0
// Which metric each output of a network is judged by.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "evaluate/population_index.hpp"
#include "synfire/compiled_network.hpp"

namespace synfire::runtime {

struct ChosenMetric {
  std::size_t population = 0;
  std::string name = {};                     // empty: none
  std::unique_ptr<Metric> metric = nullptr;  // null: none
};

// What an output is judged by unless it has an entry of its own; empty: nothing.
struct DefaultMetric {
  std::size_t population = 0;
  std::string name;
};

// One for each of `defaults`, in their order. Throws ModelError with all problems: unknown metrics and outputs, populations
// that are no outputs, outputs with two metrics.
std::vector<ChosenMetric> choose_metrics(const PopulationIndex& index, const std::vector<DefaultMetric>& defaults,
                                         const std::vector<OutputMetric>& chosen);

// One for each output, in network order. Throws the same.
std::vector<ChosenMetric> choose_metrics(const PopulationIndex& index, const RunOptions& options);

}  // namespace synfire::runtime
