// SPDX-License-Identifier: Apache-2.0
// A hand-written equivalent of a generated program, for tests of the runtime: population "in" has 3 continuous inputs,
// "spikes" replays spikes of 4 neurons. Each step
//   out[n]   += weight[n] * (in[n] + spikes of the step, each counting its neuron + 1) + seed
//   trace     is out[0], recorded each step; state is out, carried from one launch to the next.
using u32 = unsigned int;
using u64 = unsigned long long;
static_assert(sizeof(u32) == 4 && sizeof(u64) == 8);

constexpr u32 neurons = 3;
constexpr u32 timesteps = 5;
constexpr u32 carry_neurons = 1;

struct TrialArguments {
  u64 seed;
  u32 first_example, examples, first_step, last_step, load, save, input_origin, recording_origin;
  u32 readout_origin, unused;
  const float* weight;       // {3}
  const float* in;           // per example {3}
  const u32* spike_offsets;  // per example {6}
  const u32* spike_neurons;  // {any}
  const u32* steps;          // per example {1}
  float* out;                // per example {3}
  float* trace;              // per example {5, 1}
  float* state;              // per example {3}
};

extern "C" void synfire_trial(const TrialArguments* a, u32 begin, u32 end, void* scratch) {
  float* const sum = static_cast<float*>(scratch);  // 3 floats
  for (u32 e = begin; e < end; ++e) {
    const bool load = (a->load & carry_neurons) != 0;
    for (u32 n = 0; n < neurons; ++n) sum[n] = load ? a->state[e * neurons + n] : 0.0f;
    const u32 last = a->steps[e] < a->last_step ? a->steps[e] : a->last_step;
    for (u32 t = a->first_step; t < last; ++t) {
      float arriving = 0;
      const u32* const offset = a->spike_offsets + e * (timesteps + 1) + t - a->input_origin;
      for (u32 i = offset[0]; i < offset[1]; ++i) arriving += static_cast<float>(a->spike_neurons[i] + 1);
      for (u32 n = 0; n < neurons; ++n) {
        sum[n] += a->weight[n] * (a->in[e * neurons + n] + arriving) + static_cast<float>(a->seed);
      }
      a->trace[e * timesteps + t - a->recording_origin] = sum[0];
    }
    for (u32 n = 0; n < neurons; ++n) a->out[e * neurons + n] = sum[n] + static_cast<float>(a->first_example);
    if (a->save != 0) {
      for (u32 n = 0; n < neurons; ++n) a->state[e * neurons + n] = sum[n];
    }
  }
}
