// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/losses.hpp"

#include <algorithm>
#include <set>

#include "lower/symbolic.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire::codegen {
namespace {

using namespace language;

symbolic::Substitution values_of(const LossModel& model) {
  symbolic::Substitution values;
  for (const Parameter& each : model.parameters)
    values[each.name] = each.value.is_flag() ? boolean(each.value.flag()) : number(each.value.number());
  return values;
}

bool reads_values_outside_of_softmax(const Expression& expression) {
  const auto replaced = [](const Expression& e, const char* function) {
    return symbolic::replace_calls(e, function, [](const Call&) { return name("share"); });
  };
  const Expression rest = replaced(replaced(expression, "log_softmax"), "log_sum_exp");
  return symbolic::mentions(rest, {"v"});
}

}  // namespace

Loss::Loss(const LossModel& model, double weight) : name(model.name), targets(model.targets), readout(model.readout) {
  const ir::ParsedLoss parsed = ir::parse(model);
  const symbolic::Substitution values = values_of(model);
  per_step = symbolic::as_boolean(symbolic::substitute(parsed.per_step, values)).value_or(false);
  text = symbolic::product(number(weight), symbolic::substitute(parsed.loss, values));
}

bool takes_label(const Loss& loss) { return loss.targets == Targets::label; }
bool takes_values(const Loss& loss) { return loss.targets == Targets::values; }
bool is_running(const Loss& loss) { return loss.per_step; }
bool is_categorical(const Loss& loss) { return takes_values(loss) && calls(loss.text, "log_softmax"); }

bool allows_silence(const Loss& loss) {
  return calls(loss.text, "silent") || !reads_values_outside_of_softmax(loss.text);
}

std::optional<StepText> step_text(const Loss& loss, std::uint32_t neurons, double dt) {
  Expression text = symbolic::substitute(loss.text, {{"n", number(neurons)}, {"dt", number(dt)}});
  text = symbolic::replace_calls(text, "mean", [&](const Call& call) {
    return symbolic::quotient(language::call("sum", call.arguments), number(neurons));
  });
  if (symbolic::is_number(text, 0)) return StepText{0, number(0)};
  const std::vector<symbolic::Term> terms = symbolic::terms(text, {});
  const auto* sum = terms.size() == 1 ? std::get_if<Call>(&terms[0].factor->node) : nullptr;
  const auto factor = sum == nullptr ? std::nullopt : symbolic::as_number(symbolic::fold(terms[0].coefficient));
  if (!factor || sum->function != "sum") return std::nullopt;
  const Expression& element = sum->arguments[0];
  for (const char* reduction : {"sum", "log_sum_exp", "log_softmax", "at", "silent"}) {
    if (calls(element, reduction)) return std::nullopt;
  }
  if (const ExpressionNode* call = find_call(element, "max"); call && std::get<Call>(call->node).arguments.size() == 1)
    return std::nullopt;
  for (const std::string& each : names_in(element)) {
    if (each != "v" && each != "y") return std::nullopt;
  }
  return StepText{*factor, element};
}

bool is_joint(const Loss& loss, std::uint32_t neurons, double dt) {
  return is_running(loss) && !step_text(loss, neurons, dt);
}

}  // namespace synfire::codegen
