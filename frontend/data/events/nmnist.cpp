// SPDX-License-Identifier: Apache-2.0
// The .bin files of N-MNIST (Orchard, Jayawant, Cohen and Thakor, Frontiers in Neuroscience 9:437, 2015). An event is
// five bytes: x, y, and 24 bits, big-endian, of which the highest is the polarity and the others are µs. y = 240 marks
// that the clock overflowed: 8192 µs are added to all later times.
#include <algorithm>

#include "data/events/event_reading.hpp"

namespace synfire::event_files {
namespace {

constexpr std::size_t nmnist_event_bytes = 5;
constexpr unsigned overflow_row = 240;
constexpr std::int64_t overflow_time = 8192;  // µs
constexpr SensorSize nmnist_sensor{34, 34};

}  // namespace

Events read_nmnist(Bytes bytes, const std::string& name) {
  if (bytes.empty()) malformed_events(name, "the file is empty", "five bytes for each event");
  if (bytes.size() % nmnist_event_bytes != 0) {
    malformed_events(name, "the file does not have whole events, so it is cut off or of another format",
                     "a multiple of 5 bytes", std::to_string(bytes.size()));
  }
  Events events{.sensor = nmnist_sensor};
  const std::size_t count = bytes.size() / nmnist_event_bytes;
  require_event_count(count, name);
  events.times.reserve(count);
  std::int64_t passed = 0;
  for (std::size_t i = 0; i < bytes.size(); i += nmnist_event_bytes) {
    const auto byte = [&](std::size_t at) { return std::to_integer<std::uint32_t>(bytes[i + at]); };
    if (byte(1) == overflow_row) {
      passed += overflow_time;
      continue;
    }
    events.times.push_back(passed + static_cast<std::int64_t>((byte(2) & 0x7f) << 16 | byte(3) << 8 | byte(4)));
    events.x.push_back(static_cast<std::uint16_t>(byte(0)));
    events.y.push_back(static_cast<std::uint16_t>(byte(1)));
    events.polarity.push_back(static_cast<std::uint8_t>(byte(2) >> 7));
  }
  return events;
}

// Without a mark only the coordinates can tell.
bool may_be_nmnist(Bytes start, std::uint64_t file_bytes) {
  if (file_bytes == 0 || file_bytes % nmnist_event_bytes != 0) return false;
  const std::size_t looked_at = std::min<std::size_t>(start.size() / nmnist_event_bytes, 64);
  for (std::size_t i = 0; i < looked_at; ++i) {
    const auto x = std::to_integer<std::uint32_t>(start[nmnist_event_bytes * i]);
    const auto y = std::to_integer<std::uint32_t>(start[nmnist_event_bytes * i + 1]);
    if (y != overflow_row && (x >= nmnist_sensor.width || y >= nmnist_sensor.height)) return false;
  }
  return true;
}

}  // namespace synfire::event_files
