// SPDX-License-Identifier: Apache-2.0
// Recordings in folders as examples.
#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "data/events/event_reading.hpp"
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

struct EventFiles::State {
  struct Example {
    std::size_t file = 0;
    std::int64_t label = -1;  // -1: none
    std::optional<EventLabel> part = std::nullopt;
  };

  fs::path path;
  EventFormat format = EventFormat::nmnist;
  std::optional<TimeUnit> unit = std::nullopt;
  std::vector<fs::path> files = {};
  std::vector<std::uint64_t> most = {};  // events, by file
  std::vector<Example> examples = {};

  // The recording that was read last, for the examples that labels cut out of it.
  mutable std::mutex mutex = {};
  mutable std::size_t kept_file = 0;
  mutable std::shared_ptr<const Events> kept = nullptr;

  void find() {
    if (!is_folder(path)) return add(path, -1);
    const std::vector<fs::path> files_here = recordings_in(path, format);
    const auto classes = classes_in(path, format);
    if (!files_here.empty() && !classes.empty()) {
      event_files::malformed_events(path.string(), "the folder has recordings beside folders of classes", {},
                                    files_here.front().filename().string());
    }
    for (const fs::path& file : files_here) add(file, -1);
    add_in_turn(classes);
    if (!examples.empty()) return;
    throw DataError({.kind = ProblemKind::missing_data,
                     .path = path.string(),
                     .message = "the folder has no recordings of the format " + std::string(to_string(format)),
                     .expected = std::string("files or folders of classes with files *") + extension_of(format)});
  }

  void add_in_turn(const std::map<std::int64_t, std::vector<fs::path>>& classes) {
    std::size_t longest = 0;
    for (const auto& [label, files_of] : classes) longest = std::max(longest, files_of.size());
    for (std::size_t i = 0; i < longest; ++i) {
      for (const auto& [label, files_of] : classes) {
        if (i < files_of.size()) add(files_of[i], label);
      }
    }
  }

  void add(const fs::path& file, std::int64_t label) {
    most.push_back(event_files::most_events(file, format));
    files.push_back(file);
    std::error_code ignored;
    const fs::path labels = event_files::labels_beside(file);
    if (format != EventFormat::aedat || !fs::exists(labels, ignored)) {
      examples.push_back({.file = files.size() - 1, .label = label});
      return;
    }
    for (const EventLabel& part : read_event_labels(labels))
      examples.push_back({.file = files.size() - 1, .label = part.label, .part = part});
  }

  std::shared_ptr<const Events> recording(std::size_t file) const {
    {
      const std::lock_guard lock(mutex);
      if (kept && kept_file == file) return kept;
    }
    auto events = std::make_shared<const Events>(read_events(files[file], format, unit));
    if (format != EventFormat::aedat) return events;
    const std::lock_guard lock(mutex);
    kept = events;
    kept_file = file;
    return events;
  }

  Events events(std::size_t index) const {
    const Example& example = examples[index];
    const std::shared_ptr<const Events> all = recording(example.file);
    if (!example.part) return *all;
    const auto position = [&](std::int64_t time) {
      return std::lower_bound(all->times.begin(), all->times.end(), time) - all->times.begin();
    };
    const auto begin = position(example.part->begin), end = position(example.part->end);
    const auto cut = [&](const auto& list) {
      return std::remove_cvref_t<decltype(list)>(list.begin() + begin, list.begin() + end);
    };
    Events events{.sensor = all->sensor,
                  .times = cut(all->times),
                  .x = cut(all->x),
                  .y = cut(all->y),
                  .polarity = cut(all->polarity)};
    for (std::int64_t& time : events.times) time -= example.part->begin;
    return events;
  }

  std::string name_of(std::size_t index) const {
    const std::string file = files[examples[index].file].string();
    return examples[index].part ? file + ", example " + std::to_string(index) : file;
  }
};

EventFiles::EventFiles(const fs::path& path, EventFormat format, const EventOptions& options) : options_(options) {
  check_event_options(options);
  auto state = std::make_shared<State>();
  state->path = path;
  state->format = format;
  state->unit = options.unit;
  state->find();
  examples_ = state->examples.size();
  const Events first = state->events(0);
  shape_ = event_shape(first.sensor, options_, state->name_of(0));
  // Of a larger recording the first events are enough to find mistakes, but all are read already.
  to_spike_trains(first, options_, state->name_of(0));
  state_ = std::move(state);
}

std::size_t EventFiles::most_spikes() const {
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < examples_; ++i) {
    const std::size_t file = state_->examples[i].file;
    if (i == 0 || file != state_->examples[i - 1].file) most += state_->most[file];
  }
  return static_cast<std::size_t>(most);
}

SpikeTrains EventFiles::read(std::span<const std::uint32_t> examples) const {
  require_examples(examples, examples_, state_->path.string());
  SpikeTrains trains(neurons());
  for (const std::uint32_t example : examples) {
    const Events events = state_->events(example);
    const std::string name = state_->name_of(example);
    if (const Extents shape = event_shape(events.sensor, options_, name); shape != shape_) {
      throw DataError({.kind = ProblemKind::wrong_data_size,
                       .path = name,
                       .message = "the recordings are of different sensors",
                       .expected = to_string(shape_),
                       .given = to_string(shape)});
    }
    add_events(trains, events, options_, name);
  }
  return trains;
}

const fs::path& EventFiles::path() const noexcept { return state_->path; }
EventFormat EventFiles::format() const noexcept { return state_->format; }

bool EventFiles::has_labels() const noexcept {
  return std::all_of(state_->examples.begin(), state_->examples.begin() + static_cast<std::ptrdiff_t>(examples_),
                     [](const auto& each) { return each.label >= 0; });
}

Tensor<std::int64_t> EventFiles::labels() const {
  if (!has_labels()) {
    throw DataError({.kind = ProblemKind::missing_data,
                     .path = state_->path.string(),
                     .message = "the recordings have no labels",
                     .expected = "folders of classes named 0, 1, 2, …, or NAME_labels.csv beside each NAME.aedat"});
  }
  Tensor<std::int64_t> labels(Extents{examples_});
  for (std::size_t i = 0; i < examples_; ++i) labels[i] = state_->examples[i].label;
  return labels;
}

Events EventFiles::events(std::size_t example) const {
  const auto index = static_cast<std::uint32_t>(std::min<std::size_t>(example, 0xffffffffu));
  require_examples(std::span(&index, 1), examples_, state_->path.string());
  return state_->events(example);
}

EventFiles EventFiles::first(std::size_t count) const {
  EventFiles part = *this;
  part.examples_ = std::min(count, examples_);
  return part;
}

}  // namespace synfire
