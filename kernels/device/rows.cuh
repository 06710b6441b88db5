// SPDX-License-Identifier: Apache-2.0
//
// What the deliveries of sparse synapses share on all machines: values that are the same for all synapses, and the slot of
// a ring in which a spike arrives.
//
// A ring keeps what is under way to each target: slot s mod `depth` what arrives in step s. Deliveries add to it; the
// neurons take what arrived in a step and leave 0. So each sum has the order of emission, whatever the delays.
#pragma once

#include "pattern.cuh"
#include "platform.cuh"

namespace synfire::device {

// The weight of all synapses, where others have an array.
struct SameWeight {
  float value;
  SYNFIRE_MEMBER float operator()(u32) const { return value; }
  SYNFIRE_MEMBER float operator[](u32) const { return value; }
};

// The delay of synapses that have none of their own.
struct NoDelay {
  SYNFIRE_MEMBER u32 operator()(u32) const { return 0u; }
  SYNFIRE_MEMBER u32 operator[](u32) const { return 0u; }
};

// The slot of what arrives `delay` < `depth` steps after the step whose slot is `now`.
template <u32 depth>
SYNFIRE_FUNCTION u32 arrival_slot(u32 now, u32 delay) {
  if (depth == 1u) return 0u;
  const u32 slot = now + delay;
  return slot >= depth ? slot - depth : slot;
}

}  // namespace synfire::device
