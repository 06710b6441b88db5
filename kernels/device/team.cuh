// SPDX-License-Identifier: Apache-2.0
//
// Where the threads of a processor that share one network meet: the schedule `step` of the host. Included by generated
// host source, which includes no header of the system.
#pragma once

#include "platform.cuh"

namespace synfire::device {

// As in <sched.h>.
extern "C" int sched_yield() noexcept;

enum : u32 {
  // How often a thread looks before it lets others have the processor, some microseconds. More would cost as much in each
  // step where there are more threads than processors; where there are enough, offering costs little.
  team_patience = 100,
  // Of u32, between the two numbers that threads share: each has a line of the cache.
  team_stride = 16
};

SYNFIRE_FUNCTION void team_pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

// All `workers` threads meet; it orders their memory accesses. `team` is zeroed before the first meeting and aligned to 64
// bytes: how many have arrived, and how many meetings there were.
SYNFIRE_FUNCTION void team_barrier(void* team, u32 workers) {
  if (workers == 1u) return;
  u32* const arrived = static_cast<u32*>(team);
  u32* const meetings = arrived + team_stride;
  const u32 meeting = __atomic_load_n(meetings, __ATOMIC_RELAXED);  // stays until this thread has arrived
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
