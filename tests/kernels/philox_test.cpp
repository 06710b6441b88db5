// SPDX-License-Identifier: Apache-2.0
// The random numbers of kernels/device.
#include "philox.cuh"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace {

namespace device = synfire::device;
using device::u32;
using device::U32x4;

void expect_words(U32x4 result, U32x4 expected) {
  EXPECT_EQ(result.x, expected.x);
  EXPECT_EQ(result.y, expected.y);
  EXPECT_EQ(result.z, expected.z);
  EXPECT_EQ(result.w, expected.w);
}

// Test vectors of the authors' Random123 distribution.
TEST(Philox, GivesTheKnownAnswers) {
  expect_words(device::philox({0, 0, 0, 0}, 0, 0), {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  expect_words(device::philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffff, 0xffffffff),
               {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  expect_words(device::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0),
               {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST(Uniform, CoversTheHalfOpenInterval) {
  EXPECT_EQ(device::uniform_from_bits(0), 0.0f);
  EXPECT_EQ(device::uniform_from_bits(0xff), 0.0f);
  EXPECT_EQ(device::uniform_from_bits(0x100), 0x1p-24f);
  EXPECT_EQ(device::uniform_from_bits(0x80000000), 0.5f);
  EXPECT_EQ(device::uniform_from_bits(0xffffffff), 0x1.fffffep-1f);
}

TEST(Normal, IsFiniteAtTheEndsOfTheRange) {
  const u32 ends[] = {0, 0xff, 0x100, 0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0xc0000000, 0xffffffff};
  for (const u32 a : ends) {
    for (const u32 b : ends) EXPECT_LT(std::fabs(device::normal_from_bits(a, b)), 5.8f) << a << " " << b;
  }
  EXPECT_NEAR(device::normal_from_bits(0, 0), 5.7681f, 1e-4f);
  EXPECT_NEAR(device::normal_from_bits(0, 0x80000000), -5.7681f, 1e-4f);
  EXPECT_EQ(device::normal_from_bits(0xffffffff, 0), 0.0f);
}

TEST(Normal, AgreesWithTheFormulaInDouble) {
  for (u32 i = 0; i < 100'000; ++i) {
    const U32x4 words = device::philox({i, 0, 0, 0}, 1, 2);
    const double uniform = ((words.x >> 8) + 1) * 0x1p-24;
    const double angle = 2.0 * 3.14159265358979323846 * (words.y >> 8) * 0x1p-24;
    const double expected = std::sqrt(-2.0 * std::log(uniform)) * std::cos(angle);
    // The angle is rounded to float: its error counts in full where the cosine is near 0.
    ASSERT_NEAR(device::normal_from_bits(words.x, words.y), expected, 4e-6) << i;
  }
}

struct Moments {
  double sums[4] = {};
  double count = 0.0;

  void add(double value) {
    double power = 1.0;
    for (double& sum : sums) sum += power *= value;
    count += 1.0;
  }

  double of(int order) const { return sums[order - 1] / count; }
};

constexpr u32 draws = 1u << 20;

// The limits are five standard errors of each moment over 2^20 draws.
TEST(Uniform, HasTheMomentsOfTheDistribution) {
  Moments moments;
  for (u32 i = 0; i < draws; ++i) moments.add(device::uniform_from_bits(device::philox({i, 3, 0, 0}, 42, 7).x));
  EXPECT_NEAR(moments.of(1), 1.0 / 2.0, 5 * 0.2887 / 1024);
  EXPECT_NEAR(moments.of(2), 1.0 / 3.0, 5 * 0.2981 / 1024);
  EXPECT_NEAR(moments.of(3), 1.0 / 4.0, 5 * 0.2835 / 1024);
}

TEST(Normal, HasTheMomentsOfTheDistribution) {
  Moments moments;
  for (u32 i = 0; i < draws; ++i) {
    const U32x4 words = device::philox({i, 5, 0, 0}, 42, 7);
    moments.add(device::normal_from_bits(words.z, words.w));
  }
  EXPECT_NEAR(moments.of(1), 0.0, 5 * 1.0 / 1024);
  EXPECT_NEAR(moments.of(2), 1.0, 5 * 1.4142 / 1024);
  EXPECT_NEAR(moments.of(3), 0.0, 5 * 3.873 / 1024);
  EXPECT_NEAR(moments.of(4), 3.0, 5 * 9.798 / 1024);
}

// Neighbors in counter and key must not be correlated.
TEST(Uniform, NeighborsAreUncorrelated) {
  double by_counter = 0.0;
  double by_key = 0.0;
  double by_word = 0.0;
  for (u32 i = 0; i < draws; ++i) {
    const auto centered = [](u32 bits) { return device::uniform_from_bits(bits) - 0.5; };
    const U32x4 words = device::philox({i, 0, 0, 0}, 9, 9);
    by_counter += centered(words.x) * centered(device::philox({i + 1, 0, 0, 0}, 9, 9).x);
    by_key += centered(words.x) * centered(device::philox({i, 0, 0, 0}, 10, 9).x);
    by_word += centered(words.x) * centered(words.y);
  }
  const double limit = 5.0 / 12.0 / 1024.0;
  EXPECT_LT(std::fabs(by_counter / draws), limit);
  EXPECT_LT(std::fabs(by_key / draws), limit);
  EXPECT_LT(std::fabs(by_word / draws), limit);
}

}  // namespace
