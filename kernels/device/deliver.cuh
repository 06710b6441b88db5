// SPDX-License-Identifier: Apache-2.0
//
// Delivers the weights of spikes to their targets, for the schedule in which one block runs one trial. Each target is
// summed by the thread that owns it, over the spikes in list order, starting at 0: the same sum on every machine and
// without atomics. Weight rows are contiguous, so neighboring threads read neighboring weights.
#pragma once

#include "rows.cuh"
#include "spike_list.cuh"

#if SYNFIRE_CUDA
#define SYNFIRE_UNROLL(n) _Pragma("unroll")
#define SYNFIRE_NO_UNROLL _Pragma("unroll 1")
#else
#define SYNFIRE_UNROLL(n)
#define SYNFIRE_NO_UNROLL
#endif

namespace synfire::device {

// arriving[k] = Σ weight[spike][k·threads + thread] over list entries [first, first + count). The loads of several
// spikes are in flight together; only the additions are sequential.
template <u32 targets, u32 threads, bool has_sign, u32 owned, class List, class Counts, class Weights>
SYNFIRE_FUNCTION void deliver_dense(const List& spikes, u32 first, const Counts& counts, u32 slot,
                                    const Weights& weights, u32 thread, float (&arriving)[owned]) {
  SYNFIRE_UNROLL(owned)
  for (u32 k = 0u; k < owned; ++k) arriving[k] = 0.0f;
  const u32 count = counts(slot);
#if SYNFIRE_CUDA
#pragma unroll 8
#endif
  for (u32 s = 0u; s < count; ++s) {
    const u32 spike = spikes(first + s);
    const u32 row = (has_sign ? neuron_of(spike) : spike) * targets + thread;
    SYNFIRE_UNROLL(owned)
    for (u32 k = 0u; k < owned; ++k) {
      if ((k + 1u) * threads <= targets || k * threads + thread < targets) {
        const float weight = weights(row + k * threads);
        arriving[k] += has_sign && is_negative(spike) ? -weight : weight;
      }
    }
  }
}

// The same sum for one target, when a thread owns too many to keep all in registers.
template <u32 targets, bool has_sign, class List, class Counts, class Weights>
SYNFIRE_FUNCTION float deliver_dense_to(const List& spikes, u32 first, const Counts& counts, u32 slot,
                                        const Weights& weights, u32 target) {
  const u32 count = counts(slot);
  float arriving = 0.0f;
#if SYNFIRE_CUDA
#pragma unroll 8
#endif
  for (u32 s = 0u; s < count; ++s) {
    const u32 spike = spikes(first + s);
    const float weight = weights((has_sign ? neuron_of(spike) : spike) * targets + target);
    arriving += has_sign && is_negative(spike) ? -weight : weight;
  }
  return arriving;
}

// All synapses have the same weight, so all targets receive the same: the weight, added once per spike.
template <bool has_sign, class List, class Counts>
SYNFIRE_FUNCTION float deliver_dense_constant(const List& spikes, u32 first, const Counts& counts, u32 slot,
                                              float weight) {
  const u32 count = counts(slot);
  float arriving = 0.0f;
  for (u32 s = 0u; s < count; ++s) {
    if (has_sign) {
      const u32 spike = spikes(first + s);
      arriving += is_negative(spike) ? -weight : weight;
    } else {
      arriving += weight;
    }
  }
  return arriving;
}

// Neuron i receives only from neuron i: `weight` if its bit of the mask is set.
template <class Words>
SYNFIRE_FUNCTION float deliver_one_to_one(const Words& mask, u32 offset, u32 i, float weight) {
  const u32 word = mask(offset + i / 32u);
  return ((word >> (i & 31u)) & 1u) != 0u ? 0.0f + weight : 0.0f;
}

template <class Words>
SYNFIRE_FUNCTION float deliver_signed_one_to_one(const Words& mask, const Words& negative_mask, u32 offset, u32 i,
                                                 float weight) {
  const u32 negative_word = negative_mask(offset + i / 32u);
  return deliver_one_to_one(mask, offset, i, ((negative_word >> (i & 31u)) & 1u) != 0u ? -weight : weight);
}

// Adds the weights of the spikes of a list to a delay ring, synapse by synapse. The lanes of a warp walk the synapses
// onto the warp's own targets: no two of one source share a target and a delay, and the warp synchronizes between
// spikes. `tile` is one of the `tiles` tiles of each row; if `warps_per_tile` warps share a tile, each takes the
// targets that its threads own (groups of 32 neighbors, in turn).
template <u32 tiles, u32 warps_per_tile, u32 targets_of_ring, u32 depth, bool has_sign, class List, class Counts,
          class Offsets, class Targets, class Weights, class Delays, class Arriving>
SYNFIRE_FUNCTION void deliver_rows(const List& spikes, u32 first, const Counts& counts, u32 slot,
                                   const Offsets& offsets, const Targets& targets, const Weights& weights,
                                   const Delays& delays, const Arriving& arriving, u32 now, u32 tile) {
  const u32 count = counts(slot);
  for (u32 s = 0u; s < count; ++s) {
    const u32 spike = spikes(first + s);
    const u32 segment = (has_sign ? neuron_of(spike) : spike) * tiles + tile;
    const u32 begin = offsets(segment);
    const u32 end = offsets(segment + 1u);
    for (u32 synapse = begin + lane_index(); synapse < end; synapse += 32u) {
      const u32 target = targets(synapse);
      if (warps_per_tile > 1u && (target >> 5) % warps_per_tile != warp_index()) continue;
      const float weight = weights(synapse);
      const u32 place = arrival_slot<depth>(now, delays(synapse)) * targets_of_ring + target;
      arriving(place) += has_sign && is_negative(spike) ? -weight : weight;
    }
    warp_barrier();
  }
}

// The same for procedural synapses onto targets [begin, end). A thread draws whole blocks of targets, so no two threads
// share one.
template <u32 targets_of_ring, u32 threads, u32 depth, bool has_sign, class List, class Counts, class Recipe,
          class Arriving>
SYNFIRE_FUNCTION void deliver_procedural(const List& spikes, u32 first, const Counts& counts, u32 slot, Recipe recipe,
                                         const Arriving& arriving, u32 now, u32 thread, u32 begin, u32 end) {
  const u32 count = counts(slot);
  for (u32 block = begin / Recipe::width + thread; block * Recipe::width < end; block += threads) {
    for (u32 s = 0u; s < count; ++s) {
      const u32 spike = spikes(first + s);
      const u32 source = has_sign ? neuron_of(spike) : spike;
      const u64 row = static_cast<u64>(source) * targets_of_ring;
      recipe.for_each_in_block(source, block, [&](u32 target) {
        if (target < begin || target >= end) return;
        const float weight = recipe.weight(row + target);
        const u32 place = arrival_slot<depth>(now, recipe.delay(row + target)) * targets_of_ring + target;
        arriving(place) += has_sign && is_negative(spike) ? -weight : weight;
      });
    }
  }
}

}  // namespace synfire::device
