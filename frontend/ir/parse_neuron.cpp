// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ir/parse_cache.hpp"
#include "ir/parse_model.hpp"
#include "synfire/language/parse.hpp"

namespace synfire::ir {
namespace {

using namespace language;

// The column of the first `per_step` that is not a term of the sum in the derivative; 0 if there is none.
int misplaced_per_step(const Expression& expression);

struct MisplacedPerStep {
  int operator()(const Unary& node) const {
    return node.operation == UnaryOperator::negate ? misplaced_per_step(node.operand) : column_in(node.operand);
  }
  int operator()(const Binary& node) const {
    const bool sum = node.operation == BinaryOperator::add || node.operation == BinaryOperator::subtract;
    const int left = sum ? misplaced_per_step(node.left) : column_in(node.left);
    if (left) return left;
    return sum ? misplaced_per_step(node.right) : column_in(node.right);
  }
  int operator()(const Conditional& node) const {
    if (const int column = column_in(node.condition)) return column;
    const int then = misplaced_per_step(node.then);
    return then ? then : misplaced_per_step(node.otherwise);
  }
  int operator()(const Call& node) const {
    for (const Expression& argument : node.arguments) {
      if (const int column = column_in(argument)) return column;
    }
    return 0;
  }
  template <class Leaf>
  int operator()(const Leaf&) const {
    return 0;
  }

  static int column_in(const Expression& expression) {
    const ExpressionNode* found = find_call(expression, "per_step");
    return found ? found->column : 0;
  }
};

int misplaced_per_step(const Expression& expression) { return std::visit(MisplacedPerStep{}, expression->node); }

void check_per_step(const std::vector<std::string>& texts, const Scope& scope, const Report& report) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    try {
      const int column = misplaced_per_step(parse_equation(texts[i]).derivative);
      if (column == 0) continue;
      TextChecker(report, "dynamics " + std::to_string(i + 1), texts[i], scope)
          .fail(column, "\"per_step\" can only be a term of a sum", "write the factor inside: per_step(2 * I)");
    } catch (const SyntaxError&) {
      continue;  // reported already
    }
  }
}

void parse_threshold(const NeuronModel& model, const Scope& scope, const Report& report, ParsedNeuron& neuron) {
  if (model.threshold.empty()) return;
  const TextChecker checker(report, "threshold", model.threshold, scope);
  Expression whole;
  try {
    whole = parse_expression(model.threshold);
  } catch (const SyntaxError& error) {
    return checker.fail(error.column(), error.what());
  }
  if (const auto* spike = std::get_if<Name>(&whole->node); spike && spike->name == "input_spike") {
    neuron.replays_spikes = true;
    return;
  }
  const auto* call = std::get_if<Call>(&whole->node);
  neuron.crosses = call && call->function == "crosses" && call->arguments.size() == 1;
  neuron.threshold = neuron.crosses ? call->arguments.front() : whole;
  checker.require(neuron.threshold, Type::boolean);
}

void check_hold(const std::vector<std::string>& hold, const Scope& scope, const Report& report) {
  for (const std::string& name : hold) {
    if (std::find(scope.states.begin(), scope.states.end(), name) != scope.states.end()) continue;
    report.at(", refractory hold")
        .add({.kind = ProblemKind::model_text,
              .message = "\"" + name + "\" is not a state variable",
              .hint = suggest(name, scope.states),
              .given = name});
  }
}

ParsedRefractory parse_refractory(const NeuronModel& model, const Scope& scope, const Report& report) {
  Scope parameters;
  for (const Parameter& parameter : model.parameters) {
    parameters.names.emplace(parameter.name, parameter.value.is_flag() ? Type::boolean : Type::number);
  }
  Scope flags;
  for (const auto& [name, type] : parameters.names) {
    if (type == Type::boolean) flags.names.emplace(name, type);
  }
  const Refractory& refractory = *model.refractory;
  check_hold(refractory.hold, scope, report);
  return {.period = TextChecker(report, "refractory period", refractory.period, parameters).expression(Type::number),
          .hold = refractory.hold,
          .hold_if = TextChecker(report, "refractory hold_if", refractory.hold_if, flags).expression(Type::boolean)};
}

std::string find_output(const NeuronModel& model, const Scope& scope, const Report& report) {
  if (model.output.empty()) return scope.states.empty() ? std::string{} : scope.states.front();
  if (std::find(scope.states.begin(), scope.states.end(), model.output) != scope.states.end()) return model.output;
  report.at(", output")
      .add({.kind = ProblemKind::model_text,
            .message = "unknown state variable \"" + model.output + '"',
            .hint = suggest(model.output, scope.states),
            .given = model.output});
  return {};
}

// Reports parts that need spikes in a neuron without them.
void check_spiking(const NeuronModel& model, const Report& report) {
  if (!model.threshold.empty() || model.is_graded()) return;
  const char* part = !model.reset.empty() ? "reset" : model.refractory ? "refractory" : nullptr;
  if (!part && model.spike_sign.empty()) return;
  report.add({.kind = ProblemKind::model_text,
              .message = std::string("a neuron without a threshold cannot have a ") + (part ? part : "spike_sign"),
              .hint = "add a threshold"});
}

// What a neuron sends instead of spikes. Without state it has no other text.
void parse_graded(const NeuronModel& model, const Scope& own, const Report& report, ParsedNeuron& neuron) {
  if (!model.is_graded()) return;
  neuron.graded = TextChecker(report, "graded", model.graded, own.with({"input"})).expression(Type::number);
  std::string parts;
  const auto refuse = [&](const char* part, bool is_there) {
    if (is_there) parts += (parts.empty() ? "" : ", ") + std::string(part);
  };
  neuron.sends_state = !model.state.empty();
  refuse("dynamics", !neuron.sends_state && !model.dynamics.empty());
  refuse("update", !neuron.sends_state && !model.update.empty());
  refuse("threshold", !model.threshold.empty());
  refuse("reset", !model.reset.empty());
  refuse("refractory", model.refractory.has_value());
  refuse("spike_sign", !model.spike_sign.empty());
  refuse("output", !neuron.sends_state && !model.output.empty());
  if (parts.empty()) return;
  report.add({.kind = ProblemKind::model_text,
              .message = neuron.sends_state ? "a graded neuron does not spike and cannot have these texts"
                                            : "a graded neuron without state cannot have other texts",
              .hint = "remove them; a graded neuron sends the value of its text \"graded\" in each step",
              .given = parts});
}

bool reads(const ParsedNeuron& neuron, const std::string& name) {
  bool found = false;
  const auto look = [&](const Expression& expression) {
    const std::vector<std::string> names = names_in(expression);
    found = found || std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const Equation& equation : neuron.dynamics) look(equation.derivative);
  for (const Statement& statement : neuron.update) for_each_expression(statement, look);
  look(neuron.threshold);
  for (const Statement& statement : neuron.reset) for_each_expression(statement, look);
  look(neuron.spike_sign);
  if (neuron.graded) look(neuron.graded);
  return found;
}

ParsedNeuron parse_texts(const NeuronModel& model, const Report& report) {
  const Scope own = model_scope(model.parameters, model.state, {}, report);
  const Scope scope = own.with({"I", "input"});
  const Scope random = scope.with({}, {"uniform", "normal"});
  const Scope flow = random.with({}, {"per_step"});

  ParsedNeuron neuron;
  neuron.dynamics = parse_dynamics(model.dynamics, flow, report);
  check_per_step(model.dynamics, flow, report);
  neuron.update = parse_program("update", model.update, random, report);
  parse_threshold(model, random, report, neuron);
  neuron.reset = parse_program("reset", model.reset, random, report);
  if (!model.spike_sign.empty()) {
    neuron.spike_sign = TextChecker(report, "spike_sign", model.spike_sign, random).expression(Type::number);
  }
  if (model.refractory) neuron.refractory = parse_refractory(model, own, report);
  check_spiking(model, report);
  if (!model.is_graded() || !model.state.empty()) neuron.output = find_output(model, own, report);
  parse_graded(model, own, report, neuron);
  neuron.uses_input = reads(neuron, "input");
  neuron.uses_current = reads(neuron, "I");
  return neuron;
}

std::string key_of(const NeuronModel& model) {
  TextKey key;
  key.add(model.parameters).add(model.state).add(model.dynamics).add(model.update).add(model.threshold);
  key.add(model.reset).add(model.spike_sign).add(model.output).add(model.graded);
  if (model.refractory) key.add(model.refractory->period).add(model.refractory->hold).add(model.refractory->hold_if);
  return key.take();
}

}  // namespace

ParsedNeuron parse_neuron(const NeuronModel& model, const Report& report) {
  thread_local ParseCache<ParsedNeuron> cache;
  check_substeps(model.substeps, report);
  return cache.get(key_of(model), report, [&] { return parse_texts(model, report); });
}

}  // namespace synfire::ir
