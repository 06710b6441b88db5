// SPDX-License-Identifier: Apache-2.0
// The functions of kernels/device on double against the C library in extended precision, where that has more digits.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "double_math.cuh"

namespace {

namespace device = synfire::device;

constexpr double no_limit = std::numeric_limits<double>::infinity();
constexpr std::uint64_t seed_of_arguments = 20261201;

double ulp_of(double exact) { return std::nextafter(std::abs(exact), no_limit) - std::abs(exact); }

// The largest error in units in the last place over arguments of [low, high], a third of them close to 0.
double worst_error(double (*function)(double), long double (*exact)(long double), double low, double high) {
  std::mt19937_64 random(seed_of_arguments);
  std::uniform_real_distribution<double> uniform(low, high);
  double worst = 0;
  for (int i = 0; i < 200000; ++i) {
    const double x = uniform(random) * (i % 3 == 0 ? std::exp2(-static_cast<double>(random() % 60)) : 1.0);
    const long double expected = exact(x);
    const long double error = std::abs(static_cast<long double>(function(x)) - expected);
    worst = std::max(worst, static_cast<double>(error) / ulp_of(static_cast<double>(expected)));
  }
  return worst;
}

TEST(DoubleMath, IsWithinFourUlp) {
  EXPECT_LE(worst_error(device::exponential, std::exp, -700, 700), 4);
  EXPECT_LE(worst_error(device::exponential_minus_one, std::expm1, -3, 3), 4);
  EXPECT_LE(worst_error(device::logarithm, std::log, 0, 10), 4);
  EXPECT_LE(worst_error(device::logarithm_one_plus, std::log1p, -0.999, 5), 4);
  EXPECT_LE(worst_error(device::hyperbolic_tangent, std::tanh, -5, 5), 4);
  EXPECT_LE(worst_error(device::sine, std::sin, -3, 3), 4);
  EXPECT_LE(worst_error(device::cosine, std::cos, -1.5, 1.5), 4);
  EXPECT_LE(worst_error(device::square_root, std::sqrt, 0, 10), 1);
  EXPECT_LE(worst_error(
                device::sigmoid, [](long double x) { return 1 / (1 + std::exp(-x)); }, -30, 30),
            4);
}

TEST(DoubleMath, HasTheLimitsOfTheFunctions) {
  EXPECT_EQ(device::exponential(-1000.0), 0);
  EXPECT_EQ(device::exponential(1000.0), no_limit);
  EXPECT_EQ(device::exponential(-no_limit), 0);
  EXPECT_TRUE(std::isnan(device::exponential(std::nan(""))));
  EXPECT_EQ(device::exponential(0.0), 1);
  EXPECT_EQ(device::logarithm(0.0), -no_limit);
  EXPECT_EQ(device::logarithm(no_limit), no_limit);
  EXPECT_TRUE(std::isnan(device::logarithm(-1.0)));
  EXPECT_DOUBLE_EQ(device::logarithm(5e-324), std::log(5e-324));
  EXPECT_EQ(device::logarithm_one_plus(-1.0), -no_limit);
  EXPECT_EQ(device::logarithm_one_plus(1e-300), 1e-300);
  EXPECT_EQ(device::hyperbolic_tangent(no_limit), 1);
  EXPECT_EQ(device::hyperbolic_tangent(-no_limit), -1);
}

TEST(DoubleMath, PowersFollowTheirSigns) {
  EXPECT_NEAR(device::power(-2.0, 3.0), -8, 1e-14);
  EXPECT_NEAR(device::power(-2.0, 2.0), 4, 1e-14);
  EXPECT_NEAR(device::power(2.0, -1.0), 0.5, 1e-15);
  EXPECT_EQ(device::power(0.0, 2.0), 0);
  EXPECT_EQ(device::power(0.0, -2.0), no_limit);
  EXPECT_EQ(device::power(7.0, 0.0), 1);
  EXPECT_TRUE(std::isnan(device::power(-2.0, 0.5)));
  std::mt19937_64 random(seed_of_arguments);
  std::uniform_real_distribution<double> uniform(0.01, 20);
  for (int i = 0; i < 10000; ++i) {
    const double x = uniform(random), y = uniform(random) / 4 - 2;
    EXPECT_NEAR(device::power(x, y) / std::pow(x, y), 1, 1e-14) << x << ", " << y;
  }
}

TEST(DoubleMath, RoundsToWholeNumbers) {
  for (const double x : {-2.5, -2.0, -1.5, -0.5, -0.2, 0.0, 0.2, 0.5, 1.5, 2.5, 1e17, -1e17, 4503599627370495.5}) {
    EXPECT_EQ(device::floor_of(x), std::floor(x)) << x;
    EXPECT_EQ(device::ceil_of(x), std::ceil(x)) << x;
    EXPECT_EQ(device::round_of(x), std::round(x)) << x;
  }
}

// Of a triangular matrix, whose exponential is known; dt 2, so that it is scaled and squared.
TEST(DoubleMath, ExponentialsOfMatrices) {
  const double a = -0.05, b = -0.2, c = 0.7, dt = 2;
  const auto element = [&](device::u32 row, device::u32 column) {
    return device::matrix_exponential(row, column, dt, a, c, 0.0, b);
  };
  EXPECT_NEAR(element(0, 0), std::exp(a * dt), 5e-15);
  EXPECT_NEAR(element(1, 1), std::exp(b * dt), 5e-15);
  EXPECT_NEAR(element(0, 1), c * (std::exp(a * dt) - std::exp(b * dt)) / (a - b), 5e-15);
  EXPECT_EQ(element(1, 0), 0);
  EXPECT_NEAR(device::matrix_phi(0u, 0u, dt, a, c, 0.0, b), std::expm1(a * dt) / a, 5e-15);
  EXPECT_NEAR(device::matrix_phi(0u, 1u, dt, a, c, 0.0, b),
              c * (std::expm1(a * dt) / a - std::expm1(b * dt) / b) / (a - b), 1e-14);
  EXPECT_EQ(device::matrix_phi(0u, 0u, dt, 0.0), dt);
  EXPECT_DOUBLE_EQ(device::matrix_phi(0u, 0u, dt, -3.0), std::expm1(-6.0) / -3);
  // A rotation, which needs 13 halvings.
  EXPECT_NEAR(device::matrix_exponential(0u, 1u, 1.0, 0.0, 1000.0, -1000.0, 0.0), std::sin(1000.0), 1e-12);
}

}  // namespace
