// SPDX-License-Identifier: Apache-2.0
//
// Spike lists and delivery where one thread of a processor runs a whole trial. The sums are those of deliver.cuh, in the
// same order; here a spike's weight row is added to all targets at once, in the lanes of vector registers.
#pragma once

#include "spike_list.cuh"

// Iterations of the next loop do not depend on one another.
#if defined(__clang__)
#define SYNFIRE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define SYNFIRE_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace synfire::device {

// Which neurons spiked, one byte each, to list entries and their number. Words of eight neurons at rest are skipped.
template <u32 neurons>
SYNFIRE_FUNCTION void gather_spikes(const u8* __restrict spiked, u32* __restrict spikes, u32* __restrict count)
{
  u32 position = 0u;
  u32 i = 0u;
  for (; i + 8u <= neurons; i += 8u) {
    u64 eight;
    __builtin_memcpy(&eight, spiked + i, 8);
    if (eight == 0u) continue;
    // Writing always and advancing sometimes needs no branch; the list has room for one entry too many.
    for (u32 j = 0u; j < 8u; ++j) {
      spikes[position] = i + j;
      position += spiked[i + j];
    }
  }
  for (; i < neurons; ++i) {
    spikes[position] = i;
    position += spiked[i];
  }
  *count = position;
}

// The same where spikes have signs.
template <u32 neurons>
SYNFIRE_FUNCTION void gather_signed_spikes(const u8* __restrict spiked, const u8* __restrict negative,
                                           u32* __restrict spikes, u32* __restrict count)
{
  u32 position = 0u;
  for (u32 i = 0u; i < neurons; ++i) {
    spikes[position] = i | (negative[i] != 0u ? negative_spike : 0u);
    position += spiked[i];
  }
  *count = position;
}

// As many floats as a vector register of the processor holds, read from any address.
#if defined(__AVX512F__)
constexpr u32 lanes = 16u;
#else
constexpr u32 lanes = 8u;
#endif
typedef float Lanes __attribute__((vector_size(4u * lanes)));
typedef float UnalignedLanes __attribute__((vector_size(4u * lanes), aligned(4), may_alias));

// Sums `vectors` vectors of targets, held in registers while the whole list passes.
template <u32 targets, u32 vectors, bool has_sign>
SYNFIRE_FUNCTION void deliver_dense_tile(const u32* __restrict spikes, u32 count, const float* __restrict weights,
                                         u32 first_target, float* __restrict arriving)
{
  Lanes sum[vectors] = {};
  for (u32 s = 0u; s < count; ++s) {
    const u32 spike = spikes[s];
    const float* row = weights + static_cast<u64>(has_sign ? neuron_of(spike) : spike) * targets + first_target;
    const bool subtracts = has_sign && is_negative(spike);
#pragma GCC unroll 8
    for (u32 v = 0u; v < vectors; ++v) {
      const Lanes weight = *reinterpret_cast<const UnalignedLanes*>(row + v * lanes);
      sum[v] = subtracts ? sum[v] - weight : sum[v] + weight;
    }
  }
#pragma GCC unroll 8
  for (u32 v = 0u; v < vectors; ++v)
    *reinterpret_cast<UnalignedLanes*>(arriving + first_target + v * lanes) = sum[v];
}

// Targets that do not fill a vector.
template <u32 targets, u32 width, bool has_sign>
SYNFIRE_FUNCTION void deliver_dense_rest(const u32* __restrict spikes, u32 count, const float* __restrict weights,
                                         float* __restrict arriving)
{
  float sum[width] = {};
  for (u32 s = 0u; s < count; ++s) {
    const u32 spike = spikes[s];
    const float* row = weights + static_cast<u64>(has_sign ? neuron_of(spike) : spike) * targets + (targets - width);
    const bool subtracts = has_sign && is_negative(spike);
    for (u32 j = 0u; j < width; ++j) sum[j] = subtracts ? sum[j] - row[j] : sum[j] + row[j];
  }
  for (u32 j = 0u; j < width; ++j) arriving[targets - width + j] = sum[j];
}

// arriving[j] = Σ weight[spike][j] over the list.
template <u32 targets, bool has_sign>
SYNFIRE_FUNCTION void deliver_dense(const u32* __restrict spikes, u32 count, const float* __restrict weights,
                                    float* __restrict arriving)
{
  constexpr u32 most = 8u;  // vectors of a tile: sums, weights and addresses together fit the registers
  constexpr u32 vectors = targets / lanes;
  for (u32 v = 0u; v + most <= vectors; v += most)
    deliver_dense_tile<targets, most, has_sign>(spikes, count, weights, v * lanes, arriving);
  if constexpr (vectors % most != 0u)
    deliver_dense_tile<targets, vectors % most, has_sign>(spikes, count, weights, (vectors - vectors % most) * lanes,
                                                          arriving);
  if constexpr (targets % lanes != 0u)
    deliver_dense_rest<targets, targets % lanes, has_sign>(spikes, count, weights, arriving);
}

// All synapses have the same weight, so all targets receive the same.
template <u32 targets, bool has_sign>
SYNFIRE_FUNCTION void deliver_dense_constant(const u32* __restrict spikes, u32 count, float weight,
                                             float* __restrict arriving)
{
  float sum = 0.0f;
  for (u32 s = 0u; s < count; ++s) sum += has_sign && is_negative(spikes[s]) ? -weight : weight;
  for (u32 j = 0u; j < targets; ++j) arriving[j] = sum;
}

// Neuron i receives from neuron i alone. `weights` null: all synapses have `weight`.
template <u32 targets, bool has_sign>
SYNFIRE_FUNCTION void deliver_one_to_one(const u32* __restrict spikes, u32 count, const float* __restrict weights,
                                         float weight, float* __restrict arriving)
{
  for (u32 j = 0u; j < targets; ++j) arriving[j] = 0.0f;
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = neuron_of(spikes[s]);
    const float w = weights != nullptr ? weights[i] : weight;
    arriving[i] = 0.0f + (has_sign && is_negative(spikes[s]) ? -w : w);
  }
}

SYNFIRE_FUNCTION void copy_spikes(const u32* from, u32 count, u32* to)
{
  for (u32 s = 0u; s < count; ++s) to[s] = from[s];
}

}  // namespace synfire::device
