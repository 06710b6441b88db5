// SPDX-License-Identifier: Apache-2.0
// Flows by Taylor series of high order with a step size chosen from the series itself (Jorba & Zou 2005): exact up to
// the rounding of double for any equations. If they are linear with constant coefficients, this is the series of the
// matrix exponential.
#pragma once

#include <array>
#include <vector>

#include "reference/tape.hpp"

namespace synfire::codegen::reference {

inline constexpr int series_order = 22;
using Series = std::array<double, series_order + 1>;

// The degree of the last nonzero term; 0 if there is none.
int degree_of(const Series& series);
double value_at(const Series& series, double time);

// A flow that is linear with constant coefficients, for one set of constants: rates and other nodes as sums of moving
// inputs.
struct LinearFlow {
  struct Entry {
    std::size_t row, column;
    double value;
  };
  std::vector<Entry> entries;
  std::vector<double> offset;
};

// dx/dt of the first inputs of a tape, in order.
class FlowSeries {
 public:
  // `rates`: nodes, one for each moving input; `time`: index of the input that is the time, or −1; `others`: other
  // nodes whose series are computed.
  FlowSeries(const Tape& tape, std::vector<int> rates, int time, std::vector<int> others);

  // Expands at `inputs`; `constants` holds the values of constant nodes (Tape::evaluate_constants). Afterwards
  // `of_input(i)` and `of_other(i)` are series in the time since then, valid for at most `length` in either direction.
  void expand(const double* inputs, const std::vector<double>& constants, double length);
  const Series& of_input(std::size_t i) const { return moving_[i]; }
  const Series& of_other(std::size_t i) const { return other_series_[i]; }

  bool is_linear() const { return linear_; }
  // If the flow is linear: its form for these constants, with which `expand` is faster.
  LinearFlow linearize(const double* inputs, const std::vector<double>& constants) const;
  void expand(const double* inputs, const LinearFlow& flow, double length);

  // How far the series of all moving inputs are valid, in either direction of time.
  double reach() const;
  // `length`, or less if max, min or abs changes sides before that, forward (direction 1) or backward (−1).
  double until_switch(double length, double direction) const;
  // A bit for each of these (modulo 64) whose two sides are equal throughout. Either may be taken: a kink for anything
  // that moves one of them.
  std::uint64_t undecided() const;

 private:
  bool find_linearity() const;
  // The difference between the sides of a switch.
  Series gap_at(std::size_t i) const;
  bool ends_at(std::size_t order, double power) const;
  double coefficient(const TapeNode& node, std::size_t index, int k) const;
  double convolution(int a, int b, int k) const;
  double weighted(int a, int b, int k) const;

  const Tape& tape_;
  std::vector<int> rates_;
  int time_;
  std::vector<int> others_;
  std::vector<std::size_t> moving_nodes_;
  std::vector<Series> moving_;
  std::vector<Series> node_series_;
  std::vector<Series> other_series_;
  std::vector<double> values_;
  std::vector<std::size_t> switches_;  // nodes that have sides
  std::vector<bool> branch_;           // of max, min, abs, select: which side
  bool linear_ = false;
};

}  // namespace synfire::codegen::reference
