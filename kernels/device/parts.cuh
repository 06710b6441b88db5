// SPDX-License-Identifier: Apache-2.0
//
// A network shared by several threads of a processor: every population is cut into parts of neighboring neurons, and a
// part does all the work for its neurons: it delivers to them, steps them and lists their spikes. A spike list is the
// concatenation of the lists of the parts, so spikes keep their order, and a thread waits for the others once per step.
#pragma once

#include "team.cuh"
#include "trial_host.cuh"

namespace synfire::device {

// The neurons [begin, end) of a part.
struct Range {
  u32 begin;
  u32 end;
};

template <u32 neurons, u32 width>
SYNFIRE_FUNCTION Range range_of(u32 part) {
  const u32 begin = part * width < neurons ? part * width : neurons;
  return {begin, neurons - begin < width ? neurons : begin + width};
}

// Spikes of one step: segment p lists those of part p. Gathering writes slightly past the end, hence the gaps.
template <u32 parts, u32 width>
struct Segments {
  u32* spikes;
  u32* counts;

  static constexpr u32 stride = width + 4u;  // from one segment to the next
  static constexpr u32 extent = parts * stride;

  SYNFIRE_MEMBER u32* of(u32 part) const { return spikes + part * stride; }

  // Calls visit(spikes, count) for each segment in order.
  template <class Visit>
  SYNFIRE_MEMBER void for_each(Visit&& visit) const {
    for (u32 part = 0u; part < parts; ++part) visit(static_cast<const u32*>(of(part)), counts[part]);
  }

  // Copies all spikes to one list; returns their number.
  SYNFIRE_MEMBER u32 join(u32* list) const {
    u32 total = 0u;
    for_each([&](const u32* some, u32 count) {
      copy_spikes(some, count, list + total);
      total += count;
    });
    return total;
  }

  // Assigns a whole list of any neurons: it may span segments, whose own counts are 0.
  SYNFIRE_MEMBER void assign(const u32* list, u32 count) const {
    copy_spikes(list, count, spikes);
    counts[0] = count;
    for (u32 part = 1u; part < parts; ++part) counts[part] = 0u;
  }

  SYNFIRE_MEMBER void clear() const {
    for (u32 part = 0u; part < parts; ++part) counts[part] = 0u;
  }
};

// Lists the neurons of a part that spiked, one byte each.
SYNFIRE_FUNCTION void gather_part(const u8* __restrict spiked, Range range, u32* __restrict spikes,
                                  u32* __restrict count) {
  u32 position = 0u;
  u32 i = range.begin;
  for (; i + 64u <= range.end; i += 64u) position = append_spikes<64u>(spiked, i, spikes, position);
  for (; i < range.end; ++i) {
    spikes[position] = i;
    position += spiked[i];
  }
  *count = position;
}

SYNFIRE_FUNCTION void gather_signed_part(const u8* __restrict spiked, const u8* __restrict negative, Range range,
                                         u32* __restrict spikes, u32* __restrict count) {
  gather_part(spiked, range, spikes, count);
  for (u32 s = 0u; s < *count; ++s) spikes[s] |= static_cast<u32>(negative[spikes[s]]) * negative_spike;
}

SYNFIRE_FUNCTION void clear_range(float* __restrict values, Range range) {
  for (u32 i = range.begin; i < range.end; ++i) values[i] = 0.0f;
}

// Adds the weight rows of the spikes to the targets of a part.
template <u32 targets, bool has_sign>
SYNFIRE_FUNCTION void add_dense(const u32* __restrict spikes, u32 count, const float* __restrict weights,
                                float* __restrict arriving, Range range) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 spike = spikes[s];
    const float* const row = weights + static_cast<u64>(has_sign ? neuron_of(spike) : spike) * targets;
    const bool subtracts = has_sign && is_negative(spike);
    SYNFIRE_INDEPENDENT
    for (u32 j = range.begin; j < range.end; ++j) arriving[j] += subtracts ? -row[j] : row[j];
  }
}

// All synapses have the same weight: adds to the sum that each target receives.
template <bool has_sign>
SYNFIRE_FUNCTION float add_dense_constant(const u32* __restrict spikes, u32 count, float weight, float sum) {
  for (u32 s = 0u; s < count; ++s) sum += has_sign && is_negative(spikes[s]) ? -weight : weight;
  return sum;
}

// Neuron i receives only from neuron i.
template <bool has_sign, class Weights>
SYNFIRE_FUNCTION void add_one_to_one(const u32* __restrict spikes, u32 count, Weights weights,
                                     float* __restrict arriving, Range range) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = neuron_of(spikes[s]);
    if (i < range.begin || i >= range.end) continue;
    const float weight = weights[i];
    arriving[i] = 0.0f + (has_sign && is_negative(spikes[s]) ? -weight : weight);
  }
}

}  // namespace synfire::device
