// SPDX-License-Identifier: Apache-2.0
#include "reference/polynomial.hpp"

#include <algorithm>
#include <cmath>

namespace synfire::codegen::reference {
namespace {

constexpr int deepest = 60;  // halvings

// Coefficients in the Bernstein basis of [0, 1], of the polynomial of t / length.
Series bernstein(const Series& polynomial, double length) {
  static const auto ratios = [] {  // C(i, k) / C(n, k)
    std::array<std::array<double, series_order + 1>, series_order + 1> table{};
    for (int i = 0; i <= series_order; ++i) {
      double ratio = 1;
      for (int k = 0; k <= i; ++k) {
        table[static_cast<std::size_t>(i)][static_cast<std::size_t>(k)] = ratio;
        ratio *= static_cast<double>(i - k) / (series_order - k);
      }
    }
    return table;
  }();
  Series scaled = polynomial;
  double power = 1;
  for (double& coefficient : scaled) {
    coefficient *= power;
    power *= length;
  }
  Series result{};
  for (std::size_t i = 0; i < result.size(); ++i)
    for (std::size_t k = 0; k <= i; ++k) result[i] += ratios[i][k] * scaled[k];
  return result;
}

// de Casteljau at the middle.
void halve(const Series& whole, Series& left, Series& right) {
  Series work = whole;
  for (std::size_t i = 0; i <= series_order; ++i) {
    left[i] = work[0];
    right[series_order - i] = work[series_order - i];
    for (std::size_t j = 0; j + i < series_order; ++j) work[j] = 0.5 * (work[j] + work[j + 1]);
  }
}

int changes_of_sign(const Series& b) {
  int changes = 0;
  for (std::size_t i = 1; i < b.size(); ++i) changes += (b[i - 1] < 0) != (b[i] < 0);
  return changes;
}

double bernstein_value(Series b, double at) {
  for (std::size_t i = 1; i <= series_order; ++i)
    for (std::size_t j = 0; j + i <= series_order; ++j) b[j] += at * (b[j + 1] - b[j]);
  return b[0];
}

// In [0, 1], of a polynomial that is negative before it: by the Illinois method (Dowell & Jarratt 1971).
double only_root(const Series& b) {
  double below = 0, above = 1;
  double low = b[0], high = b[series_order];
  for (int round = 0; round < 60 && above - below > 1e-15; ++round) {
    const double middle = high > 0 ? below + (above - below) * -low / (high - low) : above;
    const double value = bernstein_value(b, middle);
    if (value >= 0) {
      above = middle;
      high = value;
      low /= 2;
      if (value == 0) break;
    } else {
      below = middle;
      low = value;
      high /= 2;
    }
  }
  return above;
}

// The least fraction in [begin, begin + width] at which it is ≥ 0.
std::optional<double> search(const Series& b, double begin, double width, int depth) {
  if (b[0] >= 0) return begin;
  if (std::all_of(b.begin(), b.end(), [](double each) { return each < 0; })) return std::nullopt;
  if (changes_of_sign(b) == 1) return begin + width * only_root(b);
  if (depth == deepest) return b[series_order] >= 0 ? std::optional(begin + width) : std::nullopt;
  Series left, right;
  halve(b, left, right);
  if (const auto found = search(left, begin, width / 2, depth + 1)) return found;
  return search(right, begin + width / 2, width / 2, depth + 1);
}

double slope_at(const Series& polynomial, double time) {
  double value = 0;
  for (int k = series_order; k >= 1; --k) value = value * time + k * polynomial[static_cast<std::size_t>(k)];
  return value;
}

// Newton's method from a root that halving found to some ulp.
double polish(const Series& polynomial, double root, double length) {
  for (int round = 0; round < 3; ++round) {
    const double slope = slope_at(polynomial, root);
    if (!(slope > 0)) return root;
    const double next = root - value_at(polynomial, root) / slope;
    if (!(next >= 0 && next <= length) || std::abs(next - root) > 1e-6 * length) return root;
    root = next;
  }
  return root;
}

}  // namespace

std::optional<double> first_not_negative(const Series& polynomial, double length) {
  double most = polynomial[0];
  double power = length;
  for (std::size_t k = 1; k < polynomial.size(); ++k, power *= length) most += std::max(0.0, polynomial[k] * power);
  if (most < 0) return std::nullopt;
  const auto fraction = search(bernstein(polynomial, length), 0, 1, 0);
  if (!fraction) return std::nullopt;
  return polish(polynomial, *fraction * length, length);
}

std::optional<Extremum> largest(const Series& polynomial, double length, double floor) {
  double most = polynomial[0];
  double power = length;
  for (std::size_t k = 1; k < polynomial.size(); ++k, power *= length) most += std::max(0.0, polynomial[k] * power);
  if (most <= floor) return std::nullopt;
  Series slope{};
  for (std::size_t k = 1; k < polynomial.size(); ++k) slope[k - 1] = static_cast<double>(k) * polynomial[k];
  Series slope_downwards = slope;
  for (double& each : slope_downwards) each = -each;
  Extremum best{0, polynomial[0]};
  const auto consider = [&](double time) {
    const double value = value_at(polynomial, time);
    if (value > best.value) best = {time, value};
  };
  consider(length);
  // Every turn from rising to falling, in order.
  double begin = 0;
  for (int turns = 0; turns < series_order && begin < length; ++turns) {
    const auto shifted = [&](Series s) {  // about `begin`
      for (std::size_t i = 0; i < s.size(); ++i)
        for (std::size_t j = s.size() - 1; j-- > i;) s[j] += begin * s[j + 1];
      return s;
    };
    const bool rising = slope_at(polynomial, begin) > 0;
    const auto turn = first_not_negative(shifted(rising ? slope_downwards : slope), length - begin);
    if (!turn) break;
    if (rising) consider(begin + *turn);
    begin += std::max(*turn, 1e-12 * length) * (1 + 1e-12);
  }
  if (best.value > floor) return best;
  return std::nullopt;
}

}  // namespace synfire::codegen::reference
