// SPDX-License-Identifier: Apache-2.0
// Extrema of the readout that arrivals make move with them: where an arrival ends a rise, or is the jump that the largest value
// is at the end of, a step later it would be what a step more of that rise gives.
#pragma once

#include "adjoint/reverse.hpp"
#include "lower/traced_step.hpp"

namespace synfire::codegen {

class ExtremumTiming {
 public:
  // Values are read of `trace`; statements go to `out`.
  ExtremumTiming(TracedStep& traced, Trace& trace, Body& out) : traced_(traced), trace_(trace), out_(out) {}

  // By how much the loss rises when an arrival of weight 1 comes a step later, by incoming connection; null: 0. λ of the
  // readout at the end of the step; `flow` has gone back through it.
  Values lower(const Reverse& flow, const Values& readout_lambda);

 private:
  struct Extremum {
    Expr value, before, without;  // at the end of the step, at its start, at the end without what arrives
    bool is_largest = true;
  };

  // `y = max(y, e)` and `min`, as the step computes them; null: it is something else.
  const OperationExpr* extremum(std::size_t m) const;
  Extremum extremum_of(const OperationExpr& node, std::size_t m, const Trace::Values& unmoved);
  void add_turn(std::size_t m, const OperationExpr& node, const Expr& lambda, Values& rises);
  void add_jump(std::size_t m, const OperationExpr& node, const Expr& lambda, Values& rises);
  void share(const Expr& condition, const Expr& change, const Extremum& here, const std::set<std::string>& arrivals,
             const std::set<std::string>& given, bool moves_whole, const Expr& lambda, Values& rises);

  TracedStep& traced_;
  Trace& trace_;
  Body& out_;
};

}  // namespace synfire::codegen
