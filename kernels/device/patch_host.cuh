// SPDX-License-Identifier: Apache-2.0
//
// Deliveries through kernels for one thread of a processor. The channels of a pixel are contiguous, so a spike adds a
// few rows of the kernel to its patch in vector registers.
#pragma once

#include "patch.cuh"
#include "trial_host.cuh"

namespace synfire::device {

// The weights from an entry on.
SYNFIRE_FUNCTION const float* from_entry(const float* weights, u32 entry) { return weights + entry; }
SYNFIRE_FUNCTION SameWeight from_entry(SameWeight weight, u32) { return weight; }

// Adds the kernel to the patches of the spikes of a list.
template <class Patches, bool has_sign, class Weights>
SYNFIRE_PHASE_FUNCTION void deliver_patches(const u32* __restrict spikes, u32 count, Weights weights,
                                            float* __restrict arriving) {
  constexpr u32 filters = Patch<Patches>::filters;
  for (u32 s = 0u; s < count; ++s) {
    const bool subtracts = has_sign && is_negative(spikes[s]);
    for_each_pixel<Patches>(has_sign ? neuron_of(spikes[s]) : spikes[s], [&](u32 target, u32 entry, u32) {
      const auto row = from_entry(weights, entry);
      float* const pixel = arriving + target;
      SYNFIRE_INDEPENDENT
      for (u32 f = 0u; f < filters; ++f) {
        const float weight = scaled<Patches>(row[f]);
        pixel[f] += subtracts ? -weight : weight;
      }
    });
  }
}

// The same for targets [begin, end).
template <class Patches, bool has_sign, class Weights>
SYNFIRE_PHASE_FUNCTION void deliver_patches(const u32* __restrict spikes, u32 count, Weights weights,
                                            float* __restrict arriving, u32 begin, u32 end) {
  constexpr u32 filters = Patch<Patches>::filters;
  for (u32 s = 0u; s < count; ++s) {
    const bool subtracts = has_sign && is_negative(spikes[s]);
    for_each_pixel<Patches>(has_sign ? neuron_of(spikes[s]) : spikes[s], [&](u32 target, u32 entry, u32) {
      if (target + filters <= begin || target >= end) return;
      const u32 first = target < begin ? begin - target : 0u;
      const u32 last = target + filters > end ? end - target : filters;
      const auto row = from_entry(weights, entry);
      float* const pixel = arriving + target;
      SYNFIRE_INDEPENDENT
      for (u32 f = first; f < last; ++f) {
        const float weight = scaled<Patches>(row[f]);
        pixel[f] += subtracts ? -weight : weight;
      }
    });
  }
}

// arriving[target] = weight if a neuron of the target's window is in the list, else 0.
template <class Patches>
SYNFIRE_FUNCTION void add_windows(const u32* __restrict spikes, u32 count, float weight, float* __restrict arriving,
                                  u32 begin, u32 end) {
  for (u32 s = 0u; s < count; ++s) {
    for_each_pixel<Patches>(spikes[s], [&](u32 target, u32, u32) {
      if (target >= begin && target < end) arriving[target] = weight;
    });
  }
}

template <class Patches>
SYNFIRE_PHASE_FUNCTION void deliver_windows(const u32* __restrict spikes, u32 count, float weight,
                                            float* __restrict arriving) {
  constexpr u32 targets = Patches::Vertical::targets * Patches::Horizontal::targets * Patches::target_channels;
  for (u32 j = 0u; j < targets; ++j) arriving[j] = 0.0f;
  add_windows<Patches>(spikes, count, weight, arriving, 0u, targets);
}

}  // namespace synfire::device
