// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "ir/parse_model.hpp"

namespace synfire::ir {
namespace {

using namespace language;

const std::vector<Scope::Own>& loss_functions() {
  static const std::vector<Scope::Own> all{{{"sum", 1}},
                                           {{"mean", 1}},
                                           {{"max", 1}},
                                           {{"log_softmax", 1}},
                                           {{"log_sum_exp", 1}},
                                           {{"at", 2}},
                                           {{"silent", 1}, Type::boolean}};
  return all;
}

// Whether the call makes one number of a value per neuron.
bool reduces(const Call& call) {
  static const std::set<std::string, std::less<>> names{"sum", "mean", "log_sum_exp", "at"};
  return names.contains(call.function) || (call.function == "max" && call.arguments.size() == 1);
}

// False for mistakes that are already reported.
bool is_call_of_function(const Call& call) {
  const auto matches = [&](const Function& each) {
    return each.name == call.function && static_cast<std::size_t>(each.arguments) == call.arguments.size();
  };
  const auto& own = loss_functions();
  return std::any_of(functions().begin(), functions().end(), matches) ||
         std::any_of(own.begin(), own.end(), [&](const Scope::Own& each) { return matches(each.function); });
}

// Where each name and each reduction may stand.
class LossChecker {
 public:
  LossChecker(const TextChecker& checker, Targets targets) : checker_(checker), targets_(targets) {}

  void check(const Expression& expression, bool inside) {
    if (const auto* node = std::get_if<Name>(&expression->node)) return check_name(node->name, expression, inside);
    if (const auto* node = std::get_if<Unary>(&expression->node)) return check(node->operand, inside);
    if (const auto* node = std::get_if<Binary>(&expression->node)) {
      check(node->left, inside);
      return check(node->right, inside);
    }
    if (const auto* node = std::get_if<Conditional>(&expression->node)) {
      for (const Expression& each : {node->then, node->condition, node->otherwise}) check(each, inside);
      return;
    }
    const auto* call = std::get_if<Call>(&expression->node);
    if (call != nullptr) check_call(*call, expression, inside);
  }

  bool reads_values() const { return reads_values_; }

 private:
  void check_name(const std::string& name, const Expression& where, bool inside) {
    const bool per_neuron = name == "v" || name == "y" || name == "k";
    if (name == "v") reads_values_ = true;
    if (name == "label" && targets_ != Targets::label)
      checker_.fail(where->column, "the loss has no label", "set targets to label");
    else if (name == "y" && targets_ != Targets::values)
      checker_.fail(where->column, "the loss has no targets \"y\"", "set targets to values");
    else if (per_neuron && !inside)
      checker_.fail(where->column, '"' + name + "\" differs between neurons",
                    "put it inside a reduction, such as sum(" + name + ") or at(" + name + ", label)");
  }

  void check_call(const Call& call, const Expression& where, bool inside) {
    const bool softmax = call.function == "log_softmax";
    if (softmax && !inside)
      checker_.fail(where->column, "\"log_softmax\" has one value per neuron",
                    "put it inside a reduction, such as at(log_softmax(v), label)");
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      if (call.function == "at" && i == 1) {
        check_index(call.arguments[i]);
      } else {
        check(call.arguments[i], inside || softmax || reduces(call) || !is_call_of_function(call));
      }
    }
  }

  // A neuron that is known before any value is.
  void check_index(const Expression& index) {
    static const std::set<std::string, std::less<>> per_neuron{"v", "y", "k"};
    for (const std::string& each : names_in(index)) {
      if (!per_neuron.contains(each)) continue;
      checker_.fail(index->column, "the index must be the same for all neurons, but \"" + each + "\" is not",
                    "use label or a whole number");
      return;
    }
    check(index, true);
  }

  const TextChecker& checker_;
  Targets targets_;
  bool reads_values_ = false;
};

Expression parse_per_step(const LossModel& model, const Report& report) {
  Scope flags;
  for (const Parameter& parameter : model.parameters) {
    if (parameter.value.is_flag()) flags.names.emplace(parameter.name, Type::boolean);
  }
  return TextChecker(report, "per_step", model.per_step, flags).expression(Type::boolean);
}

}  // namespace

ParsedLoss parse_loss(const LossModel& model, const Report& report) {
  Scope scope =
      model_scope(model.parameters, {},
                  {"v", "y", "k", "n", "label", "type", "silent", "at", "sum", "mean", "log_softmax", "log_sum_exp"},
                  report, {"per_step"})
          .with({"v", "y", "k", "n", "label", "duration"});
  scope.names.erase("t");
  scope.own = loss_functions();
  ParsedLoss loss;
  loss.per_step = parse_per_step(model, report);
  if (model.loss.empty()) {
    report.add({.kind = ProblemKind::model_text,
                .message = "a loss needs a text",
                .hint = "set loss to an expression of v, for example \"sum(v**2)\""});
    return loss;
  }
  const TextChecker checker(report, "loss", model.loss, scope);
  const std::size_t before = report.count();
  loss.loss = checker.expression(Type::number);
  if (!loss.loss) return loss;
  LossChecker places(checker, model.targets);
  places.check(loss.loss, false);
  if (!places.reads_values() && report.count() == before)
    checker.fail(1, "the loss does not depend on v", "v is the readout of neuron k");
  return loss;
}

}  // namespace synfire::ir
