// SPDX-License-Identifier: Apache-2.0
// From events to spike trains: cropping, downsampling, polarities, time.
#include <algorithm>
#include <cmath>

#include "data/events/event_reading.hpp"
#include "data/events/event_time.hpp"
#include "synfire/base/readable.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

using event_files::largest_sensor;
using event_files::refuse_option;
using event_files::wrong_option;

std::string size_text(std::uint32_t width, std::uint32_t height) {
  return std::to_string(width) + "×" + std::to_string(height);
}

SensorSize sensor_of(const SensorSize& file, const EventOptions& options, const std::string& name) {
  const SensorSize sensor = options.sensor.value_or(file);
  if (sensor.known()) return sensor;
  throw DataError({.kind = ProblemKind::missing_data,
                   .path = name,
                   .message = "the size of the sensor is not in the file",
                   .hint = "give it, for example sensor=128x128"});
}

EventCrop crop_of(const SensorSize& sensor, const EventOptions& options) {
  return options.crop.value_or(EventCrop{.x = 0, .y = 0, .width = sensor.width, .height = sensor.height});
}

// The neurons of pixels.
class Pixels {
 public:
  Pixels(const SensorSize& sensor, const EventOptions& options)
      : crop_(crop_of(sensor, options)),
        factor_(options.downsample),
        polarity_(options.polarity),
        width_(crop_.width / factor_),
        channels_(polarity_ == EventPolarity::both ? 2 : 1) {}

  // Nothing for an event that is dropped.
  std::optional<std::uint32_t> operator()(std::uint32_t x, std::uint32_t y, std::uint8_t polarity) const {
    const std::uint32_t column = x - crop_.x, row = y - crop_.y;  // wraps around to the left and above
    if (column >= crop_.width || row >= crop_.height) return std::nullopt;
    if (polarity_ == EventPolarity::on && polarity == 0) return std::nullopt;
    if (polarity_ == EventPolarity::off && polarity != 0) return std::nullopt;
    const std::size_t pixel = row / factor_ * width_ + column / factor_;
    return static_cast<std::uint32_t>(pixel * channels_ + (channels_ == 2 ? polarity : 0));
  }

 private:
  EventCrop crop_;
  std::uint32_t factor_;
  EventPolarity polarity_;
  std::size_t width_, channels_;
};

void require_inside(const Events& events, const SensorSize& sensor, const std::string& name) {
  std::size_t outside = 0;
  std::uint32_t x = 0, y = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    outside += events.x[i] >= sensor.width || events.y[i] >= sensor.height ? 1 : 0;
    x = std::max<std::uint32_t>(x, events.x[i]);
    y = std::max<std::uint32_t>(y, events.y[i]);
  }
  if (outside == 0) return;
  wrong_option(
      name, std::to_string(outside) + " of " + std::to_string(events.size()) + " events are outside the sensor",
      size_text(sensor.width, sensor.height), "x up to " + std::to_string(x) + ", y up to " + std::to_string(y),
      "if the sensor is larger, give its size; if not, the file is damaged or of another format");
}

}  // namespace

void check_event_options(const EventOptions& options) {
  if (options.sensor) {
    const auto [width, height] = *options.sensor;
    if (width == 0 || height == 0 || width > largest_sensor || height > largest_sensor)
      wrong_option("sensor", "the size is out of range", "1 to 32768 pixels each", size_text(width, height));
  }
  if (options.crop && (options.crop->width == 0 || options.crop->height == 0))
    wrong_option("crop", "it has no pixels", {}, size_text(options.crop->width, options.crop->height));
  if (options.channels && *options.channels == 0) wrong_option("channels", "there are none", "at least 1", "0");
  if (options.downsample == 0) wrong_option("downsample", "the factor is out of range", "at least 1", "0");
  if (!std::isfinite(options.offset))
    wrong_option("offset", "the time is not finite", {}, std::to_string(options.offset));
  if (options.window) {
    const auto [begin, end] = *options.window;
    if (!std::isfinite(begin) || !std::isfinite(end) || !(begin < end))
      wrong_option("window", "it does not end after it begins", "finite times in ms, begin < end",
                   base::decimal(begin) + " to " + base::decimal(end));
  }
  if (!std::isfinite(options.once_per) || options.once_per < 0)
    wrong_option("once_per", "the time is out of range", "finite and at least 0 ms", std::to_string(options.once_per));
}

Extents event_shape(const SensorSize& file, const EventOptions& options, const std::string& name) {
  check_event_options(options);
  if (options.channels) refuse_option("channels", "recordings of an event camera have pixels", name);
  const SensorSize sensor = sensor_of(file, options, name);
  const EventCrop crop = crop_of(sensor, options);
  if (crop.x > sensor.width || crop.width > sensor.width - crop.x || crop.y > sensor.height ||
      crop.height > sensor.height - crop.y) {
    wrong_option("crop", "it is not within the sensor", size_text(sensor.width, sensor.height),
                 size_text(crop.width, crop.height) + " at " + std::to_string(crop.x) + ", " + std::to_string(crop.y));
  }
  if (crop.width % options.downsample != 0 || crop.height % options.downsample != 0) {
    wrong_option("downsample", "the size is not a multiple of the factor",
                 "a divisor of " + size_text(crop.width, crop.height), std::to_string(options.downsample),
                 "crop first");
  }
  const std::size_t channels = options.polarity == EventPolarity::both ? 2 : 1;
  const Extents shape{crop.height / options.downsample, crop.width / options.downsample, channels};
  if (element_count(shape) > 0xffffffffu)
    wrong_option("sensor", "there are more neurons than indices", "at most 2^32 - 1", to_string(shape));
  return shape;
}

void add_events(SpikeTrains& trains, const Events& events, const EventOptions& options, const std::string& name) {
  event_shape(events.sensor, options, name);
  const SensorSize sensor = sensor_of(events.sensor, options, name);
  require_inside(events, sensor, name);
  const Pixels pixels(sensor, options);
  const event_files::Clock clock(options);
  const bool from_first = options.origin == EventOrigin::first && events.size() != 0;
  const std::int64_t zero = from_first ? events.times.front() : 0;
  event_files::Thinning thinning(options.once_per);
  std::vector<std::uint32_t> neurons;
  std::vector<float> times;
  std::size_t early = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto neuron = pixels(events.x[i], events.y[i], events.polarity[i]);
    const auto time = clock(static_cast<double>(events.times[i] - zero) / 1000);
    if (!neuron || !time) continue;
    early += *time < 0 ? 1 : 0;
    if (!thinning.keeps(*neuron, static_cast<float>(*time))) continue;
    neurons.push_back(*neuron);
    times.push_back(static_cast<float>(*time));
  }
  event_files::refuse_early(early, events.size(), "events", name);
  trains.add_example(neurons, times);
}

SpikeTrains to_spike_trains(const Events& events, const EventOptions& options, const std::string& name) {
  SpikeTrains trains(element_count(event_shape(events.sensor, options, name)));
  add_events(trains, events, options, name);
  return trains;
}

}  // namespace synfire
