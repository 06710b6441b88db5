// SPDX-License-Identifier: Apache-2.0
// Events as arrays of NumPy: a structured .npy with fields, or an .npz with arrays, named t, x, y and p.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "data/events/event_reading.hpp"
#include "synfire/base/npz_header.hpp"
#include "synfire/base/readable.hpp"
#include "synfire/base/zip.hpp"
#include "synfire/error.hpp"

namespace synfire::event_files {
namespace {

constexpr std::array<const char*, 4> column_names{"t", "x", "y", "p"};

// An element as it is in the file, in the order of this machine's bytes.
std::uint64_t bits_at(const Column& column, std::size_t event) {
  const std::byte* const bytes = column.first + event * column.stride;
  const std::size_t size = element_size(column.type);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < size; ++i)
    bits |= std::to_integer<std::uint64_t>(bytes[column.big_endian ? size - 1 - i : i]) << (8 * i);
  return bits;
}

double half(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 0x1f);
  const double fraction = static_cast<double>(bits & 0x3ff) / 1024;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31)
    return sign * (fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN());
  return sign * (exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15));
}

double floating_at(const Column& column, std::size_t event) {
  const std::uint64_t bits = bits_at(column, event);
  if (column.type == DataType::f64) return std::bit_cast<double>(bits);
  if (column.type == DataType::f32) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  return half(bits);
}

// The largest value stands for all that are larger.
std::int64_t integer_at(const Column& column, std::size_t event) {
  const std::uint64_t bits = bits_at(column, event);
  switch (column.type) {
    case DataType::i8: return static_cast<std::int8_t>(bits);
    case DataType::i16: return static_cast<std::int16_t>(bits);
    case DataType::i32: return static_cast<std::int32_t>(bits);
    case DataType::i64: return static_cast<std::int64_t>(bits);
    default: return static_cast<std::int64_t>(std::min<std::uint64_t>(bits, std::numeric_limits<std::int64_t>::max()));
  }
}

[[noreturn]] void wrong_number(const std::string& name, const char* column, std::size_t event,
                               const std::string& expected, const std::string& given, const std::string& hint = {}) {
  throw DataError({.kind = ProblemKind::invalid_value,
                   .path = name + ": " + column + ", event " + std::to_string(event),
                   .message = "events cannot have this value",
                   .hint = hint,
                   .expected = expected,
                   .given = given});
}

// A whole number in [least, most].
std::int64_t whole_at(const Column& column, std::size_t event, const char* which, std::int64_t least, std::int64_t most,
                      const std::string& name) {
  const auto expected = [&] { return "a whole number from " + std::to_string(least) + " to " + std::to_string(most); };
  if (!is_floating(column.type)) {
    const std::int64_t value = integer_at(column, event);
    if (value < least || value > most) wrong_number(name, which, event, expected(), std::to_string(value));
    return value;
  }
  const double value = floating_at(column, event);
  if (!(value >= static_cast<double>(least) && value <= static_cast<double>(most)) || value != std::floor(value))
    wrong_number(name, which, event, expected(), base::decimal(value));
  return static_cast<std::int64_t>(value);
}

// How many of the unit are a µs, or how many µs it is.
struct Scale {
  std::int64_t times = 1, divided_by = 1;
};

Scale scale_of(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::ns: return {.divided_by = 1000};
    case TimeUnit::us: return {};
    case TimeUnit::ms: return {.times = 1000};
    default: return {.times = 1'000'000};
  }
}

constexpr std::int64_t latest_time = std::int64_t{1} << 53;  // µs: 285 years

class TimeReader {
 public:
  TimeReader(const Column& column, std::optional<TimeUnit> unit, const std::string& name)
      : column_(column),
        stated_(unit.has_value()),
        unit_(unit.value_or(TimeUnit::us)),
        scale_(scale_of(unit_)),
        name_(name) {}

  // µs. Of integers, fractions of a µs are cut off downward; of others, rounded.
  std::int64_t operator()(std::size_t event) const {
    if (!is_floating(column_.type)) {
      const std::int64_t value = integer_at(column_, event), most = latest_time / scale_.times;
      if (value < -most || value > most) refuse(event, std::to_string(value));
      const std::int64_t scaled = value * scale_.times, rest = scaled % scale_.divided_by;
      return (scaled - rest) / scale_.divided_by - (rest < 0 ? 1 : 0);
    }
    const double value = floating_at(column_, event);
    const double time = value * static_cast<double>(scale_.times) / static_cast<double>(scale_.divided_by);
    if (!(std::abs(time) <= static_cast<double>(latest_time))) refuse(event, base::decimal(value));
    if (!stated_ && value != std::floor(value)) {
      wrong_number(name_, "t", event, "a whole number of µs", base::decimal(value),
                   "the times are in another unit: give it, for example unit=ms or unit=s");
    }
    return static_cast<std::int64_t>(std::nearbyint(time));
  }

 private:
  [[noreturn]] void refuse(std::size_t event, const std::string& given) const {
    wrong_number(name_, "t", event, "a time of at most 2^53 µs", given + " " + to_string(unit_),
                 stated_ ? "" : "are the times in ns? give the unit");
  }

  const Column& column_;
  bool stated_;
  TimeUnit unit_;
  Scale scale_;
  const std::string& name_;
};

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& each : names) text += (text.empty() ? "" : ", ") + each;
  return text.empty() ? "none" : text;
}

[[noreturn]] void missing_column(const std::string& name, const char* what, const char* column,
                                 const std::vector<std::string>& there) {
  malformed_events(name, std::string("the ") + what + " \"" + column + "\" is missing", "t, x, y and p", listed(there));
}

// t, x, y and p from what finds each.
template <class Find>
EventColumns find_columns(std::size_t events, const Find& find) {
  EventColumns columns{.events = events};
  Column* const all[] = {&columns.t, &columns.x, &columns.y, &columns.p};
  for (std::size_t i = 0; i < column_names.size(); ++i) *all[i] = find(column_names[i]);
  return columns;
}

}  // namespace

Events from_columns(const EventColumns& columns, std::optional<TimeUnit> unit, const std::string& name) {
  require_event_count(columns.events, name);
  Events events;
  const TimeReader time(columns.t, unit, name);
  events.times.reserve(columns.events);
  events.x.reserve(columns.events);
  events.y.reserve(columns.events);
  events.polarity.reserve(columns.events);
  constexpr std::int64_t last_pixel = largest_sensor - 1;
  for (std::size_t i = 0; i < columns.events; ++i) {
    events.times.push_back(time(i));
    events.x.push_back(static_cast<std::uint16_t>(whole_at(columns.x, i, "x", 0, last_pixel, name)));
    events.y.push_back(static_cast<std::uint16_t>(whole_at(columns.y, i, "y", 0, last_pixel, name)));
    events.polarity.push_back(whole_at(columns.p, i, "p", -1, 1, name) == 1 ? 1 : 0);
  }
  return events;
}

Events read_structured_npy(Bytes bytes, std::optional<TimeUnit> unit, const std::string& name) {
  const npy::StructuredHeader header = npy::parse_structured_header(bytes, bytes.size(), name);
  std::vector<std::string> there;
  for (const npy::Field& field : header.fields) there.push_back(field.name);
  const auto find = [&](const char* column) {
    const npy::Field* found = nullptr;
    for (const npy::Field& field : header.fields) {
      if (field.name != column) continue;
      if (found != nullptr) malformed_events(name, std::string("two fields are named \"") + column + "\"");
      found = &field;
    }
    if (found == nullptr) missing_column(name, "field", column, there);
    return Column{.first = bytes.data() + header.data_begin + found->offset,
                  .stride = header.element_bytes,
                  .type = found->type,
                  .big_endian = found->big_endian};
  };
  return from_columns(find_columns(header.shape.front(), find), unit, name);
}

Events read_event_npz(Bytes bytes, std::optional<TimeUnit> unit, const std::string& name) {
  base::ZipReader zip(bytes, name);
  Arrays arrays;
  std::vector<std::string> there;
  for (std::size_t i = 0; i < zip.entries().size(); ++i) {
    const base::ZipReader::Entry& entry = zip.entries()[i];
    there.push_back(entry.name.ends_with(".npy") ? entry.name.substr(0, entry.name.size() - 4) : entry.name);
    if (!entry.name.ends_with(".npy") || there.back().size() != 1) continue;
    if (std::none_of(column_names.begin(), column_names.end(), [&](const char* each) { return there.back() == each; }))
      continue;
    if (entry.bytes > largest_file)
      malformed_events(name, "the array \"" + there.back() + "\" is too large", "at most 2 GiB",
                       base::readable_bytes(static_cast<std::size_t>(entry.bytes)));
    arrays.emplace(there.back(), read_npy(zip.read(i), name + ": " + there.back()));
  }
  const auto array = [&](const char* column) -> const Array& {
    const auto found = arrays.find(column);
    if (found == arrays.end()) missing_column(name, "array", column, there);
    if (found->second.shape().size() != 1)
      malformed_events(name + ": " + column, "the array does not list numbers, one for each event", "one axis",
                       to_string(found->second.shape()));
    return found->second;
  };
  const std::size_t count = array("t").size();
  const auto find = [&](const char* column) {
    const Array& found = array(column);
    if (found.size() != count) {
      malformed_events(name + ": " + column, "the arrays differ in length", std::to_string(count) + ", as t",
                       std::to_string(found.size()));
    }
    return Column{.first = found.bytes().data(), .stride = element_size(found.type()), .type = found.type()};
  };
  return from_columns(find_columns(count, find), unit, name);
}

// From the size of the entry, whose elements have at least a byte.
std::uint64_t event_count_of_npz(const std::filesystem::path& path) {
  const base::ZipReader zip(path);
  for (const base::ZipReader::Entry& entry : zip.entries()) {
    if (entry.name == "t.npy") return entry.bytes;
  }
  return 0;
}

bool is_event_npz(const std::filesystem::path& path) {
  const base::ZipReader zip(path);
  return std::all_of(column_names.begin(), column_names.end(), [&](const char* column) {
    return std::any_of(zip.entries().begin(), zip.entries().end(),
                       [&](const base::ZipReader::Entry& entry) { return entry.name == std::string(column) + ".npy"; });
  });
}

}  // namespace synfire::event_files
