// SPDX-License-Identifier: Apache-2.0
//
// Shared by training programs on every machine: their arguments and the optimizer.
// synfire/contract/training.hpp documents the fields; a test checks that the two agree.
#pragma once

#include "math.cuh"
#include "random.cuh"
#include "view.cuh"

namespace synfire::device {

// In place of a list of spikes: all neurons, in order.
struct EveryNeuron {
  SYNFIRE_MEMBER u32 operator[](u32 i) const { return i; }
  SYNFIRE_MEMBER u32 operator()(u32 i) const { return i; }
};

template <u32 buffer_count>
struct TrainingArguments {
  u64 seed;
  u32 first_example;
  u32 examples;
  u32 first_step;
  u32 last_step;
  u32 load;
  u32 save;
  u32 input_origin;
  u32 recording_origin;
  u32 readout_origin;
  u32 unused;
  u32 backward;
  u32 locate;
  u32 opens;
  u32 follows;
  u32 weighted;
  u32 padding;
  void* buffers[buffer_count];
};

// Numbers that depend only on the number of the update.
struct StepTerms {
  float of[8];
};

template <u32 buffer_count>
struct UpdateArguments {
  u64 seed;
  u64 update;
  float gradient_scale;
  float learning_rate;
  float rate_factor;
  u32 adjust;
  u32 keep;
  u32 batch;
  StepTerms step_terms;
  void* buffers[buffer_count];
};

// ---- Whether a batch can be learned from ----------------------------------------------------------

// Whether any of `count` words from `first` on is nonzero; each of `lanes` threads checks its share.
template <u32 count, class Words>
SYNFIRE_FUNCTION bool any_of(const Words& words, u32 first, u32 lane, u32 lanes) {
  bool any = false;
  for (u32 i = lane; i < count; i += lanes) any = any || words(first + i) != 0u;
  return any;
}

// Whether the loss of any of the slot's examples is not finite.
template <u32 slots, class Losses>
SYNFIRE_FUNCTION bool any_infinite(const Losses& losses, u32 slot, u32 examples) {
  bool any = false;
  for (u32 example = slot; example < examples; example += slots) {
    const float loss = losses(example);
    any = any || loss - loss != 0.0f;
  }
  return any;
}

// ---- The optimizer ------------------------------------------------------------------------------

// Σ over the slots [first, first + count) of element `i`: pairs, then pairs of pairs.
template <u32 first, u32 count, u32 elements, class Gradient>
SYNFIRE_FUNCTION float sum_of_slots(const Gradient& gradient, u32 i) {
  if constexpr (count == 1u) {
    return gradient(static_cast<u64>(first) * elements + i);
  } else {
    constexpr u32 half = (count + 1u) / 2u;
    const float left = sum_of_slots<first, half, elements>(gradient, i);
    return left + sum_of_slots<first + half, count - half, elements>(gradient, i);
  }
}

// Zeroes the slots for the next batch.
template <u32 slots, u32 elements, class Gradient>
SYNFIRE_FUNCTION void clear_slots(const Gradient& gradient, u32 i) {
  if constexpr (slots != 0u) {
    clear_slots<slots - 1u, elements>(gradient, i);
    gradient(static_cast<u64>(slots - 1u) * elements + i) = 0.0f;
  }
}

// In place of the state of an optimizer that has none.
struct NoState {};

// What an update reads of one row of optimizer_settings.
struct UpdateRow {
  float learning_rate, least, most;
};

template <class Arguments, class Settings>
SYNFIRE_FUNCTION UpdateRow row_of(const Arguments& arguments, const Settings& settings, u32 row) {
  const float own_rate = settings(row * 3u);
  const float least = settings(row * 3u + 1u);
  const float most = settings(row * 3u + 2u);
  return {own_rate > 0.0f ? own_rate * arguments.rate_factor : arguments.learning_rate, least, most};
}

// The rule of a value that has none; generated sources have others, derived from it. `start` is the weight that an
// update begins with; penalties add to its gradient, constraints hold after the update.
struct PlainRule {
  template <class Values>
  SYNFIRE_MEMBER float start(const Values& values, u32 i) const {
    return values(i);
  }
  SYNFIRE_MEMBER float penalized(float slope, float) const { return slope; }
  SYNFIRE_MEMBER float constrained(float value, float, u32) const { return value; }
  SYNFIRE_MEMBER bool is_zero(u32) const { return false; }
};

// In place of values that no rule needs.
struct NoValues {
  SYNFIRE_MEMBER float operator()(u32) const { return 0.0f; }
};

// Bit `i` of a mask.
template <class Words>
SYNFIRE_FUNCTION bool has_bit(const Words& words, u32 i) {
  const u32 word = words(i / 32u);
  return ((word >> (i & 31u)) & 1u) != 0u;
}

// `value`, or a zero with the sign of `old` where the signs differ.
SYNFIRE_FUNCTION float with_sign_of(float old, float value) {
  return ((as_bits(old) ^ as_bits(value)) >> 31) != 0u ? copy_sign(0.0f, old) : value;
}

// `Trained` is one value with the optimizer's state, and knows how to update both; `factor` limits the norm of the
// gradients.
template <class Trained, class Rule>
SYNFIRE_FUNCTION void update_one(Trained& trained, const StepTerms& terms, const UpdateRow& row, float slope,
                                 float factor, const Rule& rule, u32 i) {
  const float old = trained.value;
  const float steepness = rule.is_zero(i) ? 0.0f : rule.penalized(slope, old);
  trained.update(terms, row.learning_rate, Trained::limited(steepness) * factor);
  trained.value = rule.constrained(minimum(maximum(trained.value, row.least), row.most), old, i);
}

// Elements [begin, end) of one trained value: a thread has those that are `thread` mod `threads`. Two loops,
// because one for both would have masked stores, which are slow.
template <class Trained, u32 slots, u32 elements, class Arguments, class Settings, class Values, class Gradient,
          class State, class Rule = PlainRule>
SYNFIRE_FUNCTION void update_values(const Arguments& arguments, float factor, const Settings& settings, u32 row,
                                    u32 begin, u32 end, u32 thread, u32 threads, const Values& values,
                                    const Gradient& gradient, const State& state, const Rule& rule = {}) {
  const float scale = arguments.gradient_scale;
  if (arguments.adjust != 0u) {
    const StepTerms terms = arguments.step_terms;
    const UpdateRow own = row_of(arguments, settings, row);
#if !SYNFIRE_HAS_THREADS
    SYNFIRE_INDEPENDENT
#endif
    for (u32 i = begin + thread; i < end; i += threads) {
      const float sum = sum_of_slots<0u, slots, elements>(gradient, i);
      clear_slots<slots, elements>(gradient, i);
      const float value = rule.start(values, i);
      Trained trained = Trained::load(value, state, elements, i);
      update_one(trained, terms, own, sum * scale, factor, rule, i);
      trained.store(state, elements, i);
      values(i) = trained.value;
    }
  }
  if (arguments.keep != 0u) {
#if !SYNFIRE_HAS_THREADS
    SYNFIRE_INDEPENDENT
#endif
    for (u32 i = begin + thread; i < end; i += threads) {
      const float sum = sum_of_slots<0u, slots, elements>(gradient, i);
      gradient(i) = sum * scale;
    }
  }
}

// One value, copied to every synapse: its gradient is `sum`, the sum over all of them, which every thread of the block
// has.
template <class Trained, u32 slots, u32 elements, class Arguments, class Settings, class Values, class Gradient,
          class State, class Rule = PlainRule>
SYNFIRE_FUNCTION void update_copies(const Arguments& arguments, float factor, const Settings& settings, u32 row,
                                    float sum, u32 thread, u32 threads, const Values& values, const Gradient& gradient,
                                    const State& state, const Rule& rule = {}) {
  const float slope = sum * arguments.gradient_scale;
  const float value = rule.start(values, 0u);
  Trained trained = Trained::load(value, state, 1u, 0u);
  update_one(trained, arguments.step_terms, row_of(arguments, settings, row), slope, factor, rule, 0u);
#if SYNFIRE_HAS_THREADS
  block_barrier();  // all have read the values that are written next
#endif
  if (thread == 0u && arguments.keep != 0u) gradient(0u) = slope;
  if (arguments.adjust == 0u) return;
  if (thread == 0u) trained.store(state, 1u, 0u);
  for (u32 i = thread; i < elements; i += threads) {
    values(i) = trained.value;
    clear_slots<slots, elements>(gradient, i);
  }
}

// The factor that brings a Euclidean norm down to `limit`.
SYNFIRE_FUNCTION float norm_factor(float square, float limit) {
  const float norm = square_root(square);
  return norm > limit ? limit / norm : 1.0f;
}

// ---- Constraints and noise of weights -------------------------------------------------------------

// Keeps elements [begin, end) in `clean`, and adds Gaussian noise to all but those that the rule keeps at 0. A copy of
// a value that synapses share has its own noise.
template <class Arguments, class Values, class Clean, class Rule>
SYNFIRE_FUNCTION void perturb_values(const Arguments& arguments, u64 stream, float deviation, u32 begin, u32 end,
                                     u32 thread, u32 threads, const Values& values, const Clean& clean,
                                     const Rule& rule) {
  const u64 key = arguments.seed ^ stream;
  const u32 update = static_cast<u32>(arguments.update);
  const u32 high = static_cast<u32>(arguments.update >> 32);
  for (u32 i = begin + thread; i < end; i += threads) {
    const float value = values(i);
    clean(i) = value;
    if (!rule.is_zero(i)) values(i) = value + deviation * draw_normal(key, i, update, high, 0u);
  }
}

// Scales the weights at places(i), first ≤ i < last, down to the Euclidean norm `limit`; squares are added up in order.
template <class Places, class Values>
SYNFIRE_FUNCTION void limit_norm(float limit, u32 first, u32 last, const Places& places, const Values& values) {
  float square = 0.0f;
  for (u32 i = first; i < last; ++i) {
    const float weight = values(places(i));
    square += weight * weight;
  }
  const float factor = norm_factor(square, limit);
  if (factor == 1.0f) return;
  for (u32 i = first; i < last; ++i) {
    const float weight = values(places(i));
    values(places(i)) = weight * factor;
  }
}

// The places of the weights into a target in a matrix, source by source.
template <u32 targets>
struct MatrixColumn {
  u32 target;
  SYNFIRE_MEMBER u32 operator()(u32 source) const { return source * targets + target; }
};

// Limits the norms of the weights of a matrix into targets [begin, end). A thread has those that are `thread` mod
// `threads`.
template <u32 sources, u32 targets, class Values>
SYNFIRE_FUNCTION void limit_norms(float limit, u32 begin, u32 end, u32 thread, u32 threads, const Values& values) {
  for (u32 j = begin + thread; j < end; j += threads) limit_norm(limit, 0u, sources, MatrixColumn<targets>{j}, values);
}

// The same of rows: synapses(i), offsets(j) ≤ i < offsets(j + 1), are those into target j.
template <class Offsets, class Synapses, class Values>
SYNFIRE_FUNCTION void limit_norms_of_rows(float limit, u32 begin, u32 end, u32 thread, u32 threads,
                                          const Offsets& offsets, const Synapses& synapses, const Values& values) {
  for (u32 j = begin + thread; j < end; j += threads) limit_norm(limit, offsets(j), offsets(j + 1u), synapses, values);
}

}  // namespace synfire::device
