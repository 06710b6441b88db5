// SPDX-License-Identifier: Apache-2.0
//
// The argument of a trial kernel: contract::TrialHeader, field by field, and the buffers of the manifest in
// its order. synfire/contract/trial_arguments.hpp says what the fields mean; a test checks that the two
// agree.
#pragma once

#include "platform.cuh"

namespace synfire::device {

template <u32 buffer_count>
struct TrialArguments {
  u64 seed;
  u32 first_example;
  u32 examples;
  u32 first_step;
  u32 last_step;
  u32 load;
  u32 save;
  u32 input_origin;
  u32 recording_origin;
  void* buffers[buffer_count];
};

// Bits of TrialArguments::load.
enum : u32 { carry_neurons = 1, carry_synapses = 2, carry_spikes = 4, carry_readouts = 8 };

}  // namespace synfire::device
