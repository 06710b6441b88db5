// SPDX-License-Identifier: Apache-2.0
//
// Tapes and the transposed deliveries of the backward pass, for the schedule in which one block runs one trial. A warp
// takes a spike, and its lanes walk the outgoing synapses of the neuron.
#pragma once

#include "deliver.cuh"
#include "training.cuh"

namespace synfire::device {

// Where the spikes of a step begin on the tape, and which neurons spiked. `position` counts the spikes of neurons
// before word `word`.
struct TapeCursor {
  u32 word = 0u;
  u32 position = 0u;

  // Whether neuron i, not less than in the previous call, has spiked; then `place` is the rank of its spike.
  template <class Words>
  SYNFIRE_MEMBER bool advance(const Words& mask, u32 offset, u32 i, u32& place) {
    for (; word < i / 32u; ++word) position += population_count(static_cast<u32>(mask(offset + word)));
    const u32 bits = mask(offset + word);
    const u32 lane_bit = 1u << (i & 31u);
    place = position + population_count(bits & (lane_bit - 1u));
    return (bits & lane_bit) != 0u;
  }

  // The number of spikes of all neurons.
  template <u32 neurons, class Words>
  SYNFIRE_MEMBER u32 finish(const Words& mask, u32 offset) {
    for (; word < (neurons + 31u) / 32u; ++word) position += population_count(static_cast<u32>(mask(offset + word)));
    return position;
  }
};

// Adds lanes l and l ^ 16, then l and l ^ 8, and so on: all lanes get the sum. All threads of the warp call it
// together.
SYNFIRE_FUNCTION float sum_of_warp(float lane) {
  SYNFIRE_UNROLL(5)
  for (u32 mask = 16u; mask > 0u; mask /= 2u) lane += warp_exchange(lane, mask);
  return lane;
}

// Adds the time derivative from one spike's arrivals to `due` of the spike.
template <bool first, bool has_sign, class Due>
SYNFIRE_FUNCTION void add_due(const Due& due, u32 spike_number, u32 spike, float sum) {
  const float share = has_sign && is_negative(spike) ? sum : -sum;
  if (first) {
    due(spike_number) = share;
  } else {
    due(spike_number) += share;
  }
}

// gradient[spike][j] += lambda[slot + j] for each spike [from, to) of the tape.
template <u32 targets, u32 threads, bool has_sign, class Spikes, class Lambda, class Gradient>
SYNFIRE_FUNCTION void add_to_dense(const Spikes& spikes, u32 from, u32 to, const Lambda& lambda, u32 slot,
                                   const Gradient& gradient) {
  for (u32 place = from + warp_index(); place < to; place += threads / 32u) {
    const u32 spike = spikes(place);
    const u64 row = static_cast<u64>(has_sign ? neuron_of(spike) : spike) * targets;
    for (u32 j = lane_index(); j < targets; j += 32u) {
      const float share = lambda(slot + j);
      gradient(row + j) += has_sign && is_negative(spike) ? -share : share;
    }
  }
}

// due[spike] −= Σ weights[spike][j]·timing[slot + j]; `weights` is indexed by synapse.
template <u32 targets, u32 threads, bool first, bool has_sign, class Spikes, class Weights, class Timing, class Due>
SYNFIRE_FUNCTION void due_of_dense(const Spikes& spikes, u32 from, u32 to, const Weights& weights, const Timing& timing,
                                   u32 slot, const Due& due) {
  for (u32 place = from + warp_index(); place < to; place += threads / 32u) {
    const u32 spike = spikes(place);
    const u32 row = (has_sign ? neuron_of(spike) : spike) * targets;
    float lane = 0.0f;
    for (u32 j = lane_index(); j < targets; j += 32u) {
      const float weight = weights(row + j);
      lane += weight * timing(slot + j);
    }
    const float sum = sum_of_warp(lane);
    if (lane_index() == 0u) add_due<first, has_sign>(due, place - from, spike, sum);
  }
}

// Neuron i projects only to neuron i. The first lane of a warp takes a spike, as above.
template <u32 threads, bool has_sign, class Spikes, class Lambda, class Gradient>
SYNFIRE_FUNCTION void add_to_one_to_one(const Spikes& spikes, u32 from, u32 to, const Lambda& lambda, u32 slot,
                                        const Gradient& gradient) {
  if (lane_index() != 0u) return;
  for (u32 place = from + warp_index(); place < to; place += threads / 32u) {
    const u32 spike = spikes(place);
    const u32 i = has_sign ? neuron_of(spike) : spike;
    const float share = lambda(slot + i);
    gradient(i) += has_sign && is_negative(spike) ? -share : share;
  }
}

template <u32 threads, bool first, bool has_sign, class Spikes, class Weights, class Timing, class Due>
SYNFIRE_FUNCTION void due_of_one_to_one(const Spikes& spikes, u32 from, u32 to, const Weights& weights,
                                        const Timing& timing, u32 slot, const Due& due) {
  if (lane_index() != 0u) return;
  for (u32 place = from + warp_index(); place < to; place += threads / 32u) {
    const u32 spike = spikes(place);
    const u32 i = has_sign ? neuron_of(spike) : spike;
    const float weight = weights(i);
    const float share = weight * timing(slot + i);
    add_due<first, has_sign>(due, place - from, spike, 0.0f + share);
  }
}

// Synapses with individual delays: `now` is the slot of the delay ring in which the shortest delay ends.
template <u32 targets_of_ring, u32 depth, u32 threads, bool has_sign, class Spikes, class Offsets, class Targets,
          class Delays, class Lambda, class Gradient>
SYNFIRE_FUNCTION void add_to_rows(const Spikes& spikes, u32 from, u32 to, const Offsets& offsets,
                                  const Targets& targets, const Delays& delays, const Lambda& lambda, u32 now,
                                  const Gradient& gradient) {
  for (u32 place = from + warp_index(); place < to; place += threads / 32u) {
    const u32 spike = spikes(place);
    const u32 i = has_sign ? neuron_of(spike) : spike;
    const u32 end = offsets(i + 1u);
    const u32 begin = offsets(i);
    for (u32 synapse = begin + lane_index(); synapse < end; synapse += 32u) {
      const u32 target = targets(synapse);
      const float share = lambda(arrival_slot<depth>(now, delays(synapse)) * targets_of_ring + target);
      gradient(synapse) += has_sign && is_negative(spike) ? -share : share;
    }
  }
}

// The gradient of trained delays. `per_step`: 1 / dt.
template <u32 targets_of_ring, u32 depth, u32 threads, bool has_sign, class Spikes, class Offsets, class Targets,
          class Weights, class Delays, class Timing, class Gradient>
SYNFIRE_FUNCTION void add_to_delays(const Spikes& spikes, u32 from, u32 to, const Offsets& offsets,
                                    const Targets& targets, const Weights& weights, const Delays& delays,
                                    const Timing& timing, u32 now, float per_step, const Gradient& gradient) {
  for (u32 place = from + warp_index(); place < to; place += threads / 32u) {
    const u32 spike = spikes(place);
    const u32 i = has_sign ? neuron_of(spike) : spike;
    const float factor = has_sign && is_negative(spike) ? per_step : -per_step;
    const u32 end = offsets(i + 1u);
    const u32 begin = offsets(i);
    for (u32 synapse = begin + lane_index(); synapse < end; synapse += 32u) {
      const u32 target = targets(synapse);
      const float weight = weights(synapse);
      const float rise = timing(arrival_slot<depth>(now, delays(synapse)) * targets_of_ring + target);
      gradient(synapse) += weight * rise * factor;
    }
  }
}

template <u32 targets_of_ring, u32 depth, u32 threads, bool first, bool has_sign, class Spikes, class Offsets,
          class Targets, class Weights, class Delays, class Timing, class Due>
SYNFIRE_FUNCTION void due_of_rows(const Spikes& spikes, u32 from, u32 to, const Offsets& offsets,
                                  const Targets& targets, const Weights& weights, const Delays& delays,
                                  const Timing& timing, u32 now, const Due& due) {
  for (u32 place = from + warp_index(); place < to; place += threads / 32u) {
    const u32 spike = spikes(place);
    const u32 i = has_sign ? neuron_of(spike) : spike;
    const u32 begin = offsets(i);
    const u32 end = offsets(i + 1u);
    float lane = 0.0f;
    for (u32 synapse = begin + lane_index(); synapse < end; synapse += 32u) {
      const u32 target = targets(synapse);
      const float weight = weights(synapse);
      lane += weight * timing(arrival_slot<depth>(now, delays(synapse)) * targets_of_ring + target);
    }
    const float sum = sum_of_warp(lane);
    if (lane_index() == 0u) add_due<first, has_sign>(due, place - from, spike, sum);
  }
}

// Stores whether slot `slot` could not learn from its part of the batch. One warp calls it.
template <class Halt>
SYNFIRE_FUNCTION void close_slot(const Halt& halt, u32 slot, bool is_spoilt) {
  const u32 votes = warp_ballot(is_spoilt);
  if (lane_index() == 0u) halt(1u + slot) = votes != 0u ? 1u : 0u;
}

// Whether any slot could not; then nothing may be changed, and the number of the batch is kept. All threads of the
// block call it.
template <u32 slots, class Halt>
SYNFIRE_FUNCTION bool halts(const Halt& halt, u32 batch, u32 chunk, u32 thread) {
  const bool any = warp_ballot(any_of<slots>(halt, 1u, lane_index(), 32u)) != 0u;
  if (any && chunk == 0u && thread == 0u && halt(0u) == 0u) halt(0u) = batch;
  return any;
}

// No arrivals within the example.
template <u32 threads, class Due>
SYNFIRE_FUNCTION void nothing_due(u32 count, const Due& due) {
  if (lane_index() != 0u) return;
  for (u32 s = warp_index(); s < count; s += threads / 32u) due(s) = 0.0f;
}

// Lane l of every warp sums the elements l, l + 32, …
template <u32 slots, u32 elements, class Gradient>
SYNFIRE_FUNCTION float sum_of_all(const Gradient& gradient) {
  float lane = 0.0f;
  for (u32 i = lane_index(); i < elements; i += 32u) lane += sum_of_slots<0u, slots, elements>(gradient, i);
  return sum_of_warp(lane);
}

// The sum of the squares of the gradients of elements [begin, end), as every warp computes it.
template <class Trained, u32 slots, u32 elements, class Gradient, class Values = NoValues, class Rule = PlainRule>
SYNFIRE_FUNCTION float squares_of(const Gradient& gradient, float scale, u32 begin, u32 end, const Values& values = {},
                                  const Rule& rule = {}) {
  float lane = 0.0f;
  for (u32 i = begin + lane_index(); i < end; i += 32u) {
    const float sum = sum_of_slots<0u, slots, elements>(gradient, i);
    const float slope = Trained::limited(rule.is_zero(i) ? 0.0f : rule.penalized(sum * scale, rule.start(values, i)));
    lane += slope * slope;
  }
  return sum_of_warp(lane);
}

// The sum of `count` numbers, as every warp computes it.
template <u32 count, class Numbers>
SYNFIRE_FUNCTION float sum_of(const Numbers& numbers) {
  float lane = 0.0f;
  for (u32 i = lane_index(); i < count; i += 32u) lane += numbers(i);
  return sum_of_warp(lane);
}

}  // namespace synfire::device
