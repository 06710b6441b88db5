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
       "a time of a model is positive but shorter than dt, a delay is longer than the run, or a step is too long for "
       "euler or rk4 to decay",
       "times are in ms"},
      {frames_beyond_end, "frames of an input begin after the last step",
       "take more timesteps, or fewer steps for each frame"},
      {spikes_after_end, "spikes of the data lie after the last step, or queue beyond it, and never occur",
       "take more timesteps; times are in ms"},
      {spikes_in_first_steps,
       "all spikes of the data lie in the first hundredth of the run, or between its first steps, not all at once",
       "times are in ms"},
      {nothing_encoded, "data that are all at or below the threshold of a code make no spikes",
       "scale the data, or set the threshold of the code"},
      {slow_step_callbacks, "a callback wants every step, which makes each step a launch",
       "record what is wanted instead"},
      {unnamed_callback, "a callback leaves data, and has no key", "give the callback a key"},
      {unordered_indices, "the indices of what is to be recorded do not ascend",
       "name them in ascending order, each once"},
      {enlarged_tape, "an example had more spikes than there was room for, so a batch ran again",
       "set max_spikes of the compiler"},
      {invalid_option,
       "training changes no weight: a learning rate of 0, weights that are all frozen or held at one value",
       "the warning says what to change"},
      {silent_population, "no neuron of a population spiked in an epoch of training",
       "take larger weights in front of it, or a lower threshold"},
      {nearly_silent_population,
       "neurons of a population spiked less than 0.25 times in an example of an epoch, on average",
       "take larger weights in front of it, or a lower threshold"},
      {triggered_spikes, "more than half of the spikes of a population in an epoch pass no gradient",
       "let neurons reach their threshold by their flow: synapses with a time constant, a reset below the threshold"},
      {near_tangent_spikes, "more than a tenth of the spikes of a population in an epoch all but touch the threshold",
       "take a smaller dt, or larger weights"},
      {spikes_rounded_away, "a population spikes a fifth more or less than at a quarter of the step (train --diagnose)",
       "what is learned holds at this dt, not at another"},
      {program_not_checked, "gradcheck derived gradients that no program learns with, and checked them alone",
       "the warning says what programs cannot learn"},
      {artifact_without_learning, "an artifact is made of a description that is trained", "synfire train trains it"},
      {unusable_device, "no device is named, there is a GPU driver, and the GPU cannot be used: host is taken",
       "mend what the warning names, or name the device host"},
      {no_step_graphs, "the driver makes no graph of the steps of a program, which are launched kernel by kernel",
       "update the driver; results are the same, launches take longer"},
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
