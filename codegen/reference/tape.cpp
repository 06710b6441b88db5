// SPDX-License-Identifier: Apache-2.0
#include "reference/tape.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <utility>

namespace synfire::codegen::reference {

using namespace language;

Tape::Tape(std::vector<std::string> names, const std::vector<bool>& constants)
    : names_(std::move(names)), constants_(constants) {
  for (std::size_t i = 0; i < names_.size(); ++i) inputs_[names_[i]] = static_cast<int>(i);
}

int Tape::push(TapeNode node, const std::string& key) {
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  for (const int operand : {node.a, node.b, node.c}) {
    if (operand >= 0 && node.operation != TapeOperation::input)
      node.constant = node.constant && nodes_[static_cast<std::size_t>(operand)].constant;
  }
  const bool sided = node.operation == TapeOperation::maximum || node.operation == TapeOperation::minimum ||
                     node.operation == TapeOperation::absolute || node.operation == TapeOperation::step;
  if (sided && !node.constant) sided_.push_back(nodes_.size());
  nodes_.push_back(std::move(node));
  const int id = static_cast<int>(nodes_.size()) - 1;
  known_[key] = id;
  return id;
}

int Tape::push_unary(TapeOperation operation, int a) { return push_binary(operation, a, -1); }

int Tape::push_binary(TapeOperation operation, int a, int b) {
  TapeNode node;
  node.operation = operation;
  node.a = a;
  node.b = b;
  return push(node, std::to_string(static_cast<int>(operation)) + " " + std::to_string(a) + " " + std::to_string(b));
}

int Tape::add_name(const std::string& name) {
  if (const auto bound = bindings_.find(name); bound != bindings_.end()) return bound->second;
  const auto found = inputs_.find(name);
  if (found == inputs_.end()) throw std::logic_error("unknown name " + name);
  TapeNode node;
  node.operation = TapeOperation::input;
  node.a = found->second;
  node.constant = constants_[static_cast<std::size_t>(found->second)];
  return push(node, "input " + name);
}

int Tape::add(const Expression& expression) {
  if (const auto* node = std::get_if<Number>(&expression->node)) {
    TapeNode constant;
    constant.value = node->value;
    return push(constant, "number " + language::to_string(expression));
  }
  if (const auto* node = std::get_if<Boolean>(&expression->node)) return add(number(node->value ? 1 : 0));
  if (const auto* node = std::get_if<Name>(&expression->node)) return add_name(node->name);
  if (const auto* node = std::get_if<Unary>(&expression->node)) {
    const int operand = add(node->operand);
    if (node->operation == UnaryOperator::negate) return push_unary(TapeOperation::negate, operand);
    return add_opaque(TapeOperation::step, expression);
  }
  if (const auto* node = std::get_if<Binary>(&expression->node)) return add_binary(*node, expression);
  if (const auto* node = std::get_if<Conditional>(&expression->node)) {
    TapeNode select;
    select.operation = TapeOperation::select;
    select.a = add(node->condition);
    select.b = add(node->then);
    select.c = add(node->otherwise);
    return push(select,
                "select " + std::to_string(select.a) + " " + std::to_string(select.b) + " " + std::to_string(select.c));
  }
  return add_call(std::get<Call>(expression->node), expression);
}

int Tape::add_binary(const Binary& node, const Expression& expression) {
  switch (node.operation) {
    case BinaryOperator::add: return push_binary(TapeOperation::add, add(node.left), add(node.right));
    case BinaryOperator::subtract: return push_binary(TapeOperation::subtract, add(node.left), add(node.right));
    case BinaryOperator::multiply: return push_binary(TapeOperation::multiply, add(node.left), add(node.right));
    case BinaryOperator::divide: return push_binary(TapeOperation::divide, add(node.left), add(node.right));
    case BinaryOperator::power: return add_power(node.left, node.right);
    default: return add_opaque(TapeOperation::step, expression);
  }
}

int Tape::add_power(const Expression& base, const Expression& exponent) {
  const int a = add(base);
  const auto whole = symbolic::as_number(exponent);
  if (whole && *whole >= 1 && *whole <= 8 && *whole == std::floor(*whole)) {
    int result = a;
    for (int k = 1; k < static_cast<int>(*whole); ++k) result = push_binary(TapeOperation::multiply, result, a);
    return result;
  }
  if (whole && *whole < 0 && *whole >= -8 && *whole == std::floor(*whole))
    return push_binary(TapeOperation::divide, add(number(1)), add_power(base, number(-*whole)));
  const int b = add(exponent);
  if (nodes_[static_cast<std::size_t>(b)].constant) return push_binary(TapeOperation::power, a, b);
  const int logarithm = push_unary(TapeOperation::logarithm, a);
  return push_unary(TapeOperation::exponential, push_binary(TapeOperation::multiply, b, logarithm));
}

// Piecewise constant or constant: evaluated by the expression itself. `reads` makes sure that everything it reads
// exists.
int Tape::add_opaque(TapeOperation operation, const Expression& expression) {
  TapeNode node;
  node.operation = operation;
  node.expression = expression;
  for (const std::string& name : names_in(expression)) {
    const int read = add_name(name);
    node.constant = node.constant && nodes_[static_cast<std::size_t>(read)].constant;
    node.reads.emplace_back(name, read);
  }
  std::string key = language::to_string(expression);
  for (const auto& [name, read] : node.reads) key += " " + std::to_string(read);
  return push(node, key);
}

int Tape::add_trigonometric(TapeOperation operation, int a) {
  const int sine = push_unary(TapeOperation::sine, a);
  const int cosine = push_unary(TapeOperation::cosine, a);
  nodes_[static_cast<std::size_t>(sine)].partner = cosine;
  nodes_[static_cast<std::size_t>(cosine)].partner = sine;
  return operation == TapeOperation::sine ? sine : cosine;
}

int Tape::add_call(const Call& node, const Expression& expression) {
  const std::string& f = node.function;
  if (f == "matrix_exponential" || f == "matrix_phi") return add_opaque(TapeOperation::matrix, expression);
  if (f == "sign" || f == "floor" || f == "ceil" || f == "round") return add_opaque(TapeOperation::step, expression);
  if (f == "pow") return add_power(node.arguments[0], node.arguments[1]);
  if (node.arguments.empty()) throw std::logic_error("function without arguments in a flow: " + f);
  const int a = add(node.arguments[0]);
  if (f == "max") return push_binary(TapeOperation::maximum, a, add(node.arguments[1]));
  if (f == "min") return push_binary(TapeOperation::minimum, a, add(node.arguments[1]));
  if (f == "exp") return push_unary(TapeOperation::exponential, a);
  if (f == "expm1") return push_unary(TapeOperation::exponential_minus_one, a);
  if (f == "log") return push_unary(TapeOperation::logarithm, a);
  if (f == "log1p") return push_unary(TapeOperation::logarithm_one_plus, a);
  if (f == "sqrt") return push_unary(TapeOperation::square_root, a);
  if (f == "abs") return push_unary(TapeOperation::absolute, a);
  if (f == "sin") return add_trigonometric(TapeOperation::sine, a);
  if (f == "cos") return add_trigonometric(TapeOperation::cosine, a);
  if (f == "tanh" || f == "sigmoid") {
    const bool is_tanh = f == "tanh";
    const int value = push_unary(is_tanh ? TapeOperation::hyperbolic_tangent : TapeOperation::sigmoid, a);
    const int square = push_binary(TapeOperation::multiply, value, value);
    const int slope = push_binary(TapeOperation::subtract, is_tanh ? add(number(1)) : value, square);
    nodes_[static_cast<std::size_t>(value)].partner = slope;
    return value;
  }
  throw std::logic_error("unknown function " + f);
}

double Tape::value_of(const TapeNode& node, const double* inputs, const std::vector<double>& values) const {
  const auto at = [&](int operand) { return values[static_cast<std::size_t>(operand)]; };
  switch (node.operation) {
    case TapeOperation::input: return inputs[node.a];
    case TapeOperation::number: return node.value;
    case TapeOperation::add: return at(node.a) + at(node.b);
    case TapeOperation::subtract: return at(node.a) - at(node.b);
    case TapeOperation::multiply: return at(node.a) * at(node.b);
    case TapeOperation::divide: return at(node.a) / at(node.b);
    case TapeOperation::negate: return -at(node.a);
    case TapeOperation::power: return std::pow(at(node.a), at(node.b));
    case TapeOperation::exponential: return std::exp(at(node.a));
    case TapeOperation::exponential_minus_one: return std::expm1(at(node.a));
    case TapeOperation::logarithm: return std::log(at(node.a));
    case TapeOperation::logarithm_one_plus: return std::log1p(at(node.a));
    case TapeOperation::square_root: return std::sqrt(at(node.a));
    case TapeOperation::sine: return std::sin(at(node.a));
    case TapeOperation::cosine: return std::cos(at(node.a));
    case TapeOperation::hyperbolic_tangent: return std::tanh(at(node.a));
    case TapeOperation::sigmoid: return 1 / (1 + std::exp(-at(node.a)));
    case TapeOperation::absolute: return std::abs(at(node.a));
    case TapeOperation::maximum: return at(node.a) >= at(node.b) ? at(node.a) : at(node.b);
    case TapeOperation::minimum: return at(node.a) <= at(node.b) ? at(node.a) : at(node.b);
    case TapeOperation::select: return at(node.a) != 0 ? at(node.b) : at(node.c);
    case TapeOperation::step:
    case TapeOperation::matrix:
      return symbolic::evaluate(node.expression, [&](const std::string& name) {
        const auto place =
            std::find_if(node.reads.begin(), node.reads.end(), [&](const auto& each) { return each.first == name; });
        return at(place->second);
      });
  }
  return 0;
}

void Tape::evaluate(const double* inputs, std::vector<double>& values) const {
  values.resize(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) values[i] = value_of(nodes_[i], inputs, values);
}

void Tape::evaluate_constants(const double* inputs, std::vector<double>& values) const {
  values.resize(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].constant) values[i] = value_of(nodes_[i], inputs, values);
  }
}

void Tape::evaluate_rest(const double* inputs, std::vector<double>& values) const {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!nodes_[i].constant) values[i] = value_of(nodes_[i], inputs, values);
  }
}

std::vector<double> Tape::sizes(const std::vector<double>& values) const {
  std::vector<double> sizes;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const TapeNode& node = nodes_[i];
    const auto at = [&](int operand) { return sizes[static_cast<std::size_t>(operand)]; };
    switch (node.operation) {
      case TapeOperation::add:
      case TapeOperation::subtract: sizes.push_back(at(node.a) + at(node.b)); break;
      case TapeOperation::multiply: sizes.push_back(at(node.a) * at(node.b)); break;
      case TapeOperation::divide:
        sizes.push_back(at(node.a) / std::abs(values[static_cast<std::size_t>(node.b)]));
        break;
      case TapeOperation::negate: sizes.push_back(at(node.a)); break;
      default: sizes.push_back(std::abs(values[i]));
    }
  }
  return sizes;
}

std::uint64_t Tape::sides(const std::vector<double>& values) const {
  std::uint64_t hash = 0;
  for (const std::size_t i : sided_) {
    const TapeNode& node = nodes_[i];
    const auto at = [&](int operand) { return values[static_cast<std::size_t>(operand)]; };
    double side = values[i];  // of a step
    if (node.operation == TapeOperation::absolute) side = at(node.a) >= 0 ? 1 : 0;
    if (node.operation == TapeOperation::maximum || node.operation == TapeOperation::minimum)
      side = at(node.a) >= at(node.b) ? 1 : 0;
    hash = hash * 31 + std::hash<double>{}(side);
  }
  return hash;
}

void Tape::reverse(const std::vector<double>& values, std::vector<double>& adjoints, double* input_adjoints,
                   std::vector<double>* passed, const std::vector<int>& stops) const {
  if (passed) passed->assign(nodes_.size(), 0.0);
  const auto value = [&](int operand) { return values[static_cast<std::size_t>(operand)]; };
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    const TapeNode& node = nodes_[i];
    const double adjoint = adjoints[i];
    if (passed) (*passed)[i] = adjoint;
    if (std::find(stops.begin(), stops.end(), static_cast<int>(i)) != stops.end()) {
      adjoints[i] = 0;
      continue;
    }
    if (adjoint == 0 || node.operation == TapeOperation::matrix) continue;
    adjoints[i] = 0;
    const auto give = [&](int operand, double slope) {
      adjoints[static_cast<std::size_t>(operand)] += adjoint * slope;
    };
    switch (node.operation) {
      case TapeOperation::input: input_adjoints[node.a] += adjoint; break;
      case TapeOperation::add: give(node.a, 1), give(node.b, 1); break;
      case TapeOperation::subtract: give(node.a, 1), give(node.b, -1); break;
      case TapeOperation::multiply: give(node.a, value(node.b)), give(node.b, value(node.a)); break;
      case TapeOperation::divide: give(node.a, 1 / value(node.b)), give(node.b, -values[i] / value(node.b)); break;
      case TapeOperation::negate: give(node.a, -1); break;
      case TapeOperation::power:
        give(node.a, value(node.b) * std::pow(value(node.a), value(node.b) - 1));
        if (value(node.a) > 0) give(node.b, values[i] * std::log(value(node.a)));
        break;
      case TapeOperation::exponential: give(node.a, values[i]); break;
      case TapeOperation::exponential_minus_one: give(node.a, values[i] + 1); break;
      case TapeOperation::logarithm: give(node.a, 1 / value(node.a)); break;
      case TapeOperation::logarithm_one_plus: give(node.a, 1 / (1 + value(node.a))); break;
      case TapeOperation::square_root: give(node.a, 0.5 / values[i]); break;
      case TapeOperation::sine: give(node.a, value(node.partner)); break;
      case TapeOperation::cosine: give(node.a, -value(node.partner)); break;
      case TapeOperation::hyperbolic_tangent: give(node.a, 1 - values[i] * values[i]); break;
      case TapeOperation::sigmoid: give(node.a, values[i] * (1 - values[i])); break;
      case TapeOperation::absolute: give(node.a, value(node.a) < 0 ? -1 : value(node.a) > 0); break;
      case TapeOperation::maximum: give(value(node.a) >= value(node.b) ? node.a : node.b, 1); break;
      case TapeOperation::minimum: give(value(node.a) <= value(node.b) ? node.a : node.b, 1); break;
      case TapeOperation::select: give(value(node.a) != 0 ? node.b : node.c, 1); break;
      case TapeOperation::number:
      case TapeOperation::step:
      case TapeOperation::matrix: break;
    }
  }
}

}  // namespace synfire::codegen::reference
