// SPDX-License-Identifier: Apache-2.0
#include "synfire/warning.hpp"

#include <algorithm>
#include <iostream>
#include <mutex>
#include <utility>

namespace synfire {
namespace {

struct Receiver {
  std::mutex mutex;
  WarningHandler handler;
};

Receiver& receiver() {
  static Receiver program;
  return program;
}

const WarningInfo* find_info(ProblemKind kind) {
  const std::vector<WarningInfo>& table = warning_table();
  const auto found = std::find_if(table.begin(), table.end(), [&](const WarningInfo& row) { return row.kind == kind; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

const std::vector<WarningInfo>& warning_table() {
  using enum ProblemKind;
  static const std::vector<WarningInfo> table{
      {time_scale,
       "a time of a model is positive but shorter than dt, a delay is longer than the run, or dt is too long for euler "
       "or rk4 to decay",
       "times are in ms"},
      {frames_beyond_end, "frames of an input begin after the last step",
       "use more timesteps, or fewer steps per frame"},
      {spikes_after_end, "input spikes are after the last step, or queued beyond it, and never occur",
       "use more timesteps; times are in ms"},
      {spikes_in_first_steps,
       "all input spikes are in the first hundredth of the run, or between its first steps, but not all at once",
       "times are in ms"},
      {nothing_encoded, "all data are at or below the threshold of a code, which then makes no spikes",
       "scale the data, or set the threshold of the code"},
      {slow_step_callbacks, "a callback asks for every step, so each step is a launch of its own",
       "use a recording instead"},
      {unnamed_callback, "a callback returns data but has no key", "give the callback a key"},
      {unordered_indices, "the indices to record are not in ascending order",
       "list them in ascending order, each once"},
      {enlarged_tape, "an example had more spikes than the tape had room for, so a batch ran again",
       "set max_spikes of the compiler"},
      {training_without_effect,
       "training changes nothing: the learning rate is 0, or everything is frozen or bounded to one value",
       "the warning says what to change"},
      {silent_population, "no neuron of a population spiked in an epoch of training",
       "use larger weights into it, a lower threshold, the loss `silent_neurons` on its readout `max_var`, or a "
       "surrogate gradient"},
      {nearly_silent_population,
       "the neurons of a population spiked less than 0.25 times per example of an epoch on average",
       "use larger weights into it, a lower threshold, the loss `silent_neurons` on its readout `max_var`, or a "
       "surrogate gradient"},
      {silent_neurons, "a quarter of the neurons of a population spiked in no example of the first 33 batches",
       "use larger weights into it, a lower threshold, the loss `silent_neurons` on its readout `max_var`, or a "
       "surrogate gradient"},
      {saturated_neurons,
       "a quarter of the neurons of a population spiked in every step of every example of the first 33 batches",
       "use smaller weights into it, a higher threshold, or a refractory period"},
      {zero_gradient,
       "all gradients, with L1 and L2 penalties, are 0 in every batch of an epoch whose gradients are measured (one in "
       "32)",
       "let neurons spike, and outputs depend on what is trained"},
      {exploding_gradient,
       "the norm of the gradients of a batch, with penalties and after `clip_value`, is 1,000 times the median of up "
       "to "
       "64 measured before it (one update in 32 is measured, and the first 8 are not judged)",
       "limit it by clip_norm of the optimizer, or use a smaller learning rate"},
      {rising_loss, "the training loss has risen in 5 epochs in a row", "use a smaller learning rate"},
      {empty_validation, "the validation split is less than one example, so nothing is validated",
       "use a larger split, or more data"},
      {shared_weight, "training changes a single weight that all synapses of a connection share",
       "use an initializer, for example Normal, for one weight per synapse; for one shared weight, say trainable(…), "
       "or frozen(…)"},
      {unread_population, "nothing reads a population: it has no readout and no recording, and projects nowhere",
       "remove it, or give it a readout"},
      {triggered_spikes, "more than half of the spikes of a population in an epoch pass on no gradient",
       "let neurons reach the threshold by their flow: use synapses with a time constant and a reset below the "
       "threshold"},
      {near_tangent_spikes, "more than a tenth of the spikes of a population in an epoch barely cross the threshold",
       "use a smaller dt, or larger weights"},
      {spikes_rounded_away,
       "a population spikes at least a fifth more or less than with a quarter of dt (train --diagnose)",
       "run the trained network with this dt only"},
      {program_not_checked, "gradcheck derived gradients that no training program uses, and checked only those",
       "the warning names what training programs do not support"},
      {unusable_device,
       "no device is selected and a GPU driver is installed, but the GPU cannot be used: host is used instead",
       "fix what the warning names, or select the device host"},
      {no_step_graphs,
       "the driver cannot make a graph of the steps of a program, so they are launched kernel by kernel",
       "update the driver; results are the same, launches take longer"},
      {checkpoint_not_written,
       "a checkpoint could not be written: training goes on, and the checkpoint before it remains",
       "free space on the disk"},
      {weights_not_taken,
       "a connection does not start from the weights of another network, because there are none that match",
       "the warning says what differs"},
      {repaired_graph, "a NIR graph leaves something out or contradicts itself, and was repaired when it was read",
       "check what the warning says was changed"},
  };
  return table;
}

Problem make_warning(Problem problem) {
  problem.severity = Severity::warning;
  const WarningInfo* const info = find_info(problem.kind);
  if (info != nullptr && problem.hint.empty()) problem.hint = info->hint;
  return problem;
}

WarningHandler set_warning_handler(WarningHandler handler) {
  const std::lock_guard lock(receiver().mutex);
  return std::exchange(receiver().handler, std::move(handler));
}

void deliver(const Problem& warning, const WarningHandler& handler) {
  if (handler) return handler(warning);
  WarningHandler of_program;
  {
    const std::lock_guard lock(receiver().mutex);
    of_program = receiver().handler;
  }
  if (of_program) return of_program(warning);
  std::cerr << "synfire: " + to_string(warning) + '\n';
}

void deliver(const std::vector<Problem>& warnings, const WarningHandler& handler) {
  for (const Problem& warning : warnings) deliver(warning, handler);
}

}  // namespace synfire
