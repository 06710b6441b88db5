// SPDX-License-Identifier: Apache-2.0
#include "lower/step_loss.hpp"

#include "adjoint/loss_derivative.hpp"
#include "adjoint/reverse.hpp"
#include "lower/shorthands.hpp"

namespace synfire::codegen {
namespace {

// The g of g², if its derivative with respect to v is a number; else null.
language::Expression root_of_square(const language::Expression& element) {
  const auto* node = std::get_if<language::Binary>(&element->node);
  if (!node || node->operation != language::BinaryOperator::power || !symbolic::is_number(node->right, 2))
    return nullptr;
  return symbolic::as_number(symbolic::differentiate(node->left, "v")) ? node->left : nullptr;
}

}  // namespace

Expr step_count() { return apply(Operation::to_f32, {builtin(Builtin::steps)}); }

Expr loss_weight(ArrayId weights, const Expr& index) {
  return apply(Operation::select, {builtin(Builtin::is_weighted), load(weights, Type::f32, index), constant(1)});
}

Expr lower_step_element(LoweringContext& context, const language::Expression& element, const std::string& path,
                        std::uint32_t count, const std::optional<ArrayId>& targets, const Expr& x, Body& out) {
  Scope scope(context, {}, {}, path, count, {});
  scope.bind("v", x);
  const Expr row = product_u32(builtin(Builtin::step), count);
  if (targets) scope.bind("y", load(*targets, Type::f32, sum_u32(row, builtin(Builtin::element))));
  return scope.lower(element, out);
}

void add_to_sum(const Expr& value, ArrayId sum, ArrayId rest, const Expr& index, Body& out) {
  const auto difference = [](const Expr& a, const Expr& b) { return apply(Operation::subtract, {a, b}); };
  const Expr so_far = out.let("so_far", load(sum, Type::f32, index));
  const Expr added = out.let("added", difference(value, load(rest, Type::f32, index)));
  const Expr total = out.let("total", apply(Operation::add, {so_far, added}));
  out.add(Store{rest, difference(difference(total, so_far), added), index});
  out.add(Store{sum, total, index});
}

std::size_t output_state(const LoweredStep& step) {
  std::size_t k = 0;
  while (step.states[k].variable.name != step.parsed.output) ++k;
  return k;
}

Expr StepLoss::lower(const language::Expression& expression, const Expr& x) const {
  return lower_step_element(step.context, expression, step.path, step.count, request.step_targets, x, out);
}

Expr StepLoss::mean_part(const Expr& value) const {
  const Expr weight = out.let("weight", loss_weight(*request.step_weights, builtin(Builtin::step)));
  return quotient(or_zero(times(value, weight)), step_count());
}

// x² − y² = (x − y)·(x + y), which does not cancel.
Expr StepLoss::difference(const Expr& x, const Expr& y) const {
  const StepText& text = *request.step_loss;
  const language::Expression root = root_of_square(text.element);
  if (!root) {
    const Expr change = minus(lower(text.element, x), lower(text.element, y));
    return mean_part(times(constant(text.factor), change));
  }
  const double slope = *symbolic::as_number(symbolic::differentiate(root, "v"));
  const Expr middle = times(constant(text.factor), plus(lower(root, x), lower(root, y)));
  return mean_part(times(times(constant(slope), minus(x, y)), middle));
}

Expr StepLoss::derivative(const Expr& x) const {
  const StepText& text = *request.step_loss;
  return mean_part(lower(step_derivative(text), x));
}

}  // namespace synfire::codegen
