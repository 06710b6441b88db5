// SPDX-License-Identifier: Apache-2.0
// From spikes of channels to spike trains.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/events/event_time.hpp"
#include "synfire/base/readable.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

using event_files::refuse_option;
using event_files::wrong_option;

constexpr std::uint32_t usual_channels = 700;  // of the Heidelberg data sets

std::uint32_t channels_of(const EventOptions& options) { return options.channels.value_or(usual_channels); }

std::string of_all(std::size_t some, std::size_t all) {
  return std::to_string(some) + " of " + std::to_string(all) + " spikes";
}

double milliseconds(double time, TimeUnit unit) {
  switch (unit) {
    case TimeUnit::ns: return time / 1e6;
    case TimeUnit::us: return time / 1e3;
    case TimeUnit::ms: return time;
    default: return time * 1e3;
  }
}

void require_channels(const ChannelSpikes& spikes, std::uint32_t channels, const std::string& name) {
  const auto outside = static_cast<std::size_t>(std::count_if(spikes.channels.begin(), spikes.channels.end(),
                                                              [&](std::uint32_t each) { return each >= channels; }));
  if (outside == 0) return;
  wrong_option(name, of_all(outside, spikes.channels.size()) + " are of channels that do not exist",
               "below " + std::to_string(channels),
               "up to " + std::to_string(*std::max_element(spikes.channels.begin(), spikes.channels.end())),
               "if there are more, give their number: channels=N");
}

void require_finite(const std::vector<double>& times, const std::string& name) {
  const auto wrong = static_cast<std::size_t>(
      std::count_if(times.begin(), times.end(), [](double each) { return !std::isfinite(each); }));
  if (wrong != 0) wrong_option(name, of_all(wrong, times.size()) + " have a time that is NaN or infinite", {}, {});
}

// Times in ms and µs end too late for s. `times`: sorted.
void check_seconds(const std::vector<double>& times, const std::string& name) {
  constexpr std::size_t few = 100;
  constexpr double shortest = 1e-3, longest = 100;
  if (times.size() < few) return;
  const double lasts = times.back() - times.front();
  if (lasts >= shortest && lasts <= longest) return;
  throw DataError({.kind = ProblemKind::time_scale,
                   .path = name,
                   .message = std::to_string(times.size()) + " spikes within " + base::decimal(lasts) +
                              " s: the times seem to be in another unit",
                   .hint = "give the unit of the times, for example unit=ms; unit=s if they are in s",
                   .expected = "a recording of at least 1 ms and at most 100 s",
                   .given = base::decimal(times.front()) + " to " + base::decimal(times.back())});
}

// In the order of time; those of the same time stay in the order of the file.
ChannelSpikes sorted(const ChannelSpikes& spikes) {
  std::vector<std::size_t> order(spikes.times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return spikes.times[a] < spikes.times[b]; });
  ChannelSpikes result;
  for (const std::size_t from : order) {
    result.times.push_back(spikes.times[from]);
    result.channels.push_back(spikes.channels[from]);
  }
  return result;
}

}  // namespace

Extents channel_shape(const EventOptions& options, const std::string& name) {
  check_event_options(options);
  const std::string message = "the recordings have channels and no pixels";
  if (options.sensor) refuse_option("sensor", message, name);
  if (options.crop) refuse_option("crop", message, name);
  if (options.polarity != EventPolarity::both) refuse_option("polarity", message, name);
  const std::uint32_t channels = channels_of(options);
  if (channels % options.downsample != 0)
    wrong_option("downsample", "the number of channels is not a multiple of the factor",
                 "a divisor of " + std::to_string(channels), std::to_string(options.downsample));
  return {channels / options.downsample};
}

void add_channel_spikes(SpikeTrains& trains, const ChannelSpikes& spikes, const EventOptions& options,
                        const std::string& name) {
  channel_shape(options, name);
  if (spikes.times.size() != spikes.channels.size()) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = name,
                     .message = "the numbers of times and channels differ",
                     .expected = std::to_string(spikes.times.size()),
                     .given = std::to_string(spikes.channels.size())});
  }
  require_channels(spikes, channels_of(options), name);
  require_finite(spikes.times, name);
  const ChannelSpikes in_order = sorted(spikes);
  if (!options.unit) check_seconds(in_order.times, name);
  const bool from_first = options.origin == EventOrigin::first && !in_order.times.empty();
  const double zero = from_first ? in_order.times.front() : 0;
  const event_files::Clock clock(options);
  event_files::Thinning thinning(options.once_per);
  std::vector<std::uint32_t> neurons;
  std::vector<float> times;
  std::size_t early = 0;
  for (std::size_t i = 0; i < in_order.times.size(); ++i) {
    const auto time = clock(milliseconds(in_order.times[i] - zero, options.unit.value_or(TimeUnit::s)));
    if (!time) continue;
    early += *time < 0 ? 1 : 0;
    const std::uint32_t neuron = in_order.channels[i] / options.downsample;
    if (!thinning.keeps(neuron, static_cast<float>(*time))) continue;
    neurons.push_back(neuron);
    times.push_back(static_cast<float>(*time));
  }
  event_files::refuse_early(early, in_order.times.size(), "spikes", name);
  trains.add_example(neurons, times);
}

}  // namespace synfire
