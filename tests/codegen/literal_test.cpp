// SPDX-License-Identifier: Apache-2.0
#include "text/literal.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

namespace synfire::codegen::text {
namespace {

// Parses a literal like a compiler; it must end in f.
float read(const std::string& text) {
  EXPECT_EQ(text.back(), 'f') << text;
  char* end = nullptr;
  const float value = std::strtof(text.c_str(), &end);
  EXPECT_EQ(end, text.c_str() + text.size() - 1) << text;
  return value;
}

void expect_round_trip(float value) {
  const std::string text = float_literal(value);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(read(text)), std::bit_cast<std::uint32_t>(value)) << text;
  // A decimal is exact, not an approximation.
  if (text.find('x') == std::string::npos) {
    EXPECT_EQ(std::strtod(text.c_str(), nullptr), static_cast<double>(value)) << text;
  }
  EXPECT_NE(text.find_first_of(".ep"), std::string::npos) << text;  // never an integer with an f
}

TEST(FloatLiteral, RoundTripsRandomFloats) {
  const std::uint32_t seed = 11;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 200000; ++i) {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isfinite(value)) expect_round_trip(value);
  }
}

TEST(FloatLiteral, RoundTripsSubnormals) {
  std::mt19937 random(12);
  for (int i = 0; i < 20000; ++i)
    expect_round_trip(std::bit_cast<float>(static_cast<std::uint32_t>(random() % 0x00800000u)));
}

TEST(FloatLiteral, RoundTripsTheEdges) {
  using limits = std::numeric_limits<float>;
  for (const float value : {0.0F, -0.0F, 1.0F, -1.0F, limits::max(), limits::lowest(), limits::min(),
                            limits::denorm_min(), limits::epsilon(), 16777216.0F, 1e10F, -123456.0F})
    expect_round_trip(value);
}

TEST(FloatLiteral, IsShortWhereItCanBe) {
  EXPECT_EQ(float_literal(0.5F), "0.5f");
  EXPECT_EQ(float_literal(2.0F), "2.0f");
  EXPECT_EQ(float_literal(-65.0F), "-65.0f");
  EXPECT_EQ(float_literal(0.1F), "0x1.99999ap-4f");  // 0.1 is not a float
}

TEST(FloatLiteral, SpellsWhatIsNoNumberByItsBits) {
  EXPECT_EQ(float_literal(std::numeric_limits<float>::infinity()), "as_float(0x7f800000u)");
  EXPECT_EQ(float_literal(-std::numeric_limits<float>::infinity()), "as_float(0xff800000u)");
  EXPECT_EQ(float_literal(std::numeric_limits<float>::quiet_NaN()), "as_float(0x7fc00000u)");
}

TEST(Literal, HasTheTypeAskedFor) {
  EXPECT_EQ(literal(1, Type::boolean), "true");
  EXPECT_EQ(literal(0, Type::boolean), "false");
  EXPECT_EQ(literal(7, Type::u32), "7u");
  EXPECT_EQ(literal(4294967295.0, Type::u32), "4294967295u");
  EXPECT_EQ(literal(-3, Type::i32), "-3");
  EXPECT_EQ(literal(0.25, Type::f32), "0.25f");
}

TEST(Decimal, ReadsBack) {
  EXPECT_EQ(decimal(0.1), "0.1");
  EXPECT_EQ(decimal(static_cast<double>(0.1F)), "0.1");  // the shortest decimal that yields this float
  EXPECT_EQ(decimal(1.0), "1");
  std::mt19937_64 random(13);
  for (int i = 0; i < 10000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const double back = std::strtod(decimal(value).c_str(), nullptr);
    EXPECT_TRUE(back == value || static_cast<double>(static_cast<float>(back)) == value) << decimal(value);
  }
}

}  // namespace
}  // namespace synfire::codegen::text
