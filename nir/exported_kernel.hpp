// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools as nodes.
#pragma once

#include <cstddef>
#include <vector>

#include "synfire/network.hpp"
#include "synfire/nir.hpp"

namespace synfire::nir {

struct ExportedKernel {
  // Each leads to the next: Conv1d, Conv2d, SumPool2d, AvgPool2d, AvgPool2d and Scale, AvgPool2d and Conv2d. Their
  // names are suffixes of the connection's.
  std::vector<Node> nodes = {};
  Extents source = {}, target = {};  // images, as in files

  bool has_filters() const { return nodes.back().type.starts_with("Conv"); }  // and can have a bias for each
};

// Throws ModelError with the name of the connection and why it cannot be expressed.
ExportedKernel exported_kernel(const ir::Connection& connection, const Extents& source, std::size_t targets);

}  // namespace synfire::nir
