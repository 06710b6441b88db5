// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ir/parse_model.hpp"

namespace synfire::ir {
namespace {

using namespace language;

bool reads_output(const ParsedReadout& readout) {
  bool found = false;
  const auto look = [&](const Expression& expression) {
    const std::vector<std::string> names = names_in(expression);
    found = found || std::find(names.begin(), names.end(), "x") != names.end();
  };
  for (const Statement& statement : readout.on_step) for_each_expression(statement, look);
  for (const Statement& statement : readout.on_spike) for_each_expression(statement, look);
  look(readout.value);
  return found;
}

}  // namespace

ParsedReadout parse_readout(const ReadoutModel& model, const Report& report) {
  const Scope scope = model_scope(model.parameters, model.state, {"x"}, report).with({"x", "duration"});
  ParsedReadout readout;
  readout.on_step = parse_program("on_step", model.on_step, scope, report);
  readout.on_spike = parse_program("on_spike", model.on_spike, scope, report);
  if (model.value.empty()) {
    report.add({.kind = ProblemKind::model_text,
                .message = "a readout needs a value",
                .hint = "set value to what is read after the last step, for example \"x\""});
  } else {
    readout.value = TextChecker(report, "value", model.value, scope).expression(Type::number);
  }
  readout.reads_output = reads_output(readout);
  return readout;
}

}  // namespace synfire::ir
