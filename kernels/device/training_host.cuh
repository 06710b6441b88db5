// SPDX-License-Identifier: Apache-2.0
//
// The transposed deliveries of the backward pass, for one thread of a processor that runs a whole trial. The sums are
// those of training_block.cuh, in the same order, computed in the lanes of vector registers.
#pragma once

#include "trial_host.cuh"

#include "training.cuh"

namespace synfire::device {

// The numbers 0, 1, …, count − 1, used to name lanes.
template <u32... each>
struct Numbers {};
template <u32 count, u32... each>
struct NumbersTo : NumbersTo<count - 1u, count - 1u, each...> {};
template <u32... each>
struct NumbersTo<0u, each...> {
  using Type = Numbers<each...>;
};

// Lanes [first, first + sizeof...(lane)).
template <u32 first, class Register, u32... lane>
SYNFIRE_FUNCTION auto some_lanes(const Register& lanes, Numbers<lane...>) {
  return __builtin_shufflevector(lanes, lanes, (first + lane)...);
}

// The last `count` lanes, followed by zeros.
template <u32 count, class Register, u32... lane>
SYNFIRE_FUNCTION Register last_lanes(const Register& lanes, Numbers<lane...>) {
  constexpr u32 width = sizeof...(lane);
  return __builtin_shufflevector(lanes, Register{}, (lane < count ? width - count + lane : width)...);
}

// Adds lanes l and l + width / 2, and so on.
template <u32 width>
SYNFIRE_FUNCTION float sum_of_register(const typename Lanes<width>::Register& lanes) {
  if constexpr (width == 1u) {
    return lanes[0];
  } else if constexpr (width == 2u) {
    return lanes[0] + lanes[1];
  } else {
    using Half = typename NumbersTo<width / 2u>::Type;
    const typename Lanes<width / 2u>::Register low = some_lanes<0u>(lanes, Half{});
    const typename Lanes<width / 2u>::Register high = some_lanes<width / 2u>(lanes, Half{});
    return sum_of_register<width / 2u>(low + high);
  }
}

// Of two registers, each of segments of `segment` lanes: the first or second halves of all segments, in order.
template <u32 segment, bool second, class Register, u32... lane>
SYNFIRE_FUNCTION Register halves_of_segments(const Register& a, const Register& b, Numbers<lane...>) {
  constexpr u32 half = segment / 2u;
  return __builtin_shufflevector(a, b, (lane / half * segment + (second ? half : 0u) + lane % half)...);
}

// The sums of `width` registers, of each in its lane: those of sum_of_register, several at a time.
template <u32 width, u32 segment = width>
SYNFIRE_FUNCTION typename Lanes<width>::Register sums_of_registers(typename Lanes<width>::Register* registers) {
  if constexpr (segment > 1u) {
    using All = typename NumbersTo<width>::Type;
#pragma GCC unroll 16
    for (u32 r = 0u; r < segment / 2u; ++r) {
      const auto a = registers[2u * r], b = registers[2u * r + 1u];
      registers[r] = halves_of_segments<segment, false>(a, b, All{}) + halves_of_segments<segment, true>(a, b, All{});
    }
    return sums_of_registers<width, segment / 2u>(registers);
  } else {
    return registers[0];
  }
}

// The widest register of the processor that `targets` fills.
constexpr u32 sum_width(u32 targets) {
#if defined(__AVX__)
  return lanes_for(targets);
#else
  return lanes_for(targets < 4u ? targets : 4u);
#endif
}

// A sum has 32 lanes on every processor: lanes l and l + 16 are added, l and l + 8, and so on. They are in `registers`
// registers of `width` lanes, which this adds up into the first; missing ones count as 0.
template <u32 width, u32 registers>
SYNFIRE_FUNCTION typename Lanes<width>::Register add_registers(typename Lanes<width>::Register* lanes) {
#pragma GCC unroll 5
  for (u32 half = 16u / width; half > 0u; half /= 2u) {
#pragma GCC unroll 16
    for (u32 r = 0u; r < half; ++r) {
      if (r + half < registers) lanes[r] += lanes[r + half];
    }
  }
  return lanes[0];
}

template <u32 width, u32 registers>
SYNFIRE_FUNCTION float sum_of_lanes(typename Lanes<width>::Register* lanes) {
  return sum_of_register<width>(add_registers<width, registers>(lanes));
}

// The registers of such a sum over `targets` values.
constexpr u32 sum_registers(u32 targets) {
  return targets < 32u ? (targets + sum_width(targets) - 1u) / sum_width(targets) : 32u / sum_width(targets);
}

// As many rows as have room in eight registers, and at most the lanes of one.
template <u32 targets>
constexpr u32 rows_at_once() {
  constexpr u32 rows = sum_registers(targets) < 8u ? 8u / sum_registers(targets) : 1u;
  constexpr u32 power = rows >= 8u ? 8u : rows >= 4u ? 4u : rows >= 2u ? 2u : 1u;
  return power < sum_width(targets) ? power : sum_width(targets);
}

// sums[r] = Σ weights[r][j]·timing[j] in the lanes of a register, with j in lane j mod 32 of the whole sum.
template <u32 targets, u32 rows, class Register>
SYNFIRE_FUNCTION void weighted_sums(const float* const (&weights)[rows], const float* __restrict timing,
                                    Register* sums) {
  constexpr u32 width = sum_width(targets);
  using Memory = typename Lanes<width>::Memory;
  constexpr u32 rest = targets % width;
  constexpr u32 whole = targets / width;
  constexpr u32 registers = sum_registers(targets);
  const auto at = [](const float* values, u32 j) { return Register(*reinterpret_cast<const Memory*>(values + j)); };
  Register lanes[rows][registers] = {};
  const auto add = [&](u32 j, u32 place) {
    const Register factor = at(timing, j);
#pragma GCC unroll 8
    for (u32 r = 0u; r < rows; ++r) lanes[r][place] += at(weights[r], j) * factor;
  };
  // Places are constants, so the sums stay in registers.
  for (u32 v = 0u; v + registers <= whole; v += registers) {
#pragma GCC unroll 32
    for (u32 place = 0u; place < registers; ++place) add((v + place) * width, place);
  }
#pragma GCC unroll 32
  for (u32 place = 0u; place < whole % registers; ++place) add((whole - whole % registers + place) * width, place);
  if constexpr (rest != 0u) {
    using Width = typename NumbersTo<width>::Type;
    const Register factor = last_lanes<rest>(at(timing, targets - width), Width{});
#pragma GCC unroll 8
    for (u32 r = 0u; r < rows; ++r)
      lanes[r][whole % registers] += last_lanes<rest>(at(weights[r], targets - width), Width{}) * factor;
  }
#pragma GCC unroll 8
  for (u32 r = 0u; r < rows; ++r) sums[r] = add_registers<width, registers>(lanes[r]);
}

template <u32 targets>
SYNFIRE_FUNCTION float weighted_sum(const float* __restrict weights, const float* __restrict timing) {
  constexpr u32 width = sum_width(targets);
  typename Lanes<width>::Register sum[1];
  weighted_sums<targets, 1u>({weights}, timing, sum);
  return sum_of_register<width>(sum[0]);
}

// Adds the time derivative from one spike's arrivals to `due` of the spike.
template <bool first, bool has_sign>
SYNFIRE_FUNCTION void add_due(float* __restrict due, u32 spike_number, u32 spike, float sum) {
  const float share = has_sign && is_negative(spike) ? sum : -sum;
  due[spike_number] = first ? share : due[spike_number] + share;
}

// Adds `vectors` vectors of lambda, starting at number `first`, kept in registers over the whole list. If targets do
// not fill a vector, the rest is added one by one.
template <u32 targets, u32 first, u32 vectors, bool has_sign>
SYNFIRE_FUNCTION void add_to_dense_tile(const u32* __restrict spikes, u32 count, const float* __restrict lambda,
                                        float* __restrict gradient) {
  constexpr u32 width = lanes_for(targets);
  using Memory = typename Lanes<width>::Memory;
  typename Lanes<width>::Register shares[vectors];
#pragma GCC unroll 8
  for (u32 v = 0u; v < vectors; ++v) shares[v] = *reinterpret_cast<const Memory*>(lambda + (first + v) * width);
  constexpr u32 rest = (first + vectors + 1u) * width > targets ? targets % width : 0u;
  const float* const behind = lambda + targets - rest;
  for (u32 s = 0u; s < count; ++s) {
    float* const row = gradient + static_cast<u64>(has_sign ? neuron_of(spikes[s]) : spikes[s]) * targets;
    const bool subtracts = has_sign && is_negative(spikes[s]);
#pragma GCC unroll 8
    for (u32 v = 0u; v < vectors; ++v) {
      Memory& sum = *reinterpret_cast<Memory*>(row + (first + v) * width);
      sum = subtracts ? sum - shares[v] : sum + shares[v];
    }
#pragma GCC unroll 16
    for (u32 j = 0u; j < rest; ++j) {
      float& sum = row[targets - rest + j];
      sum = subtracts ? sum - behind[j] : sum + behind[j];
    }
  }
}

// gradient[spike][j] += lambda[j] for each spike of the list.
template <u32 targets, bool has_sign, u32 first = 0u>
SYNFIRE_PHASE_FUNCTION void add_to_dense(const u32* __restrict spikes, u32 count, const float* __restrict lambda,
                                         float* __restrict gradient) {
  constexpr u32 vectors = targets / lanes_for(targets) - first;
  constexpr u32 tile = vectors < 8u ? vectors : 8u;
  add_to_dense_tile<targets, first, tile, has_sign>(spikes, count, lambda, gradient);
  if constexpr (tile < vectors) add_to_dense<targets, has_sign, first + tile>(spikes, count, lambda, gradient);
}

// due[s] −= Σ weights[spike][j]·timing[j], of as many spikes at a time as a register has lanes.
template <u32 targets, bool first, bool has_sign, class Spikes>
SYNFIRE_PHASE_FUNCTION void due_of_dense(Spikes spikes, u32 count, const float* __restrict weights,
                                         const float* __restrict timing, float* __restrict due) {
  constexpr u32 width = sum_width(targets);
  using Memory = typename Lanes<width>::Memory;
  const auto row_of = [&](u32 s) {
    return weights + static_cast<u64>(has_sign ? neuron_of(spikes[s]) : spikes[s]) * targets;
  };
  u32 s = 0u;
  if constexpr (!has_sign && width > 1u) {
    constexpr u32 rows = rows_at_once<targets>();
    for (; s + width <= count; s += width) {
      typename Lanes<width>::Register sums[width];
#pragma GCC unroll 16
      for (u32 r = 0u; r < width; r += rows) {
        const float* some[rows];
#pragma GCC unroll 8
        for (u32 k = 0u; k < rows; ++k) some[k] = row_of(s + r + k);
        weighted_sums<targets, rows>(some, timing, sums + r);
      }
      Memory& place = *reinterpret_cast<Memory*>(due + s);
      const auto share = -sums_of_registers<width>(sums);
      place = first ? share : place + share;
    }
  }
  for (; s < count; ++s) add_due<first, has_sign>(due, s, spikes[s], weighted_sum<targets>(row_of(s), timing));
}

// The same if all synapses have one weight.
template <u32 targets, bool first, bool has_sign, class Spikes>
SYNFIRE_PHASE_FUNCTION void due_of_dense(Spikes spikes, u32 count, SameWeight weight, const float* __restrict timing,
                                         float* __restrict due) {
  if (count == 0u) return;
  float weights[targets];
  for (u32 j = 0u; j < targets; ++j) weights[j] = weight.value;
  const float sum = weighted_sum<targets>(weights, timing);
  for (u32 s = 0u; s < count; ++s) add_due<first, has_sign>(due, s, spikes[s], sum);
}

// Neuron i projects only to neuron i.
template <bool has_sign>
SYNFIRE_PHASE_FUNCTION void add_to_one_to_one(const u32* __restrict spikes, u32 count, const float* __restrict lambda,
                                              float* __restrict gradient) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = has_sign ? neuron_of(spikes[s]) : spikes[s];
    gradient[i] = has_sign && is_negative(spikes[s]) ? gradient[i] - lambda[i] : gradient[i] + lambda[i];
  }
}

template <bool first, bool has_sign, class Spikes, class Weights>
SYNFIRE_PHASE_FUNCTION void due_of_one_to_one(Spikes spikes, u32 count, Weights weights, const float* __restrict timing,
                                              float* __restrict due) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = has_sign ? neuron_of(spikes[s]) : spikes[s];
    const float weight = weights[i];
    add_due<first, has_sign>(due, s, spikes[s], 0.0f + weight * timing[i]);
  }
}

// Synapses with individual delays: `now` is the slot of the delay ring in which the shortest delay ends.
template <u32 targets_of_ring, u32 depth, bool has_sign, class Target, class Delays>
SYNFIRE_PHASE_FUNCTION void add_to_rows(const u32* __restrict spikes, u32 count, const u32* __restrict offsets,
                                        const Target* __restrict targets, Delays delays, const float* __restrict lambda,
                                        u32 now, float* __restrict gradient) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = has_sign ? neuron_of(spikes[s]) : spikes[s];
    const bool subtracts = has_sign && is_negative(spikes[s]);
    const u32 end = offsets[i + 1u];
    SYNFIRE_INDEPENDENT
    for (u32 synapse = offsets[i]; synapse < end; ++synapse) {
      const float share = lambda[arrival_slot<depth>(now, delays[synapse]) * targets_of_ring + targets[synapse]];
      gradient[synapse] += subtracts ? -share : share;
    }
  }
}

// The gradient of trained delays. `per_step`: 1 / dt.
template <u32 targets_of_ring, u32 depth, bool has_sign, class Target, class Weights, class Delays>
SYNFIRE_PHASE_FUNCTION void add_to_delays(const u32* __restrict spikes, u32 count, const u32* __restrict offsets,
                                          const Target* __restrict targets, Weights weights, Delays delays,
                                          const float* __restrict timing, u32 now, float per_step,
                                          float* __restrict gradient) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = has_sign ? neuron_of(spikes[s]) : spikes[s];
    const float factor = has_sign && is_negative(spikes[s]) ? per_step : -per_step;
    const u32 end = offsets[i + 1u];
    SYNFIRE_INDEPENDENT
    for (u32 synapse = offsets[i]; synapse < end; ++synapse) {
      const float rise = timing[arrival_slot<depth>(now, delays[synapse]) * targets_of_ring + targets[synapse]];
      gradient[synapse] += weights[synapse] * rise * factor;
    }
  }
}

template <u32 targets_of_ring, u32 depth, bool first, bool has_sign, class Spikes, class Target, class Weights,
          class Delays>
SYNFIRE_PHASE_FUNCTION void due_of_rows(Spikes spikes, u32 count, const u32* __restrict offsets,
                                        const Target* __restrict targets, Weights weights, Delays delays,
                                        const float* __restrict timing, u32 now, float* __restrict due) {
  for (u32 s = 0u; s < count; ++s) {
    const u32 i = has_sign ? neuron_of(spikes[s]) : spikes[s];
    const u32 begin = offsets[i];
    const u32 end = offsets[i + 1u];
    constexpr u32 width = sum_width(32u);
    typename Lanes<width>::Register registers[32u / width] = {};
    float* const lanes = reinterpret_cast<float*>(registers);
    for (u32 chunk = begin; chunk < end; chunk += 32u) {
      const u32 width = end - chunk < 32u ? end - chunk : 32u;
      SYNFIRE_INDEPENDENT
      for (u32 l = 0u; l < width; ++l) {
        const u32 synapse = chunk + l;
        const u32 place = arrival_slot<depth>(now, delays[synapse]) * targets_of_ring + targets[synapse];
        lanes[l] += weights[synapse] * timing[place];
      }
    }
    add_due<first, has_sign>(due, s, spikes[s], sum_of_lanes<width, 32u / width>(registers));
  }
}

// Stores whether slot `slot` could not learn from its part of the batch.
template <class Halt>
SYNFIRE_FUNCTION void close_slot(const Halt& halt, u32 slot, bool is_spoilt) {
  halt(1u + slot) = is_spoilt ? 1u : 0u;
}

// Whether any slot could not; then nothing may be changed, and the number of the batch is kept.
template <u32 slots, class Halt>
SYNFIRE_FUNCTION bool halts(const Halt& halt, u32 batch, u32 chunk, u32) {
  if (!any_of<slots>(halt, 1u, 0u, 1u)) return false;
  if (chunk == 0u && halt(0u) == 0u) halt(0u) = batch;
  return true;
}

// Adds the spikes of an example to the totals of a tape: the maximum over examples, and the sum.
SYNFIRE_FUNCTION void count_spikes(u32* __restrict totals, u32 count) {
  totals[0] = totals[0] < count ? count : totals[0];
  totals[1] += count;
}

// No arrivals within the example.
template <bool first>
SYNFIRE_FUNCTION void nothing_due(u32 count, float* __restrict due) {
  if (!first) return;
  for (u32 s = 0u; s < count; ++s) due[s] = 0.0f;
}

// Σ of term(i) over [0, count), each in lane i mod 32.
template <class Term>
SYNFIRE_FUNCTION float sum_in_lanes(u32 count, const Term& term) {
  constexpr u32 width = sum_width(32u);
  typename Lanes<width>::Register registers[32u / width] = {};
  float* const lanes = reinterpret_cast<float*>(registers);
  for (u32 i = 0u; i < count; ++i) lanes[i % 32u] += term(i);
  return sum_of_lanes<width, 32u / width>(registers);
}

// The sum of all elements.
template <u32 slots, u32 elements, class Gradient>
SYNFIRE_FUNCTION float sum_of_all(const Gradient& gradient) {
  return sum_in_lanes(elements, [&](u32 i) { return sum_of_slots<0u, slots, elements>(gradient, i); });
}

// The sum of the squares of the gradients of elements [begin, end).
template <class Trained, u32 slots, u32 elements, class Gradient, class Values = NoValues, class Rule = PlainRule>
SYNFIRE_FUNCTION float squares_of(const Gradient& gradient, float scale, u32 begin, u32 end, const Values& values = {},
                                  const Rule& rule = {}) {
  return sum_in_lanes(end - begin, [&](u32 i) {
    const float sum = sum_of_slots<0u, slots, elements>(gradient, begin + i);
    const float slope =
        Trained::limited(rule.is_zero(begin + i) ? 0.0f : rule.penalized(sum * scale, rule.start(values, begin + i)));
    return slope * slope;
  });
}

// The sum of `count` numbers.
template <u32 count, class Numbers>
SYNFIRE_FUNCTION float sum_of(const Numbers& numbers) {
  return sum_in_lanes(count, [&](u32 i) { return numbers(i); });
}

}  // namespace synfire::device
