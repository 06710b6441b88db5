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

// At the threshold and on either side of it, within the support.
void require_finite_values(const SurrogateRule& rule, const std::string& path) {
  const double near = rule.support.value_or(2) / 2;
  for (const double x : {0.0, near, -near}) {
    const double value = symbolic::evaluate(rule.derivative, [x](const std::string&) { return x; });
    if (std::isfinite(static_cast<float>(value))) continue;
    throw ModelError({.kind = ProblemKind::invalid_value,
                      .path = path,
                      .message = "the derivative is not finite at x = " + to_string(Value(x)),
                      .hint = "check for a division by 0",
                      .given = to_string(Value(value))});
  }
}

}  // namespace

SurrogateRule surrogate_rule(const SurrogateModel& model, bool detach_reset, const std::string& path) {
  const ir::ParsedSurrogate parsed = ir::parse(model);
  const symbolic::Substitution values = values_of(model);
  const std::string derivative = path + " \"" + model.name + "\", derivative";
  const std::string support = path + " \"" + model.name + "\", support";
  require_finite(parsed.derivative, values, derivative);
  SurrogateRule rule{.derivative = symbolic::substitute(parsed.derivative, values), .detach_reset = detach_reset};
  if (symbolic::is_number(rule.derivative, 0)) {
    throw ModelError({.kind = ProblemKind::invalid_value,
                      .path = derivative,
                      .message = "the derivative is 0 everywhere, so no gradient passes through spikes"});
  }
  if (parsed.support) {
    require_finite(parsed.support, values, support);
    rule.support =
        symbolic::evaluate(symbolic::substitute(parsed.support, values), [](const std::string&) { return 0.0; });
    if (!(*rule.support > 0) || !base::is_single(*rule.support)) {
      throw ModelError({.kind = ProblemKind::invalid_value,
                        .path = support,
                        .message = "the support is out of range with these parameters",
                        .expected = "> 0",
                        .given = to_string(Value(*rule.support))});
    }
  }
  require_finite_values(rule, derivative);
  return rule;
}

}  // namespace synfire::codegen
