// SPDX-License-Identifier: Apache-2.0
#include "lower/matrix.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace synfire::codegen {
namespace {

std::vector<double> multiply(const std::vector<double>& a, const std::vector<double>& b, std::size_t n) {
  std::vector<double> result(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t j = 0; j < n; ++j) result[i * n + j] += a[i * n + k] * b[k * n + j];
  return result;
}

double largest_row_sum(const std::vector<double>& a, std::size_t n) {
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double total = 0;
    for (std::size_t j = 0; j < n; ++j) total += std::abs(a[i * n + j]);
    largest = std::max(largest, total);
  }
  return largest;
}

}  // namespace

std::vector<double> matrix_exponential(const std::vector<double>& matrix, std::size_t n) {
  if (n == 1) return {std::exp(matrix[0])};
  int halvings = 0;
  double norm = largest_row_sum(matrix, n);
  if (!std::isfinite(norm)) return std::vector<double>(n * n, std::numeric_limits<double>::quiet_NaN());
  while (norm > 0.25) {
    norm /= 2;
    ++halvings;
  }
  std::vector<double> scaled = matrix;
  for (double& value : scaled) value = std::ldexp(value, -halvings);

  std::vector<double> result(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) result[i * n + i] = 1.0;
  std::vector<double> power = result;
  for (int k = 1; k <= 18; ++k) {  // 0.25^18 / 18! is far below double's resolution
    power = multiply(power, scaled, n);
    for (double& value : power) value /= k;
    for (std::size_t i = 0; i < n * n; ++i) result[i] += power[i];
  }
  for (int k = 0; k < halvings; ++k) result = multiply(result, result, n);
  return result;
}

std::vector<double> matrix_phi(const std::vector<double>& matrix, std::size_t n, double dt) {
  if (n == 1) return {matrix[0] == 0 ? dt : std::expm1(matrix[0] * dt) / matrix[0]};
  const std::size_t size = 2 * n;
  std::vector<double> augmented(size * size, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) augmented[i * size + j] = matrix[i * n + j] * dt;
    augmented[i * size + n + i] = dt;
  }
  const std::vector<double> exponential = matrix_exponential(augmented, size);
  std::vector<double> phi(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) phi[i * n + j] = exponential[i * size + n + j];
  return phi;
}

}  // namespace synfire::codegen
