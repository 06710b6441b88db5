// SPDX-License-Identifier: Apache-2.0
// What a network is compiled for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace synfire::codegen {

// Something to record in every step: a state variable of a population or "spikes", or, where there is a connection, a state
// variable of its synapse (after the step's update, one element for each target neuron).
struct Record {
  std::uint32_t population = 0;
  std::string variable;
  std::optional<std::uint32_t> connection = std::nullopt;  // then `population` is of no meaning
};

// How a network is laid on a machine. Results are the same to the last bit.
enum class Schedule {
  automatic,  // by a cost model
  trial,      // an example is run by one block of a GPU, or one thread of a processor
  step,       // each step of an example is shared by the whole grid, or by all threads
};

std::string_view to_string(Schedule schedule);

struct CompileOptions {
  double dt = 1.0;              // ms
  double nominal_dt = 0.0;      // ms, of per_step(x); 0: dt
  std::uint32_t timesteps = 0;  // the most steps of an example
  std::uint32_t batch_size = 1;
  std::uint64_t seed = 0;  // of values drawn now, and default of runs
  std::vector<Record> records = {};
  bool resumable = false;               // state can be carried from one launch to the next
  std::uint32_t threads_per_block = 0;  // cuda; 0: chosen
  Schedule schedule = Schedule::automatic;
  std::size_t memory_bytes = 0;       // that weights and patterns may take; 0: what this machine has
  std::uint32_t parts = 0;            // host, schedule `step`: parts that threads share; 0: one per core
  std::uint32_t recording_steps = 0;  // rows of a recording; 0: timesteps. With fewer, the program must be resumable
};

}  // namespace synfire::codegen
