// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "lower/symbolic.hpp"
#include "synfire/base/single.hpp"
#include "synfire/codegen/surrogates.hpp"
#include "synfire/error.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire::codegen {
namespace {

using language::Expression;

symbolic::Substitution values_of(const SurrogateModel& model) {
  symbolic::Substitution values;
  for (const Parameter& each : model.parameters)
    values[each.name] =
        each.value.is_flag() ? language::boolean(each.value.flag()) : language::number(each.value.number());
  return values;
}

void require_finite(const Expression& text, const symbolic::Substitution& values, const std::string& path) {
  const Expression part = symbolic::non_finite_part(text, values);
  if (!part) return;
  throw ModelError({.kind = ProblemKind::invalid_value,
                    .path = path,
                    .message = language::to_string(part) + " is not finite with these parameters",
                    .hint = "check for a division by 0, or a value that is too large"});
}

}  // namespace

SurrogateRule surrogate_rule(const SurrogateModel& model, bool detach_reset, const std::string& path) {
  const ir::ParsedSurrogate parsed = ir::parse(model);
  const symbolic::Substitution values = values_of(model);
  const std::string name = path + " \"" + model.name + '"';
  require_finite(parsed.derivative, values, name + ", derivative");
  SurrogateRule rule{.derivative = symbolic::substitute(parsed.derivative, values), .detach_reset = detach_reset};
  if (symbolic::is_number(rule.derivative, 0)) {
    throw ModelError({.kind = ProblemKind::invalid_value,
                      .path = name + ", derivative",
                      .message = "the derivative is 0 everywhere, so no gradient passes through spikes"});
  }
  if (!parsed.support) return rule;
  require_finite(parsed.support, values, name + ", support");
  rule.support = symbolic::as_number(symbolic::substitute(parsed.support, values));
  if (rule.support && *rule.support > 0 && base::is_single(*rule.support)) return rule;
  throw ModelError({.kind = ProblemKind::invalid_value,
                    .path = name + ", support",
                    .message = "the support is out of range with these parameters",
                    .expected = "> 0",
                    .given = rule.support ? to_string(Value(*rule.support)) : model.support});
}

}  // namespace synfire::codegen
