// SPDX-License-Identifier: Apache-2.0
// Moves recordings from the device to where they are kept, window by window.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "recording/plan.hpp"
#include "recording/store.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {

// Steps [first_step, end_step) of a batch have run; row 0 of the recordings is first_step.
struct BatchWindow {
  std::size_t first_example = 0, examples = 0;
  std::span<const std::uint32_t> steps = {};  // as in Batch
  std::uint32_t first_step = 0, end_step = 0;
  bool last = true;  // of the batch

  std::uint32_t steps_of(std::size_t example, std::uint32_t timesteps) const {
    return steps.empty() ? timesteps : steps[example];
  }
};

// Appends the spikes in a row of signs; `neurons`: those to include, ascending; null: all.
void append_spikes(std::span<const std::byte> row, std::uint32_t step, const std::vector<std::uint32_t>* neurons,
                   std::vector<RecordedSpike>& spikes);

class Collector {
 public:
  Collector(const RecordingPlan& plan, const Executor& executor);

  // `stores`: in plan order; null for recordings that need none.
  void take(const BatchWindow& window, const std::vector<RecordingStore*>& stores);

 private:
  void take(std::size_t index, const BatchWindow& window, RecordingStore& store);
  void take_example(std::size_t index, std::size_t example, const BatchWindow& window, std::span<const std::byte> rows,
                    RecordingStore& store);
  void take_values(const PlannedRecording& recording, std::size_t example, std::size_t from, std::size_t to,
                   const BatchWindow& window, std::span<const std::byte> rows, RecordingStore& store);
  void take_spikes(std::size_t index, std::size_t from, std::size_t to, const BatchWindow& window,
                   std::span<const std::byte> rows);
  void count_spikes(std::size_t index, std::size_t example);
  void end_example(std::size_t index, std::size_t example, std::uint32_t steps, RecordingStore& store);
  std::span<const std::byte> row(const PlannedRecording& recording, std::uint32_t step, const BatchWindow& window,
                                 std::span<const std::byte> rows) const;

  const RecordingPlan& plan_;
  const Executor& executor_;
  std::vector<std::vector<std::uint32_t>> ascending_;  // by recording: kept neurons, unless all are
  std::vector<std::vector<std::uint32_t>> place_;      // by recording: position of a neuron in the results
  std::vector<std::vector<std::uint32_t>> counts_;     // by recording: for the kept examples of this batch
  std::vector<std::byte> staging_, gathered_;
  std::vector<RecordedSpike> spikes_;
};

}  // namespace synfire::runtime
