// SPDX-License-Identifier: Apache-2.0
// Events in datagrams, between examples/send_events and examples/live_events. All numbers are little-endian:
//
//   bytes    of a datagram
//   0 to 3   "SFEV"
//   4        the version, 1
//   5        flags: 1, nothing follows this datagram
//   6, 7     u16: how many events, at most 180
//   8 to 11  u32: the number of the datagram, from 0; what is missing was lost
//   12 to 15 u32: of the stream, drawn by its sender, so that those of another are not taken for its
//   16 to 23 u64: µs from the start of the stream; earlier datagrams have all events before this time
//   then     8 bytes for each event, in any order:
//   0 to 3   u32: µs after the time of the datagram
//   4, 5     u16: x
//   6, 7     u16: y; the highest bit is the polarity, 1 for on
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace synfire::examples {

inline constexpr std::size_t datagram_heading = 24, datagram_event = 8;
inline constexpr std::size_t most_datagram_events = 180;  // fits Ethernet
inline constexpr std::size_t largest_datagram = datagram_heading + datagram_event * most_datagram_events;

struct DatagramEvent {
  std::uint32_t after = 0;  // µs
  std::uint16_t x = 0, y = 0;
  bool on = false;
  bool operator==(const DatagramEvent&) const = default;
};

struct Datagram {
  bool last = false;
  std::uint32_t number = 0, stream = 0;
  std::uint64_t time = 0;  // µs
  std::vector<DatagramEvent> events = {};
  bool operator==(const Datagram&) const = default;
};

// At most `most_datagram_events` events, with y below 32768.
std::vector<std::byte> encode_datagram(const Datagram& datagram);

// Nothing for bytes that are not of this format; any bytes may be given. Reuses the memory of `into`.
bool decode_datagram(std::span<const std::byte> bytes, Datagram& into);

// What became of the datagrams of one stream, by their numbers.
class Arrivals {
 public:
  enum class Kind { next, overtaken, repeated };

  // Of a datagram that arrived. `overtaken`: one with a higher number came before.
  Kind add(std::uint32_t number);

  std::uint64_t arrived() const { return arrived_; }
  std::uint64_t overtaken() const { return overtaken_; }
  std::uint64_t repeated() const { return repeated_; }
  // Missing below the highest number.
  std::uint64_t lost() const { return highest_ - arrived_; }

 private:
  // Which of the last numbers arrived; an older one counts as repeated.
  static constexpr std::size_t remembered = 4096;
  std::array<bool, remembered> seen_ = {};
  std::uint64_t highest_ = 0;  // plus one
  std::uint64_t arrived_ = 0, overtaken_ = 0, repeated_ = 0;
};

}  // namespace synfire::examples
