// SPDX-License-Identifier: Apache-2.0
#include "evaluate/spike_check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "evaluate/streamed_batch.hpp"
#include "spike_binning.hpp"
#include "synfire/base/steps.hpp"

namespace synfire::runtime {
namespace {

// Over all examples of an input.
struct SpikeTimes {
  std::size_t spikes = 0, late = 0;  // late: after the last step of their example
  std::size_t crowded = 0;           // on time, but earlier spikes of their neuron take all remaining steps
  std::size_t between = 0;           // between two steps
  float first = std::numeric_limits<float>::max(), last = 0;
  std::uint32_t last_step = 0;  // of the spikes that occur
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

  // The first examples that are streamed, and whether single precision resolves all steps: no other check sees them.
  SpikeTimes first_times_of(const SpikeSource& source, const std::string& path) {
    std::vector<std::uint32_t> first(std::min(source.examples(), most_sampled(source)));
    std::iota(first.begin(), first.end(), 0u);
    if (manifest_.timesteps > 0) require_precision(static_cast<float>((manifest_.timesteps - 1) * manifest_.dt), path);
    return times_of(read_streamed(source, path, first), path);
  }

  SpikeTimes times_of(const SpikeTrains& trains, const std::string& path) {
    SpikeTimes times;
    free_.assign(trains.neurons(), 0);
    examples_before_ = 0;
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
      queue(trains, trains.offsets()[e], static_cast<std::size_t>(late - begin), steps, times);
    }
    return times;
  }

  Problem of_late(const SpikeTimes& times, const std::string& path) const {
    return {.kind = ProblemKind::spikes_after_end,
            .path = path,
            .message = std::to_string(times.late) + " of " + std::to_string(times.spikes) +
                       " spikes are after the last step" +
                       (data_.steps.empty() ? ", " + text_of((manifest_.timesteps - 1) * manifest_.dt) + " ms"
                                            : " of their example"),
            .hint = cause_of(times)};
  }

  Problem of_crowded(const SpikeTimes& times, const std::string& path) const {
    return {.kind = ProblemKind::spikes_after_end,
            .path = path,
            .message = std::to_string(times.crowded) + " of " + std::to_string(times.spikes) +
                       " spikes have no free step: a neuron spikes at most once per step, and further spikes wait for "
                       "the next steps",
            .hint = "use more timesteps, a smaller dt, or several neurons"};
  }

  // Whether all are early, but not all at once: most likely times in s. The same holds for few steps with spikes
  // between them.
  bool all_at_first(const SpikeTimes& times) const {
    constexpr double part = 100;
    if (times.spikes < 2 || times.late != 0 || times.first == times.last) return false;
    if (static_cast<double>(times.last) * part < duration()) return true;
    return times.last_step <= 2 && manifest_.timesteps >= 50 && 2 * times.between > times.spikes;
  }

  Problem of_early(const SpikeTimes& times, const std::string& path) const {
    return {.kind = ProblemKind::spikes_in_first_steps,
            .path = path,
            .message = "all " + std::to_string(times.spikes) + " spikes are in the first " +
                       std::to_string(times.last_step + 1) + " of " + std::to_string(manifest_.timesteps) +
                       " steps, up to " + text_of(static_cast<double>(times.last)) + " ms",
            .hint = "are the times in s? they are read as ms"};
  }

 private:
  // Few enough to take no time and little memory.
  static std::size_t most_sampled(const SpikeSource& source) {
    const std::size_t of_example = source.most_spikes() / std::max<std::size_t>(source.examples(), 1);
    return std::clamp<std::size_t>((std::size_t{1} << 20) / std::max<std::size_t>(of_example, 1), 1, 256);
  }

  double duration() const { return manifest_.timesteps * manifest_.dt; }

  // Each neuron takes the first step, from the time on, that it has not taken yet.
  void queue(const SpikeTrains& trains, std::size_t first, std::size_t spikes, std::uint32_t steps, SpikeTimes& times) {
    const std::uint32_t* const neurons = trains.spike_neurons().data() + first;
    const float* const at = trains.spike_times().data() + first;
    std::uint32_t due = 0;
    bool between = false;
    for (std::size_t i = 0; i < spikes; ++i) {
      if (i == 0 || at[i] != at[i - 1]) {
        const double step = base::steps_in(static_cast<double>(at[i]), manifest_.dt);
        due = static_cast<std::uint32_t>(std::ceil(step));
        between = step != std::floor(step);
      }
      times.between += between ? 1 : 0;
      // Steps of earlier examples are below this one's.
      std::uint64_t& free = free_[neurons[i]];
      const std::uint64_t taken = std::max(free, examples_before_ + due);
      if (taken >= examples_before_ + steps)
        ++times.crowded;
      else
        free = taken + 1;
    }
    examples_before_ += steps;
  }

  // The unit in which the times would fill the run, if there is one.
  std::string cause_of(const SpikeTimes& times) const {
    const auto last = static_cast<double>(times.last);
    const auto fills = [&](double factor) {
      return 2 * times.late >= times.spikes && last <= factor * duration() && 10 * last >= factor * duration();
    };
    if (fills(1e3)) return "are the times in µs? they are read as ms";
    if (fills(1e6)) return "are the times in ns? they are read as ms";
    return "the last spike is at " + text_of(last) +
           " ms: use more timesteps, or, for encoded data, a smaller max_time";
  }

  void require_precision(float time, const std::string& path) const {
    if (base::single_precision_tells_steps(time, manifest_.dt)) return;
    throw DataError({.kind = ProblemKind::time_scale,
                     .path = path,
                     .message = "single precision, the precision of spike times, cannot resolve steps of " +
                                text_of(manifest_.dt) + " ms at " + text_of(static_cast<double>(time)) + " ms",
                     .hint = "split the spikes into several examples, each starting at 0, and carry over the state"});
  }

  const BoundData& data_;
  const contract::Manifest& manifest_;
  std::vector<std::uint64_t> free_;  // by neuron, the first step after its last spike, counted over all examples
  std::uint64_t examples_before_ = 0;
};

}  // namespace

void check_spike_times(const BoundData& data, const contract::Manifest& manifest, const PopulationIndex& index,
                       const WarningHandler& warn) {
  SpikeCheck check(data, manifest);
  for (const BoundInput& input : data.inputs) {
    if (input.spikes == nullptr && input.spike_source == nullptr) continue;
    const bool is_all = input.spikes != nullptr;
    const std::string path = "input \"" + index[input.population].name + (is_all ? "\"" : "\", the first examples");
    const SpikeTimes times =
        is_all ? check.times_of(*input.spikes, path) : check.first_times_of(*input.spike_source, path);
    if (is_all && times.spikes > 0 && times.late == times.spikes) throw DataError(check.of_late(times, path));
    if (times.late > 0) deliver(make_warning(check.of_late(times, path)), warn);
    if (times.crowded > 0) deliver(make_warning(check.of_crowded(times, path)), warn);
    if (check.all_at_first(times)) deliver(make_warning(check.of_early(times, path)), warn);
  }
}

}  // namespace synfire::runtime
