// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools that cover every pair of features.
#pragma once

#include <cstdint>
#include <optional>
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

// Kernels are drawn, and trained or frozen; delays are 0 or 2 ms.
std::vector<Geometry> geometries(bool trains);
// The same, at most so many for each network.
std::vector<std::vector<Geometry>> geometries_by_network(bool trains, std::size_t most);

}  // namespace synfire::testing
