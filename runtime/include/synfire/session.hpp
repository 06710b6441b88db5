// SPDX-License-Identifier: Apache-2.0
// Streaming: a network that runs without end, a few steps at a time, fed and read between them. docs/sessions.md has the
// rules; Model (runtime_model.hpp) makes sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "synfire/compiled_network.hpp"

namespace synfire {

namespace runtime {
class SessionState;
struct InputChannel;
struct RecordingChannel;
struct ModelState;
struct SnapshotContent;
}  // namespace runtime

// A spike for an input population: the neuron spikes in this step of the session.
struct Spike {
  std::uint32_t neuron = 0;
  std::uint32_t step = 0;
  bool operator==(const Spike&) const = default;
};

// What functions that never throw report.
enum class Status {
  ok,
  late,            // a spike for a step that has passed was refused (LateSpikes::refuse)
  beyond_horizon,  // a spike lies farther ahead than the session keeps spikes
  overflow,  // there is no room for a spike: too many are waiting, or its neuron spikes in every step that is left
  invalid_neuron,  // a neuron that the population does not have
  wrong_input,     // spikes for a population that takes values, or the reverse
  wrong_size,      // not as many values as the population has
  not_finite,  // NaN or infinity among values, or after an advance in a state or readout: Session::failure() says which
  too_many_steps,  // more steps than SessionOptions::most_steps
  finished,        // the steps would pass the last one, see SessionOptions::trial_steps
  unsupported,     // what the network's readouts do not allow
  failed,          // the device failed; Session::failure() says why
};
// The identifier, for example "beyond_horizon".
const char* to_string(Status status) noexcept;

// What becomes of a spike for a step that has passed. Each is counted in Session::late_spikes().
enum class LateSpikes {
  deliver_now,  // it spikes in the next step that runs, or the first after it in which the neuron is free
  drop,         // it is left out
  refuse,       // it is left out, and push() returns Status::late
};

struct SessionOptions {
  std::uint32_t most_steps = 0;  // of one advance, at most Manifest::recording_steps; 0: the lesser of it and 16
  std::uint32_t horizon = 0;  // steps ahead of which spikes can be given, 1 … 2²⁰; 0: 128, or most_steps if more
  std::size_t most_input_spikes = 0;  // that can wait for each population; 0: as many as there are neurons and steps
  LateSpikes late_spikes = LateSpikes::deliver_now;
  std::optional<std::uint64_t> seed = std::nullopt;  // of random draws; default: the compiler's
  std::uint32_t example = 0;                         // random draws are those of this example of a data set
  // The length of a trial, which ends the session. Readouts that weigh steps by the trial's duration need it. 0: none;
  // the duration is that of the steps so far, and the session ends after Session::last_step steps.
  std::uint32_t trial_steps = 0;
  // States and readouts that are NaN or infinite after an advance make it return Status::not_finite, unless this allows them.
  // The advance is done all the same, and the session goes on if it is told to.
  bool allow_non_finite = false;
};

// The state of a session between two advances: a value. Copies share what they hold, which never changes.
class Snapshot {
 public:
  Snapshot() = default;
  // The next step to run.
  std::uint32_t step() const noexcept;
  // Whether sessions that restore the two go on alike, bit by bit.
  bool operator==(const Snapshot& other) const;

 private:
  friend class runtime::SessionState;
  std::shared_ptr<const runtime::SnapshotContent> content_;
};

// One run of a network. Used by one thread at a time; several sessions of one model run at the same time, and nothing that
// one does shows in another. After it is made and its inputs and outputs are looked up, whatever is noexcept allocates
// nothing and, on the device `host`, takes no lock and leaves the calling thread. On other devices the sessions of a model
// take turns, and the driver may do both.
//
// Inputs and outputs belong to their session, wherever it is moved to, and must not be used when it is gone.
class Session {
 public:
  // A step that no session passes: the counter of steps has 32 bits (49.7 days at 1 ms).
  static constexpr std::uint32_t last_step = 0xfff00000;

  // A population that takes spikes or values from outside.
  class Input {
   public:
    // Queues spikes, in any order, for this step or later ones. A neuron spikes once in a step: what is due in a step in
    // which it spikes already waits for the first in which it does not. Takes every spike that can be taken and returns
    // the first problem of the others, which are counted in Session::refused_spikes().
    Status push(std::span<const Spike> spikes) noexcept;
    Status push(const Spike& spike) noexcept { return push(std::span(&spike, 1)); }
    // The values from now on, until they are set again: one for each neuron, or frames × neurons for a population that was
    // compiled with several frames (else all frames get the same). At first 0. Takes all or, when it does not return ok,
    // none.
    Status set(std::span<const float> values) noexcept;
    std::size_t neurons() const noexcept;

   private:
    friend class Session;
    explicit Input(runtime::InputChannel* channel) : channel_(channel) {}
    runtime::InputChannel* channel_;
  };

  // A population with a readout.
  class Output {
   public:
    // One value for each neuron, as after an example of the steps so far: readouts gather from the start, or from
    // restart_readouts(), to the last step. Zeros before the first advance. Valid until the next advance.
    std::span<const float> readout() const noexcept { return readout_; }

   private:
    friend class Session;
    explicit Output(std::span<const float> readout) : readout_(readout) {}
    std::span<const float> readout_;
  };

  // Recorded spikes of a population.
  class Spikes {
   public:
    // Those of the last advance in order of (step, neuron), steps counted like step(). Valid until the next advance.
    std::span<const RecordedSpike> read() const noexcept;

   private:
    friend class Session;
    explicit Spikes(runtime::RecordingChannel* channel) : channel_(channel) {}
    runtime::RecordingChannel* channel_;
  };

  // A recorded variable of a population or a connection.
  class Variable {
   public:
    // Steps of the last advance × elements. Valid until the next advance.
    std::span<const float> read() const noexcept;
    std::size_t elements() const noexcept;

   private:
    friend class Session;
    explicit Variable(runtime::RecordingChannel* channel) : channel_(channel) {}
    runtime::RecordingChannel* channel_;
  };

  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  // Throw ModelError, with the nearest name where there is none of this name: unknown_name, invalid_option (the population
  // takes no data), missing_variable (it is no output, or was not recorded).
  Input input(std::string_view population);
  Output output(std::string_view population);
  Spikes spikes(std::string_view population);
  Variable recording(std::string_view population_or_connection, std::string_view variable);

  // Runs the next `steps` steps; 0 does nothing. Nothing runs unless all do: too_many_steps, finished, failed.
  [[nodiscard]] Status advance(std::uint32_t steps) noexcept;

  // The next step to run: how many have run since the start.
  std::uint32_t step() const noexcept;
  std::uint32_t most_steps() const noexcept;
  std::uint32_t horizon() const noexcept;
  // Spikes since the start that came for a step that had passed, and spikes that a push did not take and said so.
  std::uint64_t late_spikes() const noexcept;
  std::uint64_t refused_spikes() const noexcept;
  // Why the device failed; empty unless it did. A failed session can be reset or restored.
  std::string_view failure() const noexcept;

  // Back to the start, as if newly made: step 0, initial state, no spikes waiting, values and counters 0.
  void reset() noexcept;
  // Readouts gather anew from the next step on, and are zeros until then; all else goes on. Status::unsupported where a
  // readout reads the duration of the trial (avg_var): it counts from the start.
  [[nodiscard]] Status restart_readouts() noexcept;

  // All that decides how the session goes on: state of the network, spikes in flight and waiting, values, readouts, step
  // and seed. Not what was recorded, nor the counters of spikes. Both may allocate, and throw DeviceError.
  // `restore` takes snapshots of any session of the same artifact. It throws ModelError (invalid_option), and changes
  // nothing, for one of another, or whose waiting spikes or step exceed what this session's options allow.
  Snapshot snapshot() const;
  void restore(const Snapshot& snapshot);

 private:
  friend class Model;
  explicit Session(std::unique_ptr<runtime::SessionState> state);
  std::unique_ptr<runtime::SessionState> state_;
};

}  // namespace synfire
