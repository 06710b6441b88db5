// SPDX-License-Identifier: Apache-2.0
// What a network is compiled for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace synfire::codegen {

// Something to record in every step: a state variable of a population, or "spikes".
struct Record {
  std::uint32_t population = 0;
  std::string variable;
};

struct CompileOptions {
  double dt = 1.0;              // ms
  double nominal_dt = 0.0;      // ms, of per_step(x); 0: dt
  std::uint32_t timesteps = 0;  // the most steps of an example
  std::uint32_t batch_size = 1;
  std::uint64_t seed = 0;  // of values drawn now, and default of runs
  std::vector<Record> records = {};
  bool resumable = false;               // state can be carried from one launch to the next
  std::uint32_t threads_per_block = 0;  // cuda; 0: chosen
};

}  // namespace synfire::codegen
