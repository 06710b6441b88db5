// SPDX-License-Identifier: Apache-2.0
// The thread functions of kernels/device/platform.cuh for simt, and the link from a loaded program to its emulator.
#pragma once

#include "simt/simt_interface.hpp"

namespace synfire::device::simt {

// Private to this program: hidden, since loaded programs would share it otherwise.
__attribute__((visibility("hidden"))) inline ::synfire::simt::Hooks hooks;

}  // namespace synfire::device::simt

// Called by the emulator before the first launch.
extern "C" inline __attribute__((used)) void synfire_simt_attach(const ::synfire::simt::Hooks* given) {
  ::synfire::device::simt::hooks = *given;
}

namespace synfire::device {

SYNFIRE_FUNCTION u32 thread_index() { return simt::hooks.state->thread; }
SYNFIRE_FUNCTION u32 block_index() { return simt::hooks.state->block; }
SYNFIRE_FUNCTION u32 grid_row() { return simt::hooks.state->row; }
SYNFIRE_FUNCTION u32 lane_index() { return thread_index() & 31u; }
SYNFIRE_FUNCTION u32 warp_index() { return thread_index() >> 5; }

// Barriers are identified by call site: two on one line are one to the emulator.
SYNFIRE_FUNCTION void block_barrier(int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
  simt::hooks.block_barrier(simt::hooks.emulator, line, file);
}

SYNFIRE_FUNCTION void warp_barrier(int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
  simt::hooks.warp_barrier(simt::hooks.emulator, line, file);
}

SYNFIRE_FUNCTION u32 warp_ballot(bool predicate, int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
  return simt::hooks.warp_ballot(simt::hooks.emulator, predicate, line, file);
}

SYNFIRE_FUNCTION float warp_exchange(float value, u32 mask, int line = __builtin_LINE(),
                                     const char* file = __builtin_FILE()) {
  return as_float(simt::hooks.warp_exchange(simt::hooks.emulator, as_bits(value), mask, line, file));
}

}  // namespace synfire::device
