// SPDX-License-Identifier: Apache-2.0
#include "adjoint/texts.hpp"

#include <algorithm>
#include <utility>

#include "adjoint/statements.hpp"
#include "lower/symbolic.hpp"

namespace synfire::codegen {
namespace {

using namespace language;
using symbolic::Substitution;

Substitution numbers_of(const std::vector<Parameter>& parameters) {
  Substitution numbers;
  for (const Parameter& parameter : parameters) {
    if (parameter.value.is_flag()) numbers[parameter.name] = boolean(parameter.value.flag());
    if (parameter.value.is_number()) numbers[parameter.name] = number(parameter.value.number());
  }
  return numbers;
}

class StepChecker {
 public:
  StepChecker(const ir::Network& network, std::size_t index)
      : network_(network),
        population_(network.populations[index]),
        index_(index),
        path_("populations[" + std::to_string(index) + "] \"" + population_.name + "\""),
        parsed_(ir::parse(population_.neuron)),
        numbers_(numbers_of(population_.neuron.parameters)) {}

  std::vector<Problem> run(bool is_surrogate) {
    check_draws();
    check_dynamics();
    if (parsed_.threshold) check_threshold();
    for (std::size_t i = 0; i < network_.connections.size(); ++i) {
      if (network_.connections[i].target == index_) check_synapse(i);
    }
    if (!is_surrogate && population_.readout && only_counts(ir::parse(*population_.readout)))
      refuse(
          path_ + ".readout \"" + population_.readout->name + "\"",
          "the readout counts spikes, so its derivative is 0 almost everywhere",
          "train with another readout, such as avg_var or first_spike_time, and evaluate with this one; or train by a "
          "surrogate gradient");
    return std::move(problems_);
  }

 private:
  void refuse(const std::string& path, const std::string& message, const std::string& hint) {
    problems_.push_back(
        {.kind = ProblemKind::unsupported, .path = path, .message = message, .hint = hint, .place = population_.place});
  }

  std::string neuron_path() const { return path_ + ".neuron \"" + population_.neuron.name + "\""; }
  Expression specialize(const Expression& expression) const { return symbolic::substitute(expression, numbers_); }

  void check_draws() {
    bool draws = false;
    const auto look = [&](const Expression& e) { draws = draws || (e && has_draw(specialize(e))); };
    look(parsed_.threshold);
    look(parsed_.spike_sign);
    for (const Equation& equation : parsed_.dynamics) look(equation.derivative);
    for (const auto* statements : {&parsed_.update, &parsed_.reset}) {
      for (const Statement& statement : *statements) for_each_expression(statement, look);
    }
    if (draws)
      refuse(neuron_path(),
             "the neuron draws random numbers, so its spikes are not a smooth function of its parameters",
             "remove the draws, or freeze its parameters and everything that drives it");
  }

  NameSet states_of_neuron() const {
    NameSet states{"I"};
    for (const StateVariable& state : population_.neuron.state) states.insert(state.name);
    return states;
  }

  void check_rate(const std::string& path, const Expression& rate, const NameSet& states) {
    if (!can_jump(rate, states)) return;
    refuse(path, "\"" + to_string(rate) + "\" can jump while the state flows, at a time that has no derivative",
           "use max, min or abs to keep it continuous, a smooth function such as sigmoid, or an update");
  }

  void check_dynamics() {
    for (const Equation& equation : parsed_.dynamics)
      check_rate(neuron_path() + ", d" + equation.variable + "/dt", specialize(equation.derivative),
                 states_of_neuron());
  }

  void check_threshold() {
    const Expression condition = specialize(parsed_.threshold);
    const Expression margin = margin_of(condition);
    if (!margin)
      return refuse(neuron_path(), "the threshold \"" + to_string(condition) + "\" is not a single comparison",
                    "write it as a single comparison of two numbers, such as v >= v_thresh");
    if (symbolic::mentions(margin, {"input"}))
      refuse(neuron_path(), "the threshold reads the input, which jumps from step to step",
             "let the input drive a state, and compare that state");
    NameSet moving = states_of_neuron();
    moving.insert("t");
    if (can_jump(margin, moving))
      refuse(neuron_path(), "the threshold \"" + to_string(condition) + "\" can jump while the state flows",
             "use max, min or abs to keep it continuous, or a smooth function such as sigmoid");
  }

  void check_synapse(std::size_t index) {
    const ir::Connection& connection = network_.connections[index];
    const ir::ParsedSynapse parsed = ir::parse(connection.synapse, population_.neuron);
    const Substitution numbers = numbers_of(connection.synapse.parameters);
    const std::string path = "connections[" + std::to_string(index) + "] \"" + connection.name + "\".synapse \"" +
                             connection.synapse.name + "\"";
    NameSet states(parsed.target_variables.begin(), parsed.target_variables.end());
    for (const StateVariable& state : connection.synapse.state) states.insert(state.name);
    for (const Equation& equation : parsed.dynamics)
      check_rate(path + ", d" + equation.variable + "/dt", symbolic::substitute(equation.derivative, numbers), states);
    check_rate(path + ", current", symbolic::substitute(parsed.current, numbers), states);
  }

  const ir::Network& network_;
  const ir::Population& population_;
  std::size_t index_;
  std::string path_;
  ir::ParsedNeuron parsed_;
  Substitution numbers_;
  std::vector<Problem> problems_;
};

BinaryOperator opposite_of(BinaryOperator operation) {
  switch (operation) {
    case BinaryOperator::less: return BinaryOperator::greater_equal;
    case BinaryOperator::less_equal: return BinaryOperator::greater;
    case BinaryOperator::greater: return BinaryOperator::less_equal;
    case BinaryOperator::greater_equal: return BinaryOperator::less;
    default: return operation;
  }
}

// e of y + e, or of a conditional between such sums; null for anything else.
Expression added_to(const std::string& own, const Expression& after) {
  if (const auto* node = std::get_if<Conditional>(&after->node)) {
    const Expression then = added_to(own, node->then), otherwise = added_to(own, node->otherwise);
    return then && otherwise ? symbolic::fold(conditional(node->condition, then, otherwise)) : nullptr;
  }
  const auto form = symbolic::linear_form(after, {own});
  const bool is_sum = form && form->coefficients.count(own) != 0 && symbolic::is_number(form->coefficients.at(own), 1);
  return is_sum ? form->rest : nullptr;
}

}  // namespace

Expression margin_of(const Expression& condition) {
  if (const auto* negated = std::get_if<Unary>(&condition->node)) {
    const auto* inner = std::get_if<Binary>(&negated->operand->node);
    if (!inner || opposite_of(inner->operation) == inner->operation) return nullptr;
    return margin_of(binary(opposite_of(inner->operation), inner->left, inner->right));
  }
  const auto* node = std::get_if<Binary>(&condition->node);
  if (!node) return nullptr;
  switch (node->operation) {
    case BinaryOperator::greater_equal:
    case BinaryOperator::greater: return symbolic::difference(node->left, node->right);
    case BinaryOperator::less_equal:
    case BinaryOperator::less: return symbolic::difference(node->right, node->left);
    default: return nullptr;
  }
}

bool has_draw(const Expression& expression) { return calls(expression, "uniform") || calls(expression, "normal"); }

bool can_jump(const Expression& expression, const NameSet& moving) {
  bool jumps = false;
  for_each_part(expression, [&](const Expression& part) {
    if (const auto* node = std::get_if<Conditional>(&part->node))
      jumps = jumps || symbolic::mentions(node->condition, moving);
    if (const auto* node = std::get_if<Call>(&part->node)) {
      const bool steps = node->function == "sign" || node->function == "floor" || node->function == "ceil" ||
                         node->function == "round";
      jumps = jumps || (steps && symbolic::mentions(node->arguments[0], moving));
    }
  });
  return jumps;
}

StepForm form_of_step(const std::string& own, const Expression& after, const NameSet& states) {
  const auto is_free = [&](const Expression& e) { return !symbolic::mentions(e, states); };
  if (is_free(after)) return {StepForm::Kind::last, after};
  if (const Expression added = added_to(own, after); added && is_free(added)) return {StepForm::Kind::sum, added};
  const auto* node = std::get_if<Call>(&after->node);
  if (!node || (node->function != "max" && node->function != "min")) return {};
  for (const auto& [mine, other] : {std::pair{0, 1}, std::pair{1, 0}}) {
    const auto* place = std::get_if<Name>(&node->arguments[mine]->node);
    if (!place || place->name != own || !is_free(node->arguments[other])) continue;
    return {node->function == "max" ? StepForm::Kind::maximum : StepForm::Kind::minimum, node->arguments[other]};
  }
  return {};
}

bool only_counts(const ir::ParsedReadout& readout) {
  const Substitution at_step = effect_of(readout.on_step), at_spike = effect_of(readout.on_spike);
  NameSet smooth{"x"};
  for (const auto& [state, value] : at_spike) smooth.insert(state);  // on_step uses what spikes change
  const auto mentions = [&](const Substitution& effect, const NameSet& names) {
    return std::any_of(effect.begin(), effect.end(),
                       [&](const auto& each) { return symbolic::mentions(each.second, names); });
  };
  return !symbolic::mentions(readout.value, {"x"}) && !mentions(at_step, smooth) && !mentions(at_spike, {"x", "t"});
}

bool reads_first_spike_time(const ReadoutModel& readout) {
  const ir::ParsedReadout parsed = ir::parse(readout);
  const auto* value = std::get_if<Name>(&parsed.value->node);
  if (!value) return false;
  const Substitution effect = effect_of(parsed.on_spike);
  const auto at_spike = effect.find(value->name);
  return at_spike != effect.end() && to_string(at_spike->second) == "max(" + value->name + ", -t)";
}

std::vector<Problem> check_steps(const ir::Network& network, std::size_t population, bool is_surrogate) {
  return StepChecker(network, population).run(is_surrogate);
}

}  // namespace synfire::codegen
