// SPDX-License-Identifier: Apache-2.0
// Builds the hybrid system of a population from the code of its models.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "adjoint/statements.hpp"
#include "adjoint/texts.hpp"
#include "lower/integrate.hpp"
#include "lower/symbolic.hpp"
#include "synfire/codegen/adjoint.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire::codegen {
namespace {

using namespace language;
using symbolic::Substitution;

// The names of one model: fixed numbers are substituted, all other names get a prefix.
struct Names {
  Substitution values;   // parameters, flags, dt, and states by their names in the system
  Substitution numbers;  // as `values`, with every number substituted
  std::vector<HybridParameter> kept;
};

class Reader {
 public:
  Reader(const ir::Network& network, std::size_t index, const DerivationOptions& options)
      : network_(network),
        population_(network.populations[index]),
        index_(static_cast<std::uint32_t>(index)),
        options_(options),
        dt0_(options.nominal_dt > 0 ? options.nominal_dt : options.dt),
        path_("populations[" + std::to_string(index) + "] \"" + population_.name + "\""),
        parsed_(ir::parse(population_.neuron)) {}

  HybridSystem run() {
    system_.population = population_.name;
    system_.problems = check_steps(network_, index_);
    require_a_text_of_flow();
    neuron_ = names_of(population_.neuron.parameters, HybridOwner::neuron, "", 0);
    declare(population_.neuron.state, HybridOwner::neuron, "", 0, neuron_);
    read_refractoriness();
    read_arrivals();
    resize();
    for (const Equation& equation : parsed_.dynamics) read_equation(equation);
    for (const Arrival& arrival : read_) add_direct_jumps(arrival);
    if (parsed_.threshold) read_threshold();
    read_reset();
    if (parsed_.spike_sign) system_.spike_sign = with_current(specialize(parsed_.spike_sign, neuron_));
    refuse_current_of_one_step();
    if (population_.readout) read_readout();
    refuse_jumps_of_flow();
    if (system_.has_equations()) drop_unused_parameters();
    return std::move(system_);
  }

 private:
  struct Arrival {
    const ir::Connection* connection;
    std::uint32_t index;
    ir::ParsedSynapse parsed;
    Names names;
  };

  void refuse(const std::string& where, const std::string& message, const std::string& hint) {
    system_.problems.push_back({.kind = ProblemKind::unsupported,
                                .path = where,
                                .message = message,
                                .hint = hint,
                                .place = population_.place});
  }

  std::string neuron_path() const { return path_ + ".neuron \"" + population_.neuron.name + "\""; }

  // ---- Names

  Names names_of(const std::vector<Parameter>& parameters, HybridOwner owner, const std::string& prefix,
                 std::uint32_t connection) const {
    Names names;
    names.values["dt"] = names.numbers["dt"] = number(options_.dt);
    for (const Parameter& parameter : parameters) {
      const Value& value = parameter.value;
      const std::string name = prefix + parameter.name;
      names.values[parameter.name] = names.numbers[parameter.name] = language::name(name);
      if (value.is_flag()) names.numbers[parameter.name] = boolean(value.flag());
      if (value.is_number()) names.numbers[parameter.name] = number(value.number());
      const bool stays = !value.is_number() || options_.keep_numbers || value.training().has_value();
      if (value.is_flag() || !stays)
        names.values[parameter.name] = names.numbers[parameter.name];
      else
        names.kept.push_back({name, owner, parameter.name, connection});
    }
    return names;
  }

  void declare(const std::vector<StateVariable>& states, HybridOwner owner, const std::string& prefix,
               std::uint32_t connection, Names& names) {
    for (const StateVariable& state : states) {
      const std::string name = prefix + state.name;
      names.values[state.name] = names.numbers[state.name] = language::name(name);
      system_.variables.push_back({name, owner, state.name, connection, false});
    }
    system_.parameters.insert(system_.parameters.end(), names.kept.begin(), names.kept.end());
  }

  void resize() {
    const std::size_t n = system_.variables.size();
    system_.flow.resize(n, number(0));
    for (HybridArrival& arrival : system_.arrivals) arrival.direct.resize(n, number(0));
    for (HybridArrival& arrival : system_.arrivals) arrival.on_spike.resize(n, number(0));
    for (const HybridVariable& variable : system_.variables) system_.reset.push_back(name(variable.name));
  }

  // In continuous time: the mean over a step is the value itself, and an addition per nominal step is a rate.
  Expression specialize(const Expression& expression, const Names& names) const {
    const auto value = [](const Call& mean) { return mean.arguments[0]; };
    const auto rate = [&](const Call& addition) { return symbolic::quotient(addition.arguments[0], number(dt0_)); };
    const auto none = [](const Call&) { return number(0); };  // draws are rejected
    Expression result = symbolic::substitute(expression, names.values);
    for (const char* draw : {"uniform", "normal"}) result = symbolic::replace_calls(result, draw, none);
    return symbolic::replace_calls(symbolic::replace_calls(result, "step_mean", value), "per_step", rate);
  }

  Expression with_current(const Expression& expression) const {
    Expression total;
    for (const HybridArrival& arrival : system_.arrivals)
      total = total ? symbolic::sum(total, arrival.current) : arrival.current;
    return symbolic::substitute(expression, {{"I", total ? total : number(0)}});
  }

  // ---- The neuron

  void require_a_text_of_flow() {
    if (!parsed_.update.empty())
      refuse(neuron_path(), "the neuron is defined by an update per step, which has no equations between steps",
             "write its states as differential equations in dynamics");
  }

  void read_refractoriness() {
    if (!parsed_.refractory) return;
    if (symbolic::is_number(symbolic::substitute(parsed_.refractory->period, neuron_.numbers), 0)) return;
    system_.refractory_period = specialize(parsed_.refractory->period, neuron_);
    if (symbolic::as_boolean(specialize(parsed_.refractory->hold_if, neuron_)) != true) return;
    for (HybridVariable& variable : system_.variables) {
      const auto& hold = parsed_.refractory->hold;
      variable.held = std::find(hold.begin(), hold.end(), variable.variable) != hold.end();
    }
  }

  void read_equation(const Equation& equation) {
    system_.flow[system_.index_of(equation.variable)] = with_current(specialize(equation.derivative, neuron_));
  }

  void read_reset() {
    const Substitution effect = effect_of(parsed_.reset);
    for (const auto& [state, value] : effect)
      system_.reset[system_.index_of(state)] = with_current(specialize(value, neuron_));
  }

  void read_threshold() {
    system_.threshold = margin_of(with_current(specialize(parsed_.threshold, neuron_)));
    system_.crosses = parsed_.crosses;
    if (!system_.threshold && system_.has_equations())
      refuse(neuron_path(), "the threshold is a single comparison only for some parameter values",
             "write it as a single comparison of two numbers, such as v >= v_thresh");
  }

  // A current that arrives within one step has no instantaneous value for a threshold or reset to read.
  void refuse_current_of_one_step() {
    bool reads = parsed_.threshold && symbolic::mentions(parsed_.threshold, {"I"});
    reads = reads || (parsed_.spike_sign && symbolic::mentions(parsed_.spike_sign, {"I"}));
    for (const Statement& statement : parsed_.reset)
      for_each_expression(statement, [&](const Expression& e) { reads = reads || symbolic::mentions(e, {"I"}); });
    if (!reads) return;
    for (const HybridArrival& arrival : system_.arrivals) {
      if (symbolic::is_number(arrival.current_of_arriving, 0)) continue;
      refuse(neuron_path(),
             "the threshold or reset reads I, to which \"" + arrival.name + "\" contributes for one step only",
             "give the connection a synapse with a state, such as Exponential");
    }
  }

  // ---- Synapses

  void read_arrivals() {
    for (std::uint32_t i = 0; i < network_.connections.size(); ++i) {
      const ir::Connection& connection = network_.connections[i];
      if (connection.target != index_) continue;
      Arrival arrival{&connection, i, ir::parse(connection.synapse, population_.neuron), {}};
      const std::string prefix = connection.name + ".";
      arrival.names = names_of(connection.synapse.parameters, HybridOwner::synapse, prefix, i);
      for (const std::string& variable : arrival.parsed.target_variables)
        arrival.names.values[variable] = neuron_.values.at(variable);
      declare(connection.synapse.state, HybridOwner::synapse, prefix, i, arrival.names);
      read_current(arrival);
      read_.push_back(std::move(arrival));
    }
  }

  std::string path_of(const Arrival& arrival) const {
    return "connections[" + std::to_string(arrival.index) + "] \"" + arrival.connection->name + "\".synapse \"" +
           arrival.connection->synapse.name + "\"";
  }

  void read_current(const Arrival& arrival) {
    HybridArrival result;
    result.connection = arrival.index;
    result.name = arrival.connection->name;
    const Expression current = specialize(arrival.parsed.current, arrival.names);
    result.current = symbolic::substitute(current, {{"arriving", number(0)}});
    result.current_of_arriving = symbolic::differentiate(current, "arriving");
    if (symbolic::mentions(result.current_of_arriving, {"arriving"})) {
      refuse(path_of(arrival), "the current is not linear in arriving",
             "accumulate arrivals in a state: on_spike \"x += weight\"");
      result.current_of_arriving = number(0);
    }
    if (!arrival.parsed.update.empty())
      refuse(path_of(arrival), "the synapse is defined by an update per step, which has no equations between steps",
             "write its states as differential equations in dynamics");
    system_.arrivals.push_back(std::move(result));
  }

  // Jumps of the connection's own states, and of the neuron's states if a current arrives within one step.
  void add_direct_jumps(const Arrival& arrival) {
    HybridArrival& result = system_.arrivals[static_cast<std::size_t>(&arrival - read_.data())];
    const std::string prefix = arrival.connection->name + ".";
    for (const Equation& equation : arrival.parsed.dynamics)
      system_.flow[system_.index_of(prefix + equation.variable)] = specialize(equation.derivative, arrival.names);
    for (const auto& [state, value] : effect_of(arrival.parsed.on_spike)) {
      const Expression after = specialize(value, arrival.names);
      const Expression jump = symbolic::simplify(symbolic::differentiate(after, "weight"));
      if (symbolic::mentions(jump, {"weight"}))
        refuse(path_of(arrival), "the increment of \"" + state + "\" in on_spike is not proportional to weight",
               "write the increment as weight * …, without reading states that on_spike has already changed");
      else
        result.on_spike[system_.index_of(prefix + state)] = jump;
    }
    if (!symbolic::is_number(result.current_of_arriving, 0)) result.direct = direct_jump(result.current_of_arriving);
    for (std::size_t k = 0; k < system_.variables.size(); ++k)
      result.jump.push_back(symbolic::sum(result.on_spike[k], result.direct[k]));
  }

  // The jump of the neuron's states at an instantaneous current of `scale`.
  std::vector<Expression> direct_jump(const Expression& scale) {
    std::vector<Equation> equations;
    for (const Equation& equation : parsed_.dynamics)
      equations.push_back(
          {equation.variable, symbolic::substitute(equation.derivative, neuron_.values), equation.column});
    NameSet constants;
    for (const HybridParameter& parameter : system_.parameters) constants.insert(parameter.name);
    const IntegrationOptions integration{.integrator = population_.neuron.integrator,
                                         .dt = dt0_,
                                         .nominal_dt = dt0_,
                                         .path = neuron_path(),
                                         .arriving = arriving_current};
    std::vector<Expression> jump(system_.variables.size(), number(0));
    if (!system_.has_equations()) return jump;
    for (const Flow::Definition& arrival : jumps_of_arriving(equations, constants, integration)) {
      const Expression unit = symbolic::simplify(symbolic::differentiate(legible(arrival.value), arriving_current));
      jump[system_.index_of(arrival.name)] = symbolic::product(
          scale, symbolic::simplify(with_current(symbolic::substitute(unit, {{arriving_current, number(0)}}))));
    }
    return jump;
  }

  std::vector<Flow::Definition> jumps_of_arriving(const std::vector<Equation>& equations, const NameSet& constants,
                                                  const IntegrationOptions& options) {
    try {
      return integrate(equations, constants, options).arrivals;
    } catch (const ModelError& error) {
      system_.problems.insert(system_.problems.end(), error.problems().begin(), error.problems().end());
      return {};
    }
  }

  // Replaces φ₁ of a single variable by its formula.
  static Expression legible(const Expression& expression) {
    return symbolic::replace_calls(expression, "matrix_phi", [](const Call& phi) {
      const bool is_single = symbolic::is_number(phi.arguments[2], 1);
      Expression whole = call(phi.function, phi.arguments);
      if (!is_single || symbolic::as_number(whole)) return whole;
      const Expression& dt = phi.arguments[3];
      const Expression& rate = phi.arguments[4];
      return symbolic::quotient(call("expm1", {symbolic::product(rate, dt)}), rate);
    });
  }

  // ---- The readout

  void read_readout() {
    const ReadoutModel& model = *population_.readout;
    const ir::ParsedReadout parsed = ir::parse(model);
    Names names = names_of(model.parameters, HybridOwner::readout, "readout.", 0);
    const std::size_t first = system_.variables.size();
    declare(model.state, HybridOwner::readout, "readout.", 0, names);
    if (!parsed_.output.empty() && !parsed_.replays_spikes) names.values["x"] = neuron_.values.at(parsed_.output);
    for (std::size_t k = first; k < system_.variables.size(); ++k) {
      system_.flow.push_back(number(0));
      system_.reset.push_back(name(system_.variables[k].name));
      for (HybridArrival& arrival : system_.arrivals)
        for (auto* each : {&arrival.on_spike, &arrival.direct, &arrival.jump}) each->push_back(number(0));
    }
    for (const auto& [state, value] : effect_of(parsed.on_step))
      read_step(system_.index_of("readout." + state), specialize(value, names));
    for (const auto& [state, value] : effect_of(parsed.on_spike))
      read_step_of_spike(system_.index_of("readout." + state), specialize(value, names));
    system_.value = specialize(parsed.value, names);
  }

  // A spike can read the last values that steps leave behind, but not extrema, which are known only at the end.
  void read_step_of_spike(std::size_t variable, const Expression& after) {
    Substitution last;
    for (const LastValue& each : system_.last_values) {
      if (each.variable == variable) return;  // the next step overwrites it
      last[system_.variables[each.variable].name] = each.of;
    }
    for (const RunningExtremum& each : system_.extrema) {
      const std::string& name = system_.variables[each.variable].name;
      if (each.variable != variable && !symbolic::mentions(after, {name})) continue;
      refuse(readout_path(), "on_spike reads or changes \"" + name + "\", the extremum over all steps",
             "use a state that on_step adds to in on_spike instead");
    }
    system_.reset[variable] = symbolic::substitute(after, last);
  }

  std::string readout_path() const { return path_ + ".readout \"" + population_.readout->name + "\""; }

  void read_step(std::size_t variable, const Expression& after) {
    const std::string& own = system_.variables[variable].name;
    NameSet states;
    for (const HybridVariable& each : system_.variables) {
      if (each.owner == HybridOwner::readout) states.insert(each.name);
    }
    const StepForm form = form_of_step(own, after, states);
    switch (form.kind) {
      case StepForm::Kind::sum: system_.flow[variable] = symbolic::quotient(form.of, number(options_.dt)); return;
      case StepForm::Kind::maximum:
      case StepForm::Kind::minimum:
        system_.extrema.push_back({variable, form.kind == StepForm::Kind::maximum, form.of});
        return;
      case StepForm::Kind::last: system_.last_values.push_back({variable, form.of}); return;
      case StepForm::Kind::other:
        refuse(readout_path(), "on_step has no meaning between steps: \"" + own + " = " + to_string(after) + "\"",
               "use y += e (an integral), y = max(y, e), y = min(y, e) or y = e, with e free of the readout's states");
    }
  }

  // ---- What f must not do

  NameSet moving_names() const {
    NameSet moving{"t"};
    for (const HybridVariable& variable : system_.variables) moving.insert(variable.name);
    return moving;
  }

  // In addition to what programs cannot do either: jumps at a given time, and jumps in readouts.
  void refuse_jumps_of_flow() {
    const NameSet moving = moving_names();
    const auto refuse_jump = [&](const std::string& what, const Expression& of) {
      if (can_jump(of, moving))
        refuse(path_ + ", " + what, "\"" + to_string(of) + "\" can jump while the state flows",
               "use max, min or abs to keep it continuous, or a smooth function such as sigmoid");
    };
    if (!system_.has_equations()) return;
    for (std::size_t k = 0; k < system_.variables.size(); ++k)
      refuse_jump("d" + system_.variables[k].name + "/dt", system_.flow[k]);
    for (const RunningExtremum& each : system_.extrema)
      refuse_jump("the extremum " + system_.variables[each.variable].name, each.of);
  }

  void drop_unused_parameters() {
    NameSet used;
    const auto look = [&](const Expression& e) {
      if (!e) return;
      for (const std::string& each : names_in(e)) used.insert(each);
    };
    for (const auto* list : {&system_.flow, &system_.reset}) std::for_each(list->begin(), list->end(), look);
    for (const HybridArrival& arrival : system_.arrivals) std::for_each(arrival.jump.begin(), arrival.jump.end(), look);
    for (const RunningExtremum& extremum : system_.extrema) look(extremum.of);
    for (const LastValue& last : system_.last_values) look(last.of);
    for (const Expression& e : {system_.threshold, system_.refractory_period, system_.value}) look(e);
    std::erase_if(system_.parameters, [&](const HybridParameter& each) { return used.count(each.name) == 0; });
  }

  const ir::Network& network_;
  const ir::Population& population_;
  std::uint32_t index_;
  const DerivationOptions& options_;
  double dt0_;
  std::string path_;
  ir::ParsedNeuron parsed_;
  Names neuron_;
  std::vector<Arrival> read_;
  HybridSystem system_;
};

}  // namespace

std::size_t HybridSystem::index_of(const std::string& variable_name) const {
  for (std::size_t k = 0; k < variables.size(); ++k) {
    if (variables[k].name == variable_name) return k;
  }
  throw std::out_of_range("unknown variable " + variable_name);
}

bool HybridSystem::holds() const {
  return std::any_of(variables.begin(), variables.end(), [](const HybridVariable& each) { return each.held; });
}

HybridSystem read_hybrid_system(const ir::Network& network, std::size_t population, const DerivationOptions& options) {
  return Reader(network, population, options).run();
}

HybridSystem hybrid_system(const ir::Network& network, std::size_t population, const DerivationOptions& options) {
  HybridSystem system = read_hybrid_system(network, population, options);
  if (!system.has_equations()) throw ModelError(std::move(system.problems));
  return system;
}

}  // namespace synfire::codegen
