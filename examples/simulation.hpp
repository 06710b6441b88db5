// SPDX-License-Identifier: Apache-2.0
// What the examples of large networks share: options, runs over seeds, statistics of spikes, files, a raster plot.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <synfire/synfire.hpp>
#include <vector>

namespace synfire::examples {

inline constexpr double time_step = 0.1;  // ms

// A neuron has a coefficient of variation where it has this many spikes; benchmarks/validation/common.py counts likewise.
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
  double discard = 0;                          // ms before measurements begin, by default
  double raster_milliseconds = 400;            // the last of the run, which the raster shows
  std::optional<double> scale = std::nullopt;  // default of --scale, for networks that have one
  // The network at a scale (1 for those that have none). Every population is recorded.
  std::function<Network(double scale)> build;
};

// The main function of an example: runs the network for each seed, prints rates, coefficients of variation and time per
// step, writes the raster of the first seed and, if asked, a JSON file that benchmarks/validation/compare.py reads.
int run_example(int argc, char** argv, const SimulationExample& example);

}  // namespace synfire::examples
