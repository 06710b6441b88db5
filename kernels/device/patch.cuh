// SPDX-License-Identifier: Apache-2.0
//
// Convolutions and pools: the targets of a spike are a patch of an image, computed from its source; their weights are
// entries of a kernel that all neurons share. Images and kernels have their channels last, so the channels of a pixel
// are contiguous, in the image as in the kernel.
//
// Generated source describes a connection by a struct of constants: `Vertical` and `Horizontal`, both a PatchAxis,
// `source_rows`, `source_columns`, `source_channels`, `target_channels`, `groups`, `is_scaled`, and scale(), by which
// weights are multiplied.
#pragma once

#include "platform.cuh"

namespace synfire::device {

constexpr u32 no_tap = ~0u;

// One axis of an image. Source pixel y reaches target pixel z through the tap a of the kernel for which
//   z·stride + a·dilation = y + padding,  or  z = y·stride + a·dilation − padding if `transposed`.
// If pools come first, y is the window of `pool` pixels, one each `pool_stride` pixels, that has the source pixel.
template <u32 target_pixels, u32 taps, u32 stride, u32 dilation, u32 padding, bool transposed, u32 pool,
          u32 pool_stride, u32 pooled>
struct PatchAxis {
  enum : u32 { targets = target_pixels, kernel = taps, extent = (taps - 1u) * dilation + 1u };

  // The pixel as the kernel sees it, or no_tap.
  SYNFIRE_MEMBER static u32 seen(u32 pixel) {
    if (pool_stride == 1u) return pixel;
    const u32 window = pixel / pool_stride;
    return pixel % pool_stride < pool && window < pooled ? window : no_tap;
  }

  // The target pixels that pixel y can reach: [first(y), end(y)).
  SYNFIRE_MEMBER static u32 first(u32 y) {
    if (transposed) return y * stride < padding ? 0u : y * stride - padding;
    return y + padding < extent ? 0u : (y + padding - extent) / stride + 1u;
  }
  SYNFIRE_MEMBER static u32 end(u32 y) {
    const u32 last = transposed ? y * stride + extent : (y + padding) / stride + 1u;
    const u32 limit = transposed ? (last < padding ? 0u : last - padding) : last;
    return limit < targets ? limit : static_cast<u32>(targets);
  }

  // The pixel, maybe beyond the image, that z sees through a tap of a kernel that is not transposed.
  SYNFIRE_MEMBER static u32 source(u32 z, u32 tap) { return z * stride + tap * dilation - padding; }

  // The tap through which y reaches z, one of these; or no_tap.
  SYNFIRE_MEMBER static u32 tap(u32 y, u32 z) {
    const u32 distance = transposed ? z + padding - y * stride : y + padding - z * stride;
    if (dilation == 1u) return distance;
    return distance % dilation == 0u ? distance / dilation : no_tap;
  }
};

// The patch of one source neuron: its target pixels, and which part of the kernel each takes.
template <class Patches>
struct Patch {
  using Vertical = typename Patches::Vertical;
  using Horizontal = typename Patches::Horizontal;
  enum : u32 {
    filters = Patches::target_channels / Patches::groups,  // of a group
    group_channels = Patches::source_channels / Patches::groups,
    source_columns = Patches::source_columns,
    // Sums over a patch have 32 lanes. A pixel takes `lanes` of them: the power of two that has room for its filters,
    // or all; then a filter is in lane f mod 32. Pixels take the lanes in turn.
    lanes = filters > 16u  ? 32u
            : filters > 8u ? 16u
            : filters > 4u ? 8u
            : filters > 2u ? 4u
                           : filters,
    pixels_at_once = 32u / lanes,
  };

  u32 row, column;         // of the source as the kernel sees it
  u32 first_row, end_row;  // of the target pixels; empty if the source is in no pool
  u32 first_column, end_column;
  u32 channel;  // in its group
  u32 filter;   // the first of the group

  SYNFIRE_MEMBER explicit Patch(u32 source) {
    const u32 pixel = source / Patches::source_channels;
    const u32 of_image = source % Patches::source_channels;
    const u32 group = of_image / group_channels;
    channel = of_image % group_channels;
    filter = group * filters;
    row = Vertical::seen(pixel / source_columns);
    column = Horizontal::seen(pixel % source_columns);
    const bool exists = row != no_tap && column != no_tap;
    first_row = exists ? Vertical::first(row) : 0u;
    end_row = exists ? Vertical::end(row) : 0u;
    first_column = exists ? Horizontal::first(column) : 0u;
    end_column = exists ? Horizontal::end(column) : 0u;
  }

  // The first target neuron of a pixel.
  SYNFIRE_MEMBER u32 target(u32 z, u32 x) const {
    return (z * Horizontal::targets + x) * Patches::target_channels + filter;
  }
  // The entry of the kernel for that neuron, or no_tap.
  SYNFIRE_MEMBER u32 entry(u32 z, u32 x) const {
    const u32 a = Vertical::tap(row, z), b = Horizontal::tap(column, x);
    if (a == no_tap || b == no_tap) return no_tap;
    return ((a * Horizontal::kernel + b) * group_channels + channel) * Patches::target_channels + filter;
  }
};

// What arrives through a weight.
template <class Patches>
SYNFIRE_FUNCTION float scaled(float weight) {
  return Patches::is_scaled ? weight * Patches::scale() : weight;
}

// Calls visit(target, entry, number) for the pixels of the patch of `source` in order: neurons from `target` on, one
// for each filter, take the entries of the kernel from `entry` on. `number` counts pixels, those between the taps of a
// dilated kernel too.
template <class Patches, class Visit>
SYNFIRE_FUNCTION void for_each_pixel(u32 source, Visit&& visit) {
  const Patch<Patches> patch(source);
  u32 number = 0u;
  for (u32 z = patch.first_row; z < patch.end_row; ++z) {
    for (u32 x = patch.first_column; x < patch.end_column; ++x) {
      const u32 entry = patch.entry(z, x);
      if (entry != no_tap) visit(patch.target(z, x), entry, number);
      ++number;
    }
  }
}

// ---- Windows: a pool in which the target has one spike if any source has one. Channels are groups with one filter.

// Visits the source neurons of a target's window in ascending order until visit(source) is true; whether it was.
template <class Patches, class Visit>
SYNFIRE_FUNCTION bool any_in_window(u32 target, Visit&& visit) {
  using Vertical = typename Patches::Vertical;
  using Horizontal = typename Patches::Horizontal;
  const u32 pixel = target / Patches::target_channels, channel = target % Patches::target_channels;
  for (u32 a = 0u; a < Vertical::kernel; ++a) {
    const u32 y = Vertical::source(pixel / Horizontal::targets, a);
    if (y >= Patches::source_rows) continue;
    for (u32 b = 0u; b < Horizontal::kernel; ++b) {
      const u32 x = Horizontal::source(pixel % Horizontal::targets, b);
      if (x < Patches::source_columns && visit((y * Patches::source_columns + x) * Patches::source_channels + channel))
        return true;
    }
  }
  return false;
}

// Whether neuron i is among the spikes at [from, to), which ascend.
template <class SpikeAt>
SYNFIRE_FUNCTION bool has_spiked(u32 from, u32 to, const SpikeAt& spike_at, u32 i) {
  while (from < to) {
    const u32 middle = from + (to - from) / 2u;
    const u32 spike = spike_at(middle);
    if (spike == i) return true;
    if (spike < i) {
      from = middle + 1u;
    } else {
      to = middle;
    }
  }
  return false;
}

// The neuron whose spike passes the window of `target`: the first that spiked, or the first of all if none did.
template <class Patches, class SpikeAt>
SYNFIRE_FUNCTION u32 sender_of(u32 target, u32 from, u32 to, const SpikeAt& spike_at) {
  u32 first = no_tap, sender = no_tap;
  any_in_window<Patches>(target, [&](u32 source) {
    if (first == no_tap) first = source;
    const bool spiked = has_spiked(from, to, spike_at, source);
    if (spiked) sender = source;
    return spiked;
  });
  return sender == no_tap ? first : sender;
}

}  // namespace synfire::device
