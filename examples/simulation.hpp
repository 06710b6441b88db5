// SPDX-License-Identifier: Apache-2.0
// Shared by the examples of large networks: options, runs over seeds, spike statistics, files, a raster plot.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <synfire/synfire.hpp>
#include <vector>

namespace synfire::examples {

inline constexpr double time_step = 0.1;  // ms

// A neuron needs this many spikes for a coefficient of variation; benchmarks/validation/common.py does the same.
inline constexpr std::size_t least_spikes = 5;

struct PopulationStatistics {
  double rate = 0;           // mean over neurons, Hz
  std::optional<double> cv;  // of inter-spike intervals, mean over the neurons that have `least_spikes`
  std::size_t spikes = 0;
};

// Of the spikes in [begin, end) ms; `spikes` in order of steps, those of step s at s·time_step.
PopulationStatistics population_statistics(const std::vector<RecordedSpike>& spikes, std::size_t neurons, double begin,
                                           double end);

struct SimulationExample {
  std::string name;                            // of files
  std::string title;                           // of the raster and of --help
  double discard = 0;                          // ms before statistics begin, by default
  double raster_milliseconds = 400;            // the end of the run, shown in the raster
  std::optional<double> scale = std::nullopt;  // default of --scale, for networks that have one
  // The network at a scale (1 for those that have none). Every population is recorded.
  std::function<Network(double scale)> build;
};

// The main function of an example: runs the network for each seed, prints rates, coefficients of variation and time per
// step, writes the raster of the first seed and, on request, a JSON file that benchmarks/validation/compare.py reads.
int run_example(int argc, char** argv, const SimulationExample& example);

}  // namespace synfire::examples
