// SPDX-License-Identifier: Apache-2.0
//
// Counter-based random numbers: Philox 4x32-10 of J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel
// random numbers: as easy as 1, 2, 3" (SC 2011). A number is a function of its counter and key alone, so it does not
// depend on the order of draws or on the machine.
#pragma once

#include "math.cuh"
#include "platform.cuh"

namespace synfire::device {

struct U32x4 {
  u32 x;
  u32 y;
  u32 z;
  u32 w;
};

namespace detail {

SYNFIRE_FUNCTION u32 high_product(u32 a, u32 b) { return static_cast<u32>((static_cast<u64>(a) * b) >> 32); }

SYNFIRE_FUNCTION U32x4 philox_round(U32x4 counter, u32 key0, u32 key1) {
  constexpr u32 multiplier0 = 0xd2511f53u;
  constexpr u32 multiplier1 = 0xcd9e8d57u;
  return {high_product(multiplier1, counter.z) ^ counter.y ^ key0, multiplier1 * counter.z,
          high_product(multiplier0, counter.x) ^ counter.w ^ key1, multiplier0 * counter.x};
}

// Through a signed integer: AVX2 has no other conversion.
SYNFIRE_FUNCTION float high_24_bits(u32 bits) { return static_cast<float>(static_cast<i32>(bits >> 8)); }

}  // namespace detail

// The four random words of a counter and a key.
SYNFIRE_FUNCTION U32x4 philox(U32x4 counter, u32 key0, u32 key1) {
  constexpr u32 rounds = 10;
  constexpr u32 golden_ratio = 0x9e3779b9u;
  constexpr u32 root_of_three_minus_one = 0xbb67ae85u;
  U32x4 state = counter;
  for (u32 round = 0; round < rounds; ++round) {
    state = detail::philox_round(state, key0 + round * golden_ratio, key1 + round * root_of_three_minus_one);
  }
  return state;
}

// Uniform in [0, 1), a multiple of 2^-24.
SYNFIRE_FUNCTION float uniform_from_bits(u32 bits) { return detail::high_24_bits(bits) * 0x1p-24f; }

// Standard normal, by G. E. P. Box and M. E. Muller (1958); |result| < 5.8.
SYNFIRE_FUNCTION float normal_from_bits(u32 radius_bits, u32 angle_bits) {
  constexpr float two_pi = 0x1.921fb6p+2f;
  // In (0, 1]: the logarithm is finite.
  const float uniform = (detail::high_24_bits(radius_bits) + 1.0f) * 0x1p-24f;
  const float radius = square_root(-2.0f * logarithm(uniform));
  return radius * cosine(two_pi * uniform_from_bits(angle_bits));
}

}  // namespace synfire::device
