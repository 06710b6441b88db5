// SPDX-License-Identifier: Apache-2.0
// Runs the generated CUDA source of a network on the emulator, with random data.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "golden/networks.hpp"
#include "simt/simt_device.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::testing {

// The generated CUDA source, unchanged.
std::string cuda_source(const CompilableNetwork& network);

class SimtRun {
 public:
  static constexpr std::uint32_t examples = 2;

  // `source`: replaces the network's own source unless empty.
  explicit SimtRun(const CompilableNetwork& network, const std::string& source = {});

  simt::SimtDevice& device() { return *device_; }
  // Runs a batch with the thread order of `seed`; a resumable network saves its state and continues in a second launch.
  // Throws the errors of the launches.
  void run(std::uint64_t seed);

 private:
  void make_data();
  runtime::Batch batch() const;

  std::shared_ptr<simt::SimtDevice> device_;
  std::unique_ptr<runtime::Executor> executor_;
  std::vector<std::vector<float>> values_;  // by population; empty if it takes none
  std::vector<SpikeTrains> spikes_;         // by population
};

}  // namespace synfire::testing
