// SPDX-License-Identifier: Apache-2.0
#include "reference/series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "reference/polynomial.hpp"

namespace synfire::codegen::reference {

int degree_of(const Series& series) {
  int degree = series_order;
  while (degree > 0 && series[static_cast<std::size_t>(degree)] == 0) --degree;
  return degree;
}

double value_at(const Series& series, double time) {
  const int degree = degree_of(series);
  double value = series[static_cast<std::size_t>(degree)];
  for (int k = degree - 1; k >= 0; --k) value = value * time + series[static_cast<std::size_t>(k)];
  return value;
}

FlowSeries::FlowSeries(const Tape& tape, std::vector<int> rates, int time, std::vector<int> others)
    : tape_(tape), rates_(std::move(rates)), time_(time), others_(std::move(others)) {
  moving_.resize(rates_.size());
  other_series_.resize(others_.size());
  node_series_.resize(tape.nodes().size());
  branch_.resize(tape.nodes().size());
  for (std::size_t i = 0; i < tape.nodes().size(); ++i) {
    node_series_[i].fill(0);
    if (tape.nodes()[i].constant) continue;
    moving_nodes_.push_back(i);
    const TapeOperation operation = tape.nodes()[i].operation;
    if (operation == TapeOperation::maximum || operation == TapeOperation::minimum ||
        operation == TapeOperation::absolute)
      switches_.push_back(i);
  }
  linear_ = find_linearity();
}

bool FlowSeries::find_linearity() const {
  const auto is_constant = [&](int operand) { return tape_.nodes()[static_cast<std::size_t>(operand)].constant; };
  return std::all_of(moving_nodes_.begin(), moving_nodes_.end(), [&](std::size_t i) {
    const TapeNode& node = tape_.nodes()[i];
    switch (node.operation) {
      case TapeOperation::input: return node.a != time_;
      case TapeOperation::add:
      case TapeOperation::subtract:
      case TapeOperation::negate: return true;
      case TapeOperation::multiply: return is_constant(node.a) || is_constant(node.b);
      case TapeOperation::divide: return is_constant(node.b);
      default: return false;
    }
  });
}

LinearFlow FlowSeries::linearize(const double* inputs, const std::vector<double>& constants) const {
  std::vector<int> rows = rates_;
  rows.insert(rows.end(), others_.begin(), others_.end());
  const std::size_t moving = rates_.size();
  std::vector<double> at(inputs, inputs + tape_.names().size());
  std::fill_n(at.begin(), moving, 0.0);
  std::vector<double> values = constants;
  tape_.evaluate_rest(at.data(), values);
  LinearFlow flow;
  for (const int row : rows) flow.offset.push_back(values[static_cast<std::size_t>(row)]);
  for (std::size_t column = 0; column < moving; ++column) {
    at[column] = 1;
    tape_.evaluate_rest(at.data(), values);
    at[column] = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const double slope = values[static_cast<std::size_t>(rows[row])] - flow.offset[row];
      if (slope != 0) flow.entries.push_back({row, column, slope});
    }
  }
  return flow;
}

// Whether the terms of this order, times `power` of the length, are below rounding.
bool FlowSeries::ends_at(std::size_t order, double power) const {
  for (const auto* list : {&moving_, &other_series_}) {
    for (const Series& series : *list) {
      const double scale = std::abs(series[0]) + std::abs(series[1]);
      if (std::abs(series[order]) * power > 1e-20 * scale) return false;
    }
  }
  return true;
}

void FlowSeries::expand(const double* inputs, const LinearFlow& flow, double length) {
  const std::size_t moving = rates_.size();
  for (std::size_t m = 0; m < moving; ++m) moving_[m][0] = inputs[m];
  double power = 1;
  int small = 0;
  for (std::size_t k = 0; k <= series_order; ++k) {
    for (std::size_t m = 0; m < moving && k < series_order; ++m) moving_[m][k + 1] = k == 0 ? flow.offset[m] : 0;
    for (std::size_t i = 0; i < others_.size(); ++i) other_series_[i][k] = k == 0 ? flow.offset[moving + i] : 0;
    for (const LinearFlow::Entry& entry : flow.entries) {
      const double part = entry.value * moving_[entry.column][k];
      if (entry.row >= moving)
        other_series_[entry.row - moving][k] += part;
      else if (k < series_order)
        moving_[entry.row][k + 1] += part;
    }
    const double factor = 1.0 / static_cast<double>(k + 1);
    for (std::size_t m = 0; m < moving && k < series_order; ++m) moving_[m][k + 1] *= factor;
    small = k > 2 && ends_at(k, power) ? small + 1 : 0;
    power *= length;
    if (small < 2) continue;
    for (auto* list : {&moving_, &other_series_}) {
      for (Series& series : *list) std::fill(series.begin() + static_cast<std::ptrdiff_t>(k) + 1, series.end(), 0.0);
    }
    break;
  }
}

// Σ_{j=0..k} a_j b_{k−j}
double FlowSeries::convolution(int a, int b, int k) const {
  const Series& x = node_series_[static_cast<std::size_t>(a)];
  const Series& y = node_series_[static_cast<std::size_t>(b)];
  double sum = 0;
  for (int j = 0; j <= k; ++j) sum += x[static_cast<std::size_t>(j)] * y[static_cast<std::size_t>(k - j)];
  return sum;
}

// (1/k) Σ_{j=1..k} j a_j b_{k−j}
double FlowSeries::weighted(int a, int b, int k) const {
  const Series& x = node_series_[static_cast<std::size_t>(a)];
  const Series& y = node_series_[static_cast<std::size_t>(b)];
  double sum = 0;
  for (int j = 1; j <= k; ++j) sum += j * x[static_cast<std::size_t>(j)] * y[static_cast<std::size_t>(k - j)];
  return sum / k;
}

double FlowSeries::coefficient(const TapeNode& node, std::size_t index, int k) const {
  const auto at = [&](int operand, int order) {
    return node_series_[static_cast<std::size_t>(operand)][static_cast<std::size_t>(order)];
  };
  const auto is_constant = [&](int operand) { return tape_.nodes()[static_cast<std::size_t>(operand)].constant; };
  const int self = static_cast<int>(index);
  const auto own = [&](int order) { return node_series_[index][static_cast<std::size_t>(order)]; };
  switch (node.operation) {
    case TapeOperation::input:
      if (node.a == time_) return k == 1 ? 1 : 0;
      return moving_[static_cast<std::size_t>(node.a)][static_cast<std::size_t>(k)];
    case TapeOperation::add: return at(node.a, k) + at(node.b, k);
    case TapeOperation::subtract: return at(node.a, k) - at(node.b, k);
    case TapeOperation::multiply:
      if (is_constant(node.a)) return at(node.a, 0) * at(node.b, k);
      if (is_constant(node.b)) return at(node.a, k) * at(node.b, 0);
      return convolution(node.a, node.b, k);
    case TapeOperation::divide: {
      if (is_constant(node.b)) return at(node.a, k) / at(node.b, 0);
      double sum = at(node.a, k);
      for (int j = 1; j <= k; ++j) sum -= at(node.b, j) * own(k - j);
      return sum / at(node.b, 0);
    }
    case TapeOperation::negate: return -at(node.a, k);
    case TapeOperation::power: {
      const double exponent = at(node.b, 0);
      double sum = 0;
      for (int j = 1; j <= k; ++j) sum += (j * (exponent + 1) - k) * at(node.a, j) * own(k - j);
      return sum / (k * at(node.a, 0));
    }
    case TapeOperation::exponential: return weighted(node.a, self, k);
    case TapeOperation::exponential_minus_one: return weighted(node.a, self, k) + at(node.a, k);
    case TapeOperation::logarithm:
    case TapeOperation::logarithm_one_plus: {
      double sum = 0;
      for (int j = 1; j < k; ++j) sum += j * own(j) * at(node.a, k - j);
      const double base = at(node.a, 0) + (node.operation == TapeOperation::logarithm ? 0 : 1);
      return (at(node.a, k) - sum / k) / base;
    }
    case TapeOperation::square_root: {
      double sum = at(node.a, k);
      for (int j = 1; j < k; ++j) sum -= own(j) * own(k - j);
      return sum / (2 * own(0));
    }
    case TapeOperation::sine: return weighted(node.a, node.partner, k);
    case TapeOperation::cosine: return -weighted(node.a, node.partner, k);
    case TapeOperation::hyperbolic_tangent:
    case TapeOperation::sigmoid: return weighted(node.a, node.partner, k);
    case TapeOperation::absolute: return branch_[index] ? at(node.a, k) : -at(node.a, k);
    case TapeOperation::maximum:
    case TapeOperation::minimum: return branch_[index] ? at(node.a, k) : at(node.b, k);
    case TapeOperation::select: return branch_[index] ? at(node.b, k) : at(node.c, k);
    case TapeOperation::number:
    case TapeOperation::step:
    case TapeOperation::matrix: return 0;
  }
  return 0;
}

void FlowSeries::expand(const double* inputs, const std::vector<double>& constants, double length) {
  values_ = constants;
  const std::vector<double>& values = values_;
  tape_.evaluate_rest(inputs, values_);
  for (std::size_t i = 0; i < values.size(); ++i) node_series_[i][0] = values[i];
  for (const std::size_t i : moving_nodes_) {
    const TapeNode& node = tape_.nodes()[i];
    const auto at = [&](int operand) { return values[static_cast<std::size_t>(operand)]; };
    if (node.operation == TapeOperation::absolute) branch_[i] = at(node.a) >= 0;
    if (node.operation == TapeOperation::maximum) branch_[i] = at(node.a) >= at(node.b);
    if (node.operation == TapeOperation::minimum) branch_[i] = at(node.a) <= at(node.b);
    if (node.operation == TapeOperation::select) branch_[i] = at(node.a) != 0;
  }
  for (std::size_t m = 0; m < rates_.size(); ++m) moving_[m][0] = inputs[m];
  double power = 1;
  int small = 0;
  for (int k = 0; k <= series_order; ++k) {
    if (k > 0) {
      for (const std::size_t i : moving_nodes_)
        node_series_[i][static_cast<std::size_t>(k)] = coefficient(tape_.nodes()[i], i, k);
    }
    for (std::size_t i = 0; i < others_.size(); ++i)
      other_series_[i][static_cast<std::size_t>(k)] =
          node_series_[static_cast<std::size_t>(others_[i])][static_cast<std::size_t>(k)];
    small = k > 2 && ends_at(static_cast<std::size_t>(k), power) ? small + 1 : 0;
    power *= length;
    if (small == 2) {
      const auto cut = [&](Series& series) { std::fill(series.begin() + k + 1, series.end(), 0.0); };
      for (auto* list : {&moving_, &other_series_}) std::for_each(list->begin(), list->end(), cut);
      for (const std::size_t i : moving_nodes_) cut(node_series_[i]);
      break;
    }
    if (k == series_order) break;
    for (std::size_t m = 0; m < rates_.size(); ++m)
      moving_[m][static_cast<std::size_t>(k) + 1] =
          node_series_[static_cast<std::size_t>(rates_[m])][static_cast<std::size_t>(k)] / (k + 1);
  }
}

// ms: a step ends at least this far beyond a change of sides, so rounding cannot hold it there.
constexpr double past_switch = 1e-9;

static bool is_zero(const Series& series) {
  return std::all_of(series.begin(), series.end(), [](double each) { return each == 0; });
}

Series FlowSeries::gap_at(std::size_t i) const {
  const TapeNode& node = tape_.nodes()[i];
  Series gap = node_series_[static_cast<std::size_t>(node.a)];
  if (node.operation == TapeOperation::absolute) return gap;
  const Series& other = node_series_[static_cast<std::size_t>(node.b)];
  for (std::size_t k = 0; k < gap.size(); ++k) gap[k] -= other[k];
  return gap;
}

std::uint64_t FlowSeries::undecided() const {
  std::uint64_t bits = 0;
  for (std::size_t k = 0; k < switches_.size(); ++k) {
    if (is_zero(gap_at(switches_[k]))) bits |= std::uint64_t{1} << (k % 64);
  }
  return bits;
}

double FlowSeries::until_switch(double length, double direction) const {
  double least = length;
  for (const std::size_t i : switches_) {
    const TapeNode& node = tape_.nodes()[i];
    Series gap = gap_at(i);
    if (is_zero(gap)) continue;
    // Negative while the side does not change.
    const bool positive = branch_[i] == (node.operation != TapeOperation::minimum);
    double sign = positive ? -1 : 1;
    for (double& each : gap) {
      each *= sign;
      sign *= direction;
    }
    if (const auto change = first_not_negative(gap, least)) least = std::min(least, std::max(*change, past_switch));
  }
  return least;
}

// Up to where the last two terms are below rounding, relative to the largest state that moves. A state that does not
// move may be as large as the sentinel of a silent neuron.
double FlowSeries::reach() const {
  double farthest = std::numeric_limits<double>::infinity();
  double scale = 0;
  for (const Series& series : moving_) {
    if (series[1] != 0) scale = std::max({scale, std::abs(series[0]), std::abs(series[1])});
  }
  if (scale == 0) scale = 1;
  for (const int order : {series_order - 1, series_order}) {
    double largest = 0;
    for (const Series& series : moving_) largest = std::max(largest, std::abs(series[static_cast<std::size_t>(order)]));
    if (largest > 0) farthest = std::min(farthest, std::pow(1e-18 * scale / largest, 1.0 / order));
  }
  return farthest;
}

}  // namespace synfire::codegen::reference
