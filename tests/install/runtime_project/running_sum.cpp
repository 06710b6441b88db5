// SPDX-License-Identifier: Apache-2.0
// A hand-written program like those of the compiler. In each step, for each of three neurons,
//   sum += weight · value + spikes, each counting its neuron + 1
#include <synfire/contract/trial_arguments.hpp>

namespace {

constexpr unsigned neurons = 3;

struct Arguments {
  synfire::contract::TrialHeader header;
  const float* weight;                 // {3}
  const float* values;                 // {3}
  const std::uint32_t* spike_offsets;  // {timesteps + 1}
  const std::uint32_t* spike_neurons;
  const std::uint32_t* steps;  // {1}
  float* readout;              // {3}
  float* state;                // {3}
};

}  // namespace

// A session has one example at a time.
extern "C" void synfire_trial(const Arguments* arguments, std::uint32_t, std::uint32_t, void*) {
  const synfire::contract::TrialHeader& header = arguments->header;
  const bool load = (header.load & synfire::contract::carry_neurons) != 0;
  for (unsigned n = 0; n < neurons; ++n) {
    float sum = load ? arguments->state[n] : 0.0f;
    for (std::uint32_t step = header.first_step; step < header.last_step; ++step) {
      sum += arguments->weight[n] * arguments->values[n];
      const std::uint32_t* const offset = arguments->spike_offsets + (step - header.input_origin);
      for (std::uint32_t i = offset[0]; i < offset[1]; ++i) {
        sum += static_cast<float>(arguments->spike_neurons[i] + 1);
      }
    }
    arguments->state[n] = sum;
    arguments->readout[n] = sum;
  }
}
