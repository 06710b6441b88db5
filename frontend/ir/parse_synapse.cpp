// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ir/linearity.hpp"
#include "ir/parse_cache.hpp"
#include "ir/parse_model.hpp"
#include "synfire/language/parse.hpp"

namespace synfire::ir {
namespace {

using namespace language;

void check_linear(const SynapseModel& model, const Scope& scope, const Report& report) {
  for (std::size_t i = 0; i < model.on_spike.size(); ++i) {
    const TextChecker checker(report, "on_spike " + std::to_string(i + 1), model.on_spike[i], scope);
    // Earlier texts are prepended, since states that they change depend on the weight from then on.
    std::string before;
    for (std::size_t j = 0; j < i; ++j) before += model.on_spike[j] + '\n';
    try {
      const auto column = first_not_proportional_to_weight(parse_statements(before + model.on_spike[i]));
      if (!column || static_cast<std::size_t>(*column) <= before.size()) continue;
      checker.fail(*column - static_cast<int>(before.size()), "the increment of a state must be proportional to weight",
                   "use for example x += weight: spikes that arrive together are summed first");
    } catch (const SyntaxError&) {
      return;  // reported already
    }
  }
}

std::vector<std::string> target_variables(const Expression& current, const Scope& own) {
  std::vector<std::string> names = names_in(current);
  std::erase_if(names, [&](const std::string& name) { return own.names.contains(name); });
  return names;
}

ParsedSynapse parse_texts(const SynapseModel& model, const NeuronModel* target, const Report& report) {
  const Scope own = model_scope(model.parameters, model.state, {}, report);
  const Scope on_spike = own.with({"weight"});
  const Scope current = own.with({"arriving"}, {"step_mean"});
  Scope with_target = current;
  with_target.open = target == nullptr;
  if (target) {
    for (const StateVariable& variable : target->state) with_target.names.emplace(variable.name, Type::number);
  }

  ParsedSynapse synapse;
  synapse.dynamics = parse_dynamics(model.dynamics, own, report);
  synapse.update = parse_program("update", model.update, own, report);
  const std::size_t before = report.count();
  synapse.on_spike = parse_program("on_spike", model.on_spike, on_spike, report);
  if (report.count() == before) check_linear(model, on_spike, report);
  if (model.current.empty()) {
    report.add({.kind = ProblemKind::model_text,
                .message = "a synapse needs a current",
                .hint = "set current to what the neuron receives, for example \"arriving\""});
    return synapse;
  }
  synapse.current = TextChecker(report, "current", model.current, with_target).expression(Type::number);
  synapse.target_variables = target_variables(synapse.current, current);
  return synapse;
}

std::string key_of(const SynapseModel& model, const NeuronModel* target) {
  TextKey key;
  key.add(model.parameters).add(model.state).add(model.dynamics).add(model.update).add(model.on_spike);
  key.add(model.current);
  if (target) key.add(target->state);
  return key.take();
}

}  // namespace

ParsedSynapse parse_synapse(const SynapseModel& model, const NeuronModel* target, const Report& report) {
  thread_local ParseCache<ParsedSynapse> cache;
  check_substeps(model.substeps, report);
  return cache.get(key_of(model, target), report, [&] { return parse_texts(model, target, report); });
}

}  // namespace synfire::ir
