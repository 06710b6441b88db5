// SPDX-License-Identifier: Apache-2.0
// The runs of a sweep: every combination of the values of --set, with every seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "options.hpp"
#include "synfire/description.hpp"

namespace synfire::command_line {

struct Axis {
  std::string path;
  std::vector<std::string> values;  // as given
};

struct Grid {
  std::vector<Axis> axes;
  std::vector<std::uint64_t> seeds;  // empty: that of the description

  // The number of combinations of values.
  std::size_t points() const;
  // The values of a combination, one per axis; the last axis varies fastest.
  std::vector<std::string> values(std::size_t point) const;
  std::vector<Override> overrides(std::size_t point) const;
  // `hidden.tau_mem=10, compile.dt=0.5`; empty without axes.
  std::string label(std::size_t point) const;
};

// From --set PATH=VALUE,VALUE… and --seeds. Throws UsageError for values, paths and seeds that are given twice, and for
// more than 100,000 runs.
Grid grid_of(const Arguments& arguments);

}  // namespace synfire::command_line
