// SPDX-License-Identifier: Apache-2.0
// Compiled with options that allow vectors (CMakeLists.txt), which change no value.
#include "lower/draw_vectors.hpp"

#include <limits>

#include "pattern.cuh"

namespace synfire::codegen {

#if defined(__x86_64__)

namespace {

using Kind = ValueDistribution::Kind;

__attribute__((target("avx2,fma"))) void draw_normal(const ValueDistribution& distribution, std::uint64_t key,
                                                     float* elements, std::uint32_t count) {
  const auto [kind, mean, sd, min, max] = distribution;
  for (std::uint32_t i = 0; i < count; ++i) elements[i] = device::synapse_normal(key, i, 0, mean, sd, min, max);
}

__attribute__((target("avx2,fma"))) void draw_uniform(const ValueDistribution& distribution, std::uint64_t key,
                                                      float* elements, std::uint32_t count) {
  const float min = distribution.base, range = distribution.spread;
  for (std::uint32_t i = 0; i < count; ++i) elements[i] = device::synapse_uniform(key, i, 0, min, range);
}

}  // namespace

bool draw_vectors(const ValueDistribution& distribution, std::uint64_t key, float* elements, std::size_t count) {
  if (count > std::numeric_limits<std::uint32_t>::max()) return false;
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return false;
  switch (distribution.kind) {
    case Kind::constant: return false;
    case Kind::uniform: draw_uniform(distribution, key, elements, static_cast<std::uint32_t>(count)); return true;
    case Kind::normal: draw_normal(distribution, key, elements, static_cast<std::uint32_t>(count)); return true;
  }
  return false;
}

#else

bool draw_vectors(const ValueDistribution&, std::uint64_t, float*, std::size_t) { return false; }

#endif

}  // namespace synfire::codegen
