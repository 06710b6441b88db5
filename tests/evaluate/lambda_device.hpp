// SPDX-License-Identifier: Apache-2.0
// A device whose program is a C++ function, and a small network for it, for tests that need no generated code.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "synfire/compiled_network.hpp"

namespace synfire::test {

// A launch as seen by the program: buffers in the manifest's order.
struct Launch {
  contract::TrialHeader header;
  std::vector<void*> buffers;

  // The array of example `example` in a per-example buffer of `elements` elements each.
  template <class T>
  T* array(std::size_t buffer, std::size_t example, std::size_t elements) const {
    return static_cast<T*>(buffers[buffer]) + example * elements;
  }
};

// Works as a GPU does: copies and launches wait, in order, until the device is synchronized or read. Appends to
// `*calls` unless null: u a copy to the device, l a launch, s a synchronization, d a copy from the device.
std::shared_ptr<runtime::Device> make_lambda_device(std::function<void(const Launch&)> program,
                                                    std::string* calls = nullptr);

constexpr std::uint32_t toy_timesteps = 4;
constexpr std::uint64_t toy_identity = 77;

// Populations of the toy program:
//   0 "values"   input values, 2×2
//   1 "spikes"   replays spikes, 3 neurons
//   2 "hidden"   3 neurons; records v = x + neuron, and spikes: neuron (step mod 3), negative ones in odd steps
//   3 "counts"   output, 3 neurons: sum of the values; number of delivered spikes; steps
//   4 "traces"   output, 2 neurons: index of the example in the data; x at the end
// x counts the steps since it was initialized; it is carried as neuron state.
std::shared_ptr<const contract::Artifact> toy_artifact(std::uint32_t batch_size, bool resumable = false);

// Appends the headers of all launches to `*log`, and the device's calls to `*calls`, unless null.
CompiledNetwork toy_network(std::uint32_t batch_size, CarryOver carry_over = {},
                            std::vector<contract::TrialHeader>* log = nullptr, std::string* calls = nullptr);

// The id of a population of the toy network.
inline PopulationId toy_id(std::uint32_t index) { return {index, toy_identity}; }

// Data for it: example e has values e and min(e, 3) spikes.
Tensor<float> toy_values(std::size_t examples);
SpikeTrains toy_spikes(std::size_t examples);

}  // namespace synfire::test
