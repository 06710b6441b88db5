// SPDX-License-Identifier: Apache-2.0
#include "reference/polynomial.hpp"

#include <algorithm>
#include <cmath>

namespace synfire::codegen::reference {
namespace {

constexpr int deepest = 60;  // halvings

// Coefficients in the Bernstein basis of [0, 1].
struct Bernstein {
  std::size_t degree = 0;
  Series of{};
  double last() const { return of[degree]; }
};

// ratios[n][i][k] = C(i, k) / C(n, k)
using Ratios = std::array<std::array<std::array<double, series_order + 1>, series_order + 1>, series_order + 1>;
const Ratios& ratios() {
  static const Ratios table = [] {
    Ratios made{};
    for (std::size_t n = 0; n <= series_order; ++n) {
      for (std::size_t i = 0; i <= n; ++i) {
        double ratio = 1;
        for (std::size_t k = 0; k <= i; ++k) {
          made[n][i][k] = ratio;
          ratio *= static_cast<double>(i - k) / static_cast<double>(n - k);
        }
      }
    }
    return made;
  }();
  return table;
}

// Of the polynomial in t / length.
Bernstein bernstein(const Series& polynomial, double length) {
  Bernstein result{static_cast<std::size_t>(degree_of(polynomial))};
  const auto& table = ratios()[result.degree];
  Series scaled{};
  double power = 1;
  for (std::size_t k = 0; k <= result.degree; ++k, power *= length) scaled[k] = polynomial[k] * power;
  for (std::size_t i = 0; i <= result.degree; ++i)
    for (std::size_t k = 0; k <= i; ++k) result.of[i] += table[i][k] * scaled[k];
  return result;
}

// de Casteljau at the middle.
void halve(const Bernstein& whole, Bernstein& left, Bernstein& right) {
  const std::size_t n = whole.degree;
  left.degree = right.degree = n;
  Series work = whole.of;
  for (std::size_t i = 0; i <= n; ++i) {
    left.of[i] = work[0];
    right.of[n - i] = work[n - i];
    for (std::size_t j = 0; j + i < n; ++j) work[j] = 0.5 * (work[j] + work[j + 1]);
  }
}

int changes_of_sign(const Bernstein& b) {
  int changes = 0;
  for (std::size_t i = 1; i <= b.degree; ++i) changes += (b.of[i - 1] < 0) != (b.of[i] < 0);
  return changes;
}

// The only root in (below, above] of a polynomial that is negative before it: by the Illinois method (Dowell & Jarratt
// 1971) and halving, up to where Newton's method takes over.
double only_root(const Series& polynomial, double below, double above) {
  double low = value_at(polynomial, below), high = value_at(polynomial, above);
  for (int round = 0; round < 3 * deepest && above - below > 1e-9 * above; ++round) {
    const bool secant = round % 3 != 2 && low < 0 && high > 0;
    const double middle = below + (above - below) * (secant ? -low / (high - low) : 0.5);
    const double value = value_at(polynomial, middle);
    if (value >= 0) {
      above = middle;
      high = value;
      low /= 2;
    } else {
      below = middle;
      low = value;
      high /= 2;
    }
  }
  return above;
}

// The earliest time in [begin, begin + width] at which it is ≥ 0; `b` is its Bernstein form there.
std::optional<double> search(const Series& polynomial, const Bernstein& b, double begin, double width, int depth) {
  if (b.of[0] >= 0) return begin;
  const int changes = changes_of_sign(b);
  if (changes == 0) return std::nullopt;  // all are negative
  if (changes == 1) return only_root(polynomial, begin, begin + width);
  if (depth == deepest) return b.last() >= 0 ? std::optional(begin + width) : std::nullopt;
  Bernstein left, right;
  halve(b, left, right);
  if (const auto found = search(polynomial, left, begin, width / 2, depth + 1)) return found;
  return search(polynomial, right, begin + width / 2, width / 2, depth + 1);
}

double slope_at(const Series& polynomial, double time) {
  double value = 0;
  for (int k = series_order; k >= 1; --k) value = value * time + k * polynomial[static_cast<std::size_t>(k)];
  return value;
}

// Refines a root, which halving found up to a few ulp, by Newton's method.
double polish(const Series& polynomial, double root, double length) {
  for (int round = 0; round < 3; ++round) {
    const double slope = slope_at(polynomial, root);
    if (!(slope > 0)) return root;
    const double next = root - value_at(polynomial, root) / slope;
    if (!(next >= 0 && next <= length) || std::abs(next - root) > 1e-6 * length) return root;
    if (next == root) break;
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
  const auto root = search(polynomial, bernstein(polynomial, length), 0, length, 0);
  if (!root) return std::nullopt;
  return polish(polynomial, *root, length);
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
