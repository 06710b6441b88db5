// SPDX-License-Identifier: Apache-2.0
// Parsing shared by all kinds of models.
#include "ir/parse_model.hpp"

#include <algorithm>
#include <set>

#include "synfire/base/text.hpp"
#include "synfire/language/parse.hpp"

namespace synfire::ir {
namespace {

using namespace language;

// Reserved in models of every kind, since a synapse reads the variables of its target and a readout those of
// its neuron.
const std::set<std::string>& reserved_everywhere() {
  static const std::set<std::string> names = {"I", "arriving", "dt", "duration", "input", "input_spike", "t", "weight"};
  return names;
}

bool is_function(const std::string& name) {
  return std::any_of(functions().begin(), functions().end(),
                     [&](const Function& function) { return function.name == name; });
}

constexpr std::size_t longest_name = 100;

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_own_name(const std::string& name, const std::vector<std::string>& reserved,
                    const std::vector<std::string>& free, const Report& report) {
  const bool taken =
      reserved_everywhere().contains(name) || (is_function(name) && !is_among(free, name)) || is_among(reserved, name);
  if (taken) {
    report.add({.kind = ProblemKind::invalid_name,
                .message = "\"" + name + "\" is reserved in the model language",
                .hint = "choose another name",
                .given = name});
  } else if (!is_name(name) || name.size() > longest_name) {
    report.add({.kind = ProblemKind::invalid_name,
                .message = "\"" + base::one_line(name, longest_name) + "\" is not a valid name in the model language",
                .hint = "use a letter or _, then letters, digits and _; at most 100 characters, and not a keyword",
                .given = name});
  }
}

std::string numbered(const std::string& name, std::size_t index) { return name + ' ' + std::to_string(index + 1); }

}  // namespace

Scope model_scope(const std::vector<Parameter>& parameters, const std::vector<StateVariable>& state,
                  const std::vector<std::string>& reserved, const Report& report,
                  const std::vector<std::string>& functions) {
  Scope scope;
  const auto add = [&](const std::string& name, Type type) {
    check_own_name(name, reserved, functions, report);
    if (scope.names.emplace(name, type).second) return;
    report.add({.kind = ProblemKind::duplicate_name,
                .message = "two parameters or state variables are named \"" + name + '"',
                .given = name});
  };
  for (const Parameter& parameter : parameters) {
    add(parameter.name, parameter.value.is_flag() ? Type::boolean : Type::number);
  }
  for (const StateVariable& variable : state) {
    add(variable.name, Type::number);
    scope.states.push_back(variable.name);
  }
  return scope.with({"dt", "t"});
}

std::vector<Equation> parse_dynamics(const std::vector<std::string>& texts, const Scope& scope, const Report& report) {
  std::vector<Equation> equations;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const TextChecker checker(report, numbered("dynamics", i), texts[i], scope);
    std::optional<Equation> equation = checker.equation();
    if (!equation) continue;
    if (!seen.insert(equation->variable).second) {
      checker.fail(equation->column, "duplicate equation for \"" + equation->variable + '"');
    }
    equations.push_back(std::move(*equation));
  }
  return equations;
}

std::vector<Statement> parse_program(const std::string& name, const std::vector<std::string>& texts, const Scope& scope,
                                     const Report& report) {
  std::vector<Statement> statements;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (Statement& statement : TextChecker(report, numbered(name, i), texts[i], scope).statements()) {
      statements.push_back(std::move(statement));
    }
  }
  return statements;
}

void check_substeps(std::uint32_t substeps, const Report& report) {
  constexpr std::uint32_t most = 10000;
  if (substeps >= 1 && substeps <= most) return;
  report.at(".substeps")
      .add({.kind = ProblemKind::invalid_value,
            .message = "the number of sub-steps is out of range",
            .hint = substeps == 0 ? "use 1 for no sub-steps" : "use a smaller dt",
            .expected = "1 … " + std::to_string(most),
            .given = std::to_string(substeps)});
}

namespace {

void throw_if_any(std::vector<Problem> problems) {
  if (!problems.empty()) throw ModelError(std::move(problems));
}

Report report_on(std::vector<Problem>& problems, const std::string& kind, const std::string& name) {
  return {problems, kind + " \"" + name + '"', {}};
}

ParsedSynapse parse_or_throw(const SynapseModel& model, const NeuronModel* target) {
  std::vector<Problem> problems;
  ParsedSynapse parsed = parse_synapse(model, target, report_on(problems, "synapse", model.name));
  throw_if_any(std::move(problems));
  return parsed;
}

}  // namespace

ParsedNeuron parse(const NeuronModel& model) {
  std::vector<Problem> problems;
  ParsedNeuron parsed = parse_neuron(model, report_on(problems, "neuron", model.name));
  throw_if_any(std::move(problems));
  return parsed;
}

bool reaches_threshold(const NeuronModel& model) {
  try {
    return parse(model).threshold != nullptr;
  } catch (const ModelError&) {
    return true;
  }
}

ParsedSynapse parse(const SynapseModel& model, const NeuronModel& target) { return parse_or_throw(model, &target); }

ParsedSynapse parse(const SynapseModel& model) { return parse_or_throw(model, nullptr); }

ParsedReadout parse(const ReadoutModel& model) {
  std::vector<Problem> problems;
  ParsedReadout parsed = parse_readout(model, report_on(problems, "readout", model.name));
  throw_if_any(std::move(problems));
  return parsed;
}

ParsedLoss parse(const LossModel& model) {
  std::vector<Problem> problems;
  ParsedLoss parsed = parse_loss(model, report_on(problems, "loss", model.name));
  throw_if_any(std::move(problems));
  return parsed;
}

ParsedOptimizer parse(const OptimizerModel& model) {
  std::vector<Problem> problems;
  ParsedOptimizer parsed = parse_optimizer(model, report_on(problems, "optimizer", model.name));
  throw_if_any(std::move(problems));
  return parsed;
}

ParsedSurrogate parse(const SurrogateModel& model) {
  std::vector<Problem> problems;
  ParsedSurrogate parsed = parse_surrogate(model, report_on(problems, "surrogate", model.name));
  throw_if_any(std::move(problems));
  return parsed;
}

}  // namespace synfire::ir
