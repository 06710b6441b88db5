// SPDX-License-Identifier: Apache-2.0
#include "data/data_summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "data/source.hpp"
#include "synfire/base/text.hpp"

namespace synfire::command_line {
namespace {

// The smallest and the largest of what was added.
template <class T>
struct Range {
  T least = std::numeric_limits<T>::max(), most = std::numeric_limits<T>::lowest();
  void add(T value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  bool any() const { return least <= most; }
  Json document() const { return any() ? Json{least, most} : Json(); }
};

std::string number_text(double value) { return decimal(value); }
std::string number_text(std::int64_t value) { return std::to_string(value); }

template <class T>
std::string range_text(const Range<T>& range, const std::string& unit = {}) {
  if (!range.any()) return "none";
  return number_text(range.least) + " to " + number_text(range.most) + (unit.empty() ? "" : " " + unit);
}

class SummaryLines {
 public:
  explicit SummaryLines(DataSummary& summary) : summary_(summary) {}

  // `key`: in the document; `label`: in the text.
  void add(const std::string& key, const std::string& label, const std::string& text, Json value) {
    summary_.lines.emplace_back(label, text);
    summary_.document[key] = std::move(value);
  }
  void count(const std::string& key, const std::string& label, std::size_t number) {
    add(key, label, grouped(number), number);
  }

 private:
  DataSummary& summary_;
};

// Of spikes of one neuron, those in the same step of 1 ms, ((k - 1) ms, k ms], as the one before: they must wait.
class Crowding {
 public:
  void add(std::uint64_t neuron, double ms) {
    const double bin = std::ceil(ms);
    const auto [found, is_new] = last_.try_emplace(neuron, bin);
    if (!is_new && found->second == bin) ++crowded_;
    found->second = bin;
  }
  void next_example() { last_.clear(); }
  std::size_t count() const { return crowded_; }

 private:
  std::unordered_map<std::uint64_t, double> last_;
  std::size_t crowded_ = 0;
};

// ---- Recordings

struct EventStatistics {
  std::size_t events = 0, on = 0, out_of_order = 0, repeated = 0;
  Range<std::int64_t> times, x, y, of_example, classes;  // µs, pixels, events, labels
  double seconds = 0;                                    // from the first event to the last, of all examples
  Crowding crowding;

  void add(const Events& recording) {
    events += recording.size();
    out_of_order += recording.out_of_order;
    of_example.add(static_cast<std::int64_t>(recording.size()));
    if (recording.size() == 0) return;
    times.add(recording.times.front());
    times.add(recording.times.back());
    seconds += static_cast<double>(recording.times.back() - recording.times.front()) * 1e-6;
    std::unordered_map<std::uint64_t, std::int64_t> last;
    for (std::size_t i = 0; i < recording.size(); ++i) {
      on += recording.polarity[i];
      x.add(recording.x[i]);
      y.add(recording.y[i]);
      const std::uint64_t pixel =
          std::uint64_t{recording.polarity[i]} << 32 | std::uint64_t{recording.y[i]} << 16 | recording.x[i];
      const auto [found, is_new] = last.try_emplace(pixel, recording.times[i]);
      if (!is_new && found->second == recording.times[i]) ++repeated;
      found->second = recording.times[i];
      crowding.add(pixel, static_cast<double>(recording.times[i]) / 1000);
    }
    crowding.next_example();
  }
};

void add_rate(SummaryLines& lines, std::size_t events, double seconds, const std::string& what) {
  if (!(seconds > 0)) return;
  const double rate = static_cast<double>(events) / seconds;
  lines.add("rate", "mean rate", decimal(rate) + " " + what + " per second", rate);
}

void add_spikes(SummaryLines& lines, const EventFiles& files, const SensorSize& sensor) {
  std::size_t spikes = 0;
  for (std::uint32_t e = 0; e < files.examples(); ++e) spikes += files.read(std::span(&e, 1)).spikes();
  lines.add("sensor", "sensor", std::to_string(sensor.width) + "×" + std::to_string(sensor.height),
            {sensor.width, sensor.height});
  lines.add("shape", "neurons (y, x, polarity)", synfire::to_string(files.shape()), Json(files.shape()));
  lines.count("spikes", "spikes", spikes);
}

EventFormat format_in(const std::filesystem::path& path, const EventSettings& settings) {
  return settings.format ? *settings.format : format_of_events(path);
}

DataSummary summary_of_recordings(const std::filesystem::path& path, const EventSettings& settings) {
  const EventFormat format = format_in(path, settings);
  // What takes any event, so that all are counted.
  const EventOptions plain{
      .unit = settings.options.unit, .sensor = SensorSize{32768, 32768}, .window = EventWindow{-1e18, 1e18}};
  const EventFiles files(path, format, plain);
  EventStatistics statistics;
  SensorSize sensor;
  for (std::size_t e = 0; e < files.examples(); ++e) {
    const Events recording = files.events(e);
    statistics.add(recording);
    sensor = recording.sensor;
  }
  if (files.has_labels()) {
    for (const std::int64_t label : files.labels()) statistics.classes.add(label);
  }
  DataSummary summary{.format = std::string("recordings (") + to_string(format) + ")", .lines = {}, .document = {}};
  SummaryLines lines(summary);
  lines.count("examples", "examples", files.examples());
  if (files.has_labels()) lines.add("labels", "labels", range_text(statistics.classes), statistics.classes.document());
  lines.count("events", "events", statistics.events);
  lines.add("events_per_example", "per example", range_text(statistics.of_example), statistics.of_example.document());
  lines.count("on", "on", statistics.on);
  lines.count("off", "off", statistics.events - statistics.on);
  lines.add("unit", "unit in the file", to_string(settings.options.unit.value_or(TimeUnit::us)),
            to_string(settings.options.unit.value_or(TimeUnit::us)));
  lines.add("times_us", "times", range_text(statistics.times, "µs"), statistics.times.document());
  lines.add("x", "x", range_text(statistics.x), statistics.x.document());
  lines.add("y", "y", range_text(statistics.y), statistics.y.document());
  add_rate(lines, statistics.events, statistics.seconds, "events");
  lines.count("repeated", "same pixel, polarity and µs", statistics.repeated);
  lines.count("within_1_ms", "same pixel, polarity and step of 1 ms", statistics.crowding.count());
  lines.count("out_of_order", "not in order of time", statistics.out_of_order);
  const SensorSize known = settings.options.sensor.value_or(sensor);
  if (known.known()) {
    try {
      add_spikes(lines, EventFiles(path, format, settings.options), known);
    } catch (const DataError& error) {
      if (settings.options != EventOptions{}) throw;  // the user asked for these spikes
      lines.add("spikes", "spikes", "none without options: " + error.problems().front().message, Json());
    }
  } else {
    lines.add("sensor", "sensor", "the file does not say its size; give it with sensor=WxH", Json());
  }
  return summary;
}

// ---- Spike trains and arrays

DataSummary summary_of_spikes(const SpikeTrains& trains, TimeUnit unit = TimeUnit::ms) {
  DataSummary summary{.format = "spike trains", .lines = {}, .document = {}};
  Range<double> times;
  Range<std::int64_t> neurons, of_example;
  Crowding crowding;
  double milliseconds = 0;
  for (std::size_t e = 0; e < trains.examples(); ++e) {
    const std::size_t begin = trains.offsets()[e], end = trains.offsets()[e + 1];
    of_example.add(static_cast<std::int64_t>(end - begin));
    if (begin == end) continue;
    milliseconds += static_cast<double>(trains.spike_times()[end - 1] - trains.spike_times()[begin]);
    for (std::size_t i = begin; i < end; ++i) {
      times.add(static_cast<double>(trains.spike_times()[i]));
      neurons.add(trains.spike_neurons()[i]);
      crowding.add(trains.spike_neurons()[i], static_cast<double>(trains.spike_times()[i]));
    }
    crowding.next_example();
  }
  SummaryLines lines(summary);
  lines.count("examples", "examples", trains.examples());
  lines.count("spikes", "spikes", trains.spikes());
  lines.add("spikes_per_example", "per example", range_text(of_example), of_example.document());
  lines.count("neurons", "neurons", trains.neurons());
  lines.add("unit", "unit in the file", to_string(unit), to_string(unit));
  lines.add("times_ms", "times", range_text(times, "ms"), times.document());
  lines.add("spiking_neurons", "spiking neurons", range_text(neurons), neurons.document());
  add_rate(lines, trains.spikes(), milliseconds / 1000, "spikes");
  lines.count("within_1_ms", "same neuron and step of 1 ms", crowding.count());
  return summary;
}

// The spikes of channels, as a network gets them.
DataSummary summary_of_channels(const std::filesystem::path& path, const EventSettings& settings) {
  const EventFiles files = open_events(path, settings);
  DataSummary summary = summary_of_spikes(read_all(files), settings.options.unit.value_or(TimeUnit::s));
  summary.format = std::string("recordings (") + to_string(files.format()) + ")";
  if (!files.has_labels()) return summary;
  Range<std::int64_t> classes;
  for (const std::int64_t label : files.labels()) classes.add(label);
  SummaryLines(summary).add("labels", "labels", range_text(classes), classes.document());
  return summary;
}

DataSummary summary_of_array(const Array& array) {
  DataSummary summary{.format = "array", .lines = {}, .document = {}};
  SummaryLines lines(summary);
  lines.count("examples", "examples", example_count(RawData(array)));
  lines.add("shape", "shape", synfire::to_string(array.shape()), Json(array.shape()));
  lines.add("type", "element type", synfire::to_string(array.type()), synfire::to_string(array.type()));
  std::size_t not_finite = 0;
  const auto add_range = [&](const auto& values, auto range) {
    for (const auto value : values) {
      if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(value)>>) {
        if (!std::isfinite(value)) {
          ++not_finite;
          continue;
        }
      }
      range.add(value);
    }
    lines.add("values", "values", range_text(range), range.document());
  };
  if (is_floating(array.type())) {
    add_range(array.as<double>(), Range<double>{});
    lines.count("not_finite", "not finite", not_finite);
  } else if (array.type() == DataType::u64) {
    add_range(array.to_float(1.0), Range<double>{});
  } else {
    add_range(array.as<std::int64_t>(), Range<std::int64_t>{});
  }
  lines.add("unit", "unit in the file", "none", Json());
  return summary;
}

DataSummary summary_of_data(const RawData& data) {
  if (const auto* trains = std::get_if<SpikeTrains>(&data)) return summary_of_spikes(*trains);
  return summary_of_array(std::get<Array>(data));
}

bool may_be_recording(const std::filesystem::path& path) {
  try {
    format_of_events(path);
    return true;
  } catch (const DataError&) {
    return false;
  }
}

// All arrays of an archive that holds several.
DataSummary summary_of_archive(const std::filesystem::path& path) {
  ArrayArchive archive(path);
  DataSummary summary{.format = "arrays", .lines = {}, .document = {{"arrays", Json::object()}}};
  for (const std::string& name : archive.names()) {
    const DataSummary one = summary_of_array(archive.read(name));
    std::string text;
    for (const auto& [label, line] : one.lines) {
      if (label != "examples" && label != "unit in the file") text += (text.empty() ? "" : ", ") + label + " " + line;
    }
    summary.lines.emplace_back(base::one_line(name), text);
    summary.document["arrays"][name] = one.document;
  }
  return summary;
}

bool is_archive_of_arrays(const std::filesystem::path& path) {
  try {
    const ArrayArchive archive(path);
    const bool are_spikes = archive.has("neurons") && archive.has("times") && archive.has("offsets");
    return archive.names().size() > 1 && !are_spikes;
  } catch (const DataError&) {
    return false;
  }
}

}  // namespace

DataSummary summarize_data(const std::filesystem::path& path, const std::string& array,
                           const std::optional<EventSettings>& events) {
  std::error_code ignored;
  const bool are_recordings =
      events || (array.empty() && (std::filesystem::is_directory(path, ignored) || may_be_recording(path)));
  if (are_recordings) {
    const EventSettings settings = events.value_or(EventSettings{});
    const bool have_pixels = format_in(path, settings) != EventFormat::shd;
    return have_pixels ? summary_of_recordings(path, settings) : summary_of_channels(path, settings);
  }
  if (array.empty() && is_archive_of_arrays(path)) return summary_of_archive(path);
  return summary_of_data(DataReader().read({.name = {}, .file = path, .array = array, .option = "FILE"}));
}

}  // namespace synfire::command_line
