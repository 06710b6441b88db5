// SPDX-License-Identifier: Apache-2.0
// A session that is fed from datagrams of events. Its clock is that of the events: a datagram tells that all events
// before its time have been sent, so the network runs the steps before it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <synfire/runtime.hpp>
#include <vector>

#include "event_datagrams.hpp"

namespace synfire::examples {

struct StreamCounts {
  std::uint64_t datagrams = 0;  // of any kind
  std::uint64_t malformed = 0;  // of another format, or of times that cannot be
  std::uint64_t foreign = 0;    // of another stream
  std::uint64_t events = 0;     // that became spikes
  std::uint64_t outside = 0;    // of pixels that the sensor does not have
  std::uint64_t spikes = 0;     // of recorded populations
};

class LiveStream {
 public:
  // Called after each step that runs.
  using Observer = std::function<void()>;

  // `input`: a population of the shape height × width × polarities. With `keep`, what happens is kept for
  // differences().
  // Throws std::invalid_argument for another shape, and what sessions throw.
  LiveStream(const Model& model, const std::string& input, bool keep);

  // Any bytes may be given. Returns whether the stream has ended. Throws std::runtime_error if the network fails.
  bool accept(std::span<const std::byte> bytes, const Observer& observer);

  Session& session() { return session_; }
  const StreamCounts& counts() const { return counts_; }
  const Arrivals& arrivals() const { return arrivals_; }

  // Evaluates the same spikes offline, and returns how many values of readouts and recorded spikes are not the same
  // bits. Spikes of events that came too late are those of the step in which the session got them. Throws
  // std::runtime_error if the stream has more steps than the program.
  std::size_t differences(CompiledNetwork& network);

 private:
  bool has_possible_times(const Datagram& datagram) const;
  void run_to(std::uint64_t step, const Observer& observer);
  void push(const Datagram& datagram);
  std::uint64_t step_of(std::uint64_t time) const { return (time + step_time_ - 1) / step_time_; }
  std::uint32_t neuron_of(const DatagramEvent& event) const;

  Session session_;
  Session::Input input_;
  std::string input_name_;
  std::uint32_t polarities_ = 0, height_ = 0, width_ = 0;
  std::uint64_t step_time_ = 0;  // µs
  double dt_ = 0;                // ms
  Datagram datagram_ = {};
  std::vector<Spike> spikes_ = {};
  bool is_known_ = false;  // the number of the stream
  std::uint32_t stream_ = 0;
  StreamCounts counts_ = {};
  Arrivals arrivals_ = {};

  // For differences().
  bool keep_ = false;
  std::vector<std::uint32_t> kept_neurons_ = {};
  std::vector<float> kept_times_ = {};                               // ms
  std::map<std::string, std::vector<RecordedSpike>> recorded_ = {};  // by population
  std::vector<std::string> outputs_ = {};
};

}  // namespace synfire::examples
