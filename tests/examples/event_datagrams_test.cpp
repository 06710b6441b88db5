// SPDX-License-Identifier: Apache-2.0
// The datagrams of examples/live_events: a round trip, any bytes, and what is counted.
#include "event_datagrams.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace synfire::examples {
namespace {

Datagram some_datagram(std::mt19937& random) {
  Datagram made{.last = random() % 2 == 0,
                .number = static_cast<std::uint32_t>(random()),
                .stream = static_cast<std::uint32_t>(random()),
                .time = std::uint64_t{random()} << 32 | random()};
  for (auto count = random() % (most_datagram_events + 1); count > 0; --count)
    made.events.push_back({.after = static_cast<std::uint32_t>(random()),
                           .x = static_cast<std::uint16_t>(random()),
                           .y = static_cast<std::uint16_t>(random() % 32768),
                           .on = random() % 2 == 0});
  return made;
}

TEST(EventDatagrams, AreDecodedAsTheyWere) {
  constexpr unsigned seed = 3;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  Datagram decoded;
  for (int i = 0; i < 200; ++i) {
    const Datagram made = some_datagram(random);
    const auto bytes = encode_datagram(made);
    ASSERT_LE(bytes.size(), largest_datagram);
    ASSERT_TRUE(decode_datagram(bytes, decoded));
    ASSERT_EQ(decoded, made);
  }
}

TEST(EventDatagrams, HaveTheDocumentedBytes) {
  const auto bytes = encode_datagram({.last = true,
                                      .number = 0x04030201,
                                      .stream = 0x08070605,
                                      .time = 0x100f0e0d0c0b0a09,
                                      .events = {{.after = 0x14131211, .x = 0x1615, .y = 0x0807, .on = true}}});
  std::vector<int> values;
  for (const std::byte byte : bytes) values.push_back(std::to_integer<int>(byte));
  EXPECT_EQ(values, (std::vector<int>{'S', 'F', 'E', 'V', 1,  1,  1,  0,  1,  2,  3,  4,  5,    6,    7,    8,
                                      9,   10,  11,  12,  13, 14, 15, 16, 17, 18, 19, 20, 0x15, 0x16, 0x07, 0x88}));
}

TEST(EventDatagrams, OtherBytesAreRefused) {
  constexpr unsigned seed = 4;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  Datagram decoded;
  for (int i = 0; i < 300; ++i) {
    auto bytes = encode_datagram(some_datagram(random));
    auto longer = bytes;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(decode_datagram(longer, decoded));
    EXPECT_FALSE(decode_datagram(std::span(bytes).first(random() % bytes.size()), decoded));
    auto other = bytes;
    other[random() % 5] ^= std::byte{0x10};
    EXPECT_FALSE(decode_datagram(other, decoded));
    bytes[5] = std::byte{2};
    EXPECT_FALSE(decode_datagram(bytes, decoded)) << "a flag of another version";
  }
  std::vector<std::byte> many(datagram_heading + datagram_event * 181);
  const auto begin = encode_datagram({});
  std::copy(begin.begin(), begin.end(), many.begin());
  many[6] = std::byte{181};
  EXPECT_FALSE(decode_datagram(many, decoded));
}

TEST(Arrivals, CountWhatIsMissing) {
  using Kind = Arrivals::Kind;
  Arrivals arrivals;
  EXPECT_EQ(arrivals.add(1), Kind::next);
  EXPECT_EQ(arrivals.lost(), 1u);
  EXPECT_EQ(arrivals.add(0), Kind::overtaken);
  EXPECT_EQ(arrivals.lost(), 0u);
  EXPECT_EQ(arrivals.add(0), Kind::repeated);
  EXPECT_EQ(arrivals.add(5), Kind::next);
  EXPECT_EQ(arrivals.add(5), Kind::repeated);
  EXPECT_EQ(arrivals.add(3), Kind::overtaken);
  EXPECT_EQ(arrivals.lost(), 2u);
  EXPECT_EQ(arrivals.add(0xffffffff), Kind::next);
  EXPECT_EQ(arrivals.lost(), 0x100000000u - 5);
  EXPECT_EQ(arrivals.add(4), Kind::repeated) << "too old to tell";
  EXPECT_EQ(arrivals.add(0xfffffffe), Kind::overtaken);
  EXPECT_EQ(arrivals.repeated(), 3u);
  EXPECT_EQ(arrivals.arrived(), 6u);
}

}  // namespace
}  // namespace synfire::examples
