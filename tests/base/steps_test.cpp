// SPDX-License-Identifier: Apache-2.0
#include "synfire/base/steps.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace synfire::base {
namespace {

// Decimal values of a file as numbers: dt = tenths / 10 ms, and its multiple.
double decimal(std::uint64_t tenths) { return std::strtod((std::to_string(tenths) + "e-1").c_str(), nullptr); }

TEST(StepsIn, MultiplesInDecimalAreWholeUpToTwoToThe31) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const std::uint64_t tenths : {1u, 2u, 3u, 5u, 7u, 10u, 25u, 137u}) {
    for (int i = 0; i < 20000; ++i) {
      const std::uint64_t steps = (std::uint64_t{1} << 31) - (random() >> (33 + random() % 30)) % (1u << 31);
      ASSERT_EQ(steps_in(decimal(tenths * steps), decimal(tenths)), static_cast<double>(steps)) << tenths;
    }
  }
}

TEST(StepsIn, MultiplesInSinglePrecisionAreWholeWhereItTellsStepsApart) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const double dt : {0.05, 0.1, 0.3, 0.7, 1e-3, 1.0 / 3, 2.5}) {
    for (int i = 0; i < 20000; ++i) {
      const std::uint64_t steps = random() >> (40 + random() % 24);
      const auto nearest = static_cast<float>(static_cast<double>(steps) * dt);
      if (!single_precision_tells_steps(nearest, dt)) continue;
      ASSERT_EQ(steps_in(static_cast<double>(nearest), dt), static_cast<double>(steps)) << dt;
      if (steps > (1u << 22)) continue;
      const float product = static_cast<float>(steps) * static_cast<float>(dt);
      ASSERT_EQ(steps_in(static_cast<double>(product), dt), static_cast<double>(steps)) << dt;
    }
  }
}

TEST(StepsIn, WhatIsNoMultipleIsBetweenSteps) {
  EXPECT_EQ(steps_in(1.5, 1.0), 1.5);
  EXPECT_EQ(steps_in(4194304.5, 1.0), 4194304.5);
  EXPECT_EQ(steps_in(2147483646.5, 1.0), 2147483646.5);
  EXPECT_GT(steps_in(10.01, 1.0), 10.0);
  EXPECT_LT(steps_in(9.99, 1.0), 10.0);
}

TEST(StepsIn, DoesNotOverflow) {
  EXPECT_EQ(steps_in(1e300, 1e-30), HUGE_VAL);
  EXPECT_EQ(steps_in(0.0, 1e-30), 0.0);
}

TEST(NearestSteps, RoundsHalvesAwayFromZero) {
  EXPECT_EQ(nearest_steps(0.15, 0.1), 2.0);
  EXPECT_EQ(nearest_steps(static_cast<double>(0.35f), 0.1), 4.0);
  EXPECT_EQ(nearest_steps(0.149, 0.1), 1.0);
  EXPECT_EQ(nearest_steps(65535.0, 1.0), 65535.0);
}

TEST(SinglePrecision, TellsStepsApartUpToItsSpacing) {
  EXPECT_TRUE(single_precision_tells_steps(16777215.0f, 1.0));
  EXPECT_FALSE(single_precision_tells_steps(16777216.0f, 1.0));
  EXPECT_TRUE(single_precision_tells_steps(1048575.0f, 0.1));
  EXPECT_FALSE(single_precision_tells_steps(1048576.0f, 0.1));
}

}  // namespace
}  // namespace synfire::base
