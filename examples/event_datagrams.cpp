// SPDX-License-Identifier: Apache-2.0
#include "event_datagrams.hpp"

#include <algorithm>
#include <stdexcept>

namespace synfire::examples {
namespace {

constexpr std::array<std::byte, 5> begin{std::byte{'S'}, std::byte{'F'}, std::byte{'E'}, std::byte{'V'}, std::byte{1}};
constexpr std::uint32_t is_last = 1;
constexpr std::uint32_t on_bit = 0x8000;

void put(std::vector<std::byte>& bytes, std::uint64_t number, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(number >> (8 * i)));
}

std::uint64_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  return number;
}

}  // namespace

std::vector<std::byte> encode_datagram(const Datagram& datagram) {
  if (datagram.events.size() > most_datagram_events) throw std::length_error("too many events for a datagram");
  std::vector<std::byte> bytes(begin.begin(), begin.end());
  put(bytes, datagram.last ? is_last : 0, 1);
  put(bytes, datagram.events.size(), 2);
  put(bytes, datagram.number, 4);
  put(bytes, datagram.stream, 4);
  put(bytes, datagram.time, 8);
  for (const DatagramEvent& event : datagram.events) {
    put(bytes, event.after, 4);
    put(bytes, event.x, 2);
    put(bytes, event.y | (event.on ? on_bit : 0), 2);
  }
  return bytes;
}

bool decode_datagram(std::span<const std::byte> bytes, Datagram& into) {
  if (bytes.size() < datagram_heading || !std::equal(begin.begin(), begin.end(), bytes.begin())) return false;
  const std::uint64_t flags = number_at(bytes, 5, 1), count = number_at(bytes, 6, 2);
  if (flags > is_last || count > most_datagram_events) return false;
  if (bytes.size() != datagram_heading + datagram_event * count) return false;
  into.last = flags == is_last;
  into.number = static_cast<std::uint32_t>(number_at(bytes, 8, 4));
  into.stream = static_cast<std::uint32_t>(number_at(bytes, 12, 4));
  into.time = number_at(bytes, 16, 8);
  into.events.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto event = bytes.subspan(datagram_heading + datagram_event * i, datagram_event);
    const auto y = static_cast<std::uint32_t>(number_at(event, 6, 2));
    into.events[i] = {.after = static_cast<std::uint32_t>(number_at(event, 0, 4)),
                      .x = static_cast<std::uint16_t>(number_at(event, 4, 2)),
                      .y = static_cast<std::uint16_t>(y & ~on_bit),
                      .on = (y & on_bit) != 0};
  }
  return true;
}

Arrivals::Kind Arrivals::add(std::uint32_t number) {
  if (number >= highest_) {
    // Those that are skipped have not arrived yet.
    const std::uint64_t skipped = std::min<std::uint64_t>(number - highest_, remembered);
    for (std::uint64_t back = 1; back <= skipped; ++back) seen_[(number - back) % remembered] = false;
    seen_[number % remembered] = true;
    highest_ = std::uint64_t{number} + 1;
    ++arrived_;
    return Kind::next;
  }
  if (highest_ - number > remembered || seen_[number % remembered]) {
    ++repeated_;
    return Kind::repeated;
  }
  seen_[number % remembered] = true;
  ++arrived_;
  ++overtaken_;
  return Kind::overtaken;
}

}  // namespace synfire::examples
