// SPDX-License-Identifier: Apache-2.0
// The artifact: what the code generator produces and the runtime consumes, and all that either knows about the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "synfire/contract/training.hpp"
#include "synfire/contract/trial_arguments.hpp"
#include "synfire/tensor.hpp"

namespace synfire::contract {

enum class ElementType { f32, i32, u32, u16, u8, i8 };

std::size_t element_size(ElementType type);
const char* to_string(ElementType type);

// The purpose of a buffer, which determines who fills it, how long it lives and how large it is.
enum class BufferRole {
  parameter,            // weights and per-element parameters: filled from the artifact, read by every trial
  input_values,         // f32, per example {frames, neurons}: continuous input of a population
  input_spike_offsets,  // u32, per example {timesteps + 1}: spikes of step s are [offset[s], offset[s + 1]) of …
  input_spike_neurons,  // u32, {any}: … this list, ascending within a step, shared by the examples of a batch
  example_steps,        // u32, per example {1}: how many steps this example has
  readout,              // f32, per example {neurons}: written at the end of each trial
  recording,            // per example {recording_steps, elements}: f32 variable, or i8 spikes (−1, 0, +1)
  trial_state,          // per example: one state array, carried between launches if TrialHeader asks for it
  workspace,            // per example, or per slot: state of a trial that is too large for shared memory, or data of
                        // the forward pass for the backward one (never initialized or read by the runtime)
  step_base,            // u32 {12}, schedule `step` on cuda: a StepBase; the last buffer, set by the device
  // Training programs only; training.hpp describes the contents:
  labels,        // u32, per example {1}
  targets,       // f32, per example {neurons} or {timesteps, neurons}
  loss_weights,  // f32, per example {1} or {timesteps}; null unless TrainingHeader::weighted
  losses,        // f32, per example {1}: written
  gradient,  // f32, per slot {elements}: zeros at first; added to by synfire_train, read and zeroed by synfire_update
  optimizer_state,     // f32 {states, values}: filled with Training::optimizer_state at first
  optimizer_settings,  // f32 {trainable values, 3}
  gradient_squares,    // f32 {update_chunks}: written by synfire_norm, read by synfire_update
  clean_weights,       // f32 {elements}: written by synfire_perturb, read by synfire_update
  tape,                // per slot and spike: the shape is that of one spike
  tape_capacities,     // u32 {tapes}: spikes that a slot has room for
  spike_totals,        // u32, per slot {tapes, 3}: written
  event_counts,        // u32, per slot {5, neurons}: written
  order,               // u32 {any}: the row of each example of the batch in inputs, steps, labels, targets and weights
  halt,                // u32 {1 + slots}: see Halt
  non_finite,          // u32, per slot {neurons of all variables, 2}: see NonFinite; null unless TrainingHeader::locate
  // Inference programs only:
  state_check,  // u32, per example {neurons}: written at the end of each launch: 0, or 1 + the index of the first
                // variable in `variable` (separated by spaces) that is not finite
};

const char* to_string(BufferRole role);

// Whether the buffer holds data that the caller gives for each example, which training programs index by
// Training::order.
bool is_example_data(BufferRole role);

struct Buffer {
  std::string name;  // unique; as in the generated source
  ElementType type = ElementType::f32;
  Extents shape;  // of one example where per_example, else of the whole buffer
  BufferRole role = BufferRole::parameter;
  bool per_example = false;              // one such array per example of the batch, the example slowest
  std::string population;                // the population it belongs to, if any
  std::string variable;                  // the variable it records or carries, if any; "spikes" for spike recordings
  CarriedState carried = carry_neurons;  // for trial_state
  std::string connection = {};           // the connection it belongs to, if any
  bool per_slot = false;                 // one such array per gradient slot (Training::slots), the slot slowest
  bool operator==(const Buffer&) const = default;
};

// The name of the variable that a nonzero entry of a state_check refers to.
std::string checked_variable(const Buffer& buffer, std::uint32_t entry);

// Bytes of the buffer for a batch (0 for input_spike_neurons, whose size depends on the data, and for tapes); the
// largest std::size_t on overflow.
std::size_t buffer_bytes(const Buffer& buffer, std::size_t examples);
// The same for a training program. `tape_capacity`: spikes that one slot of a tape has room for.
std::size_t buffer_bytes(const Buffer& buffer, std::size_t examples, std::size_t slots, std::size_t tape_capacity);

enum class InputKind { none, values, spikes };

// Which part of a readout reads the duration of the example, if any: the length of the example must be known by then,
// at the latest when the value of the readout is taken.
enum class DurationUse { none, value, steps };

// A population as the runtime sees it.
struct PopulationInfo {
  std::string name;
  Extents shape;
  std::string model;  // the name of its neuron model
  InputKind input = InputKind::none;
  std::size_t frames = 1;           // of input_values
  std::size_t frame_timesteps = 1;  // steps per frame; the last frame is held
  std::string readout;              // the name of its readout model; empty if it is not an output
  DurationUse readout_duration = DurationUse::none;
  bool operator==(const PopulationInfo&) const = default;
};

struct ConnectionInfo {
  std::string name, source, target, synapse, connectivity;
  std::size_t synapses = 0;
  std::size_t delay_steps = 0;          // of all synapses; if they differ, their common part
  std::string storage = {};             // "dense", "one_to_one", "rows", "procedural", "kernel"
  float weight = 0;                     // of all synapses, if there is no weight_buffer
  std::size_t longest_delay_steps = 0;  // of any synapse
  std::size_t latency_steps = 1;        // from a spike to its arrival, before the delay: 0 or 1
  // Parameter buffers. Rows: the synapses of source i and tile t are [offsets[i·tiles + t], offsets[i·tiles + t + 1]).
  std::string weight_buffer = {};  // dense: sources × targets; one_to_one: one per neuron; rows: one per synapse
  std::string offset_buffer = {};  // rows
  std::string target_buffer = {};  // rows
  std::string delay_buffer = {};   // rows: steps beyond delay_steps; empty: none
  std::uint32_t tiles = 1;         // rows
  bool operator==(const ConnectionInfo&) const = default;
};

// A recording of a variable of a connection that is constant in a run ("weight", "delay"); it needs no buffer of its
// own.
struct StaticRecording {
  std::string connection, variable;
  bool operator==(const StaticRecording&) const = default;
};

// One kernel of the schedule `step`.
struct Stage {
  std::string name;              // of the entry point
  std::uint32_t blocks = 1;      // per example
  std::uint32_t threads = 0;     // of a block
  std::size_t shared_bytes = 0;  // static shared memory of a block
  bool operator==(const Stage&) const = default;
};

// How an entry point is launched.
struct Entry {
  std::string name = trial_entry;
  std::uint32_t threads = 0;      // cuda: threads of a block
  std::size_t shared_bytes = 0;   // cuda: static shared memory of a block
  std::size_t scratch_bytes = 0;  // host: working memory of one call
  std::size_t barriers_per_step = 0;
  // The schedule `step`:
  std::vector<Stage> before = {}, step = {}, after = {};  // cuda: the kernels, in order
  std::uint32_t parts = 0;  // host: parts that the network is cut into, the most threads that can share it
  bool operator==(const Entry&) const = default;
};

// The number of kernels per step of the schedule `step` on cuda; 0 for `trial`, where one kernel runs all steps. (A
// device may start the kernels of several steps in one launch: Device::launches.)
std::size_t kernels_per_step(const Entry& entry);

// What a device that runs the schedule `step` kernel by kernel reads from the arguments of a launch.
struct LaunchedSteps {
  std::uint32_t first = 0;
  std::uint32_t last = 0;     // one past the last
  void* step_base = nullptr;  // the buffer of this role, always the last one
};

// `arguments` is a TrialHeader followed by at least one buffer.
LaunchedSteps launched_steps(std::span<const std::byte> arguments);

struct Manifest {
  std::uint32_t abi = abi_version;
  std::string network;  // a name for messages; may be empty
  std::string schedule = "trial";
  double dt = 1.0;                    // ms
  std::uint32_t timesteps = 0;        // the most steps of an example
  std::uint32_t recording_steps = 0;  // rows of a recording; fewer than timesteps: longer runs are split into windows
  std::uint64_t seed = 0;             // default seed of a run
  std::uint32_t batch_size = 1;       // default number of examples of a launch
  bool resumable = false;             // whether trial_state buffers exist
  std::vector<PopulationInfo> populations;  // in network order
  std::vector<ConnectionInfo> connections;
  std::vector<Buffer> buffers;  // in kernel-argument order
  Entry entry;
  std::vector<std::string> notes = {};  // what was chosen on the user's behalf: integrators, storage, schedule
  std::vector<StaticRecording> static_recordings = {};
  std::optional<Training> training = std::nullopt;  // set for a training program, whose entry is synfire_train
  bool operator==(const Manifest&) const = default;
};

// Contents of one parameter buffer.
struct ParameterValues {
  std::string buffer;
  std::vector<std::byte> bytes;
  bool operator==(const ParameterValues&) const = default;
};

// A binary that a device can load.
struct Binary {
  std::string target;               // "cuda", "host", "simt"
  std::string architecture;         // "sm_90", "x86-64-v4", …
  std::vector<std::byte> bytes;     // cubin or shared object
  std::string source;               // the generated source it was compiled from
  std::string log;                  // compiler output on registers, shared memory and spills; may be empty
  double compile_milliseconds = 0;  // 0 when it came from the cache
  bool from_cache = false;
  std::string cached_path;  // path of the binary in the cache; empty if none
};

struct Artifact {
  Manifest manifest;
  std::vector<ParameterValues> parameters;
  std::vector<Binary> binaries;
};

}  // namespace synfire::contract
