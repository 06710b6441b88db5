// SPDX-License-Identifier: Apache-2.0
// Readout extrema that arrivals make move with them: if an arrival ends a rise, or its jump makes the largest value,
// then one step later the extremum would have risen for one more step.
#pragma once

#include "adjoint/reverse.hpp"
#include "lower/traced_step.hpp"

namespace synfire::codegen {

class ExtremumTiming {
 public:
  // Reads values from `trace`; adds statements to `out`.
  ExtremumTiming(TracedStep& traced, Trace& trace, Body& out) : traced_(traced), trace_(trace), out_(out) {}

  // The increase of the loss if an arrival of weight 1 comes one step later, by incoming connection; null: 0.
  // `readout_lambda`: λ of the readout at the end of the step; `flow` has run back through the step.
  Values lower(const Reverse& flow, const Values& readout_lambda);

 private:
  struct Extremum {
    Expr value, before, without;  // at the end of the step, at its start, at the end without the arrivals
    bool is_largest = true;
  };

  // `y = max(y, e)` and `min`, as the step computes them; null: anything else.
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
