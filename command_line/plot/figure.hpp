// SPDX-License-Identifier: Apache-2.0
// Pictures, drawn by the programs gnuplot and Graphviz. The data are written beside a picture, so that it can be
// redrawn in another way or on another machine.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "output.hpp"

namespace synfire::command_line {

enum class Mark { points, lines, marked_lines, boxes };

// One set of points, in its own color if a panel has several.
struct Series {
  std::string label;
  std::vector<std::pair<double, double>> points;
};

struct Panel {
  std::string title, y_label;
  Mark mark = Mark::points;
  std::vector<Series> series;
  double y_min = 0, y_max = 0;  // equal: the range of the data
  double weight = 1;            // height relative to other panels
  double point_size = 0.4;
};

// Stacked panels with a common horizontal axis.
struct Figure {
  std::string title, x_label;
  double x_min = 0, x_max = 0;  // equal: the range of the data
  std::vector<Panel> panels;
  unsigned width = 900, height = 600;  // pixels
  bool same_x = true;                  // only the lowest panel has numbers at the axis

  double total_weight() const {
    double total = 0;
    for (const Panel& panel : panels) total += panel.weight;
    return total;
  }
};

// The files of a picture.
struct PictureFiles {
  std::filesystem::path picture;  // .svg or .png; empty: only the data
  std::filesystem::path data;     // .dat or .dot
  std::filesystem::path script;   // .gnuplot; empty for graphs
};

// `output`: named by the user. `data`: ".dat" or ".dot". Throws UsageError for another extension.
PictureFiles files_of(const std::filesystem::path& output, const std::string& data);

// Writes the data and the script, then the picture. Throws RunError if gnuplot is missing or fails; the data are
// written anyway.
void draw(const Figure& figure, const PictureFiles& files);

// The same for a graph in Graphviz's language, drawn by dot.
void draw_graph(const std::string& graph, const PictureFiles& files);

}  // namespace synfire::command_line
