// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ir/parse_model.hpp"

namespace synfire::ir {
namespace {

bool assigns_value(const std::vector<language::Statement>& statements) {
  bool found = false;
  for (const language::Statement& statement : statements) {
    language::for_each_assignment(
        statement, [&](const language::Assign& assignment) { found = found || assignment.target == "value"; });
  }
  return found;
}

}  // namespace

ParsedOptimizer parse_optimizer(const OptimizerModel& model, const Report& report) {
  Scope scope = model_scope(model.parameters, model.state,
                            {"clip_norm", "clip_value", "gradient", "step", "type", "value"}, report)
                    .with({"gradient", "step", "value"});
  // Updates know no time.
  scope.names.erase("dt");
  scope.names.erase("t");
  scope.states.emplace_back("value");
  const std::size_t before = report.count();
  ParsedOptimizer optimizer{.update = parse_program("update", model.update, scope, report)};
  if (report.count() == before && !assigns_value(optimizer.update)) {
    report.add({.kind = ProblemKind::model_text,
                .message = "the optimizer never changes a value",
                .hint = "assign to value, for example \"value -= learning_rate * gradient\""});
  }
  return optimizer;
}

}  // namespace synfire::ir
