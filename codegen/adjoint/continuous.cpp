// SPDX-License-Identifier: Apache-2.0
#include "adjoint/continuous.hpp"

#include <algorithm>
#include <set>

#include "adjoint/reverse.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using namespace language;

[[noreturn]] void refuse(const std::string& path, const std::string& message, const std::string& hint) {
  throw ModelError({.kind = ProblemKind::unsupported, .path = path, .message = message, .hint = hint});
}

// `expression` with per_step(x) as x / dt₀ and step_mean(x) as x.
Expression without_steps(const Expression& expression, double nominal_dt) {
  const auto recurse = [&](const Expression& each) { return without_steps(each, nominal_dt); };
  if (const auto* node = std::get_if<Unary>(&expression->node)) return unary(node->operation, recurse(node->operand));
  if (const auto* node = std::get_if<Binary>(&expression->node))
    return binary(node->operation, recurse(node->left), recurse(node->right));
  if (const auto* node = std::get_if<Conditional>(&expression->node))
    return conditional(recurse(node->condition), recurse(node->then), recurse(node->otherwise));
  const auto* node = std::get_if<Call>(&expression->node);
  if (node == nullptr) return expression;
  std::vector<Expression> arguments;
  for (const Expression& argument : node->arguments) arguments.push_back(recurse(argument));
  if (node->function == "step_mean") return arguments[0];
  if (node->function == "per_step") return symbolic::quotient(arguments[0], number(nominal_dt));
  return call(node->function, std::move(arguments));
}

bool has_draws(const Expression& expression) { return calls(expression, "uniform") || calls(expression, "normal"); }

}  // namespace

ContinuousEquations::ContinuousEquations(LoweredStep& step, double nominal_dt) : step_(step), nominal_dt_(nominal_dt) {
  if (step.population.readout) readout_ = ir::parse(*step.population.readout);
  for (const LoweredSynapse& synapse : step.synapses) split_current(synapse);
  if (step.parsed.threshold) find_threshold();
  if (!step.parsed.update.empty()) {
    refuse(step.path + ".neuron", "a model given by `update` has no adjoint",
           "write its equations as `dynamics`, or keep it out of what is trained");
  }
}

Expression ContinuousEquations::continuous(const Scope& scope, const Expression& expression) const {
  if (has_draws(expression)) {
    refuse(scope.path(), "what is drawn in every step has no rate of change",
           "leave the noise out for training, or put it into an input population");
  }
  const Expression nominal = symbolic::substitute(expression, {{"dt", number(nominal_dt_)}});
  return scope.specialize(without_steps(nominal, nominal_dt_));
}

void ContinuousEquations::split_current(const LoweredSynapse& synapse) {
  const Scope& scope = *synapse.scope;
  if (!synapse.parsed.update.empty()) {
    refuse(scope.path(), "a synapse given by `update` has no adjoint", "write its equations as `dynamics`");
  }
  const auto form = symbolic::linear_form(continuous(scope, synapse.parsed.current), {"arriving"});
  if (!form) {
    refuse(scope.path(), "the current is not linear in `arriving`",
           "let arrivals change a state in `on_spike`, and the current be a function of it");
  }
  const auto direct = form->coefficients.find("arriving");
  current_.push_back(form->rest);
  direct_.push_back(direct == form->coefficients.end() ? nullptr : direct->second);
}

void ContinuousEquations::find_threshold() {
  const Expression condition = continuous(step_.neuron, step_.parsed.threshold);
  const auto* node = std::get_if<Binary>(&condition->node);
  const auto is = [&](BinaryOperator a, BinaryOperator b) {
    return node != nullptr && (node->operation == a || node->operation == b);
  };
  if (is(BinaryOperator::greater_equal, BinaryOperator::greater)) {
    threshold_ = symbolic::difference(node->left, node->right);
  } else if (is(BinaryOperator::less_equal, BinaryOperator::less)) {
    threshold_ = symbolic::difference(node->right, node->left);
  } else {
    refuse(step_.path + ".neuron.threshold", "a threshold that is no comparison of two numbers has no adjoint",
           "write it as `a >= b`, with one comparison");
  }
}

bool ContinuousEquations::has_direct_arrivals() const {
  return std::any_of(direct_.begin(), direct_.end(), [](const Expression& each) { return each != nullptr; });
}

bool ContinuousEquations::is_affine(std::size_t c) const {
  const LoweredSynapse& synapse = step_.synapses[c];
  std::set<std::string, std::less<>> states;
  for (const LoweredState& state : synapse.states) states.insert(state.variable.name);
  if (!symbolic::linear_form(current_[c], states)) return false;
  for (const Equation& equation : synapse.parsed.dynamics) {
    if (!symbolic::linear_form(continuous(*synapse.scope, equation.derivative), states)) return false;
  }
  return std::all_of(step_.parsed.dynamics.begin(), step_.parsed.dynamics.end(), [&](const Equation& equation) {
    return symbolic::linear_form(continuous(step_.neuron, equation.derivative), {"I"}).has_value();
  });
}

void ContinuousEquations::bind(const std::vector<Expr>& neuron, const std::vector<std::vector<Expr>>& synapses,
                               const Expr& time) {
  time_ = time;
  for (std::size_t k = 0; k < neuron.size(); ++k) step_.neuron.bind(step_.states[k].variable.name, or_zero(neuron[k]));
  step_.neuron.bind("t", time);
  for (std::size_t c = 0; c < synapses.size(); ++c) {
    const LoweredSynapse& synapse = step_.synapses[c];
    for (const std::string& name : synapse.parsed.target_variables)
      synapse.scope->bind(name, step_.neuron.value_of(name));
    for (std::size_t k = 0; k < synapses[c].size(); ++k)
      synapse.scope->bind(synapse.states[k].variable.name, synapses[c][k]);
    synapse.scope->bind("t", time);
  }
}

Expr ContinuousEquations::output() const {
  return step_.parsed.output.empty() ? nullptr : step_.neuron.value_of(step_.parsed.output);
}

void ContinuousEquations::bind_current(Body& body) {
  if (!step_.parsed.uses_current || step_.synapses.empty()) return;
  Expr total;
  for (std::size_t c = 0; c < current_.size(); ++c) {
    if (!symbolic::is_number(current_[c], 0)) total = plus(total, step_.synapses[c].scope->lower(current_[c], body));
  }
  step_.neuron.bind("I", total ? body.let("current", total) : constant(0));
}

Expr ContinuousEquations::rate(Scope& scope, const std::vector<Equation>& dynamics, const std::string& variable,
                               Body& body) {
  for (const Equation& equation : dynamics) {
    if (equation.variable != variable) continue;
    const Expression derivative = continuous(scope, equation.derivative);
    return symbolic::is_number(derivative, 0) ? nullptr : body.let("f_" + variable, scope.lower(derivative, body));
  }
  return nullptr;
}

std::vector<Expr> ContinuousEquations::rates(Body& body) {
  std::vector<Expr> all;
  bind_current(body);
  for (const LoweredState& state : step_.states)
    all.push_back(rate(step_.neuron, step_.parsed.dynamics, state.variable.name, body));
  for (const LoweredSynapse& synapse : step_.synapses) {
    for (const LoweredState& state : synapse.states)
      all.push_back(rate(*synapse.scope, synapse.parsed.dynamics, state.variable.name, body));
  }
  bind_readout();
  for (const LoweredState& state : step_.readout_states) all.push_back(readout_rate(state.variable.name, body));
  return all;
}

void ContinuousEquations::bind_readout() {
  if (step_.readout == nullptr) return;
  step_.readout->bind("t", time_);
  if (const Expr x = output()) step_.readout->bind("x", x);
}

// Of `y += e`: e / dt, of the steps that there are. Any other statement gives y no rate.
Expr ContinuousEquations::readout_rate(const std::string& variable, Body& body) {
  for (const language::Statement& statement : readout_->on_step) {
    const auto* assign = std::get_if<Assign>(&statement->node);
    if (assign == nullptr || assign->target != variable) continue;
    const auto form = symbolic::linear_form(continuous(*step_.readout, assign->value), {variable});
    if (!form || form->coefficients.count(variable) == 0) continue;
    if (!symbolic::is_number(form->coefficients.at(variable), 1)) continue;
    const Expression rate = symbolic::quotient(form->rest, number(step_.context.options.dt));
    return symbolic::is_number(rate, 0) ? nullptr : body.let("f_" + variable, step_.readout->lower(rate, body));
  }
  return nullptr;
}

const Call* ContinuousEquations::extremum(std::size_t readout_state) const {
  const std::string& variable = step_.readout_states[readout_state].variable.name;
  for (const language::Statement& statement : readout_->on_step) {
    const auto* assign = std::get_if<Assign>(&statement->node);
    if (assign == nullptr || assign->target != variable) continue;
    const auto* node = std::get_if<Call>(&assign->value->node);
    if (node != nullptr && (node->function == "max" || node->function == "min")) return node;
  }
  return nullptr;
}

Expr ContinuousEquations::extremum_of(std::size_t readout_state, Body& body) {
  bind_readout();
  const Call& call = *extremum(readout_state);
  const auto* first = std::get_if<Name>(&call.arguments[0]->node);
  const bool is_own = first != nullptr && first->name == step_.readout_states[readout_state].variable.name;
  return step_.readout->lower(continuous(*step_.readout, call.arguments[is_own ? 1 : 0]), body);
}

Expr ContinuousEquations::threshold(Body& body) { return body.let("threshold", step_.neuron.lower(threshold_, body)); }

std::vector<Expr> ContinuousEquations::reset(Body& body) {
  std::vector<Expr> after;
  for (const LoweredState& state : step_.states) {
    const std::string& name = state.variable.name;
    step_.neuron.bind_state(name, step_.neuron.value_of(name), "reset_" + name, body);
  }
  step_.neuron.lower(step_.parsed.reset, body);
  for (const LoweredState& state : step_.states) after.push_back(step_.neuron.value_of(state.variable.name));
  return after;
}

std::vector<Expr> ContinuousEquations::read_spike(const std::vector<Expr>& readout, Body& body) {
  std::vector<Expr> after;
  if (step_.readout == nullptr) return after;
  bind_readout();
  for (std::size_t m = 0; m < readout.size(); ++m) {
    const std::string& name = step_.readout_states[m].variable.name;
    step_.readout->bind_state(name, readout[m], "read_" + name, body);
  }
  step_.readout->lower(readout_->on_spike, body);
  for (const LoweredState& state : step_.readout_states) after.push_back(step_.readout->value_of(state.variable.name));
  return after;
}

Expr ContinuousEquations::readout_value(const std::vector<Expr>& readout, const Expr& x, Body& body) {
  for (std::size_t m = 0; m < readout.size(); ++m)
    step_.readout->bind(step_.readout_states[m].variable.name, readout[m]);
  if (x) step_.readout->bind("x", x);
  return step_.readout->lower(step_.readout->specialize(readout_->value), body);
}

Expr ContinuousEquations::current_of_arriving(std::size_t c, Body& body) {
  return step_.synapses[c].scope->lower(direct_[c], body);
}

}  // namespace synfire::codegen
