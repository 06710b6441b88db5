// SPDX-License-Identifier: Apache-2.0
// The geometry of convolutions and pools: which neurons a kernel joins. A spike of a source neuron reaches a patch of
// target pixels; each pixel takes one entry of the kernel, the tap, for each pair of channels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "synfire/connectivity.hpp"
#include "synfire/error.hpp"
#include "synfire/network.hpp"

namespace synfire {

// One axis of an image. Source pixel y, or the window of the fused pool that has it (window y / pool_stride, if y mod
// pool_stride < pool and there is such a window), reaches target pixel z through the tap a for which
//   z·stride + a·dilation = y + padding,  or  z = y·stride + a·dilation − padding if `transposed`,
// with a in [0, kernel) and z in [0, target).
struct PatchAxis {
  std::uint32_t source = 1, target = 1;  // pixels
  std::uint32_t kernel = 1, stride = 1, dilation = 1;
  std::uint32_t padding = 0;  // before the first pixel
  bool transposed = false;
  std::uint32_t pool = 1, pool_stride = 1, pooled = 1;  // of a fused pool; `pooled`: its windows. 1, 1, source: none
  bool operator==(const PatchAxis&) const = default;
};

struct PatchGeometry {
  PatchAxis vertical, horizontal;
  std::uint32_t source_channels = 1, target_channels = 1, groups = 1;
  double divisor = 1;         // of the weights: the pixels of a pool
  bool has_kernel = true;     // false: all weights are one number
  Extents kernel_shape = {};  // of the array of weights
  Extents target_shape = {};  // height × width × channels, or length × channels

  std::uint32_t channels_per_group() const { return source_channels / groups; }
  std::uint32_t filters_per_group() const { return target_channels / groups; }
  // Entries of the kernel: [tap of the vertical axis][of the horizontal one][channel of the group][filter].
  std::size_t kernel_elements() const { return element_count(kernel_shape); }
  // Pairs of neurons that are joined.
  double synapses() const;
  bool operator==(const PatchGeometry&) const = default;
};

struct PatchResult {
  std::optional<PatchGeometry> geometry;  // unless there is a problem, or the shape of the source is not known
  std::optional<Problem> problem;         // its path is relative to the connection: "" or a member, such as ".kernel"
};

// For a convolution or pool between populations of these shapes; that of the target is only read for its number of
// neurons, by AvgPoolDense2D. At most 2³¹ − 1 target neurons.
PatchResult find_patches(const Connectivity& connectivity, const Shape& source, const Shape& target);

// The same for a validated network.
PatchGeometry patches_of(const Connectivity& connectivity, const Extents& source, std::size_t targets);

}  // namespace synfire
