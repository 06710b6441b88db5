// SPDX-License-Identifier: Apache-2.0
//
// The transposed deliveries of the backward pass where one thread of a processor runs a whole trial. Sums are those of
// training_block.cuh, in the same order; here they are made in the lanes of vector registers.
#pragma once

#include "trial_host.cuh"

#include "training.cuh"

namespace synfire::device {

// The lanes of a sum, 32 of them whatever the processor has.
typedef float SumLanes __attribute__((vector_size(128)));
typedef float UnalignedSumLanes __attribute__((vector_size(128), aligned(4), may_alias));

// Lanes l and l + 16 are added, l and l + 8, and so on.
SYNFIRE_FUNCTION float sum_of_lanes(const SumLanes& lanes) {
  alignas(128) float sums[32];
  *reinterpret_cast<SumLanes*>(sums) = lanes;
#pragma GCC unroll 5
  for (u32 half = 16u; half > 0u; half /= 2u) {
#pragma GCC unroll 16
    for (u32 l = 0u; l < half; ++l) sums[l] += sums[l + half];
  }
  return sums[0];
}

// `width` floats and zeros behind them.
template <u32 width>
SYNFIRE_FUNCTION SumLanes part_of_lanes(const float* values) {
  SumLanes lanes = {};
  __builtin_memcpy(&lanes, values, 4u * width);
  return lanes;
}

// Σ weights[j]·timing[j]
template <u32 targets>
SYNFIRE_FUNCTION float weighted_sum(const float* __restrict weights, const float* __restrict timing) {
  constexpr u32 rest = targets % 32u;
  SumLanes lanes = {};
  for (u32 j = 0u; j + 32u <= targets; j += 32u)
    lanes += *reinterpret_cast<const UnalignedSumLanes*>(weights + j) *
             *reinterpret_cast<const UnalignedSumLanes*>(timing + j);
  if constexpr (rest != 0u)
    lanes += part_of_lanes<rest>(weights + targets - rest) * part_of_lanes<rest>(timing + targets - rest);
  return sum_of_lanes(lanes);
}

// Adds what one spike's arrivals owe to the time of the spike.
template <bool first, bool has_sign>
SYNFIRE_FUNCTION void add_due(float* __restrict due, u32 spike_number, u32 spike, float sum) {
  const float share = has_sign && is_negative(spike) ? sum : -sum;
  due[spike_number] = first ? share : due[spike_number] + share;
}

// gradient[spike][j] += lambda[j] for each spike of the list.
template <u32 targets, bool has_sign>
SYNFIRE_FUNCTION void add_to_dense(const u32* __restrict spikes, u32 count, const float* __restrict lambda,
                                   float* __restrict gradient) {
  for (u32 s = 0u; s < count; ++s) {
    float* __restrict row = gradient + static_cast<u64>(has_sign ? neuron_of(spikes[s]) : spikes[s]) * targets;
    if (has_sign && is_negative(spikes[s])) {
      SYNFIRE_INDEPENDENT
      for (u32 j = 0u; j < targets; ++j) row[j] -= lambda[j];
    } else {
      SYNFIRE_INDEPENDENT
      for (u32 j = 0u; j < targets; ++j) row[j] += lambda[j];
    }
  }
}

// due[s] −= Σ weights[spike][j]·timing[j]
template <u32 targets, bool first, bool has_sign>
SYNFIRE_FUNCTION void due_of_dense(const u32* __restrict spikes, u32 count, const float* __restrict weights,
                                   const float* __restrict timing, float* __restrict due) {
  for (u32 s = 0u; s < count; ++s) {
    const float* row = weights + static_cast<u64>(has_sign ? neuron_of(spikes[s]) : spikes[s]) * targets;
    add_due<first, has_sign>(due, s, spikes[s], weighted_sum<targets>(row, timing));
  }
}

// The same where all synapses have one weight.
template <u32 targets, bool first, bool has_sign>
SYNFIRE_FUNCTION void due_of_dense(const u32* __restrict spikes, u32 count, SameWeight weight,
                                   const float* __restrict timing, float* __restrict due) {
  if (count == 0u) return;
  float weights[targets];
  for (u32 j = 0u; j < targets; ++j) weights[j] = weight.value;
  const float sum = weighted_sum<targets>(weights, timing);
  for (u32 s = 0u; s < count; ++s) add_due<first, has_sign>(due, s, spikes[s], sum);
}

// Neuron i reaches neuron i alone.
template <bool has_sign>
SYNFIRE_FUNCTION void add_to_one_to_one(const u32* __restrict spikes, u32 count, const float* __restrict lambda,
                                        float* __restrict gradient) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = has_sign ? neuron_of(spikes[s]) : spikes[s];
    gradient[i] = has_sign && is_negative(spikes[s]) ? gradient[i] - lambda[i] : gradient[i] + lambda[i];
  }
}

template <bool first, bool has_sign, class Weights>
SYNFIRE_FUNCTION void due_of_one_to_one(const u32* __restrict spikes, u32 count, Weights weights,
                                        const float* __restrict timing, float* __restrict due) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = has_sign ? neuron_of(spikes[s]) : spikes[s];
    const float weight = weights[i];
    add_due<first, has_sign>(due, s, spikes[s], 0.0f + weight * timing[i]);
  }
}

// Synapses with delays of their own: `now` is the slot of the ring in which the shortest delay ends.
template <u32 targets_of_ring, u32 depth, bool has_sign, class Target, class Delays>
SYNFIRE_FUNCTION void add_to_rows(const u32* __restrict spikes, u32 count, const u32* __restrict offsets,
                                  const Target* __restrict targets, Delays delays, const float* __restrict lambda,
                                  u32 now, float* __restrict gradient) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = has_sign ? neuron_of(spikes[s]) : spikes[s];
    const bool subtracts = has_sign && is_negative(spikes[s]);
    const u32 end = offsets[i + 1u];
    SYNFIRE_INDEPENDENT
    for (u32 synapse = offsets[i]; synapse < end; ++synapse) {
      const float share = lambda[arrival_slot<depth>(now, delays[synapse]) * targets_of_ring + targets[synapse]];
      gradient[synapse] += subtracts ? -share : share;
    }
  }
}

template <u32 targets_of_ring, u32 depth, bool first, bool has_sign, class Target, class Weights, class Delays>
SYNFIRE_FUNCTION void due_of_rows(const u32* __restrict spikes, u32 count, const u32* __restrict offsets,
                                  const Target* __restrict targets, Weights weights, Delays delays,
                                  const float* __restrict timing, u32 now, float* __restrict due) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = has_sign ? neuron_of(spikes[s]) : spikes[s];
    const u32 begin = offsets[i];
    const u32 end = offsets[i + 1u];
    alignas(128) float lanes[32] = {};
    for (u32 chunk = begin; chunk < end; chunk += 32u) {
      const u32 width = end - chunk < 32u ? end - chunk : 32u;
      SYNFIRE_INDEPENDENT
      for (u32 l = 0u; l < width; ++l) {
        const u32 synapse = chunk + l;
        const u32 place = arrival_slot<depth>(now, delays[synapse]) * targets_of_ring + targets[synapse];
        lanes[l] += weights[synapse] * timing[place];
      }
    }
    add_due<first, has_sign>(due, s, spikes[s], sum_of_lanes(*reinterpret_cast<const SumLanes*>(lanes)));
  }
}

// Adds the spikes of an example to the totals of a tape: the most of any, and all.
SYNFIRE_FUNCTION void count_spikes(u32* __restrict totals, u32 count) {
  totals[0] = totals[0] < count ? count : totals[0];
  totals[1] += count;
}

// Nothing arrives within the example.
template <bool first>
SYNFIRE_FUNCTION void nothing_due(u32 count, float* __restrict due) {
  if (!first) return;
  for (u32 s = 0u; s < count; ++s) due[s] = 0.0f;
}

}  // namespace synfire::device
