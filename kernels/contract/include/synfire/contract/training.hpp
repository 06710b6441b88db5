// SPDX-License-Identifier: Apache-2.0
// The contract for training programs: how the runtime calls them, and what their buffers hold. Generated source
// declares the same structs (kernels/device/training.cuh); a test checks that they agree.
//
// A batch takes two launches; more if weights have noise, the norm of weights is limited, parameters or delays are
// trained, or the norm of the gradients is limited or asked for.
//
//   synfire_perturb keeps the weights that have noise in their buffers `clean`, and adds the noise of this update
//   synfire_train   for each gradient slot g the examples g, g + slots, … of the batch, in order: all steps forward,
//                   the losses, all steps backward. Adds the gradients to those of the slot, which are 0 at first
//   synfire_norm    for each chunk of the trainable values the sum of the squares of their gradients
//   synfire_update  sums the slots in a tree, zeroes them and updates the trainable values as the optimizer's text
//                   says; those with noise from `clean`
//   synfire_constrain  scales the weights into each target down to the largest norm allowed
//   synfire_prepare computes the integrator coefficients that contain trained parameters. It also runs before the first
//                   batch, and after the host has changed values
//
// Each example has at least one step. Results depend neither on the number of threads nor on the device, but on the
// number of slots, through rounding.
//
// A stretch of batches may run without the host in between: data buffers may hold the whole data set, `order` lists the
// rows that the batch uses, and result buffers have a row for each example of the stretch. A batch that cannot be
// learned from halts its stretch: the update changes nothing, and neither do the launches that follow (see Halt).
//
//   cuda:  extern "C" __global__ void synfire_train(const TrainingArguments<buffers> arguments)
//          one block per slot: gridDim.x = Training::slots, blockDim.x = Manifest::entry.threads
//          extern "C" __global__ void synfire_update(const UpdateArguments<buffers> arguments)
//          gridDim.x = Training::update_chunks, blockDim.x = Training::update_threads; so have synfire_norm and
//          synfire_perturb; synfire_constrain has Training::constrain_chunks blocks, synfire_prepare prepare_chunks
//   host:  extern "C" void synfire_train(const TrainingArguments<buffers>* arguments,
//                                        uint32_t slot_begin, uint32_t slot_end, void* scratch)
//          extern "C" void synfire_update(const UpdateArguments<buffers>* arguments,
//                                         uint32_t chunk_begin, uint32_t chunk_end, void* scratch)
//          extern "C" void synfire_norm, synfire_perturb, synfire_constrain, synfire_prepare, with the parameters of
//          synfire_update
//          scratch is Entry::scratch_bytes, 64-byte aligned, private to the call and uninitialized; only synfire_train
//          uses it
//
// Device::launch runs either, with the number of slots or of chunks in place of examples. `buffers` are all buffers of
// the manifest in its order, for both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "synfire/contract/step_term.hpp"
#include "synfire/contract/trial_arguments.hpp"

namespace synfire::contract {

inline constexpr const char* train_entry = "synfire_train";          // Manifest::entry.name of a training program
inline constexpr const char* update_entry = "synfire_update";        // Training::update
inline constexpr const char* norm_entry = "synfire_norm";            // Training::norm
inline constexpr const char* perturb_entry = "synfire_perturb";      // Training::perturb
inline constexpr const char* constrain_entry = "synfire_constrain";  // Training::constrain
inline constexpr const char* prepare_entry = "synfire_prepare";      // Training::prepare

// Arguments of synfire_train; the buffers follow directly after it.
struct TrainingHeader {
  TrialHeader trial;       // first_step, load, save and the origins are 0, last_step ≥ the steps of any example
  std::uint32_t backward;  // 0: forward only: readouts, losses and spike totals; all other results are left as they are
  std::uint32_t locate;    // nonzero: each step checks that values are finite (see NonFinite), several times slower
  // Sums over the earlier batches of a stretch (SpikeTotals::earlier, EventCount): nonzero `opens` resets them, nonzero
  // `follows` adds the counts of the previous batch. When a batch runs again, neither is set.
  std::uint32_t opens, follows;
  std::uint32_t weighted;  // nonzero: losses are multiplied by TrainedOutput::weights; 0: by 1, and those may be null
  std::uint32_t padding = 0;
};
static_assert(sizeof(TrainingHeader) == 72);

// Arguments of all launches but synfire_train; the buffers follow directly after it.
struct UpdateHeader {
  std::uint64_t seed;                 // of the noise of weights
  std::uint64_t update;               // the number of the update, counted from 1
  float gradient_scale;               // of the sum over the examples: 1 / examples for the mean over the batch
  float learning_rate;                // of values without one in optimizer_settings
  float rate_factor;                  // multiplies the learning rates of the others
  std::uint32_t adjust;               // nonzero: updates the values and the optimizer's state, and zeroes the gradients
  std::uint32_t keep;                 // nonzero, with adjust 0: leaves the scaled gradient in slot 0
  std::uint32_t batch;                // the number of the batch in its stretch, counted from 1
  float step_terms[most_step_terms];  // of this update, in the order of Training::step_terms
};
static_assert(sizeof(UpdateHeader) == 72);

// The buffer `halt`, u32 {1 + slots}. The host zeroes it before a stretch and before it resumes one. In a backward pass
// each slot g sets element 1 + g to 1 if its part of the batch cannot be learned from, because a tape was too short or
// something is not finite, else to 0. If any slot sets 1, synfire_update changes nothing but element 0, where it stores
// the number of the batch; while that is nonzero, the other launches return at once, except synfire_norm.
struct Halt {
  static constexpr std::size_t batch = 0;
};

// Row of optimizer_settings of a trainable value, floats. The value is clamped to [min, max].
struct OptimizerSettings {
  float learning_rate = 0;  // 0: UpdateHeader::learning_rate; else it is multiplied by UpdateHeader::rate_factor
  float min = -std::numeric_limits<float>::infinity();
  float max = std::numeric_limits<float>::infinity();
  bool operator==(const OptimizerSettings&) const = default;
};

// A value that training changes.
struct TrainedValue {
  std::string population = {}, connection = {};  // whose it is: one of them is set
  // Of a connection: "weight", "delay" (ms), or the name of a parameter of its synapses; of a population: the name of a
  // parameter of its neurons, or "readout." and one of its readout; of both: the name of a state and "(0)", its initial
  // value.
  std::string variable;
  std::string parameter;  // buffer, role parameter, f32: changed in place by synfire_update
  std::string gradient;   // buffer, role gradient, f32, per slot {elements}
  std::string state;  // buffer, role optimizer_state, f32 {states, elements}, or {states, 1}; empty if there are none
  std::size_t elements = 0;      // in the order of the parameter
  OptimizerSettings settings{};  // as set in the network
  bool shared = false;           // all elements are one value; its gradient is the first of `gradient`
  std::string clean = {};        // buffer, role clean_weights, if the weights have noise
  std::string zeros = {};        // buffer, role parameter, u32: a bit for each element that stays 0; empty: none
  const std::string& owner() const { return population.empty() ? connection : population; }
  std::string name() const { return owner() + '.' + variable; }
  // For messages.
  std::string path() const {
    return (population.empty() ? "connection \"" : "population \"") + owner() + "\"." + variable;
  }
  bool is_weight() const { return !connection.empty() && variable == "weight"; }
  bool is_delay() const { return !connection.empty() && variable == "delay"; }
  // One for each synapse, in the order of the program.
  bool is_of_synapses() const { return is_weight() || is_delay(); }
  bool operator==(const TrainedValue&) const = default;
};

// An output and its loss, which takes whichever of `labels` and `targets` is set; neither: it takes no data. Its
// weights multiply the loss of the example and its derivative, or, per_step, those of each step.
struct TrainedOutput {
  std::string population;
  std::string loss;          // its name, for reports
  bool per_step = false;     // targets have one row per step
  bool categorical = false;  // targets are distributions over the neurons
  std::string labels;        // buffer, role labels, u32, per example {1}: the class, less than the neurons
  std::string targets;       // buffer, role targets, f32, per example {neurons} or, per_step, {timesteps, neurons}
  std::string weights;       // buffer, role loss_weights, f32, per example {1} or, per_step, {timesteps}
  std::string losses;        // buffer, role losses, f32, per example {1}: written
  bool operator==(const TrainedOutput&) const = default;
};

// The spikes of a population that the backward pass reads, or the neurons in the support of its surrogate. Each slot of
// a tape has room for `capacity` of them. An example with more has no gradient: spike_totals shows it, and the launch
// must be repeated with more room. The results are then as if there had been enough from the start.
struct Tape {
  std::string population;
  std::string spikes;           // buffer, role tape, u32, per slot {1} for each spike
  std::string values;           // buffer, role tape, f32, per slot {n} for each spike; empty: none
  std::size_t most_spikes = 0;  // of an example: neurons × timesteps
  std::size_t capacity = 0;     // an initial guess
  bool of_support = false;      // instead of spikes, the neurons that a surrogate gradient reaches
  bool operator==(const Tape&) const = default;
};

// What spike_totals holds for each tape in each slot.
struct SpikeTotals {
  std::uint32_t most;     // spikes of the example with the most: the capacity needed
  std::uint32_t total;    // spikes of all examples of the slot, modulo 2³²
  std::uint32_t earlier;  // `total` summed over the earlier batches of the stretch
};

// Where `locate` looks for values that are not finite, in this order within a step. Backward variables are adjoints.
struct LocatedVariable {
  std::string population;
  std::string connection;  // whose synapses it belongs to; empty: the population's own
  std::string variable;
  bool backward = false;
  std::size_t neurons = 0;
  bool operator==(const LocatedVariable&) const = default;
};

// The buffer `non_finite`, u32 per slot {Σ neurons, 2}, must be zeroed before a launch with `locate` and may be null
// otherwise. For each neuron of each LocatedVariable, in order, it holds the number of the example in the slot, counted
// from 1 (0: always finite), and the time: step forward, 2·timesteps − 1 − step backward. The first of all has the
// smallest example (slot g, number k: example g + (k − 1)·slots), then the smallest time, then the first variable and
// neuron.
struct NonFinite {
  std::vector<LocatedVariable> variables;
  std::string buffer;
  bool operator==(const NonFinite&) const = default;
};

// Row of `event_counts`, u32 per slot {7, neurons} of each population with a backward pass: over the examples of the
// slot.
enum class EventCount : std::uint32_t {
  spikes,          // all of them, modulo 2³²
  triggered,       // spikes caused not by the flow but by an arrival, a reset or the end of refractoriness: their time
                   // moves with that of their cause
  near_tangent,    // spikes that crossed the threshold too flatly to have a derivative: their time is treated as fixed
  not_finite,      // examples with a state or an adjoint that is not finite: `locate` finds where it began
  earlier_spikes,  // summed over the earlier batches of the stretch
  earlier_triggered,
  earlier_near_tangent,
};
inline constexpr std::uint32_t event_rows = 7;

struct EventCounts {
  std::string population;
  std::string buffer;
  std::size_t neurons = 0;
  bool operator==(const EventCounts&) const = default;
};

struct Training {
  std::uint32_t slots = 1;
  std::string update = update_entry;   // entry point
  std::uint32_t update_chunks = 0;     // parts of the trainable values: the units of its launch
  std::uint32_t update_threads = 0;    // cuda: threads of a block
  std::string norm = norm_entry;       // entry point; empty: there is none
  bool limits_norm = false;            // each update needs the launch of `norm` before it
  std::string perturb = {};            // entry point, if weights have noise
  std::string constrain = {};          // entry point, if norms of weights are limited …
  std::uint32_t constrain_chunks = 0;  // … and the units of its launch
  std::string prepare = {};            // entry point, if something must be computed from trained parameters …
  std::uint32_t prepare_chunks = 0;    // … and the units of its launch
  bool is_surrogate = false;           // gradients are surrogate ones, which also reach neurons that do not spike
  std::string optimizer;               // its name, for messages
  std::vector<float> optimizer_state;  // the initial value of each state of an element
  std::vector<StepTerm> step_terms;    // at most most_step_terms
  std::vector<TrainedValue> values;    // row of optimizer_settings: index in this list
  std::vector<TrainedOutput> outputs;
  std::vector<Tape> tapes;  // element of tape_capacities, spike_totals: index in this list
  std::vector<EventCounts> counts;
  NonFinite non_finite;
  std::string settings;         // buffer, role optimizer_settings, f32 {values, 3}: OptimizerSettings
  std::string tape_capacities;  // buffer, role tape_capacities, u32 {tapes}: room of each slot as allocated
  std::string spike_totals;     // buffer, role spike_totals, u32 per slot {tapes, 3}: SpikeTotals
  std::string order;            // buffer, role order, u32 {any}: the row of each example of the batch in data buffers
  std::string halt;             // buffer, role halt, u32 {1 + slots}: Halt
  bool operator==(const Training&) const = default;
};

}  // namespace synfire::contract
