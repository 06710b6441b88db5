// SPDX-License-Identifier: Apache-2.0
//
// The barrier of the thread team that shares one network: the schedule `step` of the host. Included by generated host
// source, which includes no system headers.
#pragma once

#include "platform.cuh"

namespace synfire::device {

// As in <sched.h>.
extern "C" int sched_yield() noexcept;

enum : u32 {
  // Polls before a thread yields the processor, some microseconds. With more threads than processors, a larger number
  // would cost that much in each step; with enough processors, yielding costs little.
  team_patience = 100,
  // Distance, in u32, of the two shared numbers: each has its own cache line.
  team_stride = 16
};

SYNFIRE_FUNCTION void team_pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

// A barrier of all `workers` threads, which orders their memory accesses. `team` is zeroed before the first barrier and
// aligned to 64 bytes: the number of arrived threads, and the number of completed barriers.
SYNFIRE_FUNCTION void team_barrier(void* team, u32 workers) {
  if (workers == 1u) return;
  u32* const arrived = static_cast<u32*>(team);
  u32* const meetings = arrived + team_stride;
  const u32 meeting = __atomic_load_n(meetings, __ATOMIC_RELAXED);  // does not change until this thread has arrived
  if (__atomic_add_fetch(arrived, 1u, __ATOMIC_ACQ_REL) == workers) {
    __atomic_store_n(arrived, 0u, __ATOMIC_RELAXED);
    __atomic_store_n(meetings, meeting + 1u, __ATOMIC_RELEASE);
    return;
  }
  for (u32 looks = 0u; __atomic_load_n(meetings, __ATOMIC_ACQUIRE) == meeting; ++looks) {
    if (looks < team_patience) {
      team_pause();
    } else {
      sched_yield();
    }
  }
}

}  // namespace synfire::device
