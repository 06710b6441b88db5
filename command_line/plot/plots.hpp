// SPDX-License-Identifier: Apache-2.0
// The kinds of plots.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/summary.hpp"
#include "plot/figure.hpp"
#include "plot/recordings_file.hpp"

namespace synfire::command_line {

struct PlotOptions {
  std::vector<std::string> objects;      // what to show, in this order; empty: all
  std::optional<std::uint64_t> example;  // index in the data of the run; unset: the first recorded
  std::vector<std::int64_t> neurons;     // of traces; empty: the first few
  double from = 0;                       // ms
  std::optional<double> to;              // ms; unset: to the end
  std::string title;
};

// Spikes of one example: a panel for each population, a point for each spike. All throw DataError for anything that
// was not recorded.
Figure raster(const RecordingsFile& file, const PlotOptions& options);
// Variables of one example over time: a panel for each variable, a line for each neuron.
Figure traces(const RecordingsFile& file, const PlotOptions& options);
// Histogram of the rates (spikes/s) of neurons over all recorded examples and steps; a panel for each population.
Figure rates(const RecordingsFile& file, const PlotOptions& options);
// Losses and metrics over the epochs of a table of synfire train --history: a panel for the losses and for each metric,
// a line for each output in training and in validation. Throws DataError for a file that is not such a table.
Figure history(const std::filesystem::path& file, const PlotOptions& options);
// Populations as boxes, connections as arrows, in Graphviz's language.
std::string network_graph(const ModelSummary& model);

}  // namespace synfire::command_line
