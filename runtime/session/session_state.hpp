// SPDX-License-Identifier: Apache-2.0
// A session: its memory, and how it advances.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/model_state.hpp"
#include "session/channels.hpp"
#include "session/launch_arguments.hpp"
#include "session/snapshot_content.hpp"
#include "synfire/session.hpp"

namespace synfire::runtime {

// If the program is callable (on the host), it works in this session's memory, on the calling thread. Otherwise the
// session copies: inputs before a launch, readouts and recordings after it.
class SessionState {
 public:
  // Throws ModelError with all invalid options, DeviceError (out_of_memory).
  SessionState(std::shared_ptr<const ModelState> model, const SessionOptions& options);
  ~SessionState();
  SessionState(const SessionState&) = delete;
  SessionState& operator=(const SessionState&) = delete;

  // ---- Channels
  InputChannel& input(std::string_view population);
  std::span<const float> readout(std::string_view population) const;
  RecordingChannel& recorded_spikes(std::string_view population);
  RecordingChannel& recorded_variable(std::string_view name, std::string_view variable);

  Status push(InputChannel& input, std::span<const Spike> spikes) noexcept;
  Status set(InputChannel& input, std::span<const float> values) noexcept;
  std::span<const RecordedSpike> spikes_of(RecordingChannel& recording) const noexcept;
  std::span<const float> values_of(const RecordingChannel& recording) const noexcept;

  // ---- Running
  Status advance(std::uint32_t steps) noexcept;
  void reset() noexcept;
  Status restart_readouts() noexcept;
  Status use(const std::shared_ptr<const ModelState>& model) noexcept;
  Snapshot snapshot() const;
  void restore(const Snapshot& snapshot);

  std::uint32_t step() const noexcept { return step_; }
  const SessionOptions& options() const noexcept { return options_; }
  std::uint64_t late_spikes() const noexcept { return late_spikes_; }
  std::uint64_t refused_spikes() const noexcept { return refused_spikes_; }
  std::string_view failure() const noexcept { return failure_; }

 private:
  const contract::Manifest& manifest() const noexcept { return model_->manifest(); }
  const contract::Buffer& buffer(std::size_t index) const noexcept { return manifest().buffers[index]; }
  bool in_place() const noexcept { return model_->program->is_callable(); }
  std::uint32_t last_step() const noexcept;

  void make_inputs();
  void allocate();
  std::size_t device_bytes(std::size_t index) const;
  const void* host_input(std::size_t index) const noexcept;
  std::size_t index_of(std::string_view population, const char* path) const;
  RecordingChannel& recording(std::string_view name, std::string_view variable);
  const InputChannel& input_of(const std::string& population) const noexcept;

  Status push_one(InputChannel& input, const Spike& spike) noexcept;
  void prepare(std::uint32_t steps) noexcept;
  void run_on_device(std::uint32_t steps);
  void copy_inputs(std::uint32_t steps);
  void copy_results(std::uint32_t steps);
  void copy_parameters(const contract::Artifact& artifact);
  void fail(std::string_view why) noexcept;
  bool all_states_finite() noexcept;
  bool all_readouts_finite() noexcept;
  void tell_non_finite(const contract::Buffer& check, std::size_t neuron, std::uint32_t entry) noexcept;

  std::span<std::byte> result(std::size_t index) noexcept;
  std::span<const std::byte> result(std::size_t index) const noexcept;
  void clear_readouts() noexcept;
  void check_restorable(const SnapshotContent& content) const;

  std::shared_ptr<const ModelState> model_;
  SessionOptions options_;                      // resolved
  std::list<InputChannel> inputs_;              // in the order of the populations
  std::list<RecordingChannel> recordings_;      // that were requested
  std::vector<DeviceBuffer> buffers_;           // in manifest order; empty if the session has no device memory
  std::vector<std::vector<std::byte>> copies_;  // of readouts and recordings, unless in place
  DeviceBuffer scratch_;
  LaunchArguments arguments_;

  std::uint64_t seed_;
  std::uint32_t example_;
  std::uint32_t step_ = 0;
  std::uint32_t example_steps_ = 0;   // the length of the example for the program
  std::uint32_t load_ = 0;            // contract::CarriedState bits of the next launch
  std::uint32_t readout_origin_ = 0;  // the step in which the readouts started
  std::uint32_t last_steps_ = 0;      // of the last advance
  std::uint64_t advances_ = 0;
  std::uint64_t late_spikes_ = 0;
  std::uint64_t refused_spikes_ = 0;
  std::string failure_;
  bool failed_ = false;
};

}  // namespace synfire::runtime
