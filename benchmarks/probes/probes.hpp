// SPDX-License-Identifier: Apache-2.0
// Constants that decide what is fast on a GPU, each measured by itself (README.md).
#pragma once

#include <string>
#include <vector>

#include "gpu.hpp"

namespace synfire::probes {

// The assumed range for an H100-class GPU before one could be measured; both 0: none.
struct Assumed {
  double low = 0, high = 0;
};

struct Probe {
  std::string name;
  std::string what;  // human-readable
  std::string unit;
  Assumed assumed;
  double (*measure)(Gpu& gpu, bool small);  // may throw; small: for an emulated GPU
};

// In order of importance.
const std::vector<Probe>& all_probes();

}  // namespace synfire::probes
