// SPDX-License-Identifier: Apache-2.0
//
// The basis of all device code: integer types, function qualifiers, and the operations that differ between machines.
// Everything under kernels/device, and every generated source, is compiled in one of three ways:
//
//   CUDA  by NVRTC, or nvcc (__CUDACC_RTC__, __CUDACC__)
//   simt  generated CUDA source for the processor, each thread a fiber (SYNFIRE_SIMT; tests only)
//   host  generated host source, one thread (neither)
//
// PTX and warp operations are here and nowhere else. Blocks are one-dimensional, with at most 1024 threads.
#pragma once

#if defined(__CUDACC_RTC__) || defined(__CUDACC__)
#define SYNFIRE_CUDA 1
#else
#define SYNFIRE_CUDA 0
#endif

// Whether the operations on threads, blocks and warps exist.
#if SYNFIRE_CUDA || defined(SYNFIRE_SIMT)
#define SYNFIRE_HAS_THREADS 1
#else
#define SYNFIRE_HAS_THREADS 0
#endif

// The checks of simt's accesses are long: inlining them everywhere would make compilation slow.
#if SYNFIRE_CUDA
#define SYNFIRE_MEMBER __device__ __forceinline__
#elif defined(SYNFIRE_SIMT)
#define SYNFIRE_MEMBER inline
#else
#define SYNFIRE_MEMBER inline __attribute__((always_inline))
#endif

// Starts each function that device code calls; SYNFIRE_MEMBER starts those of classes.
#define SYNFIRE_FUNCTION static SYNFIRE_MEMBER

// Starts each kernel. `threads` is its block size, a literal. One block per multiprocessor is enough: by default the
// compiler spills registers to fit more, and a spill costs more in every step than another block gains.
#if SYNFIRE_CUDA
#define SYNFIRE_KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads, 1)
#elif defined(SYNFIRE_SIMT)
#define SYNFIRE_KERNEL(threads) extern "C" void
#endif

namespace synfire::device {

using u8 = unsigned char;
using i8 = signed char;
using u16 = unsigned short;
using u32 = unsigned int;
using i32 = int;
using u64 = unsigned long long;
static_assert(sizeof(u16) == 2 && sizeof(u32) == 4 && sizeof(u64) == 8);

// ---- Numbers ------------------------------------------------------------------------------------

SYNFIRE_FUNCTION float as_float(u32 bits) {
#if SYNFIRE_CUDA
  return __uint_as_float(bits);
#else
  return __builtin_bit_cast(float, bits);
#endif
}

SYNFIRE_FUNCTION u32 as_bits(float value) {
#if SYNFIRE_CUDA
  return __float_as_uint(value);
#else
  return __builtin_bit_cast(u32, value);
#endif
}

SYNFIRE_FUNCTION double as_double(u64 bits) {
#if SYNFIRE_CUDA
  return __longlong_as_double(static_cast<long long>(bits));
#else
  return __builtin_bit_cast(double, bits);
#endif
}

SYNFIRE_FUNCTION u64 as_bits(double value) {
#if SYNFIRE_CUDA
  return static_cast<u64>(__double_as_longlong(value));
#else
  return __builtin_bit_cast(u64, value);
#endif
}

// Correctly rounded.
SYNFIRE_FUNCTION float square_root(float x) {
#if SYNFIRE_CUDA
  return __fsqrt_rn(x);
#else
  return __builtin_sqrtf(x);
#endif
}

SYNFIRE_FUNCTION double square_root(double x) {
#if SYNFIRE_CUDA
  return __dsqrt_rn(x);
#else
  return __builtin_sqrt(x);
#endif
}

// a * b + c, rounded once.
SYNFIRE_FUNCTION float fused_multiply_add(float a, float b, float c) {
#if SYNFIRE_CUDA
  return __fmaf_rn(a, b, c);
#else
  return __builtin_fmaf(a, b, c);
#endif
}

// The number of bits that are one.
SYNFIRE_FUNCTION u32 population_count(u32 bits) {
#if SYNFIRE_CUDA
  return static_cast<u32>(__popc(static_cast<i32>(bits)));
#else
  return static_cast<u32>(__builtin_popcount(bits));
#endif
}

}  // namespace synfire::device

// ---- Threads ------------------------------------------------------------------------------------
//
//   u32 thread_index()          of this thread in its block
//   u32 block_index()           of its block in the grid, or in its row of the grid
//   u32 grid_row()              of its block: which example, in the schedule `step`
//   u32 lane_index()            of this thread in its warp of 32
//   u32 warp_index()            of its warp in the block
//   void block_barrier()        barrier of all threads of the block, none of which has returned; orders their
//                               memory accesses
//   void warp_barrier()         barrier of all threads of the warp, none of which has returned; orders their memory
//                               accesses among themselves, not those of other warps
//   u32 warp_ballot(bool)       bit i is the argument of lane i; all threads of the warp call it together; it
//                               orders no memory accesses
//   float warp_exchange(float, u32 mask)   the argument of lane (own lane ^ mask); otherwise as warp_ballot

#if SYNFIRE_CUDA

namespace synfire::device {

SYNFIRE_FUNCTION u32 thread_index() { return threadIdx.x; }
SYNFIRE_FUNCTION u32 block_index() { return blockIdx.x; }
SYNFIRE_FUNCTION u32 grid_row() { return blockIdx.y; }
SYNFIRE_FUNCTION u32 lane_index() { return threadIdx.x & 31u; }
SYNFIRE_FUNCTION u32 warp_index() { return threadIdx.x >> 5; }
SYNFIRE_FUNCTION void block_barrier() { __syncthreads(); }
SYNFIRE_FUNCTION void warp_barrier() { __syncwarp(); }
SYNFIRE_FUNCTION u32 warp_ballot(bool predicate) { return __ballot_sync(0xffffffffu, predicate); }
SYNFIRE_FUNCTION float warp_exchange(float value, u32 mask) { return __shfl_xor_sync(0xffffffffu, value, mask); }

}  // namespace synfire::device

#elif defined(SYNFIRE_SIMT)
#include "simt/simt_platform.hpp"
#endif
