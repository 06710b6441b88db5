// SPDX-License-Identifier: Apache-2.0
// Reverse-mode differentiation of a trace: from the adjoints of its results to those of its inputs.
#pragma once

#include <map>
#include <set>
#include <string>

#include "adjoint/trace.hpp"
#include "lower/scope.hpp"

namespace synfire::codegen {

// Sums and products that fold where this cannot change a bit of the result; null is 0.
Expr plus(const Expr& a, const Expr& b);
Expr minus(const Expr& a, const Expr& b);
Expr times(const Expr& a, const Expr& b);
Expr negated(const Expr& a);
Expr chosen(const Expr& condition, const Expr& then, const Expr& otherwise);
Expr or_zero(const Expr& a);

// One derivative of a trace. Adjoints become locals of `out`, which reads the values of the trace by name.
class Reverse {
 public:
  // `wanted`: values whose adjoints are requested; only what depends on them is differentiated. `stops`: values that
  // are treated as inputs, however they are computed. `arrays`: those whose elements count as values; each is read with
  // one index only.
  Reverse(const Trace& trace, Body& out, std::set<std::string> wanted, std::set<std::string> stops = {},
          std::set<ArrayId> arrays = {});

  // Adds to the adjoint of a value, or of everything that an expression reads. Null is 0.
  void seed(const Expr& value, const Expr& adjoint);
  void run();
  // Null if it is 0.
  Expr adjoint(const std::string& name) const;
  // Of elements of `arrays`, those that are not 0.
  const std::map<ArrayId, Expr>& array_adjoints() const { return array_adjoints_; }

 private:
  bool is_active(const Expr& expression) const;
  Expr atom(const Expr& adjoint);
  void propagate(const Expr& expression, const Expr& adjoint, const Expr& result);
  void propagate(const OperationExpr& node, const Expr& adjoint, const Expr& result);
  // For a function of one argument, given its derivative.
  void chain(const Expr& argument, const Expr& adjoint, const Expr& derivative);

  const Trace& trace_;
  Body& out_;
  std::set<std::string> stops_, active_;
  std::set<ArrayId> arrays_;
  std::map<std::string, Expr> adjoints_;
  std::map<ArrayId, Expr> array_adjoints_;
};

}  // namespace synfire::codegen
