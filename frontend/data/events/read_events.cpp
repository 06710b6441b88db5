// SPDX-License-Identifier: Apache-2.0
// Reading one recording, of any format.
#include <algorithm>
#include <fstream>
#include <numeric>
#include <string>
#include <string_view>
#include <system_error>

#include "data/events/event_reading.hpp"
#include "synfire/base/files.hpp"
#include "synfire/base/npz_header.hpp"
#include "synfire/base/pipes.hpp"
#include "synfire/base/readable.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

using event_files::malformed_events;

constexpr std::size_t most_events_in_memory = std::size_t{1} << 28;
// Enough to tell the format, and the whole header of a structured array.
constexpr std::size_t looked_at_bytes = 16384;

std::vector<std::byte> start_of(const std::filesystem::path& path) {
  base::keep_pipe(path);
  std::ifstream file(base::readable(path), std::ios::binary);
  std::vector<char> text(looked_at_bytes);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  const event_files::Bytes read = std::as_bytes(std::span(text).first(static_cast<std::size_t>(file.gcount())));
  if (!file.is_open() || (read.empty() && file.bad())) base::read_file(path);  // which says why
  return {read.begin(), read.end()};
}

std::uint64_t size_of(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error) return size;
  throw DataError({.kind = ProblemKind::file_access,
                   .path = path.string(),
                   .message = "the file cannot be read: " + error.message()});
}

template <class T>
void reorder(std::vector<T>& list, const std::vector<std::uint32_t>& order) {
  std::vector<T> ordered(list.size());
  std::transform(order.begin(), order.end(), ordered.begin(), [&](std::uint32_t from) { return list[from]; });
  list = std::move(ordered);
}

// Events of the same time stay in the order of the file.
void sort_events(Events& events) {
  for (std::size_t i = 1; i < events.size(); ++i) events.out_of_order += events.times[i] < events.times[i - 1] ? 1 : 0;
  if (events.out_of_order == 0) return;
  std::vector<std::uint32_t> order(events.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return events.times[a] < events.times[b]; });
  reorder(events.times, order);
  reorder(events.x, order);
  reorder(events.y, order);
  reorder(events.polarity, order);
}

// Times in ms and s end too early for µs, and times in ns too late.
void check_times(const Events& events, EventFormat format, const std::string& name) {
  constexpr std::size_t few = 100;
  constexpr std::int64_t shortest = 1000, longest = std::int64_t{86'400} * 1'000'000;  // µs
  if (events.size() < few) return;
  const std::int64_t lasts = events.times.back() - events.times.front();
  if (lasts >= shortest && lasts <= longest) return;
  const bool has_unit = format == EventFormat::npy || format == EventFormat::npz;
  const std::string units = lasts < shortest ? "ms or s" : "ns";
  const std::string hint =
      has_unit ? "give the unit of the times, for example unit=" + std::string(lasts < shortest ? "ms" : "ns") +
                     "; unit=us if they are in µs"
               : "unit=us if they are right";
  throw DataError({.kind = ProblemKind::time_scale,
                   .path = name,
                   .message = std::to_string(events.size()) + " events within " + std::to_string(lasts) +
                              " µs: the times seem to be in " + units + ", not in µs",
                   .hint = hint,
                   .expected = "a recording of at least 1 ms and at most a day",
                   .given = std::to_string(events.times.front()) + " to " + std::to_string(events.times.back())});
}

void refuse_unit(EventFormat format, TimeUnit unit) {
  throw DataError({.kind = ProblemKind::invalid_option,
                   .path = "unit",
                   .message = std::string("the times of the format ") + to_string(format) + " are in µs",
                   .expected = "us, or no unit",
                   .given = to_string(unit)});
}

Events read_as_stored(event_files::Bytes bytes, EventFormat format, std::optional<TimeUnit> unit,
                      const std::string& name) {
  switch (format) {
    case EventFormat::nmnist: return event_files::read_nmnist(bytes, name);
    case EventFormat::aedat: return event_files::read_aedat(bytes, name);
    case EventFormat::npy: return event_files::read_structured_npy(bytes, unit, name);
    default: return event_files::read_event_npz(bytes, unit, name);
  }
}

}  // namespace

namespace event_files {

void malformed_events(const std::string& name, const std::string& message, const std::string& expected,
                      const std::string& given, const std::string& hint) {
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = name,
                   .message = message,
                   .hint = hint,
                   .expected = expected,
                   .given = given});
}

void require_pixels(EventFormat format, const std::string& name) {
  if (format != EventFormat::shd) return;
  throw DataError({.kind = ProblemKind::unsupported,
                   .path = name,
                   .message = "the format shd has channels and no pixels",
                   .hint = "EventFiles(open_shd(path)), of synfire/shd.hpp"});
}

bool is_hdf5(Bytes start) {
  constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
  return std::string_view(reinterpret_cast<const char*>(start.data()), start.size()).starts_with(signature);
}

void require_event_count(std::uint64_t events, const std::string& name) {
  if (events <= most_events_in_memory) return;
  malformed_events(name, "the recording is too long", "at most " + std::to_string(most_events_in_memory) + " events",
                   std::to_string(events));
}

std::vector<std::byte> read_event_bytes(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored) && size_of(path) > largest_file)
    malformed_events(path.string(), "the file is too large", "at most 2 GiB",
                     base::readable_bytes(static_cast<std::size_t>(size_of(path))));
  return base::read_file(path);
}

std::uint64_t most_events(const std::filesystem::path& path, EventFormat format) {
  switch (format) {
    case EventFormat::nmnist: return size_of(path) / 5;
    case EventFormat::aedat: return size_of(path) / 8;
    case EventFormat::npy: {
      const std::vector<std::byte> start = start_of(path);
      return npy::parse_structured_header(start, size_of(path), path.string()).shape.front();
    }
    default: return event_count_of_npz(path);
  }
}

}  // namespace event_files

const char* to_string(EventFormat format) {
  switch (format) {
    case EventFormat::nmnist: return "nmnist";
    case EventFormat::aedat: return "aedat";
    case EventFormat::npy: return "npy";
    case EventFormat::npz: return "npz";
    default: return "shd";
  }
}

const char* to_string(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::ns: return "ns";
    case TimeUnit::us: return "us";
    case TimeUnit::ms: return "ms";
    default: return "s";
  }
}

EventFormat format_of_events(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return format_of_events(event_files::first_recording(path));
  const std::vector<std::byte> start = start_of(path);
  if (event_files::is_aedat(start)) return EventFormat::aedat;
  if (event_files::is_hdf5(start)) return EventFormat::shd;
  if (npy::is_structured(start)) return EventFormat::npy;
  const bool is_zip = start.size() > 2 && start[0] == std::byte{'P'} && start[1] == std::byte{'K'};
  if (is_zip && event_files::is_event_npz(path)) return EventFormat::npz;
  if (path.extension() == ".bin" && event_files::may_be_nmnist(start, size_of(path))) return EventFormat::nmnist;
  malformed_events(path.string(), "the file does not seem to have events",
                   "AEDAT 3.1, a structured .npy or an .npz with t, x, y and p, HDF5 of SHD, or .bin of N-MNIST");
}

Events read_events(std::span<const std::byte> bytes, EventFormat format, std::optional<TimeUnit> unit,
                   const std::string& name) {
  event_files::require_pixels(format, name);
  const bool has_unit = format == EventFormat::npy || format == EventFormat::npz;
  if (unit && *unit != TimeUnit::us && !has_unit) refuse_unit(format, *unit);
  Events events = read_as_stored(bytes, format, unit, name);
  sort_events(events);
  if (!unit) check_times(events, format, name);
  return events;
}

Events read_events(const std::filesystem::path& path, EventFormat format, std::optional<TimeUnit> unit) {
  return read_events(event_files::read_event_bytes(path), format, unit, path.string());
}

}  // namespace synfire
