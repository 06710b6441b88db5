// SPDX-License-Identifier: Apache-2.0
#include "lower/scope.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "lower/operations.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using namespace language;

bool is_boolean_constant(const Expression& expression) {
  if (std::holds_alternative<Boolean>(expression->node)) return true;
  const auto* node = std::get_if<Binary>(&expression->node);
  return node != nullptr && node->operation >= BinaryOperator::less;
}

// The smallest value that training may give a parameter. A bound that is excluded keeps a distance, for times a tenth
// of a step: a variable with that time constant decays to exp(−10) in a step.
double least(const Parameter& parameter, double dt) {
  if (!parameter.exclusive_min) return parameter.min;
  return parameter.min + (parameter.unit == Unit::milliseconds ? 0.1 * dt : 1e-6);
}

double most(const Parameter& parameter) { return parameter.exclusive_max ? parameter.max - 1e-6 : parameter.max; }

}  // namespace

Expr Body::let(const std::string& wanted, Expr value) {
  if (std::holds_alternative<ConstantExpr>(value->node) || std::holds_alternative<LocalExpr>(value->node)) return value;
  return snapshot(wanted, std::move(value));
}

Expr Body::snapshot(const std::string& wanted, Expr value) {
  const std::string name = names_.unique_within(array_names_, wanted);
  const Type type = value->type;
  statements_.push_back(Let{name, std::move(value)});
  return local(name, type);
}

Expr Body::hold(const std::string& wanted, Expr value) {
  const auto* named = std::get_if<LocalExpr>(&value->node);
  const bool changes = named != nullptr && variables_.count(named->name) != 0;
  return changes ? snapshot(wanted, std::move(value)) : let(wanted, std::move(value));
}

std::string Body::variable(const std::string& wanted, Expr value) {
  std::string name = names_.unique_within(array_names_, wanted);
  statements_.push_back(Variable{name, std::move(value)});
  variables_.insert(name);
  return name;
}

void Body::repeat(std::uint32_t count, const std::string& counter, const std::function<void(const Expr& turn)>& fill) {
  const std::string name = names_.unique_within(array_names_, counter);
  std::vector<Statement> outside = std::exchange(statements_, {});
  fill(local(name, Type::u32));
  outside.push_back(Repeat{name, count, std::move(statements_)});
  statements_ = std::move(outside);
}

Expr Body::draw(Distribution distribution) {
  // A Gaussian needs two words of one Philox block.
  const std::uint32_t words = distribution == Distribution::normal ? 2 : 1;
  words_drawn_ = (words_drawn_ + words - 1) / words * words;
  Expr value = random(distribution, stream_, words_drawn_);
  words_drawn_ += words;
  return value;
}

Scope::Scope(LoweringContext& context, std::string prefix, std::string stream, std::string path, std::uint32_t count,
             const std::vector<Parameter>& parameters, bool trains, const Scope* like)
    : context_(context),
      prefix_(std::move(prefix)),
      stream_(std::move(stream)),
      path_(std::move(path)),
      count_(count),
      trains_(trains),
      tables_(like ? like->tables_ : std::make_shared<Tables>()) {
  fix("dt", context.options.dt);
  for (const Parameter& parameter : parameters) {
    const Value& value = parameter.value;
    if (trains && value.training()) {
      train({parameter.name, value, value.is_number(), 0, {}, least(parameter, context.options.dt), most(parameter)});
    } else if (value.is_flag()) {
      fixed_[parameter.name] = boolean(value.flag());
    } else if (value.is_number()) {
      fix(parameter.name, value.number());
    } else {
      constants_.insert(parameter.name);
      elements_[parameter.name] =
          elements_of(value, count, {context.options.seed, stream_ + "." + parameter.name, 1, 1});
    }
  }
}

IntegrationOptions Scope::integration(Integrator integrator, std::uint32_t substeps) const {
  return {integrator, context_.options.dt, context_.nominal_dt(), path_, substeps};
}

Expression Scope::specialize(const Expression& expression) const {
  specialized_ = expression;
  return symbolic::substitute(expression, fixed_);
}

std::vector<Equation> Scope::specialize(const std::vector<Equation>& equations) const {
  std::vector<Equation> result;
  result.reserve(equations.size());
  for (const Equation& equation : equations)
    result.push_back({equation.variable, specialize(equation.derivative), equation.column});
  return result;
}

void Scope::bind_variable(const std::string& name, const std::string& local, Body& body) {
  body.adopt(local);
  state_locals_[name] = local;
  bind(name, codegen::local(local, Type::f32));
}

void Scope::bind_state(const StateVariable& state, ArrayId array, const std::string& local_name, Body& body) {
  bind_state(state.name, load(array, Type::f32), local_name, body);
}

void Scope::bind_state(const std::string& state, const Expr& value, const std::string& local_name, Body& body) {
  const std::string name = body.variable(local_name, value);
  state_locals_[state] = name;
  bind(state, local(name, Type::f32));
}

void Scope::train(TrainedParameter parameter) {
  const std::string name = parameter.name;
  constants_.insert(name);
  trained_names_.insert(name);
  if (parameter.shared) shared_names_.insert(name);
  const std::string& drawn = parameter.is_initial() ? parameter.state : name;
  elements_[name] = elements_of(parameter.value, count_, {context_.options.seed, stream_ + "." + drawn, 1, 1});
  const auto& known = tables_->trained;
  if (std::any_of(known.begin(), known.end(), [&](const auto& each) { return each.name == name; })) return;
  parameter.array = array_of(name);
  tables_->trained.push_back(std::move(parameter));
}

bool Scope::is_uniform(const Expression& expression) const { return !symbolic::mentions(expression, constants_); }

// Whether all neurons have the same value, although training may change it.
bool Scope::is_shared(const Expression& expression) const {
  for (const std::string& name : language::names_in(expression)) {
    if (constants_.contains(name) && !shared_names_.contains(name)) return false;
  }
  return true;
}

// With the user's parameters, an expression must be finite in single precision.
void Scope::require_finite(double value, const Expression& expression) const {
  if (std::isfinite(static_cast<float>(value))) return;
  const auto folded = symbolic::as_number(expression);
  const bool is_folded = folded && !std::isfinite(*folded) && specialized_;
  const Expression part = is_folded ? symbolic::non_finite_part(specialized_, fixed_) : nullptr;
  const std::string what = language::to_string(part ? part : expression);
  throw ModelError({.kind = ProblemKind::invalid_value,
                    .path = path_,
                    .message = what + " is not finite with these parameters",
                    .hint = "check for a division by 0, such as a time constant of 0, or a value that is too large",
                    .given = std::isnan(value) ? "NaN" : "infinity"});
}

std::vector<double> Scope::evaluate(const Expression& expression) const {
  if (is_uniform(expression)) {
    const double value = symbolic::evaluate(
        expression, [](const std::string& name) -> double { throw std::logic_error("not a constant: " + name); });
    require_finite(value, expression);
    return {value};
  }
  std::vector<double> values(is_shared(expression) ? std::min(count_, 1u) : count_);
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    values[i] = symbolic::evaluate(expression,
                                   [&](const std::string& name) { return static_cast<double>(elements_.at(name)[i]); });
    require_finite(values[i], expression);
  }
  return values;
}

ArrayId Scope::declare(const std::string& name, const std::string& comment, const Expression& expression) {
  const bool is_parameter = std::holds_alternative<Name>(expression->node);
  std::vector<double> values = evaluate(expression);
  // Updates write a shared parameter once for each neuron.
  if (is_parameter) values.resize(count_, values.empty() ? 0 : values.front());
  Array array;
  array.name = context_.names.unique(prefix_ + "_" + name);
  array.comment = values.size() == count_ ? comment + ", one per neuron" : comment;
  array.extent = values.size();
  array.lifetime = Lifetime::persistent;
  array.storage = Storage::global;
  array.role = contract::BufferRole::parameter;
  array.shape = {values.size()};
  array.values = std::make_shared<const std::vector<float>>(values.begin(), values.end());
  return context_.program.add(std::move(array));
}

ArrayId Scope::coefficient(const Expression& expression) {
  const std::string formula = language::to_string(expression);
  const auto found = tables_->arrays.find(formula);
  if (found != tables_->arrays.end()) return found->second;
  const auto* parameter = std::get_if<Name>(&expression->node);
  const ArrayId id =
      parameter ? declare(parameter->name, parameter->name, expression) : declare("coefficient", formula, expression);
  if (symbolic::mentions(expression, trained_names_)) {
    context_.trained.insert(id);
    tables_->coefficients.push_back({expression, id, is_shared(expression)});
  }
  return tables_->arrays[formula] = id;
}

Expr Scope::lower_constant(const Expression& expression) {
  const Type type = is_boolean_constant(expression) ? Type::boolean : Type::f32;
  if (is_uniform(expression)) return constant(evaluate(expression)[0], type);
  const Expr index = is_shared(expression) ? constant(0, Type::u32) : element_;
  const Expr value = load(coefficient(expression), Type::f32, index);
  return type == Type::f32 ? value : apply(Operation::not_equal, {value, constant(0)});
}

// Small whole powers become products: exact if the result is, and much cheaper.
Expr Scope::lower_power(const Expression& base, const Expression& exponent, Body& body) {
  const auto whole = symbolic::as_number(exponent);
  if (whole && *whole >= 2 && *whole <= 4 && *whole == std::floor(*whole)) {
    const Expr factor = body.let("base", lower(base, body));
    Expr result = apply(Operation::multiply, {factor, factor});
    if (*whole == 3) return apply(Operation::multiply, {result, factor});
    if (*whole == 4) {
      result = body.let("square", result);
      return apply(Operation::multiply, {result, result});
    }
    return result;
  }
  if (whole == 0.5) return apply(Operation::square_root, {lower(base, body)});
  return apply(Operation::power, {lower(base, body), lower(exponent, body)});
}

Expr Scope::lower_call(const Call& call, Body& body) {
  if (call.function == "uniform") return body.let("draw", body.draw(Distribution::uniform));
  if (call.function == "normal") return body.let("draw", body.draw(Distribution::normal));
  if (call.function == "pow") return lower_power(call.arguments[0], call.arguments[1], body);
  std::vector<Expr> operands;
  for (const Expression& argument : call.arguments) operands.push_back(lower(argument, body));
  return apply(operation_of(call.function), std::move(operands));
}

Expr Scope::lower(const Expression& expression, Body& body) {
  if (symbolic::is_constant(expression, constants_)) return lower_constant(expression);
  if (const auto* node = std::get_if<Name>(&expression->node)) {
    const auto found = bindings_.find(node->name);
    if (found == bindings_.end()) throw std::logic_error(path_ + ": unbound name " + node->name);
    return found->second;
  }
  if (const auto* node = std::get_if<Unary>(&expression->node)) {
    return apply(operation_of(node->operation), {lower(node->operand, body)});
  }
  if (const auto* node = std::get_if<Binary>(&expression->node)) {
    if (node->operation == BinaryOperator::power) return lower_power(node->left, node->right, body);
    if (node->operation == BinaryOperator::divide && symbolic::is_number(node->right, 0))
      require_finite(std::numeric_limits<double>::infinity(), expression);
    const Expr left = lower(node->left, body);
    return apply(operation_of(node->operation), {left, lower(node->right, body)});
  }
  if (const auto* node = std::get_if<Conditional>(&expression->node)) {
    const Expr condition = lower(node->condition, body);
    const Expr then = lower(node->then, body);
    return apply(Operation::select, {condition, then, lower(node->otherwise, body)});
  }
  return lower_call(std::get<Call>(expression->node), body);
}

void Scope::assign(const std::string& target, Expr value, Body& body) {
  body.set(state_locals_.at(target), std::move(value));
}

void Scope::lower(const std::vector<language::Statement>& statements, Body& body, const Expr& condition) {
  for (const language::Statement& statement : statements) {
    if (const auto* node = std::get_if<Assign>(&statement->node)) {
      Expr value = lower(specialize(node->value), body);
      if (condition) value = apply(Operation::select, {condition, value, value_of(node->target)});
      assign(node->target, value, body);
      continue;
    }
    const auto& node = std::get<language::If>(statement->node);
    // The condition is evaluated before the branches change anything.
    const Expr chosen = body.let("condition", lower(specialize(node.condition), body));
    const auto both = [&](const Expr& other) {
      return condition ? body.let("condition", apply(Operation::logical_and, {condition, other})) : other;
    };
    lower(node.then, body, both(chosen));
    if (!node.otherwise.empty()) lower(node.otherwise, body, both(apply(Operation::logical_not, {chosen})));
  }
}

void Scope::lower(const Flow& flow, Body& body, const Expr& held,
                  const std::set<std::string, std::less<>>& held_states) {
  define(flow.locals, body);
  if (flow.parts != 0) {
    body.repeat(flow.parts, "substep", [&](const Expr&) {
      define(flow.part.locals, body);
      update(flow.part.updates, body, held, held_states);
    });
  }
  update(flow.updates, body, held, held_states);
}

void Scope::define(const std::vector<Flow::Definition>& locals, Body& body) {
  for (const Flow::Definition& definition : locals)
    bind(definition.name, body.hold(definition.name, lower(definition.value, body)));
}

void Scope::update(const std::vector<Flow::Definition>& updates, Body& body, const Expr& held,
                   const std::set<std::string, std::less<>>& held_states) {
  // Updates are simultaneous: if one reads a state that an earlier one has changed, compute all before setting any.
  bool entangled = false;
  std::set<std::string, std::less<>> changed;
  for (const Flow::Definition& update : updates) {
    entangled = entangled || symbolic::mentions(update.value, changed) ||
                (held && update.resting && symbolic::mentions(update.resting, changed));
    changed.insert(update.name);
  }
  std::vector<std::pair<std::string, Expr>> results;
  for (const Flow::Definition& update : updates) {
    Expr value = lower(update.value, body);
    if (entangled) value = body.snapshot("next_" + update.name, value);
    if (held && held_states.count(update.name) != 0)
      value = apply(Operation::select, {held, value_of(update.name), value});
    else if (held && update.resting)
      value = apply(Operation::select, {held, body.let("resting_" + update.name, lower(update.resting, body)), value});
    if (entangled)
      results.emplace_back(update.name, value);
    else
      assign(update.name, value, body);
  }
  for (auto& [name, value] : results) assign(name, value, body);
}

ArrayId Scope::declare_state(const StateVariable& state, contract::CarriedState carried) {
  Array array;
  array.name = context_.names.unique(prefix_ + "_" + state.name);
  array.extent = count_;
  array.lifetime = Lifetime::trial;
  array.carried = carried;
  array.variable = state.name;
  return context_.program.add(std::move(array));
}

Expr Scope::initial(const StateVariable& state) {
  const std::string name = "initial " + state.name;
  if (trains_ && state.initial.training()) {
    train({name, state.initial, state.initial.is_number(), 0, state.name});
    return lower_constant(language::name(name));
  }
  if (state.initial.is_number()) return constant(state.initial.number());
  if (constants_.insert(name).second) {
    elements_[name] = elements_of(state.initial, count_, {context_.options.seed, stream_ + "." + state.name, 1, 1});
  }
  return load(array_of(name), Type::f32);
}

}  // namespace synfire::codegen
