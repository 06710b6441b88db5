// SPDX-License-Identifier: Apache-2.0
#include "spike_binning.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "synfire/base/steps.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {
namespace {

void check(const SpikeTrains& trains, std::size_t example, std::uint32_t steps, std::size_t spikes_before,
           std::span<const std::uint32_t> offsets) {
  if (example >= trains.examples()) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = "spike trains",
                     .message = "the example is out of range",
                     .expected = "less than " + std::to_string(trains.examples()),
                     .given = std::to_string(example)});
  }
  if (offsets.size() != std::size_t{steps} + 1) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = "spike trains",
                     .message = "the offsets of an example must have one entry more than steps",
                     .expected = std::to_string(std::size_t{steps} + 1),
                     .given = std::to_string(offsets.size())});
  }
  const std::size_t spikes = spikes_of(trains, example);
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

std::size_t spikes_of(const SpikeTrains& trains, std::size_t example) {
  return trains.offsets()[example + 1] - trains.offsets()[example];
}

std::uint32_t due_step(float time, double dt, std::uint32_t steps) {
  const double step = std::ceil(base::steps_in(static_cast<double>(time), dt));
  return step < static_cast<double>(steps) ? static_cast<std::uint32_t>(step) : steps;
}

void SpikeBinner::append(const SpikeTrains& trains, std::size_t example, std::vector<std::uint32_t>& neurons,
                         std::span<std::uint32_t> offsets) {
  const std::size_t base = neurons.size();
  check(trains, example, steps_, base, offsets);
  neurons.resize(base + spikes_of(trains, example));
  const std::span<std::uint32_t> room = std::span(neurons).subspan(base);
  neurons.resize(base + write(trains, example, static_cast<std::uint32_t>(base), room, offsets));
}

std::size_t SpikeBinner::bin(const SpikeTrains& trains, std::size_t example, std::size_t base,
                             std::span<std::uint32_t> room, std::span<std::uint32_t> offsets) {
  check(trains, example, steps_, base, offsets);
  return write(trains, example, static_cast<std::uint32_t>(base), room, offsets);
}

std::size_t SpikeBinner::write(const SpikeTrains& trains, std::size_t example, std::uint32_t base,
                               std::span<std::uint32_t> room, std::span<std::uint32_t> offsets) {
  const std::size_t begin = trains.offsets()[example], end = trains.offsets()[example + 1];
  if (const auto written = write_in_order(trains, begin, end, base, room, offsets)) return *written;
  sort_by_neuron(trains, begin, end);
  queue_each_neuron();
  return sort_by_step(base, room, offsets);
}

// Trains are sorted by time, so if no neuron is due twice in a step, only the neurons of each step need sorting. If one
// is, returns nothing, and the output must be written again.
std::optional<std::size_t> SpikeBinner::write_in_order(const SpikeTrains& trains, std::size_t begin, std::size_t end,
                                                       std::uint32_t base, std::span<std::uint32_t> room,
                                                       std::span<std::uint32_t> offsets) {
  const std::uint32_t* const neurons = trains.spike_neurons().data() + begin;
  const float* const times = trains.spike_times().data() + begin;
  const std::size_t spikes = end - begin;
  std::uint32_t step = 0;  // the step being written
  offsets[0] = base;
  std::size_t i = 0;
  std::uint32_t due = spikes != 0 ? due_step(times[0], dt_, steps_) : steps_;
  while (due < steps_) {
    while (step < due) offsets[++step] = base + static_cast<std::uint32_t>(i);
    // Times up to due · dt belong to this step without a closer check; rounding may put later ones there too.
    const double surely = static_cast<double>(due) * dt_;
    const std::size_t first = i;
    bool ascending = true;
    std::uint32_t next = steps_;
    room[i] = neurons[i];
    for (++i; i < spikes; ++i) {
      if (static_cast<double>(times[i]) > surely && times[i] != times[i - 1]) {
        next = due_step(times[i], dt_, steps_);
        if (next != due) break;
      }
      ascending = ascending && neurons[i - 1] < neurons[i];
      room[i] = neurons[i];
    }
    if (!ascending && !sorter_.sort(room.subspan(first, i - first), trains.neurons())) return std::nullopt;
    due = i < spikes ? next : steps_;
  }
  while (step < steps_) offsets[++step] = base + static_cast<std::uint32_t>(i);
  return i;
}

// Keeps the time order within a neuron, in which the trains are sorted.
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

// A neuron fires once per step: a spike due in a taken step waits for the next one. A spike that waits past the last
// step never fires, nor do those after it.
void SpikeBinner::queue_each_neuron() {
  for (std::size_t i = 1; i < due_.size(); ++i) {
    if (neurons_[i] == neurons_[i - 1]) due_[i] = std::max(due_[i], std::min(due_[i - 1] + 1, steps_));
  }
}

// Keeps the neuron order within a step. Spikes due in step `steps_` never fire.
std::size_t SpikeBinner::sort_by_step(std::uint32_t base, std::span<std::uint32_t> room,
                                      std::span<std::uint32_t> offsets) {
  std::fill(offsets.begin(), offsets.end(), 0u);
  for (const std::uint32_t step : due_) {
    if (step < steps_) ++offsets[step];
  }
  // Turns counts into the start of each step's list; filling moves it to the end, where the next list starts.
  std::uint32_t position = base;
  for (std::uint32_t& offset : offsets) {
    const std::uint32_t count = offset;
    offset = position;
    position += count;
  }
  for (std::size_t i = 0; i < due_.size(); ++i) {
    if (due_[i] < steps_) room[offsets[due_[i]]++ - base] = neurons_[i];
  }
  std::shift_right(offsets.begin(), offsets.end(), 1);
  offsets.front() = base;
  return position - base;
}

void bin_spikes(const SpikeTrains& trains, std::size_t example, double dt, std::uint32_t steps,
                std::vector<std::uint32_t>& neurons, std::span<std::uint32_t> offsets) {
  SpikeBinner(dt, steps).append(trains, example, neurons, offsets);
}

}  // namespace synfire::runtime
