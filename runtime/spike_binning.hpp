// SPDX-License-Identifier: Apache-2.0
// Sorts spike times into steps. The public form is bin_spikes (executor.hpp); this one keeps its working
// memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "synfire/tensor.hpp"

namespace synfire::runtime {

// The first step n with n·dt ≥ time, by contract::steps_in: multiples of dt land on their step however they were rounded
// (0.3f with dt = 0.1 on step 3). At most `steps` (a spike that never fires).
std::uint32_t due_step(float time, double dt, std::uint32_t steps);

class SpikeBinner {
 public:
  SpikeBinner(double dt, std::uint32_t steps) : dt_(dt), steps_(steps) {}

  // As bin_spikes. Two counting sorts: by neuron, in which order each neuron's spikes queue, then by step.
  void append(const SpikeTrains& trains, std::size_t example, std::vector<std::uint32_t>& neurons,
              std::span<std::uint32_t> offsets);

 private:
  bool append_in_order(const SpikeTrains& trains, std::size_t begin, std::size_t end,
                       std::vector<std::uint32_t>& neurons, std::span<std::uint32_t> offsets);
  void sort_by_neuron(const SpikeTrains& trains, std::size_t begin, std::size_t end);
  void queue_each_neuron();
  void sort_by_step(std::vector<std::uint32_t>& neurons, std::span<std::uint32_t> offsets);

  double dt_;
  std::uint32_t steps_;
  std::vector<std::uint32_t> counts_;   // per neuron, then the positions of its spikes
  std::vector<std::uint32_t> neurons_;  // of the example's spikes, in order of (neuron, time)
  std::vector<std::uint32_t> due_;      // the step of each
};

}  // namespace synfire::runtime
