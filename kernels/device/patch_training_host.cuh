// SPDX-License-Identifier: Apache-2.0
//
// The transposed deliveries through kernels, for one thread of a processor. The sums are those of
// patch_training_block.cuh, in the same order.
#pragma once

#include "patch_host.cuh"
#include "training_host.cuh"

namespace synfire::device {

// gradient[entry] += scale·lambda[target] for each synapse of each spike of the list.
template <class Patches, bool has_sign>
SYNFIRE_PHASE_FUNCTION void add_to_patches(const u32* __restrict spikes, u32 count, const float* __restrict lambda,
                                           float* __restrict gradient) {
  constexpr u32 filters = Patch<Patches>::filters;
  for (u32 s = 0u; s < count; ++s) {
    const bool subtracts = has_sign && is_negative(spikes[s]);
    for_each_pixel<Patches>(has_sign ? neuron_of(spikes[s]) : spikes[s], [&](u32 target, u32 entry, u32) {
      const float* const pixel = lambda + target;
      float* const row = gradient + entry;
      SYNFIRE_INDEPENDENT
      for (u32 f = 0u; f < filters; ++f) {
        const float share = scaled<Patches>(pixel[f]);
        row[f] += subtracts ? -share : share;
      }
    });
  }
}

// due[s] −= Σ scale·weights[entry]·timing[target].
template <class Patches, bool first, bool has_sign, class Spikes, class Weights>
SYNFIRE_PHASE_FUNCTION void due_of_patches(Spikes spikes, u32 count, Weights weights, const float* __restrict timing,
                                           float* __restrict due) {
  using OfPatch = Patch<Patches>;
  constexpr u32 filters = OfPatch::filters, width = sum_width(32u);
  for (u32 s = 0u; s < count; ++s) {
    typename Lanes<width>::Register registers[32u / width] = {};
    float* const lanes = reinterpret_cast<float*>(registers);
    for_each_pixel<Patches>(has_sign ? neuron_of(spikes[s]) : spikes[s], [&](u32 target, u32 entry, u32 number) {
      float* const of_pixel = lanes + number % OfPatch::pixels_at_once * OfPatch::lanes;
      for (u32 chunk = 0u; chunk < filters; chunk += 32u) {
        const u32 here = filters - chunk < 32u ? filters - chunk : 32u;
        const auto row = from_entry(weights, entry + chunk);
        const float* const pixel = timing + (target + chunk);
        SYNFIRE_INDEPENDENT
        for (u32 f = 0u; f < here; ++f) {
          const float weight = scaled<Patches>(row[f]);
          of_pixel[f] += weight * pixel[f];
        }
      }
    });
    add_due<first, has_sign>(due, s, spikes[s], sum_of_lanes<width, 32u / width>(registers));
  }
}

// due[s] −= Σ weight·timing[target] over the windows that pass the spike of neuron s. `spiked`: those of the step.
template <class Patches, bool first, class Spikes>
SYNFIRE_PHASE_FUNCTION void due_of_windows(Spikes spikes, u32 count, const u32* __restrict spiked, u32 spiked_count,
                                           float weight, const float* __restrict timing, float* __restrict due) {
  constexpr u32 width = sum_width(32u);
  for (u32 s = 0u; s < count; ++s) {
    typename Lanes<width>::Register registers[32u / width] = {};
    float* const lanes = reinterpret_cast<float*>(registers);
    const u32 source = spikes[s];
    for_each_pixel<Patches>(source, [&](u32 target, u32, u32 number) {
      const u32 sender = sender_of<Patches>(target, 0u, spiked_count, [&](u32 place) { return spiked[place]; });
      if (sender == source) lanes[number % 32u] += weight * timing[target];
    });
    add_due<first, false>(due, s, source, sum_of_lanes<width, 32u / width>(registers));
  }
}

}  // namespace synfire::device
