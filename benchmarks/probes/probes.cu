// SPDX-License-Identifier: Apache-2.0
// One kernel per constant that README.md lists. All take the arguments of generated kernels (trial_arguments.cuh):
// buffers[0] receives results, one u64 each; other inputs are documented above each kernel. `rounds` is the number of
// repetitions. Compiled by NVRTC for a GPU, and by the emulator of tests/simt, where blocks run one after the other and
// cycles are only counted.
#include "trial_arguments.cuh"
#include "view.cuh"

using namespace synfire::device;

// Two blocks on neighboring multiprocessors (compute capability 9.0); elsewhere a block by itself.
#if SYNFIRE_CUDA && defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define PROBE_HAS_CLUSTERS 1
#define PROBE_CLUSTER_KERNEL(threads) extern "C" __global__ void __cluster_dims__(2, 1, 1) __launch_bounds__(threads, 1)
#else
#define PROBE_HAS_CLUSTERS 0
#define PROBE_CLUSTER_KERNEL(threads) SYNFIRE_KERNEL(threads)
#endif

enum : u32 { block_threads = 256, ring = 1024 };

SYNFIRE_FUNCTION u64* results(const TrialArguments<2>& arguments) { return static_cast<u64*>(arguments.buffers[0]); }

// ---- Needs PTX -----------------------------------------------------------------------------------------------------

#if SYNFIRE_CUDA

SYNFIRE_FUNCTION u64 cycles() {
  u64 now;
  asm volatile("mov.u64 %0, %%clock64;" : "=l"(now)::"memory");
  return now;
}

SYNFIRE_FUNCTION u64 nanoseconds() {
  u64 now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now)::"memory");
  return now;
}

SYNFIRE_FUNCTION const u64* load_by_l1(const u64* at) {
  u64 next;
  asm volatile("ld.global.ca.u64 %0, [%1];" : "=l"(next) : "l"(at) : "memory");
  return reinterpret_cast<const u64*>(next);
}

SYNFIRE_FUNCTION const u64* load_by_l2(const u64* at) {
  u64 next;
  asm volatile("ld.global.cg.u64 %0, [%1];" : "=l"(next) : "l"(at) : "memory");
  return reinterpret_cast<const u64*>(next);
}

SYNFIRE_FUNCTION u32 add_and_get(u32* to, u32 what) {
  u32 before;
  asm volatile("atom.global.add.u32 %0, [%1], %2;" : "=r"(before) : "l"(to), "r"(what) : "memory");
  return before;
}

SYNFIRE_FUNCTION void add(float* to, float what) {
  asm volatile("red.global.add.f32 [%0], %1;" ::"l"(to), "f"(what) : "memory");
}

SYNFIRE_FUNCTION void announce(u32* arrived) {
  asm volatile("red.release.gpu.global.add.u32 [%0], 1;" ::"l"(arrived) : "memory");
}

SYNFIRE_FUNCTION u32 look(const u32* arrived) {
  u32 count;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(count) : "l"(arrived) : "memory");
  return count;
}

#else

// Increments at each call, in place of a cycle count.
SYNFIRE_FUNCTION u64 cycles() {
  static u64 now = 0;
  return ++now;
}
SYNFIRE_FUNCTION u64 nanoseconds() { return cycles(); }
SYNFIRE_FUNCTION const u64* load_by_l1(const u64* at) { return reinterpret_cast<const u64*>(*at); }
SYNFIRE_FUNCTION const u64* load_by_l2(const u64* at) { return reinterpret_cast<const u64*>(*at); }
SYNFIRE_FUNCTION u32 add_and_get(u32* to, u32 what) { return (*to += what) - what; }
SYNFIRE_FUNCTION void add(float* to, float what) { *to += what; }
SYNFIRE_FUNCTION void announce(u32* arrived) { ++*arrived; }
SYNFIRE_FUNCTION u32 look(const u32* arrived) { return *arrived; }

#endif

// ---- Launches ------------------------------------------------------------------------------------------------------

SYNFIRE_KERNEL(32) nothing(const TrialArguments<2> arguments, u32 rounds) {}

// ---- Clocks --------------------------------------------------------------------------------------------------------

// Results: cycles, nanoseconds, of a thread that computes throughout.
SYNFIRE_KERNEL(32) clocks(const TrialArguments<2> arguments, u32 rounds) {
  if (thread_index() != 0u) return;
  float value = as_float(rounds);
  const u64 first = nanoseconds();
  const u64 start = cycles();
  for (u32 round = 0u; round < rounds; ++round) value = fused_multiply_add(value, 0.5f, 1.0f);
  results(arguments)[0] = cycles() - start;
  results(arguments)[1] = nanoseconds() - first;
  results(arguments)[2] = as_bits(value);
}

//
// ---- Dependent loads -----------------------------------------------------------------------------------------------

// buffers[1]: a ring of addresses; `load`: warm-up rounds. Results: cycles.
SYNFIRE_KERNEL(32) chase_l1(const TrialArguments<2> arguments, u32 rounds) {
  if (thread_index() != 0u) return;
  const u64* at = static_cast<const u64*>(arguments.buffers[1]);
  for (u32 round = 0u; round < arguments.load; ++round) at = load_by_l1(at);
  const u64 start = cycles();
#pragma unroll 16
  for (u32 round = 0u; round < rounds; ++round) at = load_by_l1(at);
  results(arguments)[0] = cycles() - start;
  results(arguments)[1] = reinterpret_cast<u64>(at);
}

SYNFIRE_KERNEL(32) chase_l2(const TrialArguments<2> arguments, u32 rounds) {
  if (thread_index() != 0u) return;
  const u64* at = static_cast<const u64*>(arguments.buffers[1]);
  for (u32 round = 0u; round < arguments.load; ++round) at = load_by_l2(at);
  const u64 start = cycles();
#pragma unroll 16
  for (u32 round = 0u; round < rounds; ++round) at = load_by_l2(at);
  results(arguments)[0] = cycles() - start;
  results(arguments)[1] = reinterpret_cast<u64>(at);
}

// By index, as generated programs read shared memory.
SYNFIRE_KERNEL(32) chase_shared(const TrialArguments<2> arguments, u32 rounds) {
  SYNFIRE_SHARED(u32, next, ring);
  for (u32 i = thread_index(); i < ring; i += 32u) next(i) = (i + 33u) % ring;
  block_barrier();
  if (thread_index() != 0u) return;
  u32 at = 0u;
  const u64 start = cycles();
#pragma unroll 16
  for (u32 round = 0u; round < rounds; ++round) at = next(at);
  results(arguments)[0] = cycles() - start;
  results(arguments)[1] = at;
}

// ---- Barriers ------------------------------------------------------------------------------------------------------

// Results: cycles.
SYNFIRE_KERNEL(256) meet_in_block(const TrialArguments<2> arguments, u32 rounds) {
  block_barrier();
  const u64 start = cycles();
#pragma unroll 16
  for (u32 round = 0u; round < rounds; ++round) block_barrier();
  const u64 taken = cycles() - start;
  if (thread_index() == 0u) results(arguments)[0] = taken;
}

// Results: cycles.
PROBE_CLUSTER_KERNEL(256) meet_in_cluster(const TrialArguments<2> arguments, u32 rounds) {
  block_barrier();
  const u64 start = cycles();
  for (u32 round = 0u; round < rounds; ++round) {
#if PROBE_HAS_CLUSTERS
    asm volatile("barrier.cluster.arrive.aligned;\nbarrier.cluster.wait.aligned;" ::: "memory");
#else
    block_barrier();
#endif
  }
  const u64 taken = cycles() - start;
  if (thread_index() == 0u && block_index() == 0u) results(arguments)[0] = taken;
}

// buffers[1]: a count of arrivals, initially zero. `examples`: the number of blocks, all of which must run at once.
// Results: nanoseconds; 1 if a block gave up.
SYNFIRE_KERNEL(256) meet_in_grid(const TrialArguments<2> arguments, u32 rounds) {
  u32* const arrived = static_cast<u32*>(arguments.buffers[1]);
  u32 patience = 1u << 22;  // polls before giving up
  const u64 start = nanoseconds();
  for (u32 round = 1u; round <= rounds; ++round) {
    block_barrier();
    if (thread_index() == 0u) {
      announce(arrived);
      u32 looks = 0u;
      while (look(arrived) < round * arguments.examples && looks < patience) ++looks;
      if (looks == patience) {
        results(arguments)[1] = 1u;
        patience = 0u;
      }
    }
    block_barrier();
  }
  const u64 taken = nanoseconds() - start;
  if (thread_index() == 0u && block_index() == 0u) results(arguments)[0] = taken;
}

// ---- Atomic additions ----------------------------------------------------------------------------------------------

// buffers[1]: a number. Each addition waits for the previous one. Results: cycles.
SYNFIRE_KERNEL(32) add_in_turn(const TrialArguments<2> arguments, u32 rounds) {
  if (thread_index() != 0u) return;
  u32* const number = static_cast<u32*>(arguments.buffers[1]);
  u32 what = 1u;
  const u64 start = cycles();
#pragma unroll 16
  for (u32 round = 0u; round < rounds; ++round) what = add_and_get(number, what) | 1u;
  results(arguments)[0] = cycles() - start;
  results(arguments)[1] = what;
}

// buffers[1]: 2^n floats, `last_step` is 2^n - 1. Rows of neighboring floats at scattered places, like gradients.
SYNFIRE_KERNEL(256) add_scattered(const TrialArguments<2> arguments, u32 rounds) {
  float* const values = static_cast<float*>(arguments.buffers[1]);
  u32 row = block_index() * 747796405u + 1u;
  for (u32 round = 0u; round < rounds; ++round) {
    row = row * 1664525u + 1013904223u;
    add(values + (((row >> 8) * u32{block_threads} + thread_index()) & arguments.last_step), 1.0f);
  }
}

// buffers[1]: one float that all threads add to.
SYNFIRE_KERNEL(256) add_to_one(const TrialArguments<2> arguments, u32 rounds) {
  float* const value = static_cast<float*>(arguments.buffers[1]);
  for (u32 round = 0u; round < rounds; ++round) add(value, 1.0f);
}

// ---- Memory --------------------------------------------------------------------------------------------------------

struct alignas(16) Quad {
  u32 words[4];
};

// buffers[1] to buffers[0], `last_step` times 16 bytes, by all `examples` blocks.
SYNFIRE_KERNEL(256) copy(const TrialArguments<2> arguments, u32 rounds) {
  Quad* const to = static_cast<Quad*>(arguments.buffers[0]);
  const Quad* const from = static_cast<const Quad*>(arguments.buffers[1]);
  const u32 stride = arguments.examples * block_threads;
#pragma unroll 4
  for (u32 i = block_index() * block_threads + thread_index(); i < arguments.last_step; i += stride) to[i] = from[i];
}
