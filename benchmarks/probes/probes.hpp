// SPDX-License-Identifier: Apache-2.0
// The constants that decide what is fast on a GPU, each measured by itself (README.md).
#pragma once

#include <string>
#include <vector>

#include "gpu.hpp"

namespace synfire::probes {

// What was assumed of a GPU like an H100 before there was one to measure, from `low` to `high`; both 0: nothing.
struct Assumed {
  double low = 0, high = 0;
};

struct Probe {
  std::string name;
  std::string what;  // for people
  std::string unit;
  Assumed assumed;
  double (*measure)(Gpu& gpu, bool small);  // throws; small: for a GPU that is emulated
};

// In the order in which they are worth measuring.
const std::vector<Probe>& all_probes();

}  // namespace synfire::probes
