// SPDX-License-Identifier: Apache-2.0
// A minimal hand-written equivalent of a training program, for tests of the runtime: readout k of "out" is Σ_i
// weight[i][k] · in[i], its loss −ln softmax(readout)[label]. An input above 0.5 is a "spike" of "in" and goes on the
// tape; an example with more of them than fit on the tape has no gradient. An example of no steps has readouts and
// losses of 0.
#include <cmath>

using u32 = unsigned int;
using u64 = unsigned long long;
static_assert(sizeof(u32) == 4 && sizeof(u64) == 8);

constexpr u32 inputs = 3, outputs = 2, weights = inputs * outputs;
constexpr u32 slots = 4;
constexpr u32 timesteps = 5;

struct TrainingHeader {
  u64 seed;
  u32 first_example, examples, first_step, last_step, load, save, input_origin, recording_origin;
  u32 readout_origin, unused;
  u32 backward, locate, opens, follows, weighted, padding;
};

struct UpdateHeader {
  u64 seed, update;
  float gradient_scale, learning_rate, rate_factor;
  u32 adjust, keep, batch;
  float step_terms[8];  // 1 / (1 - beta1^step), 1 / (1 - beta2^step)
};

struct Buffers {
  float* weight;          // {3, 2}
  const float* in;        // per example {3}
  const u32* steps;       // per example {1}
  float* out;             // per example {2}
  const u32* label;       // per example {1}
  float* loss;            // per example {1}
  float* gradient;        // per slot {3, 2}
  float* state;           // {2, 6}: mean and mean square of the gradient
  const float* settings;  // {1, 3}
  u32* tape;              // per slot, capacity
  const u32* capacity;    // {1}
  u32* totals;            // per slot {1, 3}
  u32* counts;            // per slot {7, 2}
  u32* non_finite;        // per slot {2, 2}
  const u32* order;       // of each example of the batch
  u32* halt;              // {1 + slots}
};

struct TrainingArguments {
  TrainingHeader header;
  Buffers buffers;
};
struct UpdateArguments {
  UpdateHeader header;
  Buffers buffers;
};

namespace {

// Computes readouts and the loss, and reports values that are not finite.
void forward(const TrainingArguments& a, u32 slot, u32 number, u32 e) {
  const Buffers& b = a.buffers;
  const u32 row = b.order[e];
  float out[outputs] = {};
  for (u32 k = 0; k < outputs; ++k) {
    for (u32 i = 0; i < inputs && b.steps[row] > 0; ++i) out[k] += b.weight[i * outputs + k] * b.in[row * inputs + i];
    b.out[e * outputs + k] = out[k];
    if (std::isfinite(out[k])) continue;
    if (a.header.backward != 0) ++b.counts[slot * 7 * outputs + 3 * outputs + k];
    u32* const place = b.non_finite + (slot * outputs + k) * 2;
    if (a.header.locate == 0 || place[0] != 0) continue;
    place[0] = number + 1;
    place[1] = timesteps - 1;
  }
  const float largest = out[0] > out[1] ? out[0] : out[1];
  const float sum = std::exp(out[0] - largest) + std::exp(out[1] - largest);
  b.loss[e] = b.steps[row] > 0 ? std::log(sum) - (out[b.label[row]] - largest) : 0.0f;
}

u32 write_tape(const TrainingArguments& a, u32 slot, u32 e) {
  const Buffers& b = a.buffers;
  u32 spikes = 0;
  for (u32 i = 0; i < inputs; ++i) {
    if (!(b.in[b.order[e] * inputs + i] > 0.5f)) continue;
    if (a.header.backward != 0 && spikes < b.capacity[0]) b.tape[slot * b.capacity[0] + spikes] = i;
    ++spikes;
  }
  return spikes;
}

void backward(const Buffers& b, u32 slot, u32 e) {
  const u32 row = b.order[e];
  const float p1 = 1.0f / (1.0f + std::exp(b.out[e * outputs] - b.out[e * outputs + 1]));
  for (u32 k = 0; k < outputs; ++k) {
    const float adjoint = (k == 1 ? p1 : 1.0f - p1) - (b.label[row] == k ? 1.0f : 0.0f);
    for (u32 i = 0; i < inputs; ++i) b.gradient[slot * weights + i * outputs + k] += adjoint * b.in[row * inputs + i];
  }
}

// Sums over earlier batches are reset, add the counts of the previous batch, or stay.
void begin_slot(const TrainingArguments& a, u32 slot) {
  const Buffers& b = a.buffers;
  const auto add = [&](u32 count, u32& earlier) {
    earlier = a.header.opens != 0 ? 0 : earlier + (a.header.follows != 0 ? count : 0);
  };
  u32* const totals = b.totals + slot * 3;
  add(totals[1], totals[2]);
  totals[0] = totals[1] = 0;
  if (a.header.backward == 0) return;
  u32* const counts = b.counts + slot * 7 * outputs;
  for (u32 c = 0; c < 3 * outputs; ++c) add(counts[c], counts[4 * outputs + c]);
  for (u32 c = 0; c < 4 * outputs; ++c) counts[c] = 0;
}

void end_slot(const TrainingArguments& a, u32 slot) {
  const Buffers& b = a.buffers;
  bool is_spoilt = b.totals[slot * 3] > b.capacity[0];
  for (u32 k = 0; k < outputs; ++k) is_spoilt = is_spoilt || b.counts[slot * 7 * outputs + 3 * outputs + k] != 0;
  for (u32 e = slot; e < a.header.examples; e += slots) is_spoilt = is_spoilt || !std::isfinite(b.loss[e]);
  b.halt[1 + slot] = is_spoilt ? 1 : 0;
}

}  // namespace

extern "C" void synfire_train(const TrainingArguments* a, u32 begin, u32 end, void* scratch) {
  const Buffers& b = a->buffers;
  static_cast<char*>(scratch)[0] = 0;
  if (b.halt[0] != 0) return;
  for (u32 slot = begin; slot < end; ++slot) {
    begin_slot(*a, slot);
    u32* const totals = b.totals + slot * 3;
    for (u32 e = slot, number = 0; e < a->header.examples; e += slots, ++number) {
      forward(*a, slot, number, e);
      const u32 spikes = write_tape(*a, slot, e);
      totals[0] = spikes > totals[0] ? spikes : totals[0];
      totals[1] += spikes;
      const u32 row = b.order[e];
      if (a->header.backward == 0) continue;
      if (spikes <= b.capacity[0] && b.steps[row] > 0) backward(b, slot, e);
      b.counts[slot * 7 * outputs + outputs] += b.label[row] == 0 ? 1u : 0u;  // "triggered" of out[0]
    }
    if (a->header.backward != 0) end_slot(*a, slot);
  }
}

// A chunk is a weight.
extern "C" void synfire_update(const UpdateArguments* a, u32 begin, u32 end, void*) {
  constexpr float beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f;
  const Buffers& b = a->buffers;
  if ((b.halt[1] | b.halt[2] | b.halt[3] | b.halt[4]) != 0) {
    if (begin == 0 && b.halt[0] == 0) b.halt[0] = a->header.batch;
    return;
  }
  for (u32 w = begin; w < end; ++w) {
    float* const g = b.gradient + w;
    const float gradient = ((g[0] + g[weights]) + (g[2 * weights] + g[3 * weights])) * a->header.gradient_scale;
    if (a->header.keep != 0) b.gradient[w] = gradient;
    if (a->header.adjust == 0) continue;
    g[0] = g[weights] = g[2 * weights] = g[3 * weights] = 0;
    float& m = b.state[w];
    float& s = b.state[weights + w];
    m = beta1 * m + (1.0f - beta1) * gradient;
    s = beta2 * s + (1.0f - beta2) * gradient * gradient;
    const float rate = b.settings[0] > 0 ? b.settings[0] * a->header.rate_factor : a->header.learning_rate;
    const float step = rate * m * a->header.step_terms[0] / (std::sqrt(s * a->header.step_terms[1]) + epsilon);
    const float value = b.weight[w] - step;
    b.weight[w] = value < b.settings[1] ? b.settings[1] : (value > b.settings[2] ? b.settings[2] : value);
  }
}
