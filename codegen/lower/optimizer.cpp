// SPDX-License-Identifier: Apache-2.0
#include "lower/optimizer.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lower/shorthands.hpp"
#include "lower/symbolic.hpp"
#include "program/walk.hpp"
#include "synfire/error.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire::codegen {
namespace {

using language::Expression;

constexpr const char* step_name = "step";

// ---- Terms of the number of the update

class TermCode {
 public:
  // `numbers`: of the parameters.
  explicit TermCode(const symbolic::Substitution& numbers) : numbers_(numbers) {}

  contract::StepTerm of(const Expression& expression) {
    add(symbolic::substitute(expression, numbers_));
    return std::move(term_);
  }

 private:
  void add(const std::string& operation, const std::vector<Expression>& operands) {
    for (const Expression& operand : operands) add(operand);
    term_.code.push_back({.operation = operation, .operands = static_cast<std::uint32_t>(operands.size())});
  }

  void add(const Expression& expression) {
    if (const auto* node = std::get_if<language::Number>(&expression->node)) return add_number(node->value);
    if (const auto* node = std::get_if<language::Boolean>(&expression->node)) return add_number(node->value ? 1 : 0);
    if (std::holds_alternative<language::Name>(expression->node)) return add(step_name, {});
    if (const auto* node = std::get_if<language::Unary>(&expression->node))
      return add(node->operation == language::UnaryOperator::negate ? "negate" : "not", {node->operand});
    if (const auto* node = std::get_if<language::Binary>(&expression->node))
      return add(name_of(node->operation), {node->left, node->right});
    if (const auto* node = std::get_if<language::Conditional>(&expression->node))
      return add("if", {node->condition, node->then, node->otherwise});
    const auto& node = std::get<language::Call>(expression->node);
    add(node.function, node.arguments);
  }

  void add_number(double number) { term_.code.push_back({.operation = "number", .number = number}); }

  static std::string name_of(language::BinaryOperator operation) {
    switch (operation) {
      case language::BinaryOperator::add: return "+";
      case language::BinaryOperator::subtract: return "-";
      case language::BinaryOperator::multiply: return "*";
      case language::BinaryOperator::divide: return "/";
      case language::BinaryOperator::power: return "pow";
      case language::BinaryOperator::less: return "<";
      case language::BinaryOperator::less_equal: return "<=";
      case language::BinaryOperator::greater: return ">";
      case language::BinaryOperator::greater_equal: return ">=";
      case language::BinaryOperator::equal: return "==";
      case language::BinaryOperator::not_equal: return "!=";
      case language::BinaryOperator::logical_and: return "and";
      case language::BinaryOperator::logical_or: return "or";
    }
    return {};
  }

  const symbolic::Substitution& numbers_;
  contract::StepTerm term_;
};

// Replaces the largest parts of expressions that depend on nothing but `step` and parameters by names.
class StepTerms {
 public:
  explicit StepTerms(const symbolic::Substitution& parameters) : parameters_(parameters) {}

  Expression without(const Expression& expression) {
    const std::vector<std::string> names = language::names_in(expression);
    if (std::find(names.begin(), names.end(), step_name) == names.end()) return expression;
    const bool is_term = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      return name == step_name || parameters_.contains(name);
    });
    // Conditions stay: names are numbers.
    return is_term && !is_condition(expression) ? name_for(expression) : rebuilt(expression);
  }

  std::vector<language::Statement> without(const std::vector<language::Statement>& statements,
                                           const symbolic::Substitution& folded) {
    std::vector<language::Statement> result;
    for (const language::Statement& statement : statements) {
      if (const auto* node = std::get_if<language::Assign>(&statement->node)) {
        result.push_back(language::assign(node->target, without(symbolic::substitute(node->value, folded))));
        continue;
      }
      const auto& node = std::get<language::If>(statement->node);
      Expression condition = without(symbolic::substitute(node.condition, folded));
      if (const auto known = symbolic::as_boolean(condition)) {
        for (language::Statement& each : without(*known ? node.then : node.otherwise, folded))
          result.push_back(std::move(each));
        continue;
      }
      result.push_back(
          language::if_statement(std::move(condition), without(node.then, folded), without(node.otherwise, folded)));
    }
    return result;
  }

  struct Term {
    std::string name;
    Expression expression;
  };
  const std::vector<Term>& terms() const { return terms_; }

 private:
  static bool is_condition(const Expression& expression) {
    if (const auto* node = std::get_if<language::Binary>(&expression->node))
      return node->operation > language::BinaryOperator::power;
    if (const auto* node = std::get_if<language::Conditional>(&expression->node)) return is_condition(node->then);
    if (std::holds_alternative<language::Boolean>(expression->node)) return true;
    const auto* node = std::get_if<language::Unary>(&expression->node);
    return node != nullptr && node->operation == language::UnaryOperator::logical_not;
  }

  Expression name_for(const Expression& expression) {
    for (const Term& term : terms_) {
      if (language::equal(term.expression, expression)) return language::name(term.name);
    }
    // A name that no text can contain.
    terms_.push_back({"step term " + std::to_string(terms_.size()), expression});
    return language::name(terms_.back().name);
  }

  Expression rebuilt(const Expression& expression) {
    if (const auto* node = std::get_if<language::Unary>(&expression->node))
      return language::unary(node->operation, without(node->operand), expression->column);
    if (const auto* node = std::get_if<language::Binary>(&expression->node)) {
      Expression left = without(node->left);
      return language::binary(node->operation, std::move(left), without(node->right), expression->column);
    }
    if (const auto* node = std::get_if<language::Conditional>(&expression->node)) {
      Expression condition = without(node->condition);
      Expression then = without(node->then);
      return language::conditional(std::move(condition), std::move(then), without(node->otherwise), expression->column);
    }
    const auto& node = std::get<language::Call>(expression->node);
    std::vector<Expression> arguments;
    for (const Expression& argument : node.arguments) arguments.push_back(without(argument));
    return language::call(node.function, std::move(arguments), expression->column);
  }

  const symbolic::Substitution& parameters_;
  std::vector<Term> terms_;
};

// ---- Statements

// Whether the text reads the value that a state has before the update. If it does not, the state becomes a local.
bool needs_memory(std::vector<Statement>& body, const std::string& state) {
  for (Statement& statement : body) {
    if (reads_local({statement}, state)) return true;
    const auto* const set = std::get_if<Set>(&statement);
    if (set == nullptr || set->name != state) continue;
    statement = Variable{set->name, set->value};
    return false;
  }
  return false;
}

class OptimizerLowering {
 public:
  OptimizerLowering(LoweringContext& context, const OptimizerModel& model)
      : model_(model),
        scope_(context, "optimizer", "optimizer", "optimizer \"" + model.name + '"', 1, {}),
        body_(names_, 0) {}

  OptimizerUpdate run() {
    OptimizerUpdate update{.name = model_.name};
    for (const char* taken : {"value", "learning_rate", "gradient", "terms", "state", "elements", "update", "load",
                              "State", "StepTerms", "store", "limited", "Trained"})
      names_.unique(taken);
    choose_parameters();
    const std::vector<language::Statement> statements = ir::parse(model_).update;
    StepTerms terms(numbers_);
    const std::vector<language::Statement> lean = terms.without(statements, folded_);
    bind_names(terms, update);
    bind_variable("value", "value");
    for (const StateVariable& state : model_.state) bind_variable(state.name, names_.unique(state.name));
    scope_.lower(lean, body_);
    update.body = body_.take();
    keep_states(update);
    return update;
  }

 private:
  // Flags are known, and so is the effect of 0 and 1; other numbers stay, for they are rounded before they are used.
  void choose_parameters() {
    for (const Parameter& parameter : model_.parameters) {
      if (parameter.name == learning_rate_name) continue;
      if (parameter.value.is_flag()) {
        folded_[parameter.name] = language::boolean(parameter.value.flag());
        continue;
      }
      const double value = parameter.value.number();
      numbers_[parameter.name] = language::number(value);
      if (value == 0 || value == 1) folded_[parameter.name] = language::number(value);
      scope_.bind(parameter.name, constant(static_cast<double>(static_cast<float>(value))));
    }
  }

  void bind_names(const StepTerms& terms, OptimizerUpdate& update) {
    for (const char* each : {learning_rate_name, "gradient"}) scope_.bind(each, f32(each));
    if (terms.terms().size() > contract::most_step_terms) {
      throw ModelError({.kind = ProblemKind::unsupported,
                        .path = scope_.path(),
                        .message = "too many parts of the update depend on step",
                        .hint = "combine those that depend on nothing but step and parameters",
                        .expected = "at most " + std::to_string(contract::most_step_terms),
                        .given = std::to_string(terms.terms().size())});
    }
    for (const StepTerms::Term& term : terms.terms()) {
      const std::string local = names_.unique("term");
      scope_.bind(term.name, f32(local));
      update.terms.push_back({local, language::to_string(term.expression), TermCode(numbers_).of(term.expression)});
    }
  }

  void bind_variable(const std::string& name, const std::string& local) {
    locals_.emplace_back(name, local);
    scope_.bind_variable(name, local, body_);
  }

  void keep_states(OptimizerUpdate& update) {
    for (std::size_t i = 0; i < model_.state.size(); ++i) {
      const std::string& local = locals_[i + 1].second;  // the first is the value
      if (needs_memory(update.body, local))
        update.states.push_back({local, static_cast<float>(model_.state[i].initial.number())});
    }
  }

  const OptimizerModel& model_;
  text::Names names_;
  Scope scope_;
  Body body_;
  symbolic::Substitution numbers_, folded_;
  std::vector<std::pair<std::string, std::string>> locals_;
};

}  // namespace

OptimizerUpdate lower_optimizer(LoweringContext& context, const TrainingOptions& training) {
  OptimizerUpdate update = OptimizerLowering(context, training.optimizer).run();
  update.clip_value = static_cast<float>(training.clip_value);
  update.clip_norm = static_cast<float>(training.clip_norm);
  return update;
}

}  // namespace synfire::codegen
