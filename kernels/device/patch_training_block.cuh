// SPDX-License-Identifier: Apache-2.0
//
// The transposed deliveries through kernels, by the threads of a block.
#pragma once

#include "patch_block.cuh"
#include "training_block.cuh"

namespace synfire::device {

// gradient[entry] += scale·lambda[slot + target] for each synapse of each spike [from, to) of the tape. Spikes share
// the entries, so each thread takes its own, in groups of 32 neighbors for each warp in turn, over all spikes in order.
template <class Patches, u32 threads, bool has_sign, class Spikes, class Lambda, class Gradient>
SYNFIRE_FUNCTION void add_to_patches(const Spikes& spikes, u32 from, u32 to, const Lambda& lambda, u32 slot,
                                     const Gradient& gradient) {
  constexpr u32 filters = Patch<Patches>::filters, warps = threads / 32u;
  for (u32 place = from; place < to; ++place) {
    const u32 spike = spikes(place);
    const bool subtracts = has_sign && is_negative(spike);
    for_each_pixel<Patches>(has_sign ? neuron_of(spike) : spike, [&](u32 target, u32 entry, u32) {
      for (u32 group = own_group<warps>(entry); group * 32u < entry + filters; group += warps) {
        const u32 own = group * 32u + lane_index();
        if (own < entry || own >= entry + filters) continue;
        const float share = scaled<Patches>(lambda(slot + target + (own - entry)));
        gradient(own) += subtracts ? -share : share;
      }
    });
  }
}

// due[spike] −= Σ scale·weights[entry]·timing[slot + target].
template <class Patches, u32 threads, bool first, bool has_sign, class Spikes, class Weights, class Timing, class Due>
SYNFIRE_FUNCTION void due_of_patches(const Spikes& spikes, u32 from, u32 to, const Weights& weights,
                                     const Timing& timing, u32 slot, const Due& due) {
  using OfPatch = Patch<Patches>;
  for (u32 place = from + warp_index(); place < to; place += threads / 32u) {
    const u32 spike = spikes(place);
    const OfPatch patch(has_sign ? neuron_of(spike) : spike);
    const u32 columns = patch.first_column < patch.end_column ? patch.end_column - patch.first_column : 0u;
    const u32 rows = patch.first_row < patch.end_row ? patch.end_row - patch.first_row : 0u;
    float lane = 0.0f;
    for (u32 number = lane_index() / OfPatch::lanes; number < rows * columns; number += OfPatch::pixels_at_once) {
      const u32 z = patch.first_row + number / columns, x = patch.first_column + number % columns;
      const u32 entry = patch.entry(z, x);
      if (entry == no_tap) continue;
      const u32 target = patch.target(z, x);
      for (u32 f = lane_index() % OfPatch::lanes; f < OfPatch::filters; f += 32u) {
        const float weight = scaled<Patches>(weights(entry + f));
        lane += weight * timing(slot + target + f);
      }
    }
    const float sum = sum_of_warp(lane);
    if (lane_index() == 0u) add_due<first, has_sign>(due, place - from, spike, sum);
  }
}

// due[spike] −= Σ weight·timing[slot + target] over the windows that pass the spike. `spiked`: the tape, with the
// spikes of the step at [spiked_from, spiked_to).
template <class Patches, u32 threads, bool first, class Spikes, class Spiked, class Timing, class Due>
SYNFIRE_FUNCTION void due_of_windows(const Spikes& spikes, u32 from, u32 to, const Spiked& spiked, u32 spiked_from,
                                     u32 spiked_to, float weight, const Timing& timing, u32 slot, const Due& due) {
  for (u32 place = from + warp_index(); place < to; place += threads / 32u) {
    const u32 source = spikes(place);
    float lane = 0.0f;
    for_each_pixel<Patches>(source, [&](u32 target, u32, u32 number) {
      if (number % 32u != lane_index()) return;
      const u32 sender =
          sender_of<Patches>(target, spiked_from, spiked_to, [&](u32 at) { return static_cast<u32>(spiked(at)); });
      if (sender == source) lane += weight * timing(slot + target);
    });
    const float sum = sum_of_warp(lane);
    if (lane_index() == 0u) add_due<first, false>(due, place - from, source, sum);
  }
}

}  // namespace synfire::device
