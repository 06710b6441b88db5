// SPDX-License-Identifier: Apache-2.0
//
// Spikes in flight, for the schedule in which one block runs one trial. The queue of a population holds, for each of
// the last steps, the list of neurons that spiked, in ascending order, and its length; during a step, a bit mask marks
// the neurons that spike in it. Lists are made from masks by counting bits, never by atomic appends, so their order is
// fixed.
//
// Thread mapping: neuron i belongs to thread i mod `threads`; `threads` is a multiple of 32, so neurons 32w … 32w + 31
// are the lanes of one warp and share word w of the mask.
#pragma once

#include "view.cuh"

namespace synfire::device {

// Set in the list entry of a negative spike.
constexpr u32 negative_spike = 0x80000000u;

SYNFIRE_FUNCTION u32 neuron_of(u32 spike) { return spike & ~negative_spike; }
SYNFIRE_FUNCTION bool is_negative(u32 spike) { return (spike & negative_spike) != 0u; }

#if SYNFIRE_HAS_THREADS

// Writes word `i` / 32 of the mask. All threads of the warp call it together; `i` < `neurons` if neuron i exists.
template <class Words>
SYNFIRE_FUNCTION void publish_spike(const Words& mask, u32 offset, u32 i, u32 neurons, bool spiked) {
  const u32 word = warp_ballot(spiked);
  if (lane_index() == 0u && i < neurons) mask(offset + i / 32u) = word;
}

// Converts the mask of this step to list entries [first, …) and their number. Needs a barrier before (the mask is
// complete, the slot's old entries are no longer read) and after.
template <u32 neurons, u32 threads, class Words, class List, class Counts>
SYNFIRE_FUNCTION void gather_spikes(const Words& mask, u32 offset, const List& spikes, u32 first, const Counts& counts,
                                    u32 slot, u32 thread) {
  u32 position = 0u;  // spikes of the neurons before the current word
  u32 word = 0u;
  for (u32 i = thread; i < neurons; i += threads) {
    for (; word < i / 32u; ++word) position += population_count(static_cast<u32>(mask(offset + word)));
    const u32 bits = mask(offset + word);
    const u32 lane_bit = 1u << (i & 31u);
    if ((bits & lane_bit) != 0u) spikes(first + position + population_count(bits & (lane_bit - 1u))) = i;
  }
  if (thread == 0u) {
    for (; word < (neurons + 31u) / 32u; ++word) position += population_count(static_cast<u32>(mask(offset + word)));
    counts(slot) = position;
  }
}

// The same with signed spikes.
template <u32 neurons, u32 threads, class Words, class List, class Counts>
SYNFIRE_FUNCTION void gather_signed_spikes(const Words& mask, const Words& negative_mask, u32 offset,
                                           const List& spikes, u32 first, const Counts& counts, u32 slot, u32 thread) {
  u32 position = 0u;
  u32 word = 0u;
  for (u32 i = thread; i < neurons; i += threads) {
    for (; word < i / 32u; ++word) position += population_count(static_cast<u32>(mask(offset + word)));
    const u32 bits = mask(offset + word);
    const u32 negative_bits = negative_mask(offset + word);
    const u32 lane_bit = 1u << (i & 31u);
    if ((bits & lane_bit) != 0u) {
      const u32 sign = (negative_bits & lane_bit) != 0u ? negative_spike : 0u;
      spikes(first + position + population_count(bits & (lane_bit - 1u))) = i | sign;
    }
  }
  if (thread == 0u) {
    for (; word < (neurons + 31u) / 32u; ++word) position += population_count(static_cast<u32>(mask(offset + word)));
    counts(slot) = position;
  }
}

// The same over a grid, each block for its tile of neurons: it counts the spikes of all earlier tiles, in `partial`
// (shared, one word per thread; their number is a power of two). Masks are complete, and the list is read by later
// launches.
template <u32 neurons, u32 threads, u32 tile, bool has_sign, class Words, class List, class Counts, class Partial>
SYNFIRE_FUNCTION void gather_on_grid(const Words& mask, const Words& negative_mask, u32 offset, const List& spikes,
                                     u32 first, const Counts& counts, u32 slot, const Partial& partial, u32 block,
                                     u32 thread) {
  const u32 tile_word = block * (tile / 32u);
  u32 before = 0u;
  for (u32 word = thread; word < tile_word; word += threads)
    before += population_count(static_cast<u32>(mask(offset + word)));
  block_barrier();  // `partial` may still be in use
  partial(thread) = before;
  for (u32 half = threads / 2u; half > 0u; half /= 2u) {
    block_barrier();
    if (thread < half) partial(thread) += static_cast<u32>(partial(thread + half));
  }
  block_barrier();
  u32 position = partial(0u);
  u32 word = tile_word;
  for (u32 i = block * tile + thread; i < (block + 1u) * tile && i < neurons; i += threads) {
    for (; word < i / 32u; ++word) position += population_count(static_cast<u32>(mask(offset + word)));
    const u32 bits = mask(offset + word);
    const u32 lane_bit = 1u << (i & 31u);
    if ((bits & lane_bit) == 0u) continue;
    u32 sign = 0u;
    if (has_sign) {
      const u32 negative_bits = negative_mask(offset + word);
      sign = (negative_bits & lane_bit) != 0u ? negative_spike : 0u;
    }
    spikes(first + position + population_count(bits & (lane_bit - 1u))) = i | sign;
  }
  if ((block + 1u) * tile >= neurons && thread == 0u) {
    for (; word < (neurons + 31u) / 32u; ++word) position += population_count(static_cast<u32>(mask(offset + word)));
    counts(slot) = position;
  }
}

// Copies given spikes [from, from + count) of `given` to list entries [first, …).
template <u32 threads, class Given, class List, class Counts>
SYNFIRE_FUNCTION void replay_spikes(const Given& given, u32 from, u32 count, const List& spikes, u32 first,
                                    const Counts& counts, u32 slot, u32 thread) {
  for (u32 s = thread; s < count; s += threads) {
    const u32 neuron = given(from + s);
    spikes(first + s) = neuron;
  }
  if (thread == 0u) counts(slot) = count;
}

// Marks given spikes [from, from + count) in a recording whose row of this step begins at `row` and is zeroed.
template <u32 threads, class Given, class Recording>
SYNFIRE_FUNCTION void mark_spikes(const Given& given, u32 from, u32 count, const Recording& recording, u32 row,
                                  u32 thread) {
  for (u32 s = thread; s < count; s += threads) {
    const u32 neuron = given(from + s);
    recording(row + neuron) = static_cast<i8>(1);
  }
}

// Mask words of entries [first, first + count) of a list: each thread writes whole words, so none is shared.
template <u32 neurons, u32 threads, class List, class Words>
SYNFIRE_FUNCTION void mask_of_list(const List& spikes, u32 first, u32 count, bool negative_only, const Words& mask,
                                   u32 offset, u32 thread) {
  for (u32 word = thread; word < (neurons + 31u) / 32u; word += threads) {
    u32 bits = 0u;
    for (u32 s = 0u; s < count; ++s) {
      const u32 spike = spikes(first + s);
      const u32 i = neuron_of(spike);
      if (i / 32u == word && (!negative_only || is_negative(spike))) bits |= 1u << (i & 31u);
    }
    mask(offset + word) = bits;
  }
}

// Clears words or counts.
template <u32 threads, class Words>
SYNFIRE_FUNCTION void clear_words(const Words& words, u32 extent, u32 thread) {
  for (u32 i = thread; i < extent; i += threads) words(i) = 0u;
}

// Copies `count` list entries.
template <u32 threads, class From, class To>
SYNFIRE_FUNCTION void copy_spikes(const From& from, u32 from_first, u32 count, const To& to, u32 to_first, u32 thread) {
  for (u32 s = thread; s < count; s += threads) {
    const u32 spike = from(from_first + s);
    to(to_first + s) = spike;
  }
}

#endif

}  // namespace synfire::device
