// SPDX-License-Identifier: Apache-2.0
//
// Procedural connectivity: which neurons are connected, with what weight and delay. Everything is a function of a key
// and of the neurons alone, so a synapse is the same on any machine and in any order. The compiler and generated code
// use this same source.
#pragma once

#include "philox.cuh"

namespace synfire::device {

namespace detail {

// In [0, 1] in steps that get finer toward 0, down to 2⁻³¹.
SYNFIRE_FUNCTION float fine_uniform(u32 bits) { return static_cast<float>(static_cast<i32>(bits >> 1)) * 0x1p-31f; }

// Number of candidates skipped before the next connected one: P(n or more) = (1 − p)ⁿ.
SYNFIRE_FUNCTION u32 passed_over(u32 bits, float inverse_log) {
  return static_cast<u32>(to_i32(logarithm_one_plus(-fine_uniform(bits)) * inverse_log));
}

}  // namespace detail

// Calls visit(target) for each target in [block_begin, block_end) that `source` connects to with probability p, in
// ascending order. `inverse_log` is 1 / log(1 − p), 0 < p < 1; `block` counts the blocks of targets, each drawn
// independently. The gaps between targets are geometric and come from words 0, 1, … of the block's random numbers.
// Their probabilities are accurate to about 2⁻³¹: below p = 2⁻³¹ some gaps cannot occur.
template <class Visit>
SYNFIRE_FUNCTION void for_each_target(u64 key, u32 source, u32 block, u32 block_begin, u32 block_end, float inverse_log,
                                      Visit&& visit) {
  u32 next = block_begin;
  for (u32 quad = 0u;; ++quad) {
    const U32x4 words = philox({source, block, quad, 0u}, static_cast<u32>(key), static_cast<u32>(key >> 32));
    for (u32 word = 0u; word < 4u; ++word) {
      const u32 bits = word < 2u ? (word == 0u ? words.x : words.y) : (word == 2u ? words.z : words.w);
      const u32 gap = detail::passed_over(bits, inverse_log);
      if (gap >= block_end - next) return;
      visit(next + gap);
      next += gap + 1u;
    }
  }
}

// The random words of a value that belongs to a pair of neurons, `index` = source · targets + target; `occurrence`
// distinguishes several synapses of one pair.
SYNFIRE_FUNCTION U32x4 synapse_words(u64 key, u64 index, u32 occurrence) {
  const U32x4 counter = {static_cast<u32>(index), static_cast<u32>(index >> 32), occurrence, 0u};
  return philox(counter, static_cast<u32>(key), static_cast<u32>(key >> 32));
}

// Uniform in [min, min + range).
SYNFIRE_FUNCTION float synapse_uniform(u64 key, u64 index, u32 occurrence, float min, float range) {
  return fused_multiply_add(range, uniform_from_bits(synapse_words(key, index, occurrence).x), min);
}

// Gaussian, clamped to [min, max].
SYNFIRE_FUNCTION float synapse_normal(u64 key, u64 index, u32 occurrence, float mean, float sd, float min, float max) {
  const U32x4 words = synapse_words(key, index, occurrence);
  return detail::clamp_keeping_nan(fused_multiply_add(sd, normal_from_bits(words.x, words.y), mean), min, max);
}

// A delay in whole steps: the nearest number, ties away from 0, in [0, longest]. A tie that single precision misses by
// one or two units in the last place still counts as one.
SYNFIRE_FUNCTION u32 whole_steps(float steps, u32 longest) {
  const i32 nearest = to_i32(floor_of(fused_multiply_add(steps, 0x1.000004p+0f, 0.5f)));
  const u32 least = nearest < 0 ? 0u : static_cast<u32>(nearest);
  return least < longest ? least : longest;
}

}  // namespace synfire::device
