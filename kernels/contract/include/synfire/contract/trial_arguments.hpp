// SPDX-License-Identifier: Apache-2.0
// The kernel ABI: how the runtime calls a generated program. Generated source declares the same struct (its text is in
// kernels/device/trial_arguments.cuh); a test checks that sizes and offsets agree.
#pragma once

#include <cstddef>
#include <cstdint>

namespace synfire::contract {

// Incremented with each change of the struct below or of the meaning of a manifest.
inline constexpr std::uint32_t abi_version = 6;

// The name of the entry point that runs a range of steps of a batch of trials.
inline constexpr const char* trial_entry = "synfire_trial";
// The entry point of the schedule `step` on the host, and the memory that its thread team synchronizes through.
inline constexpr const char* steps_entry = "synfire_steps";
inline constexpr std::uint32_t team_bytes = 256;

// What every GPU since compute capability 7.5 allows a block: threads, and bytes of shared memory of a fixed size.
inline constexpr std::uint32_t max_block_threads = 1024;
inline constexpr std::size_t max_static_shared_bytes = 49152;

// Arguments of a trial launch. The buffers follow directly after it, one 8-byte pointer each in the manifest's order; a
// buffer that a launch does not use is null.
//
//   cuda:  extern "C" __global__ void synfire_trial(const TrialArguments<buffers> arguments)
//          one block per example: gridDim.x = examples, blockDim.x = Entry::threads, passed by value
//   host:  extern "C" void synfire_trial(const TrialArguments<buffers>* arguments,
//                                        uint32_t example_begin, uint32_t example_end, void* scratch)
//          runs examples [example_begin, example_end) of the batch; scratch is Entry::scratch_bytes, 64-byte aligned,
//          private to the call and uninitialized
//
// A program of the schedule `step` has several entry points instead (Entry::before, step, after):
//
//   cuda:  extern "C" __global__ void <stage>(const TrialArguments<buffers> arguments, u32 relative_step)
//          gridDim = {Stage::blocks, examples}; the step is relative_step plus StepBase::step. Stages of `step` read
//          the header from there too, so a graph of them serves launches with any header. All stages of `before` run
//          once, then those of `step` for each step of [first_step, last_step), then those of `after`; each
//          begins after the previous one has ended
//   host:  extern "C" void synfire_steps(const TrialArguments<buffers>* arguments, uint32_t worker, uint32_t workers,
//                                        void* scratch, void* team)
//          called by `workers` threads at the same time (1 ≤ workers ≤ Entry::parts), which share scratch and team;
//          team is team_bytes, 64-byte aligned and zeroed before the threads start. Runs all examples
struct TrialHeader {
  std::uint64_t seed;           // of all random draws of the run
  std::uint32_t first_example;  // index in the data set of the batch's example 0: random draws depend on it, so
                                // results do not depend on the batch size
  std::uint32_t examples;       // of this batch
  std::uint32_t first_step;     // this launch runs steps [first_step, min(last_step, steps of the example))
  std::uint32_t last_step;
  std::uint32_t load;  // CarriedState bits: which state to load from the trial_state buffers instead of initializing it
  std::uint32_t save;  // nonzero: store all state to the trial_state buffers at the end
  // The step of the first entry of input_spike_offsets and of the first row of recordings: a launch that runs part of
  // an example, or of an endless stream, has buffers for that part alone.
  std::uint32_t input_origin;
  std::uint32_t recording_origin;
  std::uint32_t readout_origin = 0;  // the step from which readouts count time and duration
  std::uint32_t unused = 0;
};
static_assert(sizeof(TrialHeader) == 48);

// Contents of the buffer step_base, which the device sets.
struct StepBase {
  std::uint32_t step;  // of relative_step 0 of a stage
  std::uint32_t unused;
  TrialHeader header;
};
static_assert(sizeof(StepBase) == 56);

// Kinds of state that can be carried from one launch to the next (bits of TrialHeader::load).
enum CarriedState : std::uint32_t {
  carry_neurons = 1,   // neuron state, refractory counters
  carry_synapses = 2,  // postsynaptic state of connections
  carry_spikes = 4,    // spikes in flight
  carry_readouts = 8,  // accumulated readouts
};

}  // namespace synfire::contract
