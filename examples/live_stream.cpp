// SPDX-License-Identifier: Apache-2.0
#include "live_stream.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace synfire::examples {
namespace {

// Events of a datagram are at most this much later than its time, and datagrams than the last one; others are taken
// for damaged.
constexpr std::uint32_t horizon = 1024;                 // steps
constexpr std::uint64_t longest_pause = 3'600'000'000;  // µs

const contract::PopulationInfo& population_of(const contract::Manifest& manifest, const std::string& name) {
  for (const contract::PopulationInfo& each : manifest.populations) {
    if (each.name == name && each.shape.size() == 3 && (each.shape[2] == 1 || each.shape[2] == 2)) return each;
  }
  throw std::invalid_argument("the network has no population \"" + name + "\" of the shape height × width × 1 or 2");
}

std::uint64_t microseconds(double dt) {
  const double time = std::nearbyint(dt * 1000);
  if (time < 1 || time > 1e9 || std::abs(time - dt * 1000) > 1e-6)
    throw std::invalid_argument("a step of the network is not a whole number of µs");
  return static_cast<std::uint64_t>(time);
}

std::vector<std::string> recorded_populations(const contract::Manifest& manifest) {
  std::vector<std::string> names;
  for (const contract::Buffer& buffer : manifest.buffers) {
    if (buffer.role == contract::BufferRole::recording && buffer.variable == "spikes")
      names.push_back(buffer.population);
  }
  return names;
}

std::size_t different_bits(std::span<const float> a, std::span<const float> b) {
  std::size_t different = std::max(a.size(), b.size()) - std::min(a.size(), b.size());
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    different += std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i]) ? 1 : 0;
  return different;
}

std::size_t different_spikes(const std::vector<RecordedSpike>& a, const std::vector<RecordedSpike>& b) {
  std::size_t same = 0;
  while (same < std::min(a.size(), b.size()) && a[same] == b[same]) ++same;
  return std::max(a.size(), b.size()) - same;
}

}  // namespace

LiveStream::LiveStream(const Model& model, const std::string& input, bool keep)
    : session_(model.session({.horizon = horizon})),
      input_(session_.input(input)),
      input_name_(input),
      step_time_(microseconds(model.manifest().dt)),
      dt_(model.manifest().dt),
      keep_(keep) {
  const Extents& shape = population_of(model.manifest(), input).shape;
  height_ = static_cast<std::uint32_t>(shape[0]);
  width_ = static_cast<std::uint32_t>(shape[1]);
  polarities_ = static_cast<std::uint32_t>(shape[2]);
  spikes_.reserve(most_datagram_events);
  for (const contract::PopulationInfo& each : model.manifest().populations) {
    if (!each.readout.empty()) outputs_.push_back(each.name);
  }
  for (const std::string& name : recorded_populations(model.manifest())) recorded_[name] = {};
}

bool LiveStream::accept(std::span<const std::byte> bytes, const Observer& observer) {
  ++counts_.datagrams;
  if (!decode_datagram(bytes, datagram_) || !has_possible_times(datagram_)) {
    ++counts_.malformed;
    return false;
  }
  if (is_known_ && datagram_.stream != stream_) {
    ++counts_.foreign;
    return false;
  }
  stream_ = datagram_.stream;
  is_known_ = true;
  if (arrivals_.add(datagram_.number) == Arrivals::Kind::repeated) return false;
  run_to(step_of(datagram_.time), observer);
  push(datagram_);
  return datagram_.last;
}

bool LiveStream::has_possible_times(const Datagram& datagram) const {
  const std::uint64_t present = session_.step() * step_time_;
  const std::uint64_t end = Session::last_step * step_time_;
  if (datagram.time > present + longest_pause || datagram.time >= end) return false;
  return std::all_of(datagram.events.begin(), datagram.events.end(), [&](const DatagramEvent& event) {
    return step_of(datagram.time + event.after) - step_of(datagram.time) < horizon && datagram.time + event.after < end;
  });
}

void LiveStream::run_to(std::uint64_t step, const Observer& observer) {
  while (session_.step() < step) {
    if (session_.advance(1) != Status::ok)
      throw std::runtime_error("the network failed in step " + std::to_string(session_.step()) + ": " +
                               std::string(session_.failure()));
    for (auto& [name, kept] : recorded_) {
      const auto spikes = session_.spikes(name).read();
      counts_.spikes += spikes.size();
      if (keep_) kept.insert(kept.end(), spikes.begin(), spikes.end());
    }
    observer();
  }
}

std::uint32_t LiveStream::neuron_of(const DatagramEvent& event) const {
  const std::uint32_t channel = polarities_ == 2 && event.on ? 1 : 0;
  return (event.y * width_ + event.x) * polarities_ + channel;
}

void LiveStream::push(const Datagram& datagram) {
  spikes_.clear();
  for (const DatagramEvent& event : datagram.events) {
    if (event.x >= width_ || event.y >= height_) {
      ++counts_.outside;
      continue;
    }
    const std::uint64_t time = datagram.time + event.after;
    spikes_.push_back({neuron_of(event), static_cast<std::uint32_t>(step_of(time))});
    if (!keep_) continue;
    // The time of the step itself: that of the event may be rounded to another.
    const auto step = std::max<std::uint64_t>(step_of(time), session_.step());
    kept_neurons_.push_back(neuron_of(event));
    kept_times_.push_back(static_cast<float>(static_cast<double>(step) * dt_));
  }
  counts_.events += spikes_.size();
  static_cast<void>(input_.push(spikes_));  // the session counts those that it refuses
}

std::size_t LiveStream::differences(CompiledNetwork& network) {
  const std::uint32_t steps = session_.step();
  if (!keep_ || steps > network.manifest().timesteps)
    throw std::runtime_error("the stream has " + std::to_string(steps) + " steps, and the program can run " +
                             std::to_string(network.manifest().timesteps) +
                             " of an example; compile it with --timesteps " + std::to_string(steps));
  // Without those that still wait for their step.
  std::vector<std::uint32_t> neurons;
  std::vector<float> times;
  for (std::size_t k = 0; k < kept_times_.size(); ++k) {
    if (static_cast<double>(kept_times_[k]) > (steps - 0.5) * dt_) continue;
    neurons.push_back(kept_neurons_[k]);
    times.push_back(kept_times_[k]);
  }
  SpikeTrains trains(std::size_t{polarities_} * height_ * width_);
  trains.add_example(neurons, times);
  const Predictions offline = network.predict({{input_name_, trains}}, {.example_timesteps = {steps}});
  std::size_t different = 0;
  for (const auto& [name, spikes] : recorded_) different += different_spikes(spikes, offline.spikes(name)[0]);
  for (const std::string& name : outputs_) {
    const Tensor<float>& values = offline[name];
    different += different_bits(session_.output(name).readout(), std::span(values.data(), values.size()));
  }
  return different;
}

}  // namespace synfire::examples
