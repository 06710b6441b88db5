// SPDX-License-Identifier: Apache-2.0
// The interface between kernels compiled for simt and the emulator. Included by both; includes nothing, since every
// kernel is compiled against it.
#pragma once

namespace synfire::simt {

// The last access of a word in 64 bits: epoch (32) | thread (10) | line (22). Epochs count block barriers, warp
// barriers and block starts over the life of a device, so each belongs to one block of one launch, and accesses before
// a block or warp barrier have lower epochs than the barrier. Zero: none.
using Stamp = unsigned long long;
inline constexpr unsigned line_bits = 22;
inline constexpr unsigned epoch_shift = 32;

constexpr unsigned epoch_of(Stamp stamp) { return static_cast<unsigned>(stamp >> epoch_shift); }
constexpr unsigned thread_of(Stamp stamp) { return static_cast<unsigned>(stamp >> line_bits) & 0x3ffu; }
constexpr unsigned warp_of(Stamp stamp) { return thread_of(stamp) >> 5; }
constexpr int line_of(Stamp stamp) { return static_cast<int>(stamp & ((1u << line_bits) - 1u)); }
constexpr Stamp make_stamp(unsigned epoch, unsigned thread) {
  return (static_cast<Stamp>(epoch) << epoch_shift) | (static_cast<Stamp>(thread) << line_bits);
}
constexpr bool same_thread(Stamp a, Stamp b) { return thread_of(a ^ b) == 0; }
constexpr bool same_warp(Stamp a, Stamp b) { return warp_of(a ^ b) == 0; }

// The shadow of one element of shared memory. The last write suffices: a race with an earlier one was found then. Two
// readers suffice to detect a racing writer: two of different warps race with any thread, and of two in the same warp,
// at least one is not the writer.
struct SharedWord {
  Stamp write = 0;
  Stamp read = 0;
  Stamp other_read = 0;
};

// The shadow of one element of global memory. Keeps the first reader of a launch: a later block that writes races with
// it.
struct GlobalWord : SharedWord {
  Stamp first_read = 0;
};

enum class AccessFault : unsigned { out_of_bounds, unwritten_read, race, mixed_elements };

// A reported access.
struct Access {
  const char* view;
  unsigned long long index;
  unsigned long long extent;
  int line;
  const char* file;
  bool write;
};

// The global memory behind a view, to the end of its allocation. `written` has one byte per byte of memory.
struct Binding {
  GlobalWord* words;
  unsigned char* written;
  unsigned long long extent;  // elements; 0 for a pointer outside all allocations
};

// The running thread as seen by kernels. The emulator updates it at each switch.
struct State {
  Stamp now;               // of this thread, line 0
  unsigned thread;         // index in its block
  unsigned block;          // index in its row of the grid
  unsigned row;            // of the grid
  unsigned launch_epoch;   // first epoch of this launch
  unsigned block_epoch;    // first epoch of this block
  unsigned barrier_epoch;  // first epoch after the block's last barrier, or block_epoch
  unsigned warp_epoch;     // first epoch after the last barrier of this thread's warp; 0: none in this block
};

// The emulator's functions, passed to a program when it is loaded. If the launch is aborted they do not return but
// unwind the thread's stack.
struct Hooks {
  const State* state;
  void* emulator;  // first argument of each
  void (*block_barrier)(void* emulator, int line, const char* file);
  void (*warp_barrier)(void* emulator, int line, const char* file);
  unsigned (*warp_ballot)(void* emulator, bool predicate, int line, const char* file);
  unsigned (*warp_exchange)(void* emulator, unsigned bits, unsigned mask, int line, const char* file);
  Binding (*bind)(void* emulator, const void* pointer, unsigned long long element_bytes, const char* name);
  void (*report)(void* emulator, AccessFault fault, const Access& access, Stamp other, bool other_write);
};

}  // namespace synfire::simt
