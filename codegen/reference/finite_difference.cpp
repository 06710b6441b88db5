// SPDX-License-Identifier: Apache-2.0
#include "reference/finite_difference.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "synfire/error.hpp"

namespace synfire::codegen::reference {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
// Steps, relative to the entry's own scale. The wider one is for entries that rounding limits.
constexpr std::array widest{1.0 / 128, 1.0 / 16};
constexpr int halvings = 16;
constexpr double narrowest = widest[0] / (1 << halvings);

// Neville's scheme for differences of halved steps, whose error is a series in step^`order`.
class Extrapolation {
 public:
  explicit Extrapolation(int order) : ratio_(1 << order) {}

  void restart() { row_.clear(); }

  // `noise`: uncertainty of the difference due to rounding.
  void add(double difference, double noise, Difference& best) {
    std::vector<double> row{difference};
    double power = ratio_;
    for (const double coarser : row_) {
      const double finer = row.back();
      row.push_back(finer + (finer - coarser) / (power - 1));
      const double error = noise + std::max(std::abs(row.back() - finer), std::abs(row.back() - coarser));
      if (error <= best.error) best = {row.back(), error, false};
      power *= ratio_;
    }
    row_ = std::move(row);
  }

 private:
  double ratio_;
  std::vector<double> row_;
};

constexpr Difference unknown{0, infinite, true};

bool is_near(const Difference& difference, const Precision& precision) {
  return difference.error <= 0.1 * precision.allowed(difference.value);
}

}  // namespace

double Precision::allowed(double value) const {
  return relative * std::max(std::abs(expected), std::abs(value)) + absolute;
}

struct Differences::Entry {
  const TensorInfo& tensor;
  std::size_t index;
  double at;
  double scale() const { return std::max(std::abs(at), 0.1); }
};

Differences::Differences(const CompiledNetwork& network, const std::vector<Example>& examples)
    : network_(network), examples_(examples), values_(network.drawn.values), here_(sample()) {}

Differences::Sample Differences::sample() {
  Sample result;
  for (const Example& example : examples_) {
    const Outcome outcome = Trial(network_, values_, example).run_forward();
    result.loss += outcome.loss;
    result.structure = result.structure * 31 + outcome.structure;
    result.shared = result.shared || outcome.shared;
  }
  return result;
}

Differences::Sample Differences::sample(const Entry& entry, double shift) {
  set_value(values_, entry.tensor, entry.index, entry.at + shift);
  Sample result;
  try {
    result = sample();
  } catch (const RunError&) {
    result.structure = ~here_.structure;  // spikes without end are another structure
  }
  set_value(values_, entry.tensor, entry.index, entry.at);
  return result;
}

// nullopt if the structure changes.
std::optional<double> Differences::central(const Entry& entry, double step) {
  const Sample above = sample(entry, step);
  if (above.structure != here_.structure) return std::nullopt;
  const Sample below = sample(entry, -step);
  if (below.structure != here_.structure) return std::nullopt;
  return (above.loss - below.loss) / (2 * step);
}

double Differences::noise(double step) const {
  return std::numeric_limits<double>::epsilon() * std::abs(here_.loss) / std::abs(step);
}

Difference Differences::central(const Entry& entry, const Precision& precision, double widest_step) {
  Extrapolation extrapolation(2);
  Difference best = unknown;
  bool changes = false;
  double step = widest_step * entry.scale();
  for (int round = 0; round <= halvings && !is_near(best, precision) && noise(step) < best.error; ++round, step /= 2) {
    if (const auto difference = central(entry, step)) {
      extrapolation.add(*difference, noise(step), best);
      continue;
    }
    if (round == 0 && !central(entry, narrowest * entry.scale())) return unknown;
    changes = true;
    extrapolation.restart();
  }
  best.kink = changes && best.error > precision.allowed(best.value);
  return best;
}

Difference Differences::sided(const Entry& entry, const Precision& precision, double side) {
  Extrapolation extrapolation(1);
  Difference best = unknown;
  const std::uint64_t nearby = sample(entry, side * narrowest * entry.scale()).structure;
  double step = side * widest[0] * entry.scale();
  for (int round = 0; round < halvings && !is_near(best, precision) && noise(step) < best.error; ++round, step /= 2) {
    const Sample there = sample(entry, step);
    if (there.structure == nearby)
      extrapolation.add((there.loss - here_.loss) / step, noise(step), best);
    else
      extrapolation.restart();
  }
  return best;
}

Difference Differences::by(const TensorInfo& tensor, std::size_t index, const Precision& precision) {
  const Entry entry{tensor, index, value_of(values_, tensor, index)};
  Difference best = unknown;
  for (const double step : widest) {
    const Difference difference = central(entry, precision, step);
    if (difference.error < best.error) best = difference;
    if (best.kink || is_near(best, precision)) break;
  }
  if (!best.kink) return best;
  const Difference above = sided(entry, precision, 1), below = sided(entry, precision, -1);
  const Difference both{(above.value + below.value) / 2, std::max(above.error, below.error), false};
  const double allowed = precision.allowed(both.value);
  if (!here_.shared && both.error <= allowed && std::abs(above.value - below.value) <= allowed) return both;
  best.kink = !(std::abs(best.value - precision.expected) > 10 * best.error);
  return best;
}

}  // namespace synfire::codegen::reference
