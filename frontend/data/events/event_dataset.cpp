// SPDX-License-Identifier: Apache-2.0
// Recordings in folders as examples.
#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "data/events/event_reading.hpp"
#include "data/events/event_state.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = std::size_t{1} << 24;

const char* extension_of(EventFormat format) {
  switch (format) {
    case EventFormat::nmnist: return ".bin";
    case EventFormat::aedat: return ".aedat";
    case EventFormat::npy: return ".npy";
    default: return ".npz";
  }
}

// Sorted by name.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entries.size() == most_files)
      event_files::malformed_events(folder.string(), "the folder has too many files", "at most 2^24");
    entries.push_back(entry->path());
  }
  if (error) {
    throw DataError({.kind = ProblemKind::file_access,
                     .path = folder.string(),
                     .message = "the folder cannot be read: " + error.message()});
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

std::vector<fs::path> recordings_in(const fs::path& folder, EventFormat format) {
  std::vector<fs::path> files = entries_of(folder);
  std::erase_if(files,
                [&](const fs::path& each) { return each.extension() != extension_of(format) || is_folder(each); });
  return files;
}

std::int64_t class_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  std::int64_t label = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), label);
  if (error == std::errc{} && end == name.data() + name.size() && label >= 0 &&
      label <= std::numeric_limits<std::int32_t>::max())
    return label;
  event_files::malformed_events(folder.string(), "the folder of a class is not named by a number", "0, 1, 2, …", name);
}

// By class.
std::map<std::int64_t, std::vector<fs::path>> classes_in(const fs::path& folder, EventFormat format) {
  std::map<std::int64_t, std::vector<fs::path>> classes;
  for (const fs::path& each : entries_of(folder)) {
    if (!is_folder(each)) continue;
    std::vector<fs::path> files = recordings_in(each, format);
    if (files.empty()) continue;
    const std::int64_t label = class_of(each);
    if (!classes.emplace(label, std::move(files)).second)
      event_files::malformed_events(each.string(), "two folders are of one class", {}, std::to_string(label));
  }
  return classes;
}

}  // namespace

std::filesystem::path event_files::first_recording(const fs::path& folder) {
  std::vector<fs::path> files = entries_of(folder);
  for (const fs::path& each : std::vector<fs::path>(files)) {
    if (!is_folder(each)) continue;
    const std::vector<fs::path> inner = entries_of(each);
    files.insert(files.end(), inner.begin(), inner.end());
  }
  for (const fs::path& each : files) {
    const fs::path extension = each.extension();
    if ((extension == ".bin" || extension == ".aedat" || extension == ".npy" || extension == ".npz") &&
        !is_folder(each))
      return each;
  }
  throw DataError({.kind = ProblemKind::missing_data,
                   .path = folder.string(),
                   .message = "the folder has no recordings",
                   .expected = "files *.bin, *.aedat, *.npy or *.npz, or folders with them"});
}

// Recordings of pixels, in files of their own.
struct EventFiles::Pixels final : State {
  struct Example {
    std::size_t file = 0;
    std::int64_t label = -1;  // -1: none
    std::optional<EventLabel> part = std::nullopt;
  };

  Pixels(fs::path path, EventFormat format, std::optional<TimeUnit> stated)
      : path_(std::move(path)), format_(format), unit(stated) {
    event_files::require_pixels(format_, path_.string());
    find();
  }

  fs::path path_;
  EventFormat format_;
  std::optional<TimeUnit> unit;
  std::vector<fs::path> files = {};
  std::vector<std::uint64_t> most = {};  // events, by file
  std::vector<Example> all = {};

  // The recording that was read last, for the examples that labels cut out of it.
  mutable std::mutex mutex = {};
  mutable std::size_t kept_file = 0;
  mutable std::shared_ptr<const Events> kept = nullptr;

  void find() {
    if (!is_folder(path_)) return add_file(path_, -1);
    const std::vector<fs::path> files_here = recordings_in(path_, format_);
    const auto classes = classes_in(path_, format_);
    if (!files_here.empty() && !classes.empty()) {
      event_files::malformed_events(path_.string(), "the folder has recordings beside folders of classes", {},
                                    files_here.front().filename().string());
    }
    for (const fs::path& file : files_here) add_file(file, -1);
    add_in_turn(classes);
    if (!all.empty()) return;
    throw DataError({.kind = ProblemKind::missing_data,
                     .path = path_.string(),
                     .message = "the folder has no recordings of the format " + std::string(to_string(format_)),
                     .expected = std::string("files or folders of classes with files *") + extension_of(format_)});
  }

  void add_in_turn(const std::map<std::int64_t, std::vector<fs::path>>& classes) {
    std::size_t longest = 0;
    for (const auto& [label, files_of] : classes) longest = std::max(longest, files_of.size());
    for (std::size_t i = 0; i < longest; ++i) {
      for (const auto& [label, files_of] : classes) {
        if (i < files_of.size()) add_file(files_of[i], label);
      }
    }
  }

  void add_file(const fs::path& file, std::int64_t label) {
    most.push_back(event_files::most_events(file, format_));
    files.push_back(file);
    std::error_code ignored;
    const fs::path labels = event_files::labels_beside(file);
    if (format_ != EventFormat::aedat || !fs::exists(labels, ignored)) {
      all.push_back({.file = files.size() - 1, .label = label});
      return;
    }
    for (const EventLabel& part : read_event_labels(labels))
      all.push_back({.file = files.size() - 1, .label = part.label, .part = part});
  }

  std::shared_ptr<const Events> recording(std::size_t file) const {
    {
      const std::lock_guard lock(mutex);
      if (kept && kept_file == file) return kept;
    }
    auto events = std::make_shared<const Events>(read_events(files[file], format_, unit));
    if (format_ != EventFormat::aedat) return events;
    const std::lock_guard lock(mutex);
    kept = events;
    kept_file = file;
    return events;
  }

  Events events(std::size_t index) const override {
    const Example& example = all[index];
    const std::shared_ptr<const Events> whole = recording(example.file);
    if (!example.part) return *whole;
    const auto position = [&](std::int64_t time) {
      return std::lower_bound(whole->times.begin(), whole->times.end(), time) - whole->times.begin();
    };
    const auto begin = position(example.part->begin), end = position(example.part->end);
    const auto cut = [&](const auto& list) {
      return std::remove_cvref_t<decltype(list)>(list.begin() + begin, list.begin() + end);
    };
    Events events{.sensor = whole->sensor,
                  .times = cut(whole->times),
                  .x = cut(whole->x),
                  .y = cut(whole->y),
                  .polarity = cut(whole->polarity)};
    for (std::int64_t& time : events.times) time -= example.part->begin;
    return events;
  }

  const fs::path& path() const override { return path_; }
  EventFormat format() const override { return format_; }
  std::size_t examples() const override { return all.size(); }
  std::int64_t label(std::size_t index) const override { return all[index].label; }

  std::uint64_t most_spikes(std::size_t examples) const override {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < examples; ++i) {
      if (i == 0 || all[i].file != all[i - 1].file) sum += most[all[i].file];
    }
    return sum;
  }

  Extents shape(const EventOptions& options) const override {
    const Events first = events(0);
    // Of a larger recording the first events are enough to find mistakes, but all are read already.
    to_spike_trains(first, options, name_of(0));
    return event_shape(first.sensor, options, name_of(0));
  }

  void add(SpikeTrains& trains, std::size_t index, const EventOptions& options, const Extents& shape) const override {
    const Events recording = events(index);
    const std::string name = name_of(index);
    if (const Extents own = event_shape(recording.sensor, options, name); own != shape) {
      throw DataError({.kind = ProblemKind::wrong_data_size,
                       .path = name,
                       .message = "the recordings are of different sensors",
                       .expected = to_string(shape),
                       .given = to_string(own)});
    }
    add_events(trains, recording, options, name);
  }

  std::string name_of(std::size_t index) const {
    const std::string file = files[all[index].file].string();
    return all[index].part ? file + ", example " + std::to_string(index) : file;
  }
};

// Recordings of channels, in one file.
struct EventFiles::Channels final : State {
  explicit Channels(std::shared_ptr<const ChannelFile> opened) : file(std::move(opened)) {}

  const fs::path& path() const override { return file->path(); }
  EventFormat format() const override { return file->format(); }
  std::size_t examples() const override { return file->examples(); }
  std::int64_t label(std::size_t index) const override { return file->labels().empty() ? -1 : file->labels()[index]; }

  std::uint64_t most_spikes(std::size_t examples) const override {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < examples; ++i) sum += file->spikes(i);
    return sum;
  }

  Extents shape(const EventOptions& options) const override {
    const Extents shape = channel_shape(options, path().string());
    SpikeTrains first(element_count(shape));
    if (examples() != 0) add(first, 0, options, shape);
    return shape;
  }

  void add(SpikeTrains& trains, std::size_t index, const EventOptions& options, const Extents&) const override {
    add_channel_spikes(trains, file->read(index), options, path().string() + ", example " + std::to_string(index));
  }

  Events events(std::size_t) const override {
    throw DataError({.kind = ProblemKind::unsupported,
                     .path = path().string(),
                     .message = "the recordings have channels and no pixels"});
  }

  std::shared_ptr<const ChannelFile> file;
};

EventFiles::EventFiles(std::shared_ptr<const State> state, const EventOptions& options)
    : state_(std::move(state)), options_(options) {
  check_event_options(options);
  examples_ = state_->examples();
  shape_ = state_->shape(options_);
}

EventFiles::EventFiles(const fs::path& path, EventFormat format, const EventOptions& options)
    : EventFiles(std::make_shared<const Pixels>(path, format, options.unit), options) {}

EventFiles::EventFiles(std::shared_ptr<const ChannelFile> file, const EventOptions& options)
    : EventFiles(std::make_shared<const Channels>(std::move(file)), options) {}

std::size_t EventFiles::most_spikes() const { return static_cast<std::size_t>(state_->most_spikes(examples_)); }

SpikeTrains EventFiles::read(std::span<const std::uint32_t> examples) const {
  require_examples(examples, examples_, path().string());
  SpikeTrains trains(neurons());
  for (const std::uint32_t example : examples) state_->add(trains, example, options_, shape_);
  return trains;
}

const fs::path& EventFiles::path() const noexcept { return state_->path(); }
EventFormat EventFiles::format() const noexcept { return state_->format(); }

bool EventFiles::has_labels() const noexcept {
  for (std::size_t i = 0; i < examples_; ++i) {
    if (state_->label(i) < 0) return false;
  }
  return true;
}

Tensor<std::int64_t> EventFiles::labels() const {
  if (!has_labels()) {
    throw DataError(
        {.kind = ProblemKind::missing_data,
         .path = path().string(),
         .message = "the recordings have no labels",
         .expected = format() == EventFormat::shd
                         ? "the dataset \"labels\""
                         : "folders of classes named 0, 1, 2, …, or NAME_labels.csv beside each NAME.aedat"});
  }
  Tensor<std::int64_t> labels(Extents{examples_});
  for (std::size_t i = 0; i < examples_; ++i) labels[i] = state_->label(i);
  return labels;
}

Events EventFiles::events(std::size_t example) const {
  const auto index = static_cast<std::uint32_t>(std::min<std::size_t>(example, 0xffffffffu));
  require_examples(std::span(&index, 1), examples_, path().string());
  return state_->events(example);
}

EventFiles EventFiles::first(std::size_t count) const {
  EventFiles part = *this;
  part.examples_ = std::min(count, examples_);
  return part;
}

}  // namespace synfire
