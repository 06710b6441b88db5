// SPDX-License-Identifier: Apache-2.0
#include "ir/parse_model.hpp"

namespace synfire::ir {

ParsedSurrogate parse_surrogate(const SurrogateModel& model, const Report& report) {
  Scope parameters = model_scope(model.parameters, {}, {"type", "x"}, report);
  // Surrogates know no time.
  parameters.names.erase("dt");
  parameters.names.erase("t");
  ParsedSurrogate surrogate;
  if (model.derivative.empty()) {
    report.add({.kind = ProblemKind::model_text,
                .message = "a surrogate needs a derivative",
                .hint = "set derivative to an expression of x, for example \"1 / (1 + abs(x))**2\""});
    return surrogate;
  }
  surrogate.derivative =
      TextChecker(report, "derivative", model.derivative, parameters.with({"x"})).expression(Type::number);
  if (!model.support.empty())
    surrogate.support = TextChecker(report, "support", model.support, parameters).expression(Type::number);
  return surrogate;
}

}  // namespace synfire::ir
