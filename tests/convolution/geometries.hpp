// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools that cover every pair of features.
#pragma once

#include <string>
#include <vector>

#include "synfire/network.hpp"

namespace synfire::testing {

struct Geometry {
  std::string name;  // its features
  Connectivity connectivity;
  Shape source;
  std::optional<std::uint32_t> targets = std::nullopt;  // where they are not inferred
};

// Kernels are drawn, delays are 0 or 2 ms; no two have the same channels and sizes on both axes.
const std::vector<Geometry>& geometries();

}  // namespace synfire::testing
