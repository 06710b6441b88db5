// SPDX-License-Identifier: Apache-2.0
#include "spike_binning.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "synfire/contract/steps.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {
namespace {

void check(const SpikeTrains& trains, std::size_t example, std::uint32_t steps, std::size_t spikes_before,
           std::span<const std::uint32_t> offsets) {
  if (example >= trains.examples()) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = "spike trains",
                     .message = "there is no example of this number",
                     .expected = "less than " + std::to_string(trains.examples()),
                     .given = std::to_string(example)});
  }
  if (offsets.size() != std::size_t{steps} + 1) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = "spike trains",
                     .message = "the offsets of an example have one entry more than steps",
                     .expected = std::to_string(std::size_t{steps} + 1),
                     .given = std::to_string(offsets.size())});
  }
  const std::size_t spikes = trains.offsets()[example + 1] - trains.offsets()[example];
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  if (spikes_before > most || spikes > most - spikes_before) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = "spike trains",
                     .message = "a batch has too many spikes",
                     .hint = "use a smaller batch",
                     .expected = "at most " + std::to_string(most) + " spikes",
                     .given = std::to_string(spikes_before + spikes)});
  }
}

}  // namespace

std::uint32_t due_step(float time, double dt, std::uint32_t steps) {
  const double step = std::ceil(contract::steps_in(static_cast<double>(time), dt));
  return step < static_cast<double>(steps) ? static_cast<std::uint32_t>(step) : steps;
}

void SpikeBinner::append(const SpikeTrains& trains, std::size_t example, std::vector<std::uint32_t>& neurons,
                         std::span<std::uint32_t> offsets) {
  check(trains, example, steps_, neurons.size(), offsets);
  if (append_in_order(trains, trains.offsets()[example], trains.offsets()[example + 1], neurons, offsets)) return;
  sort_by_neuron(trains, trains.offsets()[example], trains.offsets()[example + 1]);
  queue_each_neuron();
  sort_by_step(neurons, offsets);
}

// Trains are sorted by time, so where no neuron is due twice in a step, only the neurons of each step are
// left to sort. Returns false, and leaves `neurons` as it was, where one is.
bool SpikeBinner::append_in_order(const SpikeTrains& trains, std::size_t begin, std::size_t end,
                                  std::vector<std::uint32_t>& neurons, std::span<std::uint32_t> offsets) {
  const std::size_t base = neurons.size();
  const std::uint32_t* const spike_neurons = trains.spike_neurons().data();
  const float* const times = trains.spike_times().data();
  std::uint32_t step = 0;  // whose spikes are being added
  offsets[0] = static_cast<std::uint32_t>(base);
  neurons.resize(base + (end - begin));
  std::uint32_t* const out = neurons.data() + base;
  std::size_t i = begin;
  while (i < end) {
    const std::uint32_t due = due_step(times[i], dt_, steps_);
    if (due == steps_) break;
    while (step < due) offsets[++step] = static_cast<std::uint32_t>(base + (i - begin));
    // Spikes of the same time, then of other times in the same step.
    const std::size_t first = i;
    bool ascending = true;
    out[i - begin] = spike_neurons[i];
    for (++i; i < end && (times[i] == times[i - 1] || due_step(times[i], dt_, steps_) == due); ++i) {
      ascending = ascending && spike_neurons[i - 1] < spike_neurons[i];
      out[i - begin] = spike_neurons[i];
    }
    if (ascending) continue;
    std::sort(out + (first - begin), out + (i - begin));
    if (std::adjacent_find(out + (first - begin), out + (i - begin)) != out + (i - begin)) {
      neurons.resize(base);
      return false;
    }
  }
  neurons.resize(base + (i - begin));
  while (step < steps_) offsets[++step] = static_cast<std::uint32_t>(neurons.size());
  return true;
}

// Keeps the order of times within a neuron, in which the trains are sorted.
void SpikeBinner::sort_by_neuron(const SpikeTrains& trains, std::size_t begin, std::size_t end) {
  counts_.assign(trains.neurons() + 1, 0);
  for (std::size_t i = begin; i < end; ++i) ++counts_[trains.spike_neurons()[i] + std::size_t{1}];
  std::partial_sum(counts_.begin(), counts_.end(), counts_.begin());
  neurons_.resize(end - begin);
  due_.resize(end - begin);
  for (std::size_t i = begin; i < end; ++i) {
    const std::uint32_t neuron = trains.spike_neurons()[i];
    const std::uint32_t position = counts_[neuron]++;
    neurons_[position] = neuron;
    due_[position] = due_step(trains.spike_times()[i], dt_, steps_);
  }
}

// A neuron fires once in a step: what is due in a step that is taken waits for the next one. What waits past the last
// step never fires, nor does anything behind it.
void SpikeBinner::queue_each_neuron() {
  for (std::size_t i = 1; i < due_.size(); ++i) {
    if (neurons_[i] == neurons_[i - 1]) due_[i] = std::max(due_[i], std::min(due_[i - 1] + 1, steps_));
  }
}

// Keeps the order of neurons within a step. Spikes due in step `steps_` are those that never fire.
void SpikeBinner::sort_by_step(std::vector<std::uint32_t>& neurons, std::span<std::uint32_t> offsets) {
  const auto base = static_cast<std::uint32_t>(neurons.size());
  std::fill(offsets.begin(), offsets.end(), 0u);
  for (const std::uint32_t step : due_) {
    if (step < steps_) ++offsets[step];
  }
  // From counts to where each step's list begins, and while it fills, to where it ends: where the next one begins.
  std::uint32_t position = base;
  for (std::uint32_t& offset : offsets) {
    const std::uint32_t count = offset;
    offset = position;
    position += count;
  }
  neurons.resize(position);
  for (std::size_t i = 0; i < due_.size(); ++i) {
    if (due_[i] < steps_) neurons[offsets[due_[i]]++] = neurons_[i];
  }
  std::shift_right(offsets.begin(), offsets.end(), 1);
  offsets.front() = base;
}

void bin_spikes(const SpikeTrains& trains, std::size_t example, double dt, std::uint32_t steps,
                std::vector<std::uint32_t>& neurons, std::span<std::uint32_t> offsets) {
  SpikeBinner(dt, steps).append(trains, example, neurons, offsets);
}

}  // namespace synfire::runtime
