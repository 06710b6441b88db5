// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/program.hpp"

#include <cassert>

namespace synfire::codegen {
namespace {

Expr make(decltype(ExprNode::node) node, Type type) {
  return std::make_shared<const ExprNode>(ExprNode{std::move(node), type});
}

const ConstantExpr* as_constant(const Expr& expression) { return std::get_if<ConstantExpr>(&expression->node); }

bool is_value(const Expr& expression, double value) {
  const ConstantExpr* known = as_constant(expression);
  return known != nullptr && known->value == value;
}

Type result_type(Operation operation, const std::vector<Expr>& operands) {
  switch (operation) {
    case Operation::less:
    case Operation::less_equal:
    case Operation::greater:
    case Operation::greater_equal:
    case Operation::equal:
    case Operation::not_equal:
    case Operation::logical_and:
    case Operation::logical_or:
    case Operation::logical_not: return Type::boolean;
    case Operation::to_f32: return Type::f32;
    case Operation::to_u32: return Type::u32;
    case Operation::to_f64:
    case Operation::matrix_exponential:
    case Operation::matrix_phi: return Type::f64;
    case Operation::select: return operands[1]->type;
    default: return operands[0]->type;
  }
}

// A simpler expression with exactly the same meaning, or null.
Expr simplified(Operation operation, const std::vector<Expr>& operands) {
  switch (operation) {
    case Operation::logical_not:
      if (const auto* known = as_constant(operands[0])) return constant(known->value == 0 ? 1 : 0, Type::boolean);
      break;
    case Operation::logical_and:
      for (std::size_t i = 0; i < 2; ++i) {
        if (is_value(operands[i], 1)) return operands[1 - i];
        if (is_value(operands[i], 0)) return operands[i];
      }
      break;
    case Operation::logical_or:
      for (std::size_t i = 0; i < 2; ++i) {
        if (is_value(operands[i], 0)) return operands[1 - i];
        if (is_value(operands[i], 1)) return operands[i];
      }
      break;
    case Operation::select:
      if (const auto* known = as_constant(operands[0])) return operands[known->value != 0 ? 1 : 2];
      if (operands[1] == operands[2]) return operands[1];
      break;
    case Operation::multiply:
      for (std::size_t i = 0; i < 2; ++i) {
        if (is_value(operands[i], 1)) return operands[1 - i];
      }
      break;
    case Operation::divide:
      if (is_value(operands[1], 1)) return operands[0];
      break;
    default: break;
  }
  return nullptr;
}

}  // namespace

Expr constant(double value, Type type) {
  return make(ConstantExpr{type == Type::f32 ? static_cast<double>(static_cast<float>(value)) : value}, type);
}

Expr local(std::string name, Type type) { return make(LocalExpr{std::move(name)}, type); }

Expr builtin(Builtin which) {
  switch (which) {
    case Builtin::loads_neurons:
    case Builtin::loads_synapses:
    case Builtin::loads_readouts:
    case Builtin::loads_spikes:
    case Builtin::is_continued:
    case Builtin::saves:
    case Builtin::opens_stretch:
    case Builtin::follows_batch:
    case Builtin::is_weighted:
    case Builtin::learns: return make(BuiltinExpr{which}, Type::boolean);
    default: return make(BuiltinExpr{which}, Type::u32);
  }
}

Expr load(ArrayId array, Type type, Expr index) { return make(LoadExpr{array, std::move(index)}, type); }

Expr apply(Operation operation, std::vector<Expr> operands) {
  if (Expr simple = simplified(operation, operands)) return simple;
  const Type type = result_type(operation, operands);
  return make(OperationExpr{operation, std::move(operands)}, type);
}

Expr random(Distribution distribution, std::uint64_t stream, std::uint32_t call_site) {
  return make(RandomExpr{distribution, stream, call_site}, Type::f32);
}

const std::vector<std::string_view>& queue_suffixes() {
  static const std::vector<std::string_view> all{"_mask",        "_negative", "_negative_mask",
                                                 "_spike_count", "_spiked",   "_spikes"};
  return all;
}

std::string_view to_string(Operation operation) {
  switch (operation) {
    case Operation::negate: return "-";
    case Operation::logical_not: return "!";
    case Operation::add: return "+";
    case Operation::subtract: return "-";
    case Operation::multiply: return "*";
    case Operation::divide: return "/";
    case Operation::modulo: return "%";
    case Operation::less: return "<";
    case Operation::less_equal: return "<=";
    case Operation::greater: return ">";
    case Operation::greater_equal: return ">=";
    case Operation::equal: return "==";
    case Operation::not_equal: return "!=";
    case Operation::logical_and: return "&&";
    case Operation::logical_or: return "||";
    case Operation::select: return "select";
    case Operation::to_f32: return "to_f32";
    case Operation::to_f64: return "to_f64";
    case Operation::to_u32: return "to_u32";
    case Operation::absolute: return "absolute";
    case Operation::ceiling: return "ceil_of";
    case Operation::cosine: return "cosine";
    case Operation::exponential: return "exponential";
    case Operation::exponential_minus_one: return "exponential_minus_one";
    case Operation::floor: return "floor_of";
    case Operation::logarithm: return "logarithm";
    case Operation::logarithm_one_plus: return "logarithm_one_plus";
    case Operation::maximum: return "maximum";
    case Operation::minimum: return "minimum";
    case Operation::power: return "power";
    case Operation::round: return "round_of";
    case Operation::sign: return "sign_of";
    case Operation::sine: return "sine";
    case Operation::square_root: return "square_root";
    case Operation::hyperbolic_tangent: return "hyperbolic_tangent";
    case Operation::sigmoid: return "sigmoid";
    case Operation::matrix_exponential: return "matrix_exponential";
    case Operation::matrix_phi: return "matrix_phi";
  }
  return "unknown";
}

std::string_view to_string(Schedule schedule) {
  switch (schedule) {
    case Schedule::automatic: return "automatic";
    case Schedule::trial: return "trial";
    case Schedule::step: return "step";
  }
  return "unknown";
}

std::string_view to_string(Pattern pattern) {
  switch (pattern) {
    case Pattern::dense: return "dense";
    case Pattern::one_to_one: return "one_to_one";
    case Pattern::rows: return "rows";
    case Pattern::procedural: return "procedural";
    case Pattern::kernel: return "kernel";
    case Pattern::window: return "window";
  }
  return "unknown";
}

std::string_view to_string(Type type) {
  switch (type) {
    case Type::boolean: return "bool";
    case Type::i32: return "i32";
    case Type::u32: return "u32";
    case Type::f32: return "float";
    case Type::f64: return "double";
  }
  return "unknown";
}

std::string_view to_string(Reduction::Kind kind) {
  switch (kind) {
    case Reduction::Kind::value: return "value";
    case Reduction::Kind::sum: return "sum";
    case Reduction::Kind::largest: return "largest";
    case Reduction::Kind::first: return "first";
  }
  return {};
}

}  // namespace synfire::codegen
