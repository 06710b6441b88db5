// SPDX-License-Identifier: Apache-2.0
//
// Shared by training programs on every machine: their arguments, losses, and the optimizer.
// synfire/contract/training.hpp documents the fields; a test checks that the two agree.
#pragma once

#include "math.cuh"
#include "view.cuh"

namespace synfire::device {

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
  u32 backward;
  u32 locate;
  u32 opens;
  u32 follows;
  void* buffers[buffer_count];
};

// Numbers that depend only on the number of the update.
struct StepTerms {
  float of[8];
};

template <u32 buffer_count>
struct UpdateArguments {
  float gradient_scale;
  float learning_rate;
  float rate_factor;
  u32 adjust;
  u32 keep;
  u32 batch;
  StepTerms step_terms;
  void* buffers[buffer_count];
};

// ---- Losses -------------------------------------------------------------------------------------
//
// Each writes the loss of one example, and its derivative with respect to each value. The threads that share the work
// each sum all values, in order, and write their own elements: no sum depends on the number of threads.

// Discards a derivative that nothing needs.
struct NoDerivative {
  struct Element {
    SYNFIRE_MEMBER void operator=(float) const {}
  };
  SYNFIRE_MEMBER Element operator()(u32) const { return {}; }
};

// A smaller value is not a first spike time: the neuron was silent. It has no derivative and is left out of the
// softmax.
SYNFIRE_FUNCTION bool is_silent(float value) { return value < -1e38f; }

// −ln of the smallest normal double: the cost of a silent neuron that is the right answer.
constexpr float silent_loss = 708.3964f;

// exp((values − largest) / temperature) sums to `sum`.
struct Softmax {
  float largest = 0.0f;
  float sum = 0.0f;
  float temperature = 1.0f;

  SYNFIRE_MEMBER float exponent(float value) const { return (value - largest) / temperature; }
  SYNFIRE_MEMBER float share(float value) const { return exponential(exponent(value)) / sum; }
  SYNFIRE_MEMBER float cost(float value) const { return logarithm(sum) - exponent(value); }
};

template <u32 neurons, class Values>
SYNFIRE_FUNCTION Softmax softmax_of(const Values& values, float temperature) {
  Softmax softmax;
  softmax.temperature = temperature;
  bool any = false;
  for (u32 k = 0u; k < neurons; ++k) {
    const float value = values(k);
    if (is_silent(value)) continue;
    softmax.largest = any ? maximum(softmax.largest, value) : value;
    any = true;
  }
  for (u32 k = 0u; k < neurons; ++k) {
    const float value = values(k);
    if (!is_silent(value)) softmax.sum += exponential(softmax.exponent(value));
  }
  return softmax;
}

// −ln softmax(values / temperature)[label]; a constant if the neuron of the label is silent.
template <u32 neurons, class Values, class Losses, class Derivative>
SYNFIRE_FUNCTION void crossentropy(const Values& values, u32 label, float temperature, u32 thread, u32 threads,
                                   const Losses& losses, const Derivative& derivative) {
  const Softmax softmax = softmax_of<neurons>(values, temperature);
  const float right = values(label);
  for (u32 k = thread; k < neurons; k += threads) {
    const float value = values(k);
    const float slope = (softmax.share(value) - (k == label ? 1.0f : 0.0f)) / temperature;
    derivative(k) = is_silent(value) || is_silent(right) ? 0.0f : slope;
  }
  if (thread != 0u) return;
  losses(0u) = is_silent(right) ? silent_loss : softmax.cost(right);
}

// −Σ target[k] ln softmax(values / temperature)[k]
template <u32 neurons, class Values, class Targets, class Losses, class Derivative>
SYNFIRE_FUNCTION void target_crossentropy(const Values& values, const Targets& targets, float temperature, u32 thread,
                                          u32 threads, const Losses& losses, const Derivative& derivative) {
  const Softmax softmax = softmax_of<neurons>(values, temperature);
  float all = 0.0f;
  float loss = 0.0f;
  for (u32 k = 0u; k < neurons; ++k) {
    const float value = values(k);
    const float target = targets(k);
    if (!is_silent(value)) all += target;
    if (target != 0.0f) loss += target * (is_silent(value) ? silent_loss : softmax.cost(value));
  }
  for (u32 k = thread; k < neurons; k += threads) {
    const float value = values(k);
    const float target = targets(k);
    derivative(k) = is_silent(value) ? 0.0f : (softmax.share(value) * all - target) / temperature;
  }
  if (thread == 0u) losses(0u) = loss;
}

// ½ Σ (values − targets)²
template <u32 neurons, class Values, class Targets, class Losses, class Derivative>
SYNFIRE_FUNCTION void square(const Values& values, const Targets& targets, u32 thread, u32 threads,
                             const Losses& losses, const Derivative& derivative) {
  float sum = 0.0f;
  for (u32 k = 0u; k < neurons; ++k) {
    const float value = values(k);
    const float target = targets(k);
    const float error = value - target;
    sum += error * error;
  }
  for (u32 k = thread; k < neurons; k += threads) {
    const float value = values(k);
    const float target = targets(k);
    derivative(k) = value - target;
  }
  if (thread == 0u) losses(0u) = 0.5f * sum;
}

// Half the mean over the steps of Σ squares, which is summed per neuron.
template <u32 neurons, class Squares, class Losses>
SYNFIRE_FUNCTION void step_square(const Squares& squares, u32 steps, u32 thread, const Losses& losses) {
  float sum = 0.0f;
  for (u32 k = 0u; k < neurons; ++k) sum += squares(k);
  if (thread == 0u) losses(0u) = 0.5f * sum / static_cast<float>(steps);
}

// ½ Σ over k ≠ label of (t[k] − t[label] − delta)², t = −values, over neurons that spike; 0 if that of the label does
// not.
template <u32 neurons, class Values, class Losses, class Derivative>
SYNFIRE_FUNCTION void relative_square(const Values& values, u32 label, float delta, u32 thread, u32 threads,
                                      const Losses& losses, const Derivative& derivative) {
  const float right = values(label);
  const auto error_of = [&](u32 k) {
    const float value = values(k);
    return k == label || is_silent(value) || is_silent(right) ? 0.0f : right - value - delta;
  };
  float errors = 0.0f;
  float squares = 0.0f;
  for (u32 k = 0u; k < neurons; ++k) {
    const float error = error_of(k);
    errors += error;
    squares += error * error;
  }
  for (u32 k = thread; k < neurons; k += threads) derivative(k) = k == label ? errors : -error_of(k);
  if (thread == 0u) losses(0u) = 0.5f * squares;
}

// −ln softmax(values / temperature)[label] + alpha / (1.01 duration − t[label]), t = −values
template <u32 neurons, class Values, class Losses, class Derivative>
SYNFIRE_FUNCTION void spike_crossentropy(const Values& values, u32 label, float temperature, float alpha,
                                         float duration, u32 thread, u32 threads, const Losses& losses,
                                         const Derivative& derivative) {
  const Softmax softmax = softmax_of<neurons>(values, temperature);
  const float right = values(label);
  const float remaining = 1.01f * duration + (is_silent(right) ? -duration : right);
  for (u32 k = thread; k < neurons; k += threads) {
    const float value = values(k);
    const float early = k == label ? alpha / (remaining * remaining) : 0.0f;
    const float slope = (softmax.share(value) - (k == label ? 1.0f : 0.0f)) / temperature - early;
    derivative(k) = is_silent(value) || is_silent(right) ? 0.0f : slope;
  }
  if (thread != 0u) return;
  losses(0u) = (is_silent(right) ? silent_loss : softmax.cost(right)) + alpha / remaining;
}

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

// `Trained` is one value with the optimizer's state, and knows how to update both; `factor` limits the norm of the
// gradients.
template <class Trained>
SYNFIRE_FUNCTION void update_one(Trained& trained, const StepTerms& terms, const UpdateRow& row, float slope,
                                 float factor) {
  trained.update(terms, row.learning_rate, Trained::limited(slope) * factor);
  trained.value = minimum(maximum(trained.value, row.least), row.most);
}

// Elements [begin, end) of one trained value: a thread has those that are `thread` mod `threads`. Two loops,
// because one for both would have masked stores, which are slow.
template <class Trained, u32 slots, u32 elements, class Arguments, class Settings, class Values, class Gradient,
          class State>
SYNFIRE_FUNCTION void update_values(const Arguments& arguments, float factor, const Settings& settings, u32 row,
                                    u32 begin, u32 end, u32 thread, u32 threads, const Values& values,
                                    const Gradient& gradient, const State& state) {
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
      const float value = values(i);
      Trained trained = Trained::load(value, state, elements, i);
      update_one(trained, terms, own, sum * scale, factor);
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
          class State>
SYNFIRE_FUNCTION void update_copies(const Arguments& arguments, float factor, const Settings& settings, u32 row,
                                    float sum, u32 thread, u32 threads, const Values& values, const Gradient& gradient,
                                    const State& state) {
  const float slope = sum * arguments.gradient_scale;
  const float value = values(0u);
  Trained trained = Trained::load(value, state, 1u, 0u);
  update_one(trained, arguments.step_terms, row_of(arguments, settings, row), slope, factor);
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

}  // namespace synfire::device
