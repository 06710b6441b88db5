// SPDX-License-Identifier: Apache-2.0
#include "reference_simulator/population.hpp"

#include <algorithm>
#include <cmath>

#include "reference_simulator/values.hpp"

namespace synfire::testing::reference {
namespace {

std::size_t count_of(const ir::Population& population) { return population.neurons(); }

Expression specialize_or_null(const Expression& expression, const Numbers& numbers) {
  return expression ? specialize(expression, numbers) : nullptr;
}

template <class ModelText>
FlowOptions flow_options(const ModelText& model, const Options& options, NameSet held = {}) {
  const double nominal_dt = options.nominal_dt > 0 ? options.nominal_dt : options.dt;
  return {model.integrator, options.dt, nominal_dt, model.substeps, std::move(held)};
}

std::unique_ptr<Flow> make_flow(const std::vector<language::Equation>& equations, const Numbers& numbers, Model& model,
                                std::size_t count, const FlowOptions& options) {
  auto flow = std::make_unique<Flow>(specialize(equations, numbers), model.elements(), options);
  for (std::size_t i = 0; i < count; ++i) flow->add_neuron(model[i]);
  return flow;
}

// If steps differ from the nominal one and the neuron has equations.
bool splits_current(const NeuronModel& neuron, const Options& options) {
  const ir::ParsedNeuron parsed = ir::parse(neuron);
  return options.nominal_dt > 0 && options.nominal_dt != options.dt && !parsed.dynamics.empty() &&
         parsed.update.empty();
}

}  // namespace

// ---- Model

Model::Model(const std::vector<Parameter>& parameters, const std::vector<StateVariable>& states, std::size_t count,
             const std::string& stream, const Options& options)
    : names_(count) {
  numbers_["dt"] = language::number(options.dt);
  const auto drawn = [&](const Value& value, const std::string& name) {
    return reference::elements(value, count, key_of(options.seed, stream + '.' + name));
  };
  for (const Parameter& parameter : parameters) {
    if (parameter.value.is_flag()) {
      numbers_[parameter.name] = language::boolean(parameter.value.flag());
    } else if (parameter.value.is_number()) {
      numbers_[parameter.name] = language::number(parameter.value.number());
    } else {
      elements_.insert(parameter.name);
      const std::vector<float> values = drawn(parameter.value, parameter.name);
      for (std::size_t i = 0; i < count; ++i) names_[i].set(parameter.name, element(values[i]));
    }
  }
  for (const StateVariable& state : states) {
    states_.push_back(state.name);
    initial_.push_back(drawn(state.initial, state.name));
  }
  reset();
}

void Model::reset() { load(initial_); }

std::vector<float> Model::values(const std::string& state) const {
  std::vector<float> result;
  for (const Names& names : names_) result.push_back(names[state].single());
  return result;
}

std::vector<std::vector<float>> Model::save() const {
  std::vector<std::vector<float>> saved;
  for (const std::string& state : states_) saved.push_back(values(state));
  return saved;
}

void Model::load(const std::vector<std::vector<float>>& saved) {
  for (std::size_t s = 0; s < states_.size(); ++s) {
    for (std::size_t i = 0; i < names_.size(); ++i) names_[i].set(states_[s], runtime(saved[s][i]));
  }
}

// ---- Synapses

SynapsePopulation::SynapsePopulation(const ir::Network& network, const ir::Connection& connection,
                                     const Options& options)
    : parsed_(ir::parse(connection.synapse, network.populations[connection.target].neuron)),
      model_(connection.synapse.parameters, connection.synapse.state, count_of(network.populations[connection.target]),
             "connection " + connection.name, options),
      splits_(splits_current(network.populations[connection.target].neuron, options)),
      on_spike_(specialize(parsed_.on_spike, model_.numbers())),
      update_(specialize(parsed_.update, model_.numbers())) {
  const std::size_t count = count_of(network.populations[connection.target]);
  for (std::size_t i = 0; i < count; ++i) model_[i].set("t", runtime(0));
  flow_ = make_flow(parsed_.dynamics, model_.numbers(), model_, count, flow_options(connection.synapse, options));
  current_ = rewrite(specialize(parsed_.current, model_.numbers()), [this](const Expression& e) -> Expression {
    if (!is_call(e, "step_mean")) return nullptr;
    means_.emplace_back("mean " + std::to_string(means_.size()), std::get<language::Call>(e->node).arguments[0]);
    return language::name(means_.back().first);
  });
  held_ = specialize(current_, {{"arriving", language::number(0)}});
}

Currents SynapsePopulation::step(std::size_t neuron, float arriving, const Quantity& t, const Names& target) {
  Names& names = model_[neuron];
  names.set("weight", runtime(arriving));
  names.set("arriving", runtime(arriving));
  names.set("t", t);
  for (const std::string& variable : parsed_.target_variables) names.set(variable, target[variable]);
  execute(on_spike_, names, nullptr);
  for (const auto& [name, what] : means_) names.set(name, flow_->mean(what, neuron, names));
  const Currents currents = currents_of(names);
  flow_->step(neuron, names, nullptr, false);
  execute(update_, names, nullptr);
  return currents;
}

Drive SynapsePopulation::drive() const {
  const auto* held = std::get_if<language::Number>(&held_->node);
  return {!splits_ || held == nullptr || held->value != 0, splits_ && mentions(current_, {"arriving"})};
}

Currents SynapsePopulation::currents_of(const Names& names) const {
  const Quantity whole = evaluate(current_, names, nullptr);
  if (!splits_) return {whole, number(0)};
  const Quantity held = evaluate(held_, names, nullptr);
  if (!is_linear(current_, {"arriving"})) return {held, apply(language::BinaryOperator::subtract, whole, held)};
  return {held, product(slope(current_, "arriving", names), names["arriving"])};
}

// ---- Readouts

namespace {

std::string rest_of(const std::string& sum) { return "rest of " + sum; }

std::string pending_of(const std::string& sum) { return "pending of " + sum; }

// The terms of `a + b - c`, and which are subtracted.
struct Term {
  Expression value;
  bool is_subtracted;
};

void collect_terms(const Expression& expression, bool is_subtracted, std::vector<Term>& terms) {
  using language::BinaryOperator;
  const auto* binary = std::get_if<language::Binary>(&expression->node);
  if (binary && (binary->operation == BinaryOperator::add || binary->operation == BinaryOperator::subtract)) {
    collect_terms(binary->left, is_subtracted, terms);
    collect_terms(binary->right, is_subtracted != (binary->operation == BinaryOperator::subtract), terms);
  } else {
    terms.push_back({expression, is_subtracted});
  }
}

// The a - b of `s = a + s - b`, the summand of s, if s is one of the terms and not part of the others; else null.
Expression summand_of(const language::Assign& assigned) {
  std::vector<Term> terms;
  collect_terms(assigned.value, false, terms);
  Expression summand;
  bool has_sum = false;
  for (const Term& term : terms) {
    const auto* name = std::get_if<language::Name>(&term.value->node);
    if (!has_sum && !term.is_subtracted && name && name->name == assigned.target) {
      has_sum = true;
      continue;
    }
    if (mentions(term.value, {assigned.target})) return nullptr;
    if (summand)
      summand = language::binary(
          term.is_subtracted ? language::BinaryOperator::subtract : language::BinaryOperator::add, summand, term.value);
    else
      summand = term.is_subtracted ? language::unary(language::UnaryOperator::negate, term.value) : term.value;
  }
  return has_sum ? summand : nullptr;
}

NameSet changed_by(const std::vector<Statement>& statements) {
  NameSet names;
  for (const Statement& each : statements)
    language::for_each_assignment(each, [&](const language::Assign& assigned) { names.insert(assigned.target); });
  return names;
}

// In a branch nothing else may read the sum: additions take effect only after the branch.
bool is_only_added_to(const std::string& name, const Statement& statement, bool in_branch) {
  if (const auto* assigned = std::get_if<language::Assign>(&statement->node)) {
    if (assigned->target == name) return summand_of(*assigned) != nullptr;
    return !in_branch || !mentions(assigned->value, {name});
  }
  const auto& branch = std::get<language::If>(statement->node);
  if (!changed_by({statement}).contains(name)) return true;
  if (in_branch && mentions(branch.condition, {name})) return false;
  for (const auto* side : {&branch.then, &branch.otherwise}) {
    for (const Statement& each : *side) {
      if (!is_only_added_to(name, each, true)) return false;
    }
  }
  return true;
}

NameSet sums_of(const ir::ParsedReadout& readout) {
  NameSet sums;
  for (const std::string& name : changed_by(readout.on_step)) {
    bool is_sum = !changed_by(readout.on_spike).contains(name);
    for (const Statement& each : readout.on_step) is_sum = is_sum && is_only_added_to(name, each, false);
    if (is_sum) sums.insert(name);
  }
  return sums;
}

// The branch with additions to sums collected in separate variables.
Statement beside(const Statement& statement, const NameSet& sums) {
  if (const auto* assigned = std::get_if<language::Assign>(&statement->node)) {
    if (!sums.contains(assigned->target)) return statement;
    const std::string pending = pending_of(assigned->target);
    return language::assign(
        pending, language::binary(language::BinaryOperator::add, language::name(pending), summand_of(*assigned)));
  }
  const auto& branch = std::get<language::If>(statement->node);
  std::vector<Statement> then, otherwise;
  for (const Statement& each : branch.then) then.push_back(beside(each, sums));
  for (const Statement& each : branch.otherwise) otherwise.push_back(beside(each, sums));
  return language::if_statement(branch.condition, std::move(then), std::move(otherwise), statement->column);
}

// Sums over time keep their rounding errors.
std::vector<StateVariable> with_rests(const ReadoutModel& readout) {
  std::vector<StateVariable> states = readout.state;
  for (const StateVariable& state : readout.state) states.push_back({rest_of(state.name), 0.0});
  return states;
}

}  // namespace

ReadoutPopulation::ReadoutPopulation(const ir::Population& population, const Options& options)
    : parsed_(ir::parse(*population.readout)),
      model_(population.readout->parameters, with_rests(*population.readout), count_of(population),
             "readout " + population.name, options),
      on_spike_(specialize(parsed_.on_spike, model_.numbers())),
      value_(specialize(parsed_.value, model_.numbers())) {
  const NameSet sums = sums_of(parsed_);
  for (const Statement& statement : parsed_.on_step) {
    Part part;
    const auto* assigned = std::get_if<language::Assign>(&statement->node);
    if (assigned && sums.contains(assigned->target)) {
      part.additions.emplace_back(assigned->target, specialize(summand_of(*assigned), model_.numbers()));
    } else if (assigned) {
      part.statements = specialize(std::vector{statement}, model_.numbers());
    } else {
      NameSet changed;
      for (const std::string& name : changed_by({statement})) {
        if (sums.contains(name)) changed.insert(name);
      }
      for (const std::string& name : changed) {
        part.pending.push_back(pending_of(name));
        part.additions.emplace_back(name, language::name(pending_of(name)));
      }
      part.statements = specialize(std::vector{beside(statement, changed)}, model_.numbers());
    }
    on_step_.push_back(std::move(part));
  }
}

void ReadoutPopulation::bind(std::size_t neuron, const Quantity& t, const Quantity& duration, const Quantity& output) {
  model_[neuron].set("t", t);
  model_[neuron].set("duration", duration);
  model_[neuron].set("x", output);
}

void ReadoutPopulation::step(std::size_t neuron, const Quantity& t, const Quantity& duration, const Quantity& output,
                             bool spiked) {
  bind(neuron, t, duration, output);
  Names& names = model_[neuron];
  for (const Part& part : on_step_) {
    for (const std::string& name : part.pending) names.set(name, number(0));
    execute(part.statements, names, nullptr);
    for (const auto& [sum, added] : part.additions) add(sum, evaluate(added, names, nullptr), names);
  }
  execute(on_spike_, names, nullptr, spiked);
}

// Kahan summation.
void ReadoutPopulation::add(const std::string& sum, const Quantity& summand, Names& names) {
  using language::BinaryOperator;
  const Quantity added = apply(BinaryOperator::subtract, summand, names[rest_of(sum)]);
  const Quantity total = apply(BinaryOperator::add, names[sum], added);
  const Quantity rest = apply(BinaryOperator::subtract, apply(BinaryOperator::subtract, total, names[sum]), added);
  names.set(rest_of(sum), rest);
  names.set(sum, total);
}

float ReadoutPopulation::value(std::size_t neuron, const Quantity& t, const Quantity& duration,
                               const Quantity& output) {
  bind(neuron, t, duration, output);
  return evaluate(value_, model_[neuron], nullptr).single();
}

// ---- Neurons

NeuronPopulation::NeuronPopulation(const ir::Population& population, const Options& options, Drive drive)
    : parsed_(ir::parse(population.neuron)),
      model_(population.neuron.parameters, population.neuron.state, count_of(population),
             "population " + population.name, options),
      key_(key_of(options.run_seed, "population " + population.name)),
      refractory_(count_of(population)) {
  const std::size_t count = count_of(population);
  Numbers numbers = model_.numbers();
  // A current without sources is the number 0.
  if (!drive.held && !drive.arriving) numbers["I"] = language::number(0);
  for (std::size_t i = 0; i < count; ++i) {
    for (const char* name : {"t", "input", "arriving current"}) model_[i].set(name, runtime(0));
    model_[i].set("I", drive.held ? runtime(0) : number(0));
  }
  update_ = specialize(parsed_.update, numbers);
  reset_ = specialize(parsed_.reset, numbers);
  threshold_ = specialize_or_null(parsed_.threshold, numbers);
  spike_sign_ = specialize_or_null(parsed_.spike_sign, numbers);
  graded_ = specialize_or_null(parsed_.graded, numbers);
  NameSet held;
  if (parsed_.refractory) {
    const Expression period = specialize(parsed_.refractory->period, numbers);
    for (std::size_t i = 0; i < count; ++i) {
      const double exact = evaluate(period, model_[i], nullptr).constant / options.dt;
      const double steps =
          std::ceil(exact - exact * 0x1p-22);  // multiples are multiples, rounded to single precision too
      period_steps_.push_back(static_cast<std::uint32_t>(std::max(steps, 0.0)));
    }
    has_period_ = !evaluate(period, model_[0], nullptr).is_number(0);
    const bool holds = evaluate(specialize(parsed_.refractory->hold_if, numbers), model_[0], nullptr).holds();
    if (holds) held.insert(parsed_.refractory->hold.begin(), parsed_.refractory->hold.end());
  }
  FlowOptions flow = flow_options(population.neuron, options, held);
  flow.arrives = drive.arriving;
  flow_ = make_flow(parsed_.dynamics, numbers, model_, count, flow);
  if (population.readout) readout_ = std::make_unique<ReadoutPopulation>(population, options);
}

Quantity NeuronPopulation::output(std::size_t neuron) {
  return parsed_.output.empty() ? runtime(0) : model_[neuron][parsed_.output];
}

bool NeuronPopulation::above_threshold(std::size_t neuron, Draws* draws) {
  return evaluate(threshold_, model_[neuron], draws).holds();
}

float NeuronPopulation::value(std::size_t neuron, const Moment& moment, float input) {
  Names& names = model_[neuron];
  names.set("t", moment.t);
  names.set("input", runtime(input));
  return evaluate(graded_, names, nullptr).single();
}

StepResult NeuronPopulation::step(std::size_t neuron, const Moment& moment, float input, const Currents& currents) {
  Names& names = model_[neuron];
  names.set("t", moment.t);
  names.set("input", runtime(input));
  names.set("I", currents.held);
  names.set("arriving current", currents.arriving);
  Draws draws(key_, static_cast<std::uint32_t>(neuron), moment.example, moment.step);
  const bool above_before = parsed_.crosses && above_threshold(neuron, nullptr);
  std::uint32_t& steps_left = refractory_[neuron];
  const bool resting = has_period_ && steps_left > 0;
  if (resting) --steps_left;
  flow_->step(neuron, names, &draws, resting);
  execute(update_, names, &draws);

  StepResult result;
  if (threshold_) result.spiked = above_threshold(neuron, &draws) && !above_before && (!has_period_ || steps_left == 0);
  if (spike_sign_) result.negative = evaluate(spike_sign_, names, &draws).single() < 0.0F;
  if (readout_) readout_->step(neuron, moment.t, moment.duration, output(neuron), result.spiked);
  execute(reset_, names, &draws, result.spiked);
  if (result.spiked && has_period_) steps_left = period_steps_[neuron];
  return result;
}

}  // namespace synfire::testing::reference
