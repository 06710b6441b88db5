// SPDX-License-Identifier: Apache-2.0
#include "lower/extremum_timing.hpp"

#include "adjoint/difference.hpp"

namespace synfire::codegen {
namespace {

Expr replaced(const Expr& expression, const Trace::Values& other) {
  return replace_locals(expression, [&other](const std::string& name, Type) -> Expr {
    const auto found = other.find(name);
    return found == other.end() ? nullptr : found->second;
  });
}

// Replaces the step number by that of the previous step.
Expr a_step_earlier(const Expr& expression) {
  if (!expression) return nullptr;
  if (const auto* node = std::get_if<BuiltinExpr>(&expression->node); node && node->builtin == Builtin::step)
    return apply(Operation::subtract, {expression, number(1)});
  const auto* node = std::get_if<OperationExpr>(&expression->node);
  if (node == nullptr) return expression;
  std::vector<Expr> operands;
  for (const Expr& operand : node->operands) operands.push_back(a_step_earlier(operand));
  return apply(node->operation, std::move(operands));
}

}  // namespace

Values ExtremumTiming::lower(const Reverse& flow, const Values& readout_lambda) {
  Values rises(traced_.step.synapses.size());
  for (std::size_t m = 0; m < traced_.read_out.size(); ++m) {
    const OperationExpr* node = extremum(m);
    if (node == nullptr) continue;
    if (const Expr lambda = flow.adjoint(traced_.readout_start[m])) add_turn(m, *node, lambda, rises);
    if (traced_.has_direct_arrivals()) add_jump(m, *node, readout_lambda[m], rises);
  }
  return rises;
}

const OperationExpr* ExtremumTiming::extremum(std::size_t m) const {
  const Trace::Definition* definition = trace_.find(traced_.read_out[m]);
  const auto* node = definition ? std::get_if<OperationExpr>(&definition->value->node) : nullptr;
  if (node == nullptr || (node->operation != Operation::maximum && node->operation != Operation::minimum))
    return nullptr;
  const auto is_own = [&](std::size_t i) {
    const auto* name = std::get_if<LocalExpr>(&node->operands[i]->node);
    return name != nullptr && name->name == traced_.readout_start[m];
  };
  return is_own(0) != is_own(1) ? node : nullptr;
}

ExtremumTiming::Extremum ExtremumTiming::extremum_of(const OperationExpr& node, std::size_t m,
                                                     const Trace::Values& unmoved) {
  const auto* first = std::get_if<LocalExpr>(&node.operands[0]->node);
  const bool is_first = first != nullptr && first->name == traced_.readout_start[m];
  const Expr value = node.operands[is_first ? 1 : 0];
  Trace::Values start;
  for (std::size_t k = 0; k < traced_.flowed.size(); ++k) {
    if (traced_.flowed[k] != traced_.start[k]) start[traced_.flowed[k]] = f32(traced_.start[k]);
  }
  const Trace::Values earlier = trace_.replay(start, {}, "earlier");
  return {value, a_step_earlier(replaced(value, earlier)), replaced(value, unmoved),
          node.operation == Operation::maximum};
}

// An extremum at the start of the step that would be exceeded at its end without the arrivals.
void ExtremumTiming::add_turn(std::size_t m, const OperationExpr& node, const Expr& lambda, Values& rises) {
  Trace::Values nothing;
  for (std::size_t c = 0; c < traced_.arriving.size(); ++c) {
    nothing[traced_.arriving[c]] = constant(0);
    for (std::size_t l = 0; l < traced_.synapse_start[c].size(); ++l)
      nothing[traced_.synapse_taken_up[c][l]] = f32(traced_.synapse_start[c][l]);
  }
  const Extremum here = extremum_of(node, m, trace_.replay(nothing, {}, "unmoved"));
  const Expr change = out_.let("turn", or_zero(difference(trace_, here.without, here.before)));
  const Expr y = f32(traced_.readout_start[m]);
  const Expr is_kept = apply(Operation::equal, {f32(traced_.read_out[m]), y});
  const Expr is_here = both(is_kept, apply(Operation::equal, {y, here.before}));
  const Expr goes_on = here.is_largest ? greater(change, constant(0)) : less(change, constant(0));
  const std::set<std::string> arrivals(traced_.arriving.begin(), traced_.arriving.end());
  std::set<std::string> given(traced_.start.begin(), traced_.start.end());
  for (const Names& names : traced_.synapse_start) given.insert(names.begin(), names.end());
  share(both(is_here, goes_on), times(lambda, change), here, arrivals, given, false, lambda, rises);
}

// An extremum at the end of the step that a jump has made. If the neuron spikes, that event accounts for it.
void ExtremumTiming::add_jump(std::size_t m, const OperationExpr& node, const Expr& lambda, Values& rises) {
  Trace::Values nothing;
  for (const std::string& name : traced_.direct_arrivals()) nothing[name] = constant(0);
  const Extremum here = extremum_of(node, m, trace_.replay(nothing, traced_.all_taken_up(), "without"));
  const Expr rise = out_.let("jump", or_zero(difference(trace_, here.value, here.without)));
  const Expr change = out_.let("rise_before", or_zero(difference(trace_, here.without, here.before)));
  const Expr y = f32(traced_.read_out[m]);
  const Expr is_new = apply(Operation::not_equal, {y, f32(traced_.readout_start[m])});
  Expr is_made = both(both(is_new, apply(Operation::equal, {y, here.value})),
                      here.is_largest ? greater(rise, constant(0)) : less(rise, constant(0)));
  if (traced_.step.parsed.threshold)
    is_made = both(is_made, less(traced_.threshold_at(trace_, traced_.at_end(), "threshold"), constant(0)));
  share(is_made, times(lambda, change), here, traced_.direct_arrivals(), traced_.all_taken_up(), true, lambda, rises);
}

// `moves_whole`: the difference of the two Λ has removed the value from this step without adding it to another.
void ExtremumTiming::share(const Expr& condition, const Expr& change, const Extremum& here,
                           const std::set<std::string>& arrivals, const std::set<std::string>& given, bool moves_whole,
                           const Expr& lambda, Values& rises) {
  Reverse slope(trace_, out_, arrivals, given);
  slope.seed(here.value, constant(1));
  slope.run();
  Expr total;
  for (const std::string& name : arrivals) total = plus(total, times(slope.adjoint(name), f32(name)));
  if (!total || !change) return;
  total = out_.let("all", total);
  const Expr is_known = both(condition, apply(Operation::not_equal, {total, constant(0)}));
  const Expr part = chosen(is_known, quotient(change, total), nullptr);
  const Expr whole = moves_whole ? chosen(condition, lambda, nullptr) : nullptr;
  const Expr unit = out_.let("by_unit", or_zero(plus(part, whole)));
  for (std::size_t c = 0; c < rises.size(); ++c) {
    if (arrivals.count(traced_.arriving[c]) == 0) continue;
    rises[c] = plus(rises[c], times(slope.adjoint(traced_.arriving[c]), unit));
  }
}

}  // namespace synfire::codegen
