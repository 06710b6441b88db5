// SPDX-License-Identifier: Apache-2.0
#include "lower/event_texts.hpp"

#include <algorithm>

#include "lower/symbolic.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using namespace language;

bool mention(const std::vector<language::Statement>& statements, const std::string& name) {
  return std::any_of(statements.begin(), statements.end(), [&](const language::Statement& statement) {
    if (const auto* assign = std::get_if<Assign>(&statement->node)) return symbolic::mentions(assign->value, {name});
    const auto& choice = std::get<language::If>(statement->node);
    return symbolic::mentions(choice.condition, {name}) || mention(choice.then, name) ||
           mention(choice.otherwise, name);
  });
}

}  // namespace

EventTexts::EventTexts(LoweredStep& step) : step_(step) {
  if (step.population.readout) readout_ = ir::parse(*step.population.readout);
  if (step.parsed.threshold) find_threshold();
  read_current_ = step.earlier_current != nullptr;
}

bool EventTexts::mention_current(const ir::ParsedNeuron& neuron) {
  return (neuron.threshold && symbolic::mentions(neuron.threshold, {"I"})) || mention(neuron.reset, "I");
}

void EventTexts::find_threshold() {
  const Expression condition = step_.neuron.specialize(step_.parsed.threshold);
  const auto* node = std::get_if<Binary>(&condition->node);
  const auto is = [&](BinaryOperator a, BinaryOperator b) {
    return node != nullptr && (node->operation == a || node->operation == b);
  };
  if (is(BinaryOperator::greater_equal, BinaryOperator::greater)) {
    threshold_ = binary(BinaryOperator::subtract, node->left, node->right);
  } else if (is(BinaryOperator::less_equal, BinaryOperator::less)) {
    threshold_ = binary(BinaryOperator::subtract, node->right, node->left);
  } else {
    throw ModelError({.kind = ProblemKind::unsupported,
                      .path = step_.path + ".neuron.threshold",
                      .message = "the threshold does not compare two numbers, so it has no derivative",
                      .hint = "write it as `a >= b`, with one comparison"});
  }
}

void EventTexts::bind(const Place& place) {
  for (std::size_t k = 0; k < place.neuron.size(); ++k)
    step_.neuron.bind(step_.states[k].variable.name, place.neuron[k]);
  step_.neuron.bind("t", place.time);
  if (read_current_) step_.neuron.bind("I", place.current);
  if (step_.readout == nullptr) return;
  step_.readout->bind("t", place.time);
  if (!step_.parsed.output.empty()) step_.readout->bind("x", step_.neuron.value_of(step_.parsed.output));
}

Expr EventTexts::threshold(const Place& place, const std::string& name, Body& body) {
  bind(place);
  return body.let(name, step_.neuron.lower(threshold_, body));
}

std::vector<Expr> EventTexts::reset(const Place& place, Body& body) {
  bind(place);
  for (const LoweredState& state : step_.states) {
    const std::string& name = state.variable.name;
    step_.neuron.bind_state(name, step_.neuron.value_of(name), "reset_" + name, body);
  }
  step_.neuron.lower(step_.parsed.reset, body);
  std::vector<Expr> after;
  for (const LoweredState& state : step_.states) after.push_back(step_.neuron.value_of(state.variable.name));
  return after;
}

std::vector<Expr> EventTexts::read_spike(const Place& place, Body& body) {
  std::vector<Expr> after;
  if (step_.readout == nullptr) return after;
  bind(place);
  for (std::size_t m = 0; m < place.readout.size(); ++m) {
    const std::string& name = step_.readout_states[m].variable.name;
    step_.readout->bind_state(name, place.readout[m], "read_" + name, body);
  }
  step_.readout->lower(readout_->on_spike, body);
  for (const LoweredState& state : step_.readout_states) after.push_back(step_.readout->value_of(state.variable.name));
  return after;
}

Expr EventTexts::readout_value(const std::vector<Expr>& readout, const Expr& x, Body& body) {
  for (std::size_t m = 0; m < readout.size(); ++m)
    step_.readout->bind(step_.readout_states[m].variable.name, readout[m]);
  if (x) step_.readout->bind("x", x);
  return step_.readout->lower(step_.readout->specialize(readout_->value), body);
}

}  // namespace synfire::codegen
