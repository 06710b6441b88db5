// SPDX-License-Identifier: Apache-2.0
// Lowers constant expressions of a model to double precision: what programs compute again when training has changed
// parameters.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lower/scope.hpp"

namespace synfire::codegen {

class DoublePrecision {
 public:
  // `shared`: all values are the same for all neurons.
  DoublePrecision(LoweringContext& context, Scope& scope, bool shared)
      : scope_(scope), shared_(shared), body_(context.names, 0) {}

  // array = expression, rounded to single precision.
  void assign(ArrayId array, const language::Expression& expression);
  std::vector<Statement> take() { return body_.take(); }

 private:
  Expr lower(const language::Expression& expression);
  Expr parameter(const std::string& name);

  Scope& scope_;
  bool shared_;
  Body body_;
  std::map<std::string, Expr> parameters_;
};

}  // namespace synfire::codegen
