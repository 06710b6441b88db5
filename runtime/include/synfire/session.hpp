// SPDX-License-Identifier: Apache-2.0
// Streaming: a network that runs without end, a few steps at a time, with input and output in between. docs/sessions.md
// has the rules; Model (runtime_model.hpp) makes sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "synfire/compiled_network.hpp"

namespace synfire {

class Model;

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

// Results of functions that never throw.
enum class Status {
  ok,
  late,            // a spike for a past step was refused (LateSpikes::refuse)
  beyond_horizon,  // a spike is farther ahead than the session keeps spikes
  overflow,        // no room for a spike: too many are waiting, or its neuron spikes in all remaining steps
  invalid_neuron,  // a neuron that the population does not have
  wrong_input,     // spikes for a population that accepts values, or the reverse
  wrong_size,      // the wrong number of values for the population
  not_finite,      // NaN or infinity among values, or after an advance in a state or readout: see Session::failure()
  too_many_steps,  // more steps than SessionOptions::most_steps
  finished,        // the steps would exceed the last one, see SessionOptions::trial_steps
  unsupported,     // not supported by the network's readouts, or a model of another program
  failed,          // the device failed; see Session::failure()
};
// The identifier, for example "beyond_horizon".
const char* to_string(Status status) noexcept;

// How to handle a spike for a past step. Each is counted in Session::late_spikes().
enum class LateSpikes {
  deliver_now,  // it occurs in the next step that runs, or the first one after it in which the neuron is free
  drop,         // it is dropped
  refuse,       // it is dropped, and push() returns Status::late
};

struct SessionOptions {
  std::uint32_t most_steps = 0;  // of one advance, at most Manifest::recording_steps; 0: the lesser of it and 16
  std::uint32_t horizon = 0;  // how many steps ahead spikes can be queued, 1 … 2²⁰; 0: 128, or most_steps if larger
  std::size_t most_input_spikes = 0;  // that can wait per population; 0: neurons × horizon
  LateSpikes late_spikes = LateSpikes::deliver_now;
  std::optional<std::uint64_t> seed = std::nullopt;  // of random draws; default: the compiler's
  std::uint32_t example = 0;                         // random draws are those of this example of a data set
  // The length of a trial, which ends the session. Readouts that weight steps by the duration of the trial need it. 0:
  // none; the duration is that of the steps so far, and the session ends after Session::last_step steps.
  std::uint32_t trial_steps = 0;
  // States and readouts that are NaN or infinite after an advance make it return Status::not_finite, unless this allows
  // them. The advance is done nevertheless, and the session can continue.
  bool allow_non_finite = false;
};

// The state of a session between two advances: a value. Copies share their contents, which never change.
class Snapshot {
 public:
  Snapshot() = default;
  // The next step to run.
  std::uint32_t step() const noexcept;
  // Whether sessions that restore the two continue identically, bit by bit.
  bool operator==(const Snapshot& other) const;

 private:
  friend class runtime::SessionState;
  std::shared_ptr<const runtime::SnapshotContent> content_;
};

// One run of a network. Used by one thread at a time; several sessions of one model may run at the same time, without
// affecting each other. Once it is made and its inputs and outputs are looked up, all noexcept functions allocate
// nothing and, on the device `host`, take no lock and do not leave the calling thread. On other devices the sessions of
// a model take turns, and the driver may do both.
//
// A session that was moved from can only be assigned to or destroyed: functions throw ModelError (invalid_option), and
// noexcept ones return Status::failed, 0, or the reason.
//
// Inputs and outputs belong to their session, wherever it is moved, and must not be used after it is destroyed.
class Session {
 public:
  // No session passes this step: the step counter has 32 bits (49.7 days at 1 ms).
  static constexpr std::uint32_t last_step = 0xfff00000;

  // A population that accepts spikes or values from outside.
  class Input {
   public:
    // Queues spikes, in any order, for this step or later ones. A neuron spikes once per step: a spike due in a step in
    // which the neuron already spikes waits for the first step in which it does not. Accepts every spike that it can
    // and returns the first problem of the others, which are counted in Session::refused_spikes().
    Status push(std::span<const Spike> spikes) noexcept;
    Status push(const Spike& spike) noexcept { return push(std::span(&spike, 1)); }
    // Sets the values until the next call: one per neuron, or frames × neurons for a population compiled with several
    // frames (else all frames get the same). Initially 0. Sets all values or, if it does not return ok, none.
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
    // One value per neuron, as after an example of the steps so far: readouts accumulate from the start, or from
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
    // Those of the last advance, sorted by (step, neuron), steps counted as in step(). Valid until the next advance.
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

  // Throw ModelError, with the nearest name if the name is unknown: unknown_name, invalid_option (the population does
  // not accept data), missing_variable (it is not an output, or was not recorded).
  Input input(std::string_view population);
  Output output(std::string_view population);
  Spikes spikes(std::string_view population);
  Variable recording(std::string_view population_or_connection, std::string_view variable);

  // Runs the next `steps` steps; 0 does nothing. Runs all or none: too_many_steps, finished, failed.
  [[nodiscard]] Status advance(std::uint32_t steps) noexcept;

  // The next step to run: the number of steps since the start.
  std::uint32_t step() const noexcept;
  std::uint32_t most_steps() const noexcept;
  std::uint32_t horizon() const noexcept;
  // Spikes since the start that arrived for a past step, and spikes that push() refused.
  std::uint64_t late_spikes() const noexcept;
  std::uint64_t refused_spikes() const noexcept;
  // Why the device failed; empty if it did not. A failed session can be reset or restored.
  std::string_view failure() const noexcept;

  // Returns to the start, as if newly made: step 0, initial state, no waiting spikes, values and counters 0.
  void reset() noexcept;
  // Readouts start anew from the next step, and are zero until then; everything else continues. They are then those of
  // an example that begins with that step and the state of this moment: a first spike time and the duration of the
  // trial count from there.
  [[nodiscard]] Status restart_readouts() noexcept;

  // From the next advance on, runs with the parameters of `model`: weights, delays and whatever else is not a number in
  // the source of the program. State, waiting spikes and readouts stay. Status::unsupported, and no change, for a model
  // of another program: networks must differ only in the values of arrays and of drawn values, and be compiled with the
  // same options. On the device `host` it allocates nothing, and the session keeps the memory of the model; on others
  // the session gets memory of its own, and Status::failed reports that there is none.
  [[nodiscard]] Status use(const Model& model) noexcept;

  // Everything that determines how the session continues: network state, spikes in flight and waiting, values,
  // readouts, step and seed. Not recordings or spike counters. Both may allocate, and throw DeviceError. `restore`
  // accepts snapshots of any session of the same program; weights are not part of them. It throws ModelError
  // (invalid_option), and changes nothing, for a snapshot of another program, or one whose waiting spikes or step
  // exceed the limits of this session's options.
  Snapshot snapshot() const;
  void restore(const Snapshot& snapshot);

 private:
  friend class Model;
  explicit Session(std::unique_ptr<runtime::SessionState> state);
  runtime::SessionState& state() const;  // throws ModelError if the session was moved from
  std::unique_ptr<runtime::SessionState> state_;
};

}  // namespace synfire
