// SPDX-License-Identifier: Apache-2.0
//
// The functions of math.cuh on double, and the exponential of small matrices: what programs need to compute integrator
// coefficients from trained parameters, once after each update. They have the same bits on every machine, and are
// within 4 ulp of the exact value unless a comment says otherwise, so a coefficient rounded to float is that of the
// compiler, which computes with the standard library, except next to a tie. Speed does not matter here.
//
// Method: argument reduction after Cody and Waite (1980), then the Taylor series; the exponential of a matrix by
// scaling and squaring (Moler and Van Loan, "Nineteen dubious ways to compute the exponential of a matrix, twenty-five
// years later", 2003, method 3).
#pragma once

#include "math.cuh"

namespace synfire::device {

SYNFIRE_FUNCTION double absolute(double x) { return as_double(as_bits(x) & 0x7fffffffffffffffull); }
SYNFIRE_FUNCTION bool is_nan(double x) { return !(x == x); }
SYNFIRE_FUNCTION double minimum(double a, double b) { return is_nan(b) || a < b ? a : b; }
SYNFIRE_FUNCTION double maximum(double a, double b) { return is_nan(b) || a > b ? a : b; }
SYNFIRE_FUNCTION double sign_of(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x; }

namespace double_detail {

// From here on every double is a whole number.
constexpr double first_without_fraction = 0x1p52;

// To the nearest whole number, halves to even. |x| < 2⁵¹.
SYNFIRE_FUNCTION double nearest_whole(double x) {
  constexpr double shift = 0x1.8p52;
  return (x + shift) - shift;
}

}  // namespace double_detail

SYNFIRE_FUNCTION double floor_of(double x) {
  if (!(absolute(x) < double_detail::first_without_fraction)) return x;
  const double whole = static_cast<double>(static_cast<long long>(x));
  return whole > x ? whole - 1.0 : whole;
}

SYNFIRE_FUNCTION double ceil_of(double x) { return -floor_of(-x); }

// Halves away from 0.
SYNFIRE_FUNCTION double round_of(double x) {
  if (!(absolute(x) < double_detail::first_without_fraction)) return x;
  const double whole = static_cast<double>(static_cast<long long>(absolute(x)));
  const double rounded = absolute(x) - whole >= 0.5 ? whole + 1.0 : whole;
  return x < 0.0 ? -rounded : rounded;
}

namespace double_detail {

// 2^exponent, |exponent| ≤ 1022.
SYNFIRE_FUNCTION double power_of_two(i32 exponent) { return as_double(static_cast<u64>(exponent + 1023) << 52); }

constexpr double ln2_high = 0x1.62e42feep-1;  // 32 bits: a whole multiple is exact
constexpr double ln2_low = 0x1.a39ef35793c76p-33;

// x + x²/2! + … of |x| ≤ ln 2 / 2.
SYNFIRE_FUNCTION double exponential_tail(double x) {
  double sum = 0.0;
  for (u32 k = 18u; k > 1u; --k) sum = x / static_cast<double>(k) * (1.0 + sum);
  return x + x * sum;
}

}  // namespace double_detail

SYNFIRE_FUNCTION double exponential(double x) {
  if (is_nan(x)) return x;
  const double bounded = minimum(maximum(x, -800.0), 800.0);
  const double turns = double_detail::nearest_whole(bounded * 0x1.71547652b82fep+0);
  const double rest = (bounded - turns * double_detail::ln2_high) - turns * double_detail::ln2_low;
  const i32 exponent = static_cast<i32>(turns);
  const i32 half = exponent / 2;
  // In two steps, as the result may be subnormal.
  return (1.0 + double_detail::exponential_tail(rest)) * double_detail::power_of_two(half) *
         double_detail::power_of_two(exponent - half);
}

SYNFIRE_FUNCTION double exponential_minus_one(double x) {
  return absolute(x) <= 0.34 ? double_detail::exponential_tail(x) : exponential(x) - 1.0;
}

SYNFIRE_FUNCTION double sigmoid(double x) {
  const double small = exponential(-absolute(x));
  return (x < 0.0 ? small : 1.0) / (1.0 + small);
}

SYNFIRE_FUNCTION double hyperbolic_tangent(double x) {
  const double rise = exponential_minus_one(-2.0 * absolute(x));
  const double size = -rise / (rise + 2.0);
  return x < 0.0 ? -size : size;
}

SYNFIRE_FUNCTION double logarithm(double x) {
  if (is_nan(x) || x < 0.0) return as_double(0x7ff8000000000000ull);
  if (x == 0.0) return as_double(0xfff0000000000000ull);
  if (as_bits(x) == 0x7ff0000000000000ull) return x;
  const bool is_subnormal = x < 0x1p-1022;
  const u64 bits = as_bits(is_subnormal ? x * 0x1p54 : x);
  i32 exponent = static_cast<i32>(bits >> 52) - 1023 - (is_subnormal ? 54 : 0);
  double m = as_double((bits & 0x000fffffffffffffull) | 0x3ff0000000000000ull);
  if (m > 0x1.6a09e667f3bcdp+0) {
    m *= 0.5;
    exponent += 1;
  }
  // log m = 2 artanh s
  const double s = (m - 1.0) / (m + 1.0);
  const double square = s * s;
  double sum = 0.0;
  for (u32 k = 25u; k > 1u; k -= 2u) sum = square * (1.0 / static_cast<double>(k) + sum);
  const double turns = static_cast<double>(exponent);
  // s is not exact: 2 s = (m − 1) − s (m − 1).
  const double rest = (m - 1.0) - s * ((m - 1.0) - 2.0 * sum);
  return turns * double_detail::ln2_high + (rest + turns * double_detail::ln2_low);
}

// W. Kahan's correction for the rounding of 1 + x.
SYNFIRE_FUNCTION double logarithm_one_plus(double x) {
  const double sum = 1.0 + x;
  if (sum == 1.0 || !(absolute(x) <= 0x1p1000)) return sum == 1.0 ? x : logarithm(sum);
  return sum > 0.0 ? logarithm(sum) * (x / (sum - 1.0)) : logarithm(sum);
}

namespace double_detail {

// sin(x + quarter_turns · π/2).
SYNFIRE_FUNCTION double sine_of_turned(double x, u32 quarter_turns) {
  // Beyond this the reduction loses all digits.
  const double bounded = absolute(x) <= 0x1p20 ? x : 0.0 * x;
  const double turns = nearest_whole(bounded * 0x1.45f306dc9c883p-1);
  const double rest = ((bounded - turns * 0x1.921fb544p+0) - turns * 0x1.0b4611a6p-34) - turns * 0x1.3198a2e037073p-69;
  const u32 quarter = (static_cast<u32>(static_cast<i32>(turns)) + quarter_turns) & 3u;
  const double square = rest * rest;
  double sum = 0.0;
  const bool is_sine = (quarter & 1u) == 0u;
  for (u32 k = is_sine ? 21u : 20u; k > 1u; k -= 2u)
    sum = -square / (static_cast<double>(k) * static_cast<double>(k - 1u)) * (1.0 + sum);
  const double value = is_sine ? rest + rest * sum : 1.0 + sum;
  return (quarter & 2u) != 0u ? -value : value;
}

}  // namespace double_detail

// Absolute error at most 2⁻⁵²; 0 with the sign of the argument if |x| > 2²⁰.
SYNFIRE_FUNCTION double sine(double x) { return double_detail::sine_of_turned(x, 0u); }
// Likewise; 1 if |x| > 2²⁰.
SYNFIRE_FUNCTION double cosine(double x) { return double_detail::sine_of_turned(x, 1u); }

// Within |y · log x| + 4 ulp.
SYNFIRE_FUNCTION double power(double x, double y) {
  if (y == 0.0 || x == 1.0) return 1.0;
  if (x == 0.0) return y > 0.0 ? 0.0 : as_double(0x7ff0000000000000ull);
  const double size = exponential(y * logarithm(absolute(x)));
  if (x > 0.0) return size;
  if (floor_of(y) != y) return as_double(0x7ff8000000000000ull);
  return floor_of(0.5 * y) == 0.5 * y ? size : -size;
}

// ---- Matrices -------------------------------------------------------------------------------------

namespace double_detail {

template <u32 n>
struct Matrix {
  double of[n * n];
};

template <u32 n>
SYNFIRE_FUNCTION Matrix<n> product(const Matrix<n>& a, const Matrix<n>& b) {
  Matrix<n> result;
  for (u32 i = 0u; i < n; ++i) {
    for (u32 j = 0u; j < n; ++j) {
      double sum = 0.0;
      for (u32 k = 0u; k < n; ++k) sum += a.of[i * n + k] * b.of[k * n + j];
      result.of[i * n + j] = sum;
    }
  }
  return result;
}

template <u32 n>
SYNFIRE_FUNCTION Matrix<n> exponential_of(Matrix<n> a) {
  double norm = 0.0;  // the largest sum of a row
  for (u32 i = 0u; i < n; ++i) {
    double sum = 0.0;
    for (u32 j = 0u; j < n; ++j) sum += absolute(a.of[i * n + j]);
    norm = sum <= norm ? norm : sum;
  }
  u32 halvings = 0u;
  while (norm > 0.25 && halvings < 1100u) {
    norm *= 0.5;
    ++halvings;
  }
  for (u32 k = 0u; k < halvings; ++k) {
    for (u32 i = 0u; i < n * n; ++i) a.of[i] *= 0.5;
  }
  Matrix<n> result, term;
  for (u32 i = 0u; i < n * n; ++i) result.of[i] = term.of[i] = i % (n + 1u) == 0u ? 1.0 : 0.0;
  for (u32 k = 1u; k <= 18u; ++k) {  // 0.25¹⁸ / 18! is far below double's resolution
    term = product(term, a);
    for (u32 i = 0u; i < n * n; ++i) {
      term.of[i] /= static_cast<double>(k);
      result.of[i] += term.of[i];
    }
  }
  for (u32 k = 0u; k < halvings; ++k) result = product(result, result);
  return result;
}

}  // namespace double_detail

// The size of a square matrix with this many elements.
constexpr u32 size_of_matrix(u32 elements) {
  u32 n = 1u;
  while (n * n < elements) ++n;
  return n;
}

// Element (row, column) of exp(A·dt); the elements of A row by row.
template <class... Elements>
SYNFIRE_FUNCTION double matrix_exponential(u32 row, u32 column, double dt, Elements... elements) {
  constexpr u32 n = size_of_matrix(sizeof...(Elements));
  if constexpr (n == 1u) {
    return exponential((elements + ...) * dt);
  } else {
    double_detail::Matrix<n> a{{elements...}};
    for (u32 i = 0u; i < n * n; ++i) a.of[i] *= dt;
    return double_detail::exponential_of(a).of[row * n + column];
  }
}

// Element (row, column) of φ₁(A, dt) = ∫₀^dt exp(A·s) ds: the upper right block of exp([[A, 1], [0, 0]]·dt).
template <class... Elements>
SYNFIRE_FUNCTION double matrix_phi(u32 row, u32 column, double dt, Elements... elements) {
  constexpr u32 n = size_of_matrix(sizeof...(Elements));
  if constexpr (n == 1u) {
    const double rate = (elements + ...);
    return rate == 0.0 ? dt : exponential_minus_one(rate * dt) / rate;
  } else {
    const double a[] = {elements...};
    double_detail::Matrix<2u * n> augmented;
    for (u32 i = 0u; i < 2u * n; ++i) {
      for (u32 j = 0u; j < 2u * n; ++j) {
        const double element = i >= n ? 0.0 : j < n ? a[i * n + j] : j == n + i ? 1.0 : 0.0;
        augmented.of[i * 2u * n + j] = element * dt;
      }
    }
    return double_detail::exponential_of(augmented).of[row * 2u * n + n + column];
  }
}

}  // namespace synfire::device
