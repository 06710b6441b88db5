// SPDX-License-Identifier: Apache-2.0
#include "lower/step_loss.hpp"

#include "adjoint/reverse.hpp"
#include "lower/shorthands.hpp"

namespace synfire::codegen {
namespace {

Expr step_count() { return apply(Operation::to_f32, {builtin(Builtin::steps)}); }

}  // namespace

std::size_t StepLoss::output_state() const {
  std::size_t k = 0;
  while (step.states[k].variable.name != step.parsed.output) ++k;
  return k;
}

Expr StepLoss::error(const Expr& x) const {
  return minus(x, load(targets, Type::f32, row_index(step, builtin(Builtin::step))));
}

Expr StepLoss::difference(const Expr& x, const Expr& y) const {
  const Expr middle = times(constant(0.5), plus(error(x), error(y)));
  return quotient(or_zero(times(minus(x, y), middle)), step_count());
}

Expr StepLoss::derivative(const Expr& x) const { return quotient(error(x), step_count()); }

}  // namespace synfire::codegen
