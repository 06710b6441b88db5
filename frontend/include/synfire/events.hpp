// SPDX-License-Identifier: Apache-2.0
// Recordings of event cameras, and spikes of the channels of an artificial cochlea: reading them, cutting them, and
// turning them into spike trains (docs/events.md).
//
//   const EventFiles train("N-MNIST/Train", EventFormat::nmnist, {.downsample = 2, .window = EventWindow{0, 100}});
//   model.train({{input, train}}, {{output, train.labels()}});
//
// Files are not trusted: sizes are checked before memory is allocated. Everything here throws DataError: file_access;
// malformed_file; invalid_value for numbers that events cannot have and for options out of range; time_scale for times
// that seem to be in another unit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "synfire/example_source.hpp"
#include "synfire/tensor.hpp"

namespace synfire {

enum class EventFormat {
  nmnist,  // .bin of N-MNIST: five bytes an event, µs, 34×34; N-Caltech101 has the same with other sensors
  aedat,   // AEDAT 3.1, as of DVS Gesture: packets of polarity events, µs
  npy,     // a structured array with the fields t, x, y, p in any order, as of Tonic; µs unless a unit is given
  npz,     // arrays t, x, y, p, as of SpikingJelly; µs unless a unit is given
  shd,     // HDF5 of the Spiking Heidelberg Digits: spikes of channels, s unless a unit is given; open_shd() reads it
};

// "nmnist", "aedat", "npy", "npz", "shd".
const char* to_string(EventFormat format);

// Units of the times in a file.
enum class TimeUnit { ns, us, ms, s };
const char* to_string(TimeUnit unit);

// Pixels. 0×0: the file does not say.
struct SensorSize {
  std::uint32_t width = 0, height = 0;  // each at most 32768
  bool known() const { return width != 0 && height != 0; }
  bool operator==(const SensorSize&) const = default;
};

// One recording, in the order of time. Lists have one element for each event.
struct Events {
  SensorSize sensor = {};
  std::vector<std::int64_t> times = {};  // µs, ascending; those of a file may be negative
  std::vector<std::uint16_t> x = {}, y = {};
  std::vector<std::uint8_t> polarity = {};  // 0: off, darker; 1: on, brighter
  std::size_t out_of_order = 0;             // events that were earlier in time than the one before them in the file

  std::size_t size() const noexcept { return times.size(); }
  bool operator==(const Events&) const = default;
};

// The format that the content of a file proves, or, for .bin, which has no mark, its name; of a
// folder, that of its first recording. Throws malformed_file if none fits.
EventFormat format_of_events(const std::filesystem::path& path);

// A whole file. `unit`: of the times in a .npy or .npz; if it is not given they are µs, and times that cannot be are
// refused: fractions, and recordings of at least 100 events that last less than 1 ms or more than a day. The other
// formats are in µs; giving that allows such recordings, another unit is refused (invalid_option). `shd` has no pixels
// and is refused (unsupported).
Events read_events(const std::filesystem::path& path, EventFormat format, std::optional<TimeUnit> unit = std::nullopt);
Events read_events(std::span<const std::byte> bytes, EventFormat format, std::optional<TimeUnit> unit = std::nullopt,
                   const std::string& name = "events in memory");

// What labels of DVS Gesture say of a part of a recording. Classes count from 1 in the file, and labels from 0.
struct EventLabel {
  std::int64_t label = 0;
  std::int64_t begin = 0, end = 0;  // µs: [begin, end)
  bool operator==(const EventLabel&) const = default;
};

// A table of comma-separated values with the columns class, startTime_usec and endTime_usec; in the order of time.
// Throws malformed_file, with the line, also for parts that overlap.
std::vector<EventLabel> read_event_labels(const std::filesystem::path& csv);
std::vector<EventLabel> read_event_labels(std::span<const std::byte> bytes, const std::string& name);

// ---- From events to spikes

struct EventCrop {
  std::uint32_t x = 0, y = 0, width = 0, height = 0;  // pixels; must lie within the sensor
  bool operator==(const EventCrop&) const = default;
};

struct EventWindow {
  double begin = 0, end = 0;  // ms: [begin, end)
  bool operator==(const EventWindow&) const = default;
};

enum class EventPolarity {
  both,    // two channels: off, then on
  on,      // events of the other polarity are dropped
  off,     //
  merged,  // one channel with all events
};

// When the time of an example is 0.
enum class EventOrigin {
  zero,   // where the file has it; of an example that labels cut out: where it begins
  first,  // at the first event of the sensor, cropped or not
};

// Applied in this order. Neurons are (y, x, polarity), row-major, after cropping and downsampling, or the channels.
struct EventOptions {
  std::optional<TimeUnit> unit = std::nullopt;  // of the times in the file
  // Instead of what the file says; required if it says nothing. An event outside is an error.
  std::optional<SensorSize> sensor = std::nullopt;
  std::optional<std::uint32_t> channels = std::nullopt;  // of recordings without pixels: how many, 700 by default
  std::optional<EventCrop> crop = std::nullopt;          // events outside are dropped
  // Squares of this width become a pixel, or as many neighboring channels one; divides width and height, or channels.
  std::uint32_t downsample = 1;
  EventPolarity polarity = EventPolarity::both;
  EventOrigin origin = EventOrigin::zero;
  double offset = 0;                                 // ms, added to all times
  std::optional<EventWindow> window = std::nullopt;  // events outside are dropped; its begin becomes time 0
  double once_per = 0;  // ms: of several spikes of a neuron in ((k - 1)·once_per, k·once_per], only the first is kept;
                        // 0: all are
  bool operator==(const EventOptions&) const = default;
};

// Throws invalid_value, with the option as path, for what is wrong whatever the data are.
void check_event_options(const EventOptions& options);

// A format with options, as the program and descriptions have them in a text.
struct EventSettings {
  std::optional<EventFormat> format = std::nullopt;  // unset ("auto"): what the file proves
  EventOptions options = {};
  bool operator==(const EventSettings&) const = default;
};

// `nmnist,downsample=2,window=0:100` (docs/events.md). Throws unknown_name and invalid_option with the path `events`,
// and what check_event_options throws.
EventSettings parse_event_settings(const std::string& text);

// Height × width × polarities of the neurons. `sensor`: what the file says. Throws missing_data if
// the size of the sensor is unknown; invalid_value if the crop leaves it, or if `downsample` does not divide the size.
Extents event_shape(const SensorSize& sensor, const EventOptions& options,
                    const std::string& name = "events in memory");

// One example. Throws like event_shape, and invalid_value, with their number, for events outside the sensor and for
// events before time 0 without a window. `name`: for messages.
SpikeTrains to_spike_trains(const Events& events, const EventOptions& options,
                            const std::string& name = "events in memory");
// The same, appended to `trains`.
void add_events(SpikeTrains& trains, const Events& events, const EventOptions& options, const std::string& name);

// ---- Spikes of channels

// A recording as spikes of numbered channels, in the order of the file. Lists have one element for each spike.
struct ChannelSpikes {
  std::vector<double> times = {};  // in the unit of the file
  std::vector<std::uint32_t> channels = {};
};

// What the reader of a file with such recordings gives. Two threads can call it at once.
class ChannelFile {
 public:
  virtual ~ChannelFile() = default;
  virtual const std::filesystem::path& path() const = 0;
  virtual EventFormat format() const = 0;
  virtual std::size_t examples() const = 0;
  // How many spikes an example has.
  virtual std::size_t spikes(std::size_t example) const = 0;
  virtual ChannelSpikes read(std::size_t example) const = 0;
  // One for each example, at least 0; empty: none.
  virtual std::span<const std::int64_t> labels() const = 0;
};

// The number of channels. Throws invalid_option for options of pixels, invalid_value if `downsample` does not divide
// their number.
Extents channel_shape(const EventOptions& options, const std::string& name = "spikes in memory");

// Appends one example. Without a unit, times are s, and those that cannot be are refused (time_scale): of 100 spikes or
// more within less than 1 ms or more than 100 s. Throws like channel_shape, and invalid_value, with their number, for
// spikes of channels that do not exist, times that are not finite, and times before 0 without a window.
void add_channel_spikes(SpikeTrains& trains, const ChannelSpikes& spikes, const EventOptions& options,
                        const std::string& name = "spikes in memory");

// ---- Data sets

// The recordings of a file or a folder as examples, read when a batch needs them:
//   FILE                one example; an AEDAT file that has its labels beside it (NAME_labels.csv, as
//                       read_event_labels reads it): an example for each line, from start to end
//   FOLDER/FILE         all files with the extension of the format, by name
//   FOLDER/CLASS/FILE   the same with labels. Examples alternate between classes: the first file of each class, then
//                       the second of each, … , so that the first examples, and the last, have all of them
// AEDAT files are read as a whole, and the last one is kept.
class EventFiles final : public SpikeSource {
 public:
  // Lists the files, and reads the first. `shd` is refused (unsupported): open the file first.
  EventFiles(const std::filesystem::path& path, EventFormat format, const EventOptions& options = {});
  // The recordings of channels of a file, such as open_shd() opens.
  explicit EventFiles(std::shared_ptr<const ChannelFile> file, const EventOptions& options = {});

  std::size_t examples() const override { return examples_; }
  std::size_t neurons() const override { return element_count(shape_); }
  std::size_t most_spikes() const override;
  SpikeTrains read(std::span<const std::uint32_t> examples) const override;

  // Height × width × polarities, or the number of channels.
  const Extents& shape() const noexcept { return shape_; }
  const std::filesystem::path& path() const noexcept;
  EventFormat format() const noexcept;
  // One for each example. Throws missing_data if there are none.
  bool has_labels() const noexcept;
  Tensor<std::int64_t> labels() const;
  // An example before it is turned into spikes. Throws unsupported if it has no pixels.
  Events events(std::size_t example) const;
  // Only the first `count` examples; all if there are fewer.
  EventFiles first(std::size_t count) const;

 private:
  struct State;
  struct Pixels;
  struct Channels;

  EventFiles(std::shared_ptr<const State> state, const EventOptions& options);

  std::shared_ptr<const State> state_;
  EventOptions options_;
  Extents shape_ = {};
  std::size_t examples_ = 0;
};

}  // namespace synfire
