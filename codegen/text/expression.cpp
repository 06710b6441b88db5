// SPDX-License-Identifier: Apache-2.0
#include "text/expression.hpp"

#include "text/literal.hpp"

namespace synfire::codegen::text {
namespace {

// Precedence in C++; higher binds tighter.
enum Precedence {
  ternary = 1,
  disjunction,
  conjunction,
  equality,
  relation,
  additive,
  multiplicative,
  prefix,
  primary
};

int precedence_of(Operation operation) {
  switch (operation) {
    case Operation::select: return ternary;
    case Operation::logical_or: return disjunction;
    case Operation::logical_and: return conjunction;
    case Operation::equal:
    case Operation::not_equal: return equality;
    case Operation::less:
    case Operation::less_equal:
    case Operation::greater:
    case Operation::greater_equal: return relation;
    case Operation::add:
    case Operation::subtract: return additive;
    case Operation::multiply:
    case Operation::divide:
    case Operation::modulo: return multiplicative;
    case Operation::negate:
    case Operation::logical_not: return prefix;
    default: return primary;
  }
}

class Printer {
 public:
  explicit Printer(const ExpressionStyle& style) : style_(style) {}

  // Parenthesized if it binds weaker than `needed`.
  std::string print(const Expr& expression, int needed) const {
    const auto* operation = std::get_if<OperationExpr>(&expression->node);
    if (operation == nullptr) return leaf(expression, needed);
    const int own = precedence_of(operation->operation);
    const std::string text = print(*operation, own);
    return own < needed ? "(" + text + ")" : text;
  }

 private:
  std::string print(const OperationExpr& node, int own) const {
    const std::string symbol(to_string(node.operation));
    if (own == primary) return call(node, symbol);
    if (own == prefix) {
      const std::string operand = print(node.operands[0], prefix);
      // Two minus signs in a row would be a decrement.
      return symbol + (operand[0] == symbol[0] ? "(" + operand + ")" : operand);
    }
    if (own == ternary) {
      return print(node.operands[0], disjunction) + " ? " + print(node.operands[1], disjunction) + " : " +
             print(node.operands[2], ternary);
    }
    // Parenthesized where compilers would otherwise warn.
    const bool mixed = own == disjunction || own == equality;
    const int operand = own == equality ? int{additive} : int{relation};
    return print(node.operands[0], mixed ? operand : own) + " " + symbol + " " +
           print(node.operands[1], mixed ? operand : own + 1);
  }

  std::string call(const OperationExpr& node, const std::string& name) const {
    if (node.operation == Operation::to_f32) return "static_cast<float>(" + print(node.operands[0], 0) + ")";
    if (node.operation == Operation::to_u32) return "static_cast<u32>(" + print(node.operands[0], 0) + ")";
    if (node.operation == Operation::to_f64) return "static_cast<double>(" + print(node.operands[0], 0) + ")";
    std::string text = name + "(";
    for (std::size_t i = 0; i < node.operands.size(); ++i) text += (i ? ", " : "") + print(node.operands[i], 0);
    return text + ")";
  }

  std::string leaf(const Expr& expression, int needed) const {
    if (const auto* node = std::get_if<ConstantExpr>(&expression->node)) {
      const std::string text = literal(node->value, expression->type);
      return text[0] == '-' && needed >= prefix ? "(" + text + ")" : text;
    }
    if (const auto* node = std::get_if<LocalExpr>(&expression->node)) return node->name;
    if (const auto* node = std::get_if<BuiltinExpr>(&expression->node)) return style_.builtin(node->builtin);
    if (const auto* node = std::get_if<LoadExpr>(&expression->node))
      return style_.element(node->array, node->index ? print(node->index, 0) : std::string{});
    const auto& node = std::get<RandomExpr>(expression->node);
    const std::string function = node.distribution == Distribution::normal ? "draw_normal" : "draw_uniform";
    return function + "(arguments.seed ^ " + key_literal(node.stream) + ", i, example, step, " +
           std::to_string(node.call_site) + "u)";
  }

  const ExpressionStyle& style_;
};

}  // namespace

std::string print(const Expr& expression, const ExpressionStyle& style) { return Printer(style).print(expression, 0); }

}  // namespace synfire::codegen::text
