// SPDX-License-Identifier: Apache-2.0
// AEDAT 3.1 (docs.inivation.com, AEDAT 3.1): lines that begin with #, from #!AER-DAT3.1 to #!END-HEADER, then packets:
// a header of 28 bytes and events of one type. All integers are signed and little-endian. A polarity event is 8 bytes:
// from the lowest bit 1 bit valid, 1 polarity, 15 y, 15 x; then µs. A packet has the upper bits of its times.
#include <algorithm>
#include <array>
#include <string_view>

#include "data/events/event_reading.hpp"
#include "synfire/error.hpp"

namespace synfire::event_files {
namespace {

constexpr std::string_view aedat_mark = "#!AER-DAT", header_end = "#!END-HEADER";
constexpr std::size_t longest_aedat_header = std::size_t{1} << 20;
constexpr std::size_t packet_header_bytes = 28, polarity_bytes = 8;
constexpr int polarity_type = 1;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Cameras by their names in the header.
struct Camera {
  std::string_view name;
  SensorSize sensor;
};
constexpr std::array<Camera, 4> cameras{
    {{"DVS128", {128, 128}}, {"DAVIS128", {128, 128}}, {"DAVIS240", {240, 180}}, {"DAVIS346", {346, 260}}}};

SensorSize sensor_of(std::string_view camera) {
  for (const Camera& known : cameras) {
    if (camera.starts_with(known.name)) return known.sensor;
  }
  return {};
}

class AedatReader {
 public:
  AedatReader(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Events read() {
    read_header();
    while (!bytes_.empty()) read_packet();
    return std::move(events_);
  }

 private:
  std::string_view take_line() {
    const std::string_view text = text_of(bytes_.first(std::min(bytes_.size(), longest_aedat_header)));
    const std::size_t end = text.find('\n');
    if (!text.starts_with('#') || end == std::string_view::npos)
      malformed_events(name_, "the header of the AEDAT file has no end", std::string(header_end));
    bytes_ = bytes_.subspan(end + 1);
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  void read_header() {
    if (!is_aedat(bytes_)) malformed_events(name_, "not an AEDAT file", "#!AER-DAT3.1 in the first line");
    const std::string_view version = take_line();
    if (version != "#!AER-DAT3.1") {
      throw DataError({.kind = ProblemKind::unsupported,
                       .path = name_,
                       .message = "this version of AEDAT is not supported",
                       .hint = "convert the recording, for example to a structured .npy with the fields t, x, y, p",
                       .expected = "#!AER-DAT3.1",
                       .given = std::string(version.substr(0, 20))});
    }
    std::size_t left = longest_aedat_header;
    for (std::string_view line = take_line(); line != header_end; line = take_line()) {
      if (line.size() >= left) malformed_events(name_, "the header of the AEDAT file is too long", "at most 1 MiB");
      left -= line.size() + 1;
      read_setting(line);
    }
  }

  void read_setting(std::string_view line) {
    if (line.starts_with("#Format:") && line.find("RAW") == std::string_view::npos) {
      throw DataError({.kind = ProblemKind::unsupported,
                       .path = name_,
                       .message = "the packets of the AEDAT file are compressed",
                       .expected = "#Format: RAW",
                       .given = std::string(line.substr(0, 40))});
    }
    if (!line.starts_with("#Source ")) return;
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos && sources_++ == 0) events_.sensor = sensor_of(line.substr(colon + 2));
    if (sources_ > 1) events_.sensor = {};
  }

  [[noreturn]] void fail_packet(const std::string& what, const std::string& expected, const std::string& given) const {
    malformed_events(name_, "packet " + std::to_string(packet_) + ": " + what, expected, given);
  }

  void read_packet() {
    if (bytes_.size() < packet_header_bytes) {
      fail_packet("the file is cut off in the header of the packet", "28 bytes", std::to_string(bytes_.size()));
    }
    const std::byte* const header = bytes_.data();
    const int type = read_little<std::int16_t>(header), source = read_little<std::int16_t>(header + 2);
    const std::int64_t size = read_little<std::int32_t>(header + 4), offset = read_little<std::int32_t>(header + 8),
                       overflow = read_little<std::int32_t>(header + 12),
                       capacity = read_little<std::int32_t>(header + 16),
                       number = read_little<std::int32_t>(header + 20);
    if (size <= 0 || capacity < 0 || number < 0 || number > capacity || overflow < 0) {
      fail_packet("its header is damaged", "sizes and numbers that are not negative",
                  std::to_string(number) + " of " + std::to_string(capacity) + " events of " + std::to_string(size) +
                      " bytes, " + std::to_string(overflow) + " overflows");
    }
    bytes_ = bytes_.subspan(packet_header_bytes);
    const auto there = static_cast<std::int64_t>(bytes_.size());
    if (capacity != 0 && size > there / capacity) {
      fail_packet("the file is cut off in the packet",
                  std::to_string(capacity) + " events of " + std::to_string(size) + " bytes",
                  std::to_string(there) + " bytes");
    }
    if (type == polarity_type) {
      if (size != polarity_bytes || offset != 4) {
        fail_packet("polarity events have another layout", "8 bytes, with the time at 4",
                    std::to_string(size) + " bytes, with the time at " + std::to_string(offset));
      }
      check_source(source);
      require_event_count(events_.size() + static_cast<std::uint64_t>(number), name_);
      read_polarities(static_cast<std::size_t>(number), overflow);
    }
    bytes_ = bytes_.subspan(static_cast<std::size_t>(capacity * size));
    ++packet_;
  }

  void check_source(int source) {
    if (source_ && *source_ != source) {
      throw DataError({.kind = ProblemKind::unsupported,
                       .path = name_,
                       .message = "the file has events of several cameras",
                       .expected = "one source",
                       .given = std::to_string(*source_) + " and " + std::to_string(source)});
    }
    source_ = source;
  }

  void read_polarities(std::size_t count, std::int64_t overflow) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* const event = bytes_.data() + polarity_bytes * i;
      const auto data = read_little<std::uint32_t>(event);
      const auto time = read_little<std::int32_t>(event + 4);
      if ((data & 1) == 0) continue;  // marked as invalid
      if (time < 0) fail_packet("the time of event " + std::to_string(i) + " is negative", {}, std::to_string(time));
      events_.times.push_back(overflow << 31 | time);
      events_.polarity.push_back(static_cast<std::uint8_t>(data >> 1 & 1));
      events_.y.push_back(static_cast<std::uint16_t>(data >> 2 & 0x7fff));
      events_.x.push_back(static_cast<std::uint16_t>(data >> 17));
    }
  }

  Bytes bytes_;  // not yet read
  const std::string& name_;
  Events events_;
  std::size_t packet_ = 0, sources_ = 0;
  std::optional<int> source_;  // of all packets
};

}  // namespace

bool is_aedat(Bytes start) { return text_of(start).starts_with(aedat_mark); }

Events read_aedat(Bytes bytes, const std::string& name) { return AedatReader(bytes, name).read(); }

}  // namespace synfire::event_files
