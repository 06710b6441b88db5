// SPDX-License-Identifier: Apache-2.0
//
// Shared by the deliveries of sparse synapses on all machines: values that all synapses have in common, and the slot of
// a delay ring in which a spike arrives.
//
// A delay ring holds the input on its way to each target: slot s mod `depth` holds what arrives in step s. Deliveries
// add to it; the neurons read the arrivals of a step and reset them to 0. So each sum is in the order of emission,
// whatever the delays.
#pragma once

#include "pattern.cuh"
#include "platform.cuh"

namespace synfire::device {

// The weight of all synapses, in place of an array.
struct SameWeight {
  float value;
  SYNFIRE_MEMBER float operator()(u32) const { return value; }
  SYNFIRE_MEMBER float operator[](u32) const { return value; }
};

// The delay of synapses without delays of their own.
struct NoDelay {
  SYNFIRE_MEMBER u32 operator()(u32) const { return 0u; }
  SYNFIRE_MEMBER u32 operator[](u32) const { return 0u; }
};

// The slot for arrivals `delay` < `depth` steps after the step whose slot is `now`.
template <u32 depth>
SYNFIRE_FUNCTION u32 arrival_slot(u32 now, u32 delay) {
  if (depth == 1u) return 0u;
  const u32 slot = now + delay;
  return slot >= depth ? slot - depth : slot;
}

}  // namespace synfire::device
