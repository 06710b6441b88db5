// SPDX-License-Identifier: Apache-2.0
//
// Spike lists and delivery for one thread of a processor that runs a whole trial. The sums are those of deliver.cuh, in
// the same order; here the weight row of a spike is added to all targets at once, in the lanes of vector registers.
#pragma once

#include "rows.cuh"
#include "spike_list.cuh"

// Iterations of the next loop are independent.
#if defined(__clang__)
#define SYNFIRE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define SYNFIRE_INDEPENDENT _Pragma("GCC ivdep")
#endif

// Starts a phase function: inlined at each call, or a single copy in programs with very many phases.
#if defined(SYNFIRE_SHARES_FUNCTIONS)
#define SYNFIRE_PHASE_FUNCTION static __attribute__((noinline))
#else
#define SYNFIRE_PHASE_FUNCTION SYNFIRE_FUNCTION
#endif

namespace synfire::device {

// Bit i of the result is byte i, each byte 0 or 1.
template <u32 width>
SYNFIRE_FUNCTION u64 bits_of(const u8* __restrict bytes) {
  static_assert(width <= 64u);
  u64 bits = 0u;
  u32 i = 0u;
#if defined(__SSE2__)
  typedef char Bytes __attribute__((vector_size(16)));
  typedef char UnalignedBytes __attribute__((vector_size(16), aligned(1), may_alias));
#pragma GCC unroll 4
  for (; i + 16u <= width; i += 16u) {
    const Bytes sixteen = -*reinterpret_cast<const UnalignedBytes*>(bytes + i);
    bits |= static_cast<u64>(static_cast<u32>(__builtin_ia32_pmovmskb128(sixteen))) << i;
  }
#endif
#pragma GCC unroll 8
  for (; i + 8u <= width; i += 8u) {
    u64 eight;
    __builtin_memcpy(&eight, bytes + i, 8);
    bits |= ((eight * 0x0102040810204080ull) >> 56) << i;  // moves the bit of each byte to its place in the top byte
  }
  for (; i < width; ++i) bits |= static_cast<u64>(bytes[i]) << i;
  return bits;
}

// Appends the indices of up to 64 neurons that spiked, the first of which is `first`. Entries are written four at a
// time, and those past the end of the list are overwritten later: so the number of spikes is seldom a mispredicted
// branch.
template <u32 width>
SYNFIRE_FUNCTION u32 append_spikes(const u8* __restrict spiked, u32 first, u32* __restrict spikes, u32 position) {
  u64 bits = bits_of<width>(spiked + first);
  const u32 count = static_cast<u32>(__builtin_popcountll(bits));
  if constexpr (width % 4u == 0u) {
    u32 written = 0u;
    do {
#pragma GCC unroll 4
      for (u32 k = 0u; k < 4u; ++k, bits &= bits - 1u)
        spikes[position + written + k] = first + static_cast<u32>(__builtin_ctzll(bits | (1ull << 63)));
      written += 4u;
    } while (written < count);
  } else {
    for (u32 s = 0u; s < count; ++s, bits &= bits - 1u)
      spikes[position + s] = first + static_cast<u32>(__builtin_ctzll(bits));
  }
  return position + count;
}

// Converts the neurons that spiked, one byte each, to list entries and their number.
template <u32 neurons>
SYNFIRE_PHASE_FUNCTION void gather_spikes(const u8* __restrict spiked, u32* __restrict spikes, u32* __restrict count) {
  u32 position = 0u;
  constexpr u32 rest = neurons % 64u;
  for (u32 first = 0u; first + 64u <= neurons; first += 64u)
    position = append_spikes<64u>(spiked, first, spikes, position);
  if constexpr (rest != 0u) position = append_spikes<rest>(spiked, neurons - rest, spikes, position);
  *count = position;
}

// The same with signed spikes.
template <u32 neurons>
SYNFIRE_PHASE_FUNCTION void gather_signed_spikes(const u8* __restrict spiked, const u8* __restrict negative,
                                                 u32* __restrict spikes, u32* __restrict count) {
  gather_spikes<neurons>(spiked, spikes, count);
  for (u32 s = 0u; s < *count; ++s) spikes[s] |= static_cast<u32>(negative[spikes[s]]) * negative_spike;
}

// `width` contiguous floats, in a vector register of the processor or in several, and the same at any address.
template <u32 width>
struct Lanes {
  typedef float Register __attribute__((vector_size(4u * width)));
  typedef float Memory __attribute__((vector_size(4u * width), aligned(4), may_alias));
};

// The widest vector that `targets` fills.
constexpr u32 lanes_for(u32 targets) {
#if defined(__AVX512F__)
  if (targets >= 16u) return 16u;
#endif
  return targets >= 8u ? 8u : targets >= 4u ? 4u : targets >= 2u ? 2u : 1u;
}

// Sums `vectors` vectors of targets, starting at number `first`, kept in registers over the whole list. If targets do
// not fill the last vector, it begins earlier and overlaps the one before: the shared targets get the same sum twice.
template <u32 targets, u32 first, u32 vectors, bool has_sign>
SYNFIRE_FUNCTION void deliver_dense_tile(const u32* __restrict spikes, u32 count, const float* __restrict weights,
                                         float* __restrict arriving) {
  constexpr u32 lanes = lanes_for(targets);
  using Register = typename Lanes<lanes>::Register;
  using Memory = typename Lanes<lanes>::Memory;
  const auto begin = [](u32 v) { return (first + v + 1u) * lanes <= targets ? (first + v) * lanes : targets - lanes; };
  Register sum[vectors] = {};
  for (u32 s = 0u; s < count; ++s) {
    const u32 spike = spikes[s];
    const float* row = weights + static_cast<u64>(has_sign ? neuron_of(spike) : spike) * targets;
    const bool subtracts = has_sign && is_negative(spike);
#pragma GCC unroll 8
    for (u32 v = 0u; v < vectors; ++v) {
      const Register weight = *reinterpret_cast<const Memory*>(row + begin(v));
      sum[v] = subtracts ? sum[v] - weight : sum[v] + weight;
    }
  }
#pragma GCC unroll 8
  for (u32 v = 0u; v < vectors; ++v) *reinterpret_cast<Memory*>(arriving + begin(v)) = sum[v];
}

// arriving[j] = Σ weight[spike][j] over the list. A tile has at most eight vectors, so sums, weights and addresses fit
// in the registers together.
template <u32 targets, bool has_sign, u32 first = 0u>
SYNFIRE_PHASE_FUNCTION void deliver_dense(const u32* __restrict spikes, u32 count, const float* __restrict weights,
                                          float* __restrict arriving) {
  constexpr u32 vectors = (targets + lanes_for(targets) - 1u) / lanes_for(targets) - first;
  constexpr u32 tile = vectors < 8u ? vectors : 8u;
  deliver_dense_tile<targets, first, tile, has_sign>(spikes, count, weights, arriving);
  if constexpr (tile < vectors) deliver_dense<targets, has_sign, first + tile>(spikes, count, weights, arriving);
}

// All synapses have the same weight, so all targets receive the same.
template <u32 targets, bool has_sign>
SYNFIRE_PHASE_FUNCTION void deliver_dense_constant(const u32* __restrict spikes, u32 count, float weight,
                                                   float* __restrict arriving) {
  float sum = 0.0f;
  for (u32 s = 0u; s < count; ++s) sum += has_sign && is_negative(spikes[s]) ? -weight : weight;
  for (u32 j = 0u; j < targets; ++j) arriving[j] = sum;
}

// Neuron i receives only from neuron i. If `weights` is null, all synapses have `weight`.
template <u32 targets, bool has_sign>
SYNFIRE_PHASE_FUNCTION void deliver_one_to_one(const u32* __restrict spikes, u32 count, const float* __restrict weights,
                                               float weight, float* __restrict arriving) {
  for (u32 j = 0u; j < targets; ++j) arriving[j] = 0.0f;
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = neuron_of(spikes[s]);
    const float w = weights != nullptr ? weights[i] : weight;
    arriving[i] = 0.0f + (has_sign && is_negative(spikes[s]) ? -w : w);
  }
}

// Adds the weights of the spikes of a list to a delay ring, synapse by synapse, for tile `tile` of each row.
template <u32 tiles, u32 targets_of_ring, u32 depth, bool has_sign, class Target, class Weights, class Delays>
SYNFIRE_PHASE_FUNCTION void deliver_rows(const u32* __restrict spikes, u32 count, const u32* __restrict offsets,
                                         const Target* __restrict targets, Weights weights, Delays delays,
                                         float* __restrict arriving, u32 now, u32 tile) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 segment = (has_sign ? neuron_of(spikes[s]) : spikes[s]) * tiles + tile;
    const u32 begin = offsets[segment];
    const u32 end = offsets[segment + 1u];
    const bool subtracts = has_sign && is_negative(spikes[s]);
    // No two synapses of a source share a target and a delay.
    SYNFIRE_INDEPENDENT
    for (u32 synapse = begin; synapse < end; ++synapse) {
      const float weight = weights[synapse];
      const u32 place = arrival_slot<depth>(now, delays[synapse]) * targets_of_ring + targets[synapse];
      arriving[place] += subtracts ? -weight : weight;
    }
  }
}

// The same for procedural synapses onto targets [begin, end).
template <u32 targets_of_ring, u32 depth, bool has_sign, class Recipe>
SYNFIRE_PHASE_FUNCTION void deliver_procedural(const u32* __restrict spikes, u32 count, Recipe recipe,
                                               float* __restrict arriving, u32 now, u32 begin, u32 end) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 source = has_sign ? neuron_of(spikes[s]) : spikes[s];
    const bool subtracts = has_sign && is_negative(spikes[s]);
    const u64 row = static_cast<u64>(source) * targets_of_ring;
    for (u32 block = begin / Recipe::width; block * Recipe::width < end; ++block) {
      recipe.for_each_in_block(source, block, [&](u32 target) {
        if (target < begin || target >= end) return;
        const float weight = recipe.weight(row + target);
        const u32 place = arrival_slot<depth>(now, recipe.delay(row + target)) * targets_of_ring + target;
        arriving[place] += subtracts ? -weight : weight;
      });
    }
  }
}

SYNFIRE_FUNCTION void copy_spikes(const u32* from, u32 count, u32* to) {
  for (u32 s = 0u; s < count; ++s) to[s] = from[s];
}

}  // namespace synfire::device
