// SPDX-License-Identifier: Apache-2.0
// Shapes of nodes: channels, height, width; no batch, no time.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "synfire/nir.hpp"

namespace synfire::nir {

// Why a node cannot have an input or output of some shape.
struct Mismatch {
  std::string parameter = {};
  std::string message = {};
  std::string expected = {};
  std::string given = {};
};

// A convolution or pooling, height before width; Conv1d has a height of 1.
struct Window {
  std::size_t channels_in = 0, channels_out = 0, groups = 1;
  std::array<std::size_t, 2> in{1, 1}, out{1, 1}, kernel{1, 1}, stride{1, 1}, dilation{1, 1}, before{0, 0};
};

// Both throw Mismatch. `input`: of a convolution or pooling with this input; (C, L) or (C, H, W).
Window window_of(const Node& node, const Extents& input);
// The shape of what the node gives for an input of this shape, which may be empty if it is not known yet; empty if the
// output cannot be known.
Extents output_shape_of(const Node& node, const Extents& input);

}  // namespace synfire::nir
