// SPDX-License-Identifier: Apache-2.0
// Chooses the metric of each output of a network.
#pragma once

#include <memory>
#include <span>
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

// The metric of an output that is not in the list; without a name: none.
struct DefaultMetric {
  std::size_t population = 0;
  MetricChoice metric;
};

// One for each of `defaults`, in their order: of the list, else the default. Throws ModelError with all problems:
// unknown metrics and outputs, populations that are not outputs, outputs with two metrics.
std::vector<ChosenMetric> choose_metrics(const PopulationIndex& index, const std::vector<DefaultMetric>& defaults,
                                         const std::vector<OutputMetric>& list);

// Adds examples to the metric of an output: compares `readout(e)` with the label of example e, or, without labels, with
// its part of `values` (examples × neurons).
template <class Label, class Readout>
void add_examples(Metric& metric, std::size_t examples, Readout readout, std::span<const Label> labels,
                  std::span<const float> values) {
  for (std::size_t e = 0; e < examples; ++e) {
    const std::span<const float> found = readout(e);
    if (labels.empty())
      metric.add(found, 0, values.subspan(e * found.size(), found.size()));
    else
      metric.add(found, labels[e], {});
  }
}

// The value of the metric of an output so far.
MetricValue value_of(const ChosenMetric& chosen, const PopulationIndex& index);

// One per output of a network that is not trained, in network order. Throws the same.
std::vector<ChosenMetric> choose_metrics(const PopulationIndex& index, const Metrics& chosen);

}  // namespace synfire::runtime
