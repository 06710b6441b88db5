// SPDX-License-Identifier: Apache-2.0
//
// Deliveries through kernels by the threads of a block. A warp takes the targets of its own neurons (groups of 32
// neighbors, in turn), so it synchronizes with no other.
#pragma once

#include "deliver.cuh"
#include "patch.cuh"

namespace synfire::device {

// The first group of 32 that this warp owns and that has element `from` or a later one.
template <u32 warps>
SYNFIRE_FUNCTION u32 own_group(u32 from) {
  const u32 group = from / 32u;
  return group + (warp_index() + warps - group % warps) % warps;
}

// Adds the kernel to the patches of the spikes of a list, for targets [begin, end).
template <class Patches, u32 warps, bool has_sign, class List, class Counts, class Weights, class Arriving>
SYNFIRE_FUNCTION void deliver_patches(const List& spikes, u32 first, const Counts& counts, u32 slot,
                                      const Weights& weights, const Arriving& arriving, u32 begin, u32 end) {
  constexpr u32 filters = Patch<Patches>::filters;
  const u32 count = counts(slot);
  for (u32 s = 0u; s < count; ++s) {
    const u32 spike = spikes(first + s);
    const bool subtracts = has_sign && is_negative(spike);
    const Patch<Patches> patch(has_sign ? neuron_of(spike) : spike);
    const u32 columns = patch.first_column < patch.end_column ? patch.end_column - patch.first_column : 0u;
    const auto add = [&](u32 target, u32 z, u32 x, u32 f) {
      const u32 entry = patch.entry(z, x);
      if (entry == no_tap) return;
      const float weight = scaled<Patches>(weights(entry + f));
      arriving(target) += subtracts ? -weight : weight;
    };
    for (u32 z = patch.first_row; z < patch.end_row; ++z) {
      const u32 row = patch.target(z, patch.first_column);
      if (Patches::groups == 1u) {
        // The targets of a row of pixels are contiguous.
        const u32 behind = row + columns * filters;
        const u32 from = row < begin ? begin : row, to = behind > end ? end : behind;
        for (u32 group = own_group<warps>(from); group * 32u < to; group += warps) {
          const u32 target = group * 32u + lane_index();
          if (target < from || target >= to) continue;
          add(target, z, patch.first_column + (target - row) / filters, (target - row) % filters);
        }
      } else {
        for (u32 e = lane_index(); e < columns * filters; e += 32u) {
          const u32 x = patch.first_column + e / filters, f = e % filters;
          const u32 target = patch.target(z, x) + f;
          if (target >= begin && target < end && (target >> 5) % warps == warp_index()) add(target, z, x, f);
        }
      }
    }
    warp_barrier();
  }
}

// `weight` if the mask has a neuron of the target's window, else 0.
template <class Patches, class Words>
SYNFIRE_FUNCTION float deliver_window(const Words& mask, u32 offset, u32 target, float weight) {
  const bool any = any_in_window<Patches>(target, [&](u32 source) {
    const u32 word = mask(offset + source / 32u);
    return ((word >> (source & 31u)) & 1u) != 0u;
  });
  return any ? weight : 0.0f;
}

}  // namespace synfire::device
