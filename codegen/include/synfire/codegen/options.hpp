// SPDX-License-Identifier: Apache-2.0
// The options of a compilation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace synfire::codegen {

// Something to record in every step: a state variable of a population or "spikes", or, if `connection` is set, a state
// variable of its synapse (after the step's update, one element for each target neuron).
struct Record {
  std::uint32_t population = 0;
  std::string variable;
  std::optional<std::uint32_t> connection = std::nullopt;  // if set, `population` is ignored
};

// How a network is mapped to a machine. Results are identical to the last bit.
enum class Schedule {
  automatic,  // chosen by a cost model
  trial,      // one GPU block, or one CPU thread, runs an example
  step,       // the whole grid, or all threads, share each step of an example
};

std::string_view to_string(Schedule schedule);

struct CompileOptions {
  double dt = 1.0;              // ms
  double nominal_dt = 0.0;      // ms, of per_step(x); 0: dt
  std::uint32_t timesteps = 0;  // maximum number of steps of an example
  std::uint32_t batch_size = 1;
  std::uint64_t seed = 0;  // for values drawn at compile time, and the default for runs
  std::vector<Record> records = {};
  std::vector<std::uint32_t> observed = {};  // populations that losses or regularizers read
  bool resumable = false;                    // state can be carried from one launch to the next
  std::uint32_t threads_per_block = 0;       // cuda; 0: chosen
  Schedule schedule = Schedule::automatic;
  std::size_t memory_bytes = 0;       // limit for weights and patterns; 0: what this machine has
  std::uint32_t parts = 0;            // host, schedule `step`: parts that threads share; 0: one per core
  std::uint32_t recording_steps = 0;  // rows of a recording; 0: timesteps. Fewer require a resumable program
};

}  // namespace synfire::codegen
