// SPDX-License-Identifier: Apache-2.0
// Exports workloads, so that other simulators run the same spikes with the same weights (peers/README.md).
#pragma once

#include <filesystem>
#include <vector>

#include "synfire/network.hpp"
#include "synfire/tensor.hpp"

namespace synfire::benchmarks {

struct Exported {
  Network network = Network();
  SpikeTrains spikes = SpikeTrains(0);  // into `input`; no examples: the network runs once without input
  PopulationId input = {};
  std::vector<int> labels = {};  // empty: no training
  std::uint32_t steps = 0;
  double dt = 1.0;  // ms
  std::uint64_t seed = 0;
};

// Writes a .npz with these arrays:
//   steps, dt                          scalars
//   neurons, times, offsets, labels    the input spikes as write_spike_trains writes them
//   CONNECTION.weight                  sources × targets, for Dense
//   CONNECTION.offsets, .targets, .weight   the targets of source i are [offsets[i], offsets[i + 1]), for others
//   POPULATION.spikes                  per example, counted by Synfire, for spiking populations; POPULATION.size
void export_workload(const std::filesystem::path& file, const Exported& workload);

// Writes every workload that has peers into the folder, which is created.
void export_workloads(const std::filesystem::path& folder);

// Defined beside the measurements.
Exported latency_mnist_to_run();
Exported latency_mnist_to_learn();
Exported shd_like_to_learn();
Exported vogels_abbott_4k();

}  // namespace synfire::benchmarks
