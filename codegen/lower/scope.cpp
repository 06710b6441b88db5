// SPDX-License-Identifier: Apache-2.0
#include "lower/scope.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using namespace language;

Operation operation_of(BinaryOperator operation) {
  switch (operation) {
    case BinaryOperator::add: return Operation::add;
    case BinaryOperator::subtract: return Operation::subtract;
    case BinaryOperator::multiply: return Operation::multiply;
    case BinaryOperator::divide: return Operation::divide;
    case BinaryOperator::power: return Operation::power;
    case BinaryOperator::less: return Operation::less;
    case BinaryOperator::less_equal: return Operation::less_equal;
    case BinaryOperator::greater: return Operation::greater;
    case BinaryOperator::greater_equal: return Operation::greater_equal;
    case BinaryOperator::equal: return Operation::equal;
    case BinaryOperator::not_equal: return Operation::not_equal;
    case BinaryOperator::logical_and: return Operation::logical_and;
    case BinaryOperator::logical_or: return Operation::logical_or;
  }
  throw std::logic_error("unknown operator");
}

Operation operation_of(const std::string& function) {
  static const std::map<std::string, Operation, std::less<>> operations{{"abs", Operation::absolute},
                                                                        {"ceil", Operation::ceiling},
                                                                        {"cos", Operation::cosine},
                                                                        {"exp", Operation::exponential},
                                                                        {"expm1", Operation::exponential_minus_one},
                                                                        {"floor", Operation::floor},
                                                                        {"log", Operation::logarithm},
                                                                        {"log1p", Operation::logarithm_one_plus},
                                                                        {"max", Operation::maximum},
                                                                        {"min", Operation::minimum},
                                                                        {"pow", Operation::power},
                                                                        {"round", Operation::round},
                                                                        {"sign", Operation::sign},
                                                                        {"sin", Operation::sine},
                                                                        {"sqrt", Operation::square_root},
                                                                        {"tanh", Operation::hyperbolic_tangent},
                                                                        {"sigmoid", Operation::sigmoid}};
  const auto found = operations.find(function);
  if (found == operations.end()) throw std::logic_error("no operation for " + function);
  return found->second;
}

bool is_boolean_constant(const Expression& expression) {
  if (std::holds_alternative<Boolean>(expression->node)) return true;
  const auto* node = std::get_if<Binary>(&expression->node);
  return node != nullptr && node->operation >= BinaryOperator::less;
}

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
             const std::vector<Parameter>& parameters)
    : context_(context), prefix_(std::move(prefix)), stream_(std::move(stream)), path_(std::move(path)), count_(count) {
  fix("dt", context.options.dt);
  for (const Parameter& parameter : parameters) {
    const Value& value = parameter.value;
    if (value.is_flag()) {
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

bool Scope::is_uniform(const Expression& expression) const { return !symbolic::mentions(expression, constants_); }

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
  std::vector<double> values(count_);
  for (std::uint32_t i = 0; i < count_; ++i) {
    values[i] = symbolic::evaluate(expression,
                                   [&](const std::string& name) { return static_cast<double>(elements_.at(name)[i]); });
    require_finite(values[i], expression);
  }
  return values;
}

ArrayId Scope::coefficient(const Expression& expression) {
  const std::string formula = language::to_string(expression);
  const auto found = coefficients_.find(formula);
  if (found != coefficients_.end()) return found->second;
  const auto* parameter = std::get_if<Name>(&expression->node);
  Array array;
  array.name = context_.names.unique(prefix_ + "_" + (parameter ? parameter->name : "coefficient"));
  array.comment = (parameter ? parameter->name : formula) + ", one per neuron";
  array.extent = count_;
  array.lifetime = Lifetime::persistent;
  array.storage = Storage::global;
  array.role = contract::BufferRole::parameter;
  array.shape = {count_};
  const std::vector<double> values = evaluate(expression);
  array.values = std::make_shared<const std::vector<float>>(values.begin(), values.end());
  return coefficients_[formula] = context_.program.add(std::move(array));
}

Expr Scope::lower_constant(const Expression& expression) {
  const Type type = is_boolean_constant(expression) ? Type::boolean : Type::f32;
  if (is_uniform(expression)) return constant(evaluate(expression)[0], type);
  const Expr value = load(coefficient(expression), Type::f32, element_);
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
    const Operation operation = node->operation == UnaryOperator::negate ? Operation::negate : Operation::logical_not;
    return apply(operation, {lower(node->operand, body)});
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
  if (state.initial.is_number()) return constant(state.initial.number());
  const std::string name = "initial " + state.name;
  if (constants_.insert(name).second) {
    elements_[name] = elements_of(state.initial, count_, {context_.options.seed, stream_ + "." + state.name, 1, 1});
  }
  return load(coefficient(language::name(name)), Type::f32);
}

}  // namespace synfire::codegen
