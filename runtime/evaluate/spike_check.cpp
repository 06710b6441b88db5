// SPDX-License-Identifier: Apache-2.0
#include "evaluate/spike_check.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "spike_binning.hpp"
#include "synfire/contract/steps.hpp"

namespace synfire::runtime {
namespace {

// Of all examples of an input.
struct SpikeTimes {
  std::size_t spikes = 0, late = 0;  // late: after the last step of their example
  float first = std::numeric_limits<float>::max(), last = 0;
  std::uint32_t last_step = 0;  // of those that occur
};

std::string text_of(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

class SpikeCheck {
 public:
  SpikeCheck(const BoundData& data, const contract::Manifest& manifest) : data_(data), manifest_(manifest) {}

  SpikeTimes times_of(const SpikeTrains& trains, const std::string& path) const {
    SpikeTimes times;
    for (std::size_t e = 0; e < trains.examples(); ++e) {
      const auto begin = trains.spike_times().begin() + static_cast<std::ptrdiff_t>(trains.offsets()[e]);
      const auto end = trains.spike_times().begin() + static_cast<std::ptrdiff_t>(trains.offsets()[e + 1]);
      if (begin == end) continue;
      const std::uint32_t steps = data_.steps.empty() ? manifest_.timesteps : data_.steps[e];
      const auto late =
          std::partition_point(begin, end, [&](float time) { return due_step(time, manifest_.dt, steps) < steps; });
      times.spikes += static_cast<std::size_t>(end - begin);
      times.late += static_cast<std::size_t>(end - late);
      times.first = std::min(times.first, *begin);
      times.last = std::max(times.last, *(end - 1));
      if (late == begin) continue;
      require_precision(*(late - 1), path + ", example " + std::to_string(e));
      times.last_step = std::max(times.last_step, due_step(*(late - 1), manifest_.dt, steps));
    }
    return times;
  }

  Problem of_late(const SpikeTimes& times, const std::string& path) const {
    return {.kind = ProblemKind::spikes_after_end,
            .path = path,
            .message = std::to_string(times.late) + " of " + std::to_string(times.spikes) +
                       " spikes lie after the last step, " + text_of((manifest_.timesteps - 1) * manifest_.dt) + " ms",
            .hint = cause_of(times)};
  }

  // All are early, but not all at once: times in s, most likely.
  bool all_at_first(const SpikeTimes& times) const {
    constexpr double part = 100;
    return times.spikes >= 2 && times.late == 0 && times.first != times.last &&
           static_cast<double>(times.last) * part < duration();
  }

  Problem of_early(const SpikeTimes& times, const std::string& path) const {
    return {.kind = ProblemKind::spikes_in_first_steps,
            .path = path,
            .message = "all " + std::to_string(times.spikes) + " spikes lie in the first " +
                       std::to_string(times.last_step + 1) + " of " + std::to_string(manifest_.timesteps) +
                       " steps, up to " + text_of(static_cast<double>(times.last)) + " ms",
            .hint = "are times in s? they are read as ms"};
  }

 private:
  double duration() const { return manifest_.timesteps * manifest_.dt; }

  // Where the times would fit in another unit, that unit.
  std::string cause_of(const SpikeTimes& times) const {
    const auto last = static_cast<double>(times.last);
    if (2 * times.late >= times.spikes && last / 1e3 <= duration()) return "are times in µs? they are read as ms";
    if (2 * times.late >= times.spikes && last / 1e6 <= duration()) return "are times in ns? they are read as ms";
    return "the last one is at " + text_of(last) + " ms: take more timesteps";
  }

  void require_precision(float time, const std::string& path) const {
    if (contract::single_precision_tells_steps(time, manifest_.dt)) return;
    throw DataError({.kind = ProblemKind::time_scale,
                     .path = path,
                     .message = "single precision, which times of spikes have, does not tell steps of " +
                                text_of(manifest_.dt) + " ms apart at " + text_of(static_cast<double>(time)) + " ms",
                     .hint = "give the spikes in several examples, each from 0, and carry the state over"});
  }

  const BoundData& data_;
  const contract::Manifest& manifest_;
};

}  // namespace

void check_spike_times(const BoundData& data, const contract::Manifest& manifest, const PopulationIndex& index,
                       const WarningHandler& warn) {
  const SpikeCheck check(data, manifest);
  for (const BoundInput& input : data.inputs) {
    if (input.spikes == nullptr) continue;
    const std::string path = "input \"" + index[input.population].name + '"';
    const SpikeTimes times = check.times_of(*input.spikes, path);
    if (times.spikes > 0 && times.late == times.spikes) throw DataError(check.of_late(times, path));
    if (times.late > 0) deliver(make_warning(check.of_late(times, path)), warn);
    if (check.all_at_first(times)) deliver(make_warning(check.of_early(times, path)), warn);
  }
}

}  // namespace synfire::runtime
