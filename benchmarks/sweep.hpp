// SPDX-License-Identifier: Apache-2.0
// Sweeps: the time per example of four networks (shd_like and latency_mnist, run and trained) as one number varies.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "options.hpp"

namespace synfire::benchmarks {

// What can vary; 0 stands for the network's own number.
struct SweepSetting {
  std::uint32_t hidden = 0;
  std::uint32_t batch = 32;
  std::uint32_t steps = 0;
  double rate = 1;  // a factor of the number of input spikes
  unsigned threads = 1;
};

// One network with one value.
struct SweepRow {
  std::string workload;  // "run/shd_like", …
  double value = 0;
  SweepSetting setting = {};
  std::uint32_t examples = 0;
  std::string error = {};  // why there are no figures
  double us_per_example = 0, us_per_example_min = 0;
  double input_spikes_per_example = 0;
  double launches = 0;  // per pass
  double host_peak_mib = 0, device_peak_mib = 0;
};

// The values that `--sweep=name` uses unless others are given. Throws std::invalid_argument for an unknown name.
std::vector<double> default_values(const std::string& sweep);

// Sets what the sweep varies. Throws std::invalid_argument for a value that it cannot have.
SweepSetting with_value(SweepSetting setting, const std::string& sweep, double value);

// Measures all rows and writes the files; prints each row. Returns whether all passed their gates: the readouts of some
// examples must be those of the other schedule, to the bit, trained networks' as well.
bool run_sweep(const Options& options);

}  // namespace synfire::benchmarks
