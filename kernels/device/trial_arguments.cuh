// SPDX-License-Identifier: Apache-2.0
//
// The argument of a trial kernel: contract::TrialHeader, field by field, and the buffers of the manifest in its order.
// synfire/contract/trial_arguments.hpp documents the fields; a test checks that the two agree.
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
  u32 readout_origin;
  u32 unused;
  void* buffers[buffer_count];
};

// A kernel of the schedule `step` reads the header from the last buffer, after two words, and uses the buffers as
// given.
template <u32 buffer_count>
SYNFIRE_FUNCTION TrialArguments<buffer_count> with_header_in_memory(const TrialArguments<buffer_count>& given) {
  TrialArguments<buffer_count> arguments = given;
  const u32* const words = static_cast<const u32*>(given.buffers[buffer_count - 1u]) + 2;
  arguments.seed = words[0] | static_cast<u64>(words[1]) << 32;
  arguments.first_example = words[2];
  arguments.examples = words[3];
  arguments.first_step = words[4];
  arguments.last_step = words[5];
  arguments.load = words[6];
  arguments.save = words[7];
  arguments.input_origin = words[8];
  arguments.recording_origin = words[9];
  arguments.readout_origin = words[10];
  return arguments;
}

// Bits of TrialArguments::load.
enum : u32 { carry_neurons = 1, carry_synapses = 2, carry_spikes = 4, carry_readouts = 8 };

// One past the last step that a launch runs of an example with `steps` steps: its own first step if the example ended
// in an earlier launch, so that state is saved as it was loaded.
template <class Arguments>
SYNFIRE_FUNCTION u32 end_of_launch(const Arguments& arguments, u32 steps) {
  const u32 last = arguments.last_step < steps ? arguments.last_step : steps;
  return last < arguments.first_step ? arguments.first_step : last;
}

}  // namespace synfire::device
