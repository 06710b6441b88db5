// SPDX-License-Identifier: Apache-2.0
// Runs batches of trials of one artifact on one device: owns the device buffers, moves inputs in and results out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/runtime/device.hpp"
#include "synfire/tensor.hpp"

namespace synfire::runtime {

class BinnedSpikes;

// Input of one population for one batch; checked by the caller.
struct BatchInput {
  std::size_t population = 0;           // index in the manifest
  std::span<const float> values = {};   // examples × frames × neurons, or …
  const SpikeTrains* spikes = nullptr;  // … examples [first_spike_example, + examples) of these trains, or …
  std::size_t first_spike_example = 0;
  std::span<const std::uint32_t> spike_examples = {};  // … if not empty, these examples of them
  const BinnedSpikes* binned = nullptr;                // the same trains, binned before
};

struct Batch {
  std::uint32_t examples = 0;
  std::uint32_t first_example = 0;  // index in the data set
  std::uint64_t seed = 0;
  std::span<const std::uint32_t> steps = {};  // per example; empty: all have Manifest::timesteps
  std::vector<BatchInput> inputs = {};
  std::uint32_t load = 0;  // contract::CarriedState bits
  bool save = false;
  // The part of the examples that this run executes: steps [first_step, last_step); last_step 0: to the end. Parts
  // after the first load all state, and all but the last save it.
  std::uint32_t first_step = 0, last_step = 0;
  std::uint32_t recording_origin = 0;  // the step of the first row of the recordings, ≤ first_step
  bool same_inputs = false;            // inputs and steps are those passed last, and are not passed again
};

// The memory that a batch needs on the device, by purpose, as readable text; ignores what is already allocated.
std::string memory_plan(const contract::Manifest& manifest, const Device& device, std::uint32_t batch_size);

class Executor {
 public:
  // Loads the binary of `artifact` that suits `device` best and fills the parameter buffers. Throws DeviceError, with
  // the bytes needed for each purpose, if memory does not suffice for `batch_size` examples.
  Executor(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<Device> device,
           std::uint32_t batch_size);
  ~Executor();
  Executor(Executor&&) noexcept;
  Executor& operator=(Executor&&) noexcept;

  const contract::Manifest& manifest() const;
  Device& device() const;
  std::uint32_t batch_size() const;
  // Device memory held, in bytes, and its purpose.
  struct MemoryUse {
    std::string what;
    std::size_t bytes;
  };
  std::vector<MemoryUse> memory_use() const;

  // Runs one batch of at most batch_size examples and waits for it: start() and finish(). Throws DataError for data
  // that do not match the manifest, and RunError if it loads state that was never saved.
  void run(const Batch& batch);
  void start(const Batch& batch);
  // Between them: passes the inputs of the batch that runs next, which then has `same_inputs`, while the device works.
  // Only on devices with memory of their own.
  void pass_inputs(const Batch& next);
  void finish();

  // The number of positions in the batch with saved state: a batch that loads state can have as many examples. A
  // smaller batch leaves the state of the positions past it unchanged.
  std::uint32_t saved_examples() const;
  // Discards saved state.
  void forget_state();

  // A state that was not finite at the end of the last run.
  struct NonFinite {
    std::size_t example = 0;  // of the batch
    std::string population, connection, variable;
    std::size_t neuron = 0;
  };
  // That of the first example with one, in the order of the program's buffers.
  std::optional<NonFinite> non_finite() const;

  // Results of the last run. Readout: examples × neurons.
  std::vector<float> readout(std::size_t population) const;
  // Recording buffer contents, examples × recording_steps × neurons; rows past an example's last step are undefined.
  // Index into manifest().buffers.
  std::vector<std::byte> recording(std::size_t buffer) const;
  // Part of the contents: as many bytes as `into` has, starting at a row of an example.
  void recording(std::size_t buffer, std::size_t example, std::size_t row, std::span<std::byte> into) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Spike times (ms) as lists per step: a spike is due in the first step n with n·dt ≥ its time; several spikes of a
// neuron that are due in one step queue, one per step; those after the last step are dropped. Appends to `neurons`,
// ascending within a step, and fills `offsets` (steps + 1 entries, absolute positions in `neurons`). Multiples of dt
// are recognized whatever their rounding (base::steps_in). Takes linear time.
void bin_spikes(const SpikeTrains& trains, std::size_t example, double dt, std::uint32_t steps,
                std::vector<std::uint32_t>& neurons, std::span<std::uint32_t> offsets);

}  // namespace synfire::runtime
