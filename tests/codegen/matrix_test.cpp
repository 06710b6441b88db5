// SPDX-License-Identifier: Apache-2.0
#include "lower/matrix.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace synfire::codegen {
namespace {

using Matrix = std::vector<double>;

void expect_near(const Matrix& actual, const Matrix& expected, double relative) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], relative * (std::abs(expected[i]) + 1e-300)) << "element " << i;
}

TEST(MatrixExponential, OfNothingIsOne) { expect_near(matrix_exponential({0, 0, 0, 0}, 2), {1, 0, 0, 1}, 0); }

TEST(MatrixExponential, OfADiagonal) {
  expect_near(matrix_exponential({-0.5, 0, 0, 2}, 2), {std::exp(-0.5), 0, 0, std::exp(2.0)}, 1e-14);
}

TEST(MatrixExponential, OfARotation) {
  const double angle = 3.0;
  expect_near(matrix_exponential({0, -angle, angle, 0}, 2),
              {std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle)}, 1e-13);
}

// τ_mem = τ_syn: exp([[a, b], [0, a]]) = eᵃ [[1, b], [0, 1]].
TEST(MatrixExponential, OfEqualEigenvalues) {
  const double e = std::exp(-0.2);
  expect_near(matrix_exponential({-0.2, 0.7, 0, -0.2}, 2), {e, 0.7 * e, 0, e}, 1e-14);
}

TEST(MatrixExponential, OfNearlyEqualEigenvalues) {
  const double a = -0.2, b = a + 1e-9;
  const double between = 0.7 * (std::exp(b) - std::exp(a)) / (b - a);  // itself only good to 1e-7
  expect_near(matrix_exponential({a, 0.7, 0, b}, 2), {std::exp(a), between, 0, std::exp(b)}, 2e-7);
  EXPECT_NEAR(matrix_exponential({a, 0.7, 0, b}, 2)[1], 0.7 * std::exp(a), 1e-9);
}

// One mode decays immediately, the other has hardly moved.
TEST(MatrixExponential, OfAStiffSystem) {
  const double fast = -1e4, slow = -0.01;
  const double coupling = (std::exp(slow) - std::exp(fast)) / (slow - fast);
  const Matrix result = matrix_exponential({fast, 0, 1, slow}, 2);
  EXPECT_NEAR(result[0], 0, 1e-12);
  EXPECT_NEAR(result[1], 0, 0);
  EXPECT_NEAR(result[2], coupling, 1e-10 * coupling);
  EXPECT_NEAR(result[3], std::exp(slow), 1e-10);
}

TEST(MatrixExponential, OfASumIsTheProductOfHalves) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> value(-1, 1);
  for (const std::size_t n : {2u, 3u, 5u}) {
    Matrix a(n * n), half(n * n);
    for (std::size_t i = 0; i < n * n; ++i) half[i] = (a[i] = value(random)) / 2;
    const Matrix once = matrix_exponential(half, n);
    Matrix twice(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        for (std::size_t k = 0; k < n; ++k) twice[i * n + j] += once[i * n + k] * once[k * n + j];
    const Matrix whole = matrix_exponential(a, n);
    for (std::size_t i = 0; i < n * n; ++i) EXPECT_NEAR(whole[i], twice[i], 1e-13);
  }
}

TEST(MatrixExponential, OfInfinityIsNotANumber) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : matrix_exponential({-infinity, 0, 1, 0}, 2)) EXPECT_TRUE(std::isnan(value));
}

TEST(MatrixPhi, OfANumber) {
  expect_near(matrix_phi({-0.25}, 1, 2), {std::expm1(-0.5) / -0.25}, 1e-15);
  expect_near(matrix_phi({0}, 1, 2), {2}, 0);
  expect_near(matrix_phi({1e-12}, 1, 2), {2}, 1e-11);
}

TEST(MatrixPhi, OfASingularMatrix) {
  // ∫₀² exp([[0, 1], [0, 0]]·s) ds = [[2, 2], [0, 2]]
  expect_near(matrix_phi({0, 1, 0, 0}, 2, 2), {2, 2, 0, 2}, 1e-14);
}

// A·φ = exp(A·dt) − 1.
TEST(MatrixPhi, SolvesItsDefinition) {
  const Matrix a{-0.2, 0.5, 0.1, -0.7};
  const double dt = 1.5;
  const Matrix phi = matrix_phi(a, 2, dt);
  Matrix scaled = a;
  for (double& each : scaled) each *= dt;
  const Matrix exponential = matrix_exponential(scaled, 2);
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 2; ++j) {
      const double product = a[i * 2] * phi[j] + a[i * 2 + 1] * phi[2 + j];
      EXPECT_NEAR(product, exponential[i * 2 + j] - (i == j ? 1 : 0), 1e-14);
    }
  }
}

}  // namespace
}  // namespace synfire::codegen
