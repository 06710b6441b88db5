// SPDX-License-Identifier: Apache-2.0
// Sorts spike times into steps. The public form is bin_spikes (executor.hpp); this one keeps its working memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "neuron_sort.hpp"
#include "synfire/tensor.hpp"

namespace synfire::runtime {

// The first step n with n·dt ≥ time, by base::steps_in: multiples of dt fall on their step whatever their rounding
// (0.3f with dt = 0.1 on step 3). At most `steps` (a spike that never fires).
std::uint32_t due_step(float time, double dt, std::uint32_t steps);

// The number of spikes of an example of the trains.
std::size_t spikes_of(const SpikeTrains& trains, std::size_t example);

class SpikeBinner {
 public:
  SpikeBinner(double dt, std::uint32_t steps) : dt_(dt), steps_(steps) {}

  // As bin_spikes. If a neuron has several spikes in a step, uses two counting sorts: by neuron, so that the spikes of
  // each neuron queue in order, then by step.
  void append(const SpikeTrains& trains, std::size_t example, std::vector<std::uint32_t>& neurons,
              std::span<std::uint32_t> offsets);
  // The same into `room`, which has as many entries as the example has spikes and is at position `base` of the list.
  // Returns the number of entries filled: all spikes except dropped ones.
  std::size_t bin(const SpikeTrains& trains, std::size_t example, std::size_t base, std::span<std::uint32_t> room,
                  std::span<std::uint32_t> offsets);

 private:
  std::size_t write(const SpikeTrains& trains, std::size_t example, std::uint32_t base, std::span<std::uint32_t> room,
                    std::span<std::uint32_t> offsets);
  std::optional<std::size_t> write_in_order(const SpikeTrains& trains, std::size_t begin, std::size_t end,
                                            std::uint32_t base, std::span<std::uint32_t> room,
                                            std::span<std::uint32_t> offsets);
  void sort_by_neuron(const SpikeTrains& trains, std::size_t begin, std::size_t end);
  void queue_each_neuron();
  std::size_t sort_by_step(std::uint32_t base, std::span<std::uint32_t> room, std::span<std::uint32_t> offsets);

  double dt_;
  std::uint32_t steps_;
  NeuronSorter sorter_;
  std::vector<std::uint32_t> counts_;   // per neuron, then the positions of its spikes
  std::vector<std::uint32_t> neurons_;  // of the example's spikes, in order of (neuron, time)
  std::vector<std::uint32_t> due_;      // the step of each
};

}  // namespace synfire::runtime
