// SPDX-License-Identifier: Apache-2.0
// Reverse-mode differentiation of a trace: from the adjoints of what it computes to those of what it is computed from.
#pragma once

#include <map>
#include <set>
#include <string>

#include "adjoint/trace.hpp"
#include "lower/scope.hpp"

namespace synfire::codegen {

// Sums and products that fold where no other bits can come out; null is 0.
Expr plus(const Expr& a, const Expr& b);
Expr minus(const Expr& a, const Expr& b);
Expr times(const Expr& a, const Expr& b);
Expr negated(const Expr& a);
Expr chosen(const Expr& condition, const Expr& then, const Expr& otherwise);
Expr or_zero(const Expr& a);

// One derivative of a trace. Adjoints become locals of `out`, which then reads the values of the trace by name.
class Reverse {
 public:
  // `wanted`: values whose adjoints are asked for; only what depends on them is differentiated. `stops`: values that count
  // as given, whatever they are made of.
  Reverse(const Trace& trace, Body& out, std::set<std::string> wanted, std::set<std::string> stops = {});

  // Adds to the adjoint of a value, or of all that an expression is made of. Null is 0.
  void seed(const Expr& value, const Expr& adjoint);
  void run();
  // Null where it is 0.
  Expr adjoint(const std::string& name) const;

 private:
  bool is_active(const Expr& expression) const;
  Expr atom(const Expr& adjoint);
  void propagate(const Expr& expression, const Expr& adjoint, const Expr& result);
  void propagate(const OperationExpr& node, const Expr& adjoint, const Expr& result);
  // Of a function of one argument, given its derivative.
  void chain(const Expr& argument, const Expr& adjoint, const Expr& derivative);

  const Trace& trace_;
  Body& out_;
  std::set<std::string> stops_, active_;
  std::map<std::string, Expr> adjoints_;
};

}  // namespace synfire::codegen
