// SPDX-License-Identifier: Apache-2.0
#include "lower/stability.hpp"

#include <cmath>
#include <cstdio>

#include "lower/integrate.hpp"
#include "lower/symbolic.hpp"
#include "synfire/error.hpp"
#include "synfire/ir/parsed_model.hpp"
#include "synfire/warning.hpp"

namespace synfire::codegen {
namespace {

using language::Expression;

// The largest step times decay rate for which dx/dt = -rate x does not grow.
double limit_of(Integrator integrator) { return integrator == Integrator::euler ? 2.0 : 2.785; }

// Numbers and flags of a model; adds the names of per-neuron parameters to `others`.
template <class Model>
symbolic::Substitution numbers_of(const Model& model, double dt, std::set<std::string, std::less<>>& others) {
  symbolic::Substitution values{{"dt", language::number(dt)}};
  for (const Parameter& parameter : model.parameters) {
    if (parameter.value.is_flag())
      values[parameter.name] = language::boolean(parameter.value.flag());
    else if (parameter.value.is_number())
      values[parameter.name] = language::number(parameter.value.number());
    else
      others.insert(parameter.name);
  }
  return values;
}

// At the start of the first step: states have their initial values, and nothing arrives.
symbolic::Substitution beginning_of(const std::vector<StateVariable>& states) {
  symbolic::Substitution values;
  for (const char* name : {"I", "input", "t"}) values[name] = language::number(0);
  for (const StateVariable& state : states) {
    if (state.initial.is_number()) values[state.name] = language::number(state.initial.number());
  }
  return values;
}

std::string rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

class StabilityCheck {
 public:
  explicit StabilityCheck(const CompileOptions& options) : options_(options) {}

  // Returns whether there is nothing to warn about.
  template <class Model>
  bool look_at(const Model& model, const std::vector<language::Equation>& dynamics, const std::string& path,
               const Place& place) {
    if (model.integrator == Integrator::exact || model.integrator == Integrator::exponential_euler) return true;
    std::set<std::string, std::less<>> constants;
    const symbolic::Substitution numbers = numbers_of(model, options_.dt, constants);
    std::vector<language::Equation> equations = dynamics;
    for (language::Equation& each : equations) each.derivative = symbolic::substitute(each.derivative, numbers);
    Flow flow;
    try {
      flow = integrate(equations, constants, {model.integrator, options_.dt, options_.dt, path, model.substeps});
    } catch (const ModelError&) {
      return true;  // lowering reports the error
    }
    const std::size_t before = problems_.size();
    for (const Flow::Explicit& moved : flow.explicit_variables) {
      for (const language::Equation& equation : equations) {
        if (equation.variable != moved.variable) continue;
        const double rate = rate_of_decay(equation, beginning_of(model.state));
        if (rate * moved.step > limit_of(moved.integrator)) warn(moved, rate, path, place);
      }
    }
    return problems_.size() == before;
  }

  std::vector<Problem> take() { return std::move(problems_); }

 private:
  // 0 if unknown.
  static double rate_of_decay(const language::Equation& equation, const symbolic::Substitution& beginning) {
    const auto form = symbolic::linear_form(equation.derivative, {equation.variable});
    if (!form) return 0;
    const auto found = form->coefficients.find(equation.variable);
    if (found == form->coefficients.end()) return 0;
    const auto value = symbolic::as_number(symbolic::substitute(found->second, beginning));
    return value && std::isfinite(*value) ? -*value : 0;
  }

  void warn(const Flow::Explicit& moved, double rate, const std::string& path, const Place& place) {
    const double longest = limit_of(moved.integrator) / rate;
    const std::string method(to_string(moved.integrator));
    problems_.push_back(make_warning({.kind = ProblemKind::time_scale,
                                      .path = path,
                                      .message = method + " is unstable for " + moved.variable +
                                                 ", which decays with a time constant of " + rounded(1 / rate) + " ms",
                                      .hint = "use a smaller dt, sub-steps (substeps " +
                                              std::to_string(static_cast<long long>(std::ceil(options_.dt / longest))) +
                                              " or more), or the integrator exponential_euler",
                                      .expected = "steps of at most " + rounded(longest) + " ms",
                                      .given = rounded(moved.step) + " ms",
                                      .place = place}));
  }

  const CompileOptions& options_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> check_stability(const ir::Network& network, const CompileOptions& options) {
  StabilityCheck check(options);
  // Large networks have few distinct models: of equal ones only the first is checked, if nothing is wrong with it.
  constexpr std::size_t most_remembered = 32;
  std::vector<const NeuronModel*> stable_neurons;
  std::vector<std::pair<const SynapseModel*, const NeuronModel*>> stable_synapses;  // with the neurons of their targets
  for (std::size_t i = 0; i < network.populations.size(); ++i) {
    const ir::Population& population = network.populations[i];
    const NeuronModel& model = population.neuron;
    if (std::any_of(stable_neurons.begin(), stable_neurons.end(), [&](const auto* each) { return *each == model; }))
      continue;
    const bool stable =
        check.look_at(model, ir::parse(model).dynamics,
                      "populations[" + std::to_string(i) + "] \"" + population.name + "\".neuron", population.place);
    if (stable && stable_neurons.size() < most_remembered) stable_neurons.push_back(&model);
  }
  for (std::size_t i = 0; i < network.connections.size(); ++i) {
    const ir::Connection& connection = network.connections[i];
    const NeuronModel& target = network.populations[connection.target].neuron;
    const SynapseModel& model = connection.synapse;
    if (std::any_of(stable_synapses.begin(), stable_synapses.end(),
                    [&](const auto& each) { return *each.first == model && *each.second == target; }))
      continue;
    const bool stable =
        check.look_at(model, ir::parse(model, target).dynamics,
                      "connections[" + std::to_string(i) + "] \"" + connection.name + "\".synapse", connection.place);
    if (stable && stable_synapses.size() < most_remembered) stable_synapses.emplace_back(&model, &target);
  }
  return check.take();
}

}  // namespace synfire::codegen
