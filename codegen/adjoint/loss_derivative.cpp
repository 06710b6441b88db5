// SPDX-License-Identifier: Apache-2.0
#include "adjoint/loss_derivative.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "lower/symbolic.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using namespace language;
using symbolic::difference;
using symbolic::product;
using symbolic::quotient;
using symbolic::sum;
using Kind = LossReduction::Kind;

const std::string is_index = "k is ";
const std::string is_below = "silent ";

Expression negated(const Expression& e) { return symbolic::fold(unary(UnaryOperator::negate, e)); }

Expression chosen(const Expression& condition, const Expression& then, const Expression& otherwise) {
  return symbolic::fold(conditional(condition, then, otherwise));
}

// A number and what it multiplies; the sign of a negation is part of it.
struct Factored {
  double factor = 1;
  Expression rest;
};

Factored factored(const Expression& e) {
  if (const auto value = symbolic::as_number(e)) return {*value, number(1)};
  if (const auto* node = std::get_if<Unary>(&e->node); node && node->operation == UnaryOperator::negate) {
    const Factored inner = factored(node->operand);
    return {-inner.factor, inner.rest};
  }
  if (const auto* node = std::get_if<Binary>(&e->node); node && node->operation == BinaryOperator::multiply) {
    const Factored left = factored(node->left), right = factored(node->right);
    return {left.factor * right.factor, product(left.rest, right.rest)};
  }
  return {1, e};
}

// by · e, with the number inside choices and merged with other numbers.
Expression scaled(double by, const Expression& e) {
  const Factored parts = factored(e);
  const double factor = by * parts.factor;
  if (const auto* node = std::get_if<Conditional>(&parts.rest->node))
    return chosen(node->condition, scaled(factor, node->then), scaled(factor, node->otherwise));
  return product(number(factor), parts.rest);
}

Expression times(const Expression& a, const Expression& b) {
  const Factored left = factored(a), right = factored(b);
  return scaled(left.factor * right.factor, product(left.rest, right.rest));
}

// The expression without the signs of its factors, and whether they make it negative.
struct Signed {
  bool negative = false;
  Expression rest;
};

Signed without_sign(const Expression& e) {
  if (const auto* node = std::get_if<Unary>(&e->node); node && node->operation == UnaryOperator::negate) {
    const Signed inner = without_sign(node->operand);
    return {!inner.negative, inner.rest};
  }
  const auto* node = std::get_if<Binary>(&e->node);
  if (!node || (node->operation != BinaryOperator::multiply && node->operation != BinaryOperator::divide))
    return {false, e};
  const Signed left = without_sign(node->left), right = without_sign(node->right);
  return {left.negative != right.negative, binary(node->operation, left.rest, right.rest)};
}

Expression with_sign(const Signed& sign, const Expression& e) { return sign.negative ? negated(e) : e; }

// The expression where a condition is known not to hold.
Expression where_not(const Expression& condition, const Expression& e) {
  const auto inside = [&](const Expression& each) { return where_not(condition, each); };
  if (equal(condition, e)) return boolean(false);
  if (const auto* node = std::get_if<Unary>(&e->node))
    return symbolic::fold(unary(node->operation, inside(node->operand)));
  if (const auto* node = std::get_if<Binary>(&e->node))
    return symbolic::fold(binary(node->operation, inside(node->left), inside(node->right)));
  if (const auto* node = std::get_if<Conditional>(&e->node))
    return chosen(inside(node->condition), inside(node->then), inside(node->otherwise));
  const auto* node = std::get_if<Call>(&e->node);
  if (node == nullptr) return e;
  std::vector<Expression> arguments;
  for (const Expression& each : node->arguments) arguments.push_back(inside(each));
  return call(node->function, std::move(arguments));
}

// d element / d name, times `bar`. A division by a number stays one.
Expression chained(const Expression& bar, const Expression& element, const std::string& name) {
  const auto* node = std::get_if<Binary>(&element->node);
  const auto* variable = node == nullptr ? nullptr : std::get_if<Name>(&node->left->node);
  if (variable && variable->name == name && node->operation == BinaryOperator::divide &&
      symbolic::as_number(node->right))
    return quotient(bar, node->right);
  return times(bar, symbolic::differentiate(element, name));
}

class LossDeriver {
 public:
  LossDeriver(std::uint32_t neurons, bool spike_times) : neurons_(neurons), spike_times_(spike_times) {}

  DerivedLoss run(const Expression& text) {
    DerivedLoss result;
    result.loss = flatten(text);
    result.reductions = reductions_;
    for (const std::string& each : names_in(result.loss)) add_to(each, symbolic::differentiate(result.loss, each));
    for (std::size_t i = nodes_.size(); i-- > 0;) go_back(nodes_[i]);
    result.derivative = total(values_);
    if (spike_times_) {
      const Expression silent = is_silent(name("v"));
      result.derivative = chosen(silent, number(0), where_not(silent, result.derivative));
    }
    result.of_derivative.assign(reductions_.begin() + static_cast<std::ptrdiff_t>(result.reductions.size()),
                                reductions_.end());
    // Costs are written out last: until then they are differentiated as a whole.
    for (auto* list : {&result.reductions, &result.of_derivative}) {
      for (LossReduction& each : *list) each.element = symbolic::substitute(each.element, costs_);
    }
    result.loss = symbolic::substitute(result.loss, costs_);
    result.derivative = symbolic::substitute(result.derivative, costs_);
    return result;
  }

 private:
  // The adjoint of a value per neuron: of all of them, and of single ones.
  struct Adjoint {
    Expression dense = number(0);
    std::vector<std::pair<std::string, Expression>> points;
  };
  // What was made of a value per neuron, in order.
  struct Node {
    enum class Kind { reduction, log_sum_exp, cost } kind;
    std::string name;
    std::size_t reduction = 0;
    Expression element = nullptr, share = nullptr;
  };

  // ---- The loss

  Expression is_silent(const Expression& value) const {
    if (!spike_times_) return boolean(false);
    const auto* each = std::get_if<Name>(&value->node);
    const bool has_name = each && (each->name == "v" || std::any_of(reductions_.begin(), reductions_.end(),
                                                                    [&](const LossReduction& reduction) {
                                                                      return reduction.name == each->name;
                                                                    }));
    if (has_name) return name(is_below + each->name);
    return binary(BinaryOperator::less, value, number(silent_below));
  }

  std::string unique(const std::string& wanted) {
    std::string result = wanted;
    for (int i = 2; !names_.insert(result).second; ++i) result = wanted + "_" + std::to_string(i);
    return result;
  }

  std::string reduce(Kind kind, const std::string& wanted, const Expression& element, const std::string& index = {}) {
    for (const LossReduction& each : reductions_) {
      if (each.kind == kind && each.index == index && equal(each.element, element)) return each.name;
    }
    reductions_.push_back({kind, unique(wanted), element, index});
    return reductions_.back().name;
  }

  // A reduction that is differentiated.
  Expression reduced(Kind kind, const std::string& wanted, const Expression& element, const std::string& index = {}) {
    const std::string result = reduce(kind, wanted, element, index);
    if (is_node(result)) return name(result);
    std::size_t place = 0;
    while (reductions_[place].name != result) ++place;
    nodes_.push_back({Node::Kind::reduction, result, place});
    return name(result);
  }

  Expression flatten(const Expression& e) {
    if (const auto* node = std::get_if<Unary>(&e->node))
      return symbolic::fold(unary(node->operation, flatten(node->operand)));
    if (const auto* node = std::get_if<Binary>(&e->node)) {
      if (Expression test = index_test(*node)) return test;
      const Expression left = flatten(node->left);
      return symbolic::fold(binary(node->operation, left, flatten(node->right)));
    }
    if (const auto* node = std::get_if<Conditional>(&e->node)) {
      const Expression condition = flatten(node->condition), then = flatten(node->then);
      return chosen(condition, then, flatten(node->otherwise));
    }
    const auto* call = std::get_if<Call>(&e->node);
    return call == nullptr ? e : flatten(*call);
  }

  // k == label and k != label compare whole numbers.
  static Expression index_test(const Binary& node) {
    const auto is = [](const Expression& e, const char* wanted) {
      const auto* each = std::get_if<Name>(&e->node);
      return each != nullptr && each->name == wanted;
    };
    const bool both =
        (is(node.left, "k") && is(node.right, "label")) || (is(node.left, "label") && is(node.right, "k"));
    if (both && node.operation == BinaryOperator::equal) return name(is_index + "label");
    if (both && node.operation == BinaryOperator::not_equal)
      return unary(UnaryOperator::logical_not, name(is_index + "label"));
    return nullptr;
  }

  Expression flatten(const Call& call) {
    std::vector<Expression> arguments;
    for (const Expression& each : call.arguments) arguments.push_back(flatten(each));
    const Expression& first = arguments[0];
    if (call.function == "silent") return is_silent(first);
    if (call.function == "sum") return of_sum(first);
    if (call.function == "mean") return quotient(of_sum(first), number(neurons_));
    if (call.function == "max" && arguments.size() == 1) return reduced(Kind::largest, "largest", first);
    if (call.function == "log_sum_exp") return log_sum_exp(first);
    if (call.function == "log_softmax") return negated(name(cost(first)));
    if (call.function != "at") return symbolic::fold(language::call(call.function, std::move(arguments)));
    const Signed parts = without_sign(first);
    const std::string index = index_of(call.arguments[1]);
    return with_sign(parts, reduced(Kind::at, wanted_at(parts.rest, index), parts.rest, index));
  }

  // The sign is taken out, so that the two of −Σ y·log_softmax(…) cancel.
  Expression of_sum(const Expression& element) {
    const Signed parts = without_sign(element);
    return with_sign(parts, reduced(Kind::sum, "total", parts.rest));
  }

  std::string wanted_at(const Expression& element, const std::string& index) const {
    const auto* each = std::get_if<Name>(&element->node);
    if (each != nullptr && each->name == "v") return index == "label" ? "right" : "v_" + index;
    return (each != nullptr && is_cost(each->name) ? "cost" : "value") + (index == "label" ? "" : "_" + index);
  }

  std::string index_of(const Expression& e) const {
    const auto* each = std::get_if<Name>(&e->node);
    if (each != nullptr && each->name == "label") return "label";
    const auto value = symbolic::as_number(e);
    if (value && *value >= 0 && *value < neurons_ && *value == std::floor(*value))
      return std::to_string(static_cast<std::uint32_t>(*value));
    throw ModelError({.kind = ProblemKind::invalid_value,
                      .path = "at",
                      .message = "the index of at() in the loss is not one of the neurons",
                      .hint = "use label, or a whole number",
                      .expected = "label, or 0 to " + std::to_string(neurons_ - 1),
                      .given = to_string(e)});
  }

  // ---- Softmax: exp(e − largest) over the neurons that are not silent

  struct Softmax {
    Expression largest, exponent, total;
  };

  Softmax softmax_of(const Expression& e) {
    const Expression silent = is_silent(name("v"));
    Softmax result;
    const Expression lowest = number(static_cast<double>(std::numeric_limits<float>::lowest()));
    result.largest = name(reduce(Kind::largest, "largest", chosen(silent, lowest, e)));
    result.exponent = difference(e, result.largest);
    result.total = name(reduce(Kind::sum, "exponentials", chosen(silent, number(0), call("exp", {result.exponent}))));
    return result;
  }

  static Expression share_of(const Softmax& softmax) {
    return quotient(call("exp", {softmax.exponent}), softmax.total);
  }

  // −log_softmax, a value per neuron.
  std::string cost(const Expression& e) {
    for (const Node& each : nodes_) {
      if (each.kind == Node::Kind::cost && equal(each.element, e)) return each.name;
    }
    const Softmax softmax = softmax_of(e);
    std::string result = unique("cost of k");
    const Expression whole = difference(call("log", {softmax.total}), softmax.exponent);
    costs_[result] = symbolic::substitute(chosen(is_silent(name("v")), number(-silent_log_share), whole), costs_);
    nodes_.push_back({Node::Kind::cost, result, 0, e, share_of(softmax)});
    return result;
  }

  Expression log_sum_exp(const Expression& e) {
    const Softmax softmax = softmax_of(e);
    const std::string result = unique("log_sum");
    const Expression whole = sum(softmax.largest, call("log", {softmax.total}));
    const Expression none = binary(BinaryOperator::equal, softmax.total, number(0));
    costs_[result] = symbolic::substitute(spike_times_ ? chosen(none, number(silent_log_share), whole) : whole, costs_);
    nodes_.push_back({Node::Kind::log_sum_exp, result, 0, e, share_of(softmax)});
    return name(result);
  }

  // ---- Backward

  // Whether it differs between neurons.
  bool per_neuron(const Expression& e) const {
    const std::vector<std::string> names = names_in(e);
    return std::any_of(names.begin(), names.end(), [&](const std::string& each) {
      return each == "v" || each == "y" || each == "k" || each.starts_with(is_index) || each == is_below + "v" ||
             is_cost(each);
    });
  }

  bool is_cost(const std::string& name) const {
    return std::any_of(nodes_.begin(), nodes_.end(),
                       [&](const Node& each) { return each.kind == Node::Kind::cost && each.name == name; });
  }

  void add_to(const std::string& scalar, const Expression& bar) {
    if (symbolic::is_number(bar, 0)) return;
    const auto [found, is_first] = scalars_.emplace(scalar, bar);
    if (!is_first) found->second = sum(found->second, bar);
  }

  Adjoint* per_neuron_adjoint(const std::string& name) {
    if (name == "v") return &values_;
    return is_cost(name) ? &of_costs_[name] : nullptr;
  }

  Expression sum_over_neurons(const Expression& e) {
    if (symbolic::is_number(e, 0)) return number(0);
    if (!per_neuron(e)) return times(number(neurons_), e);
    return name(reduce(Kind::sum, "total", e));
  }

  Expression value_at(const Expression& e, const std::string& index) {
    if (!per_neuron(e)) return e;
    return name(reduce(Kind::at, wanted_at(e, index), e, index));
  }

  Expression total(const Adjoint& adjoint) const {
    Expression result = adjoint.dense;
    for (const auto& [index, bar] : adjoint.points)
      result = sum(result, chosen(name(is_index + index), bar, number(0)));
    return result;
  }

  // The adjoint of an element of all neurons, passed on to what it reads.
  void spread(const Expression& element, const Expression& bar) {
    for (const std::string& each : names_in(element)) {
      const Expression part = chained(bar, element, each);
      if (symbolic::is_number(part, 0)) continue;
      if (Adjoint* to = per_neuron_adjoint(each))
        to->dense = sum(to->dense, part);
      else if (is_node(each))
        add_to(each, sum_over_neurons(part));
    }
  }

  void spread_at(const Expression& element, const Expression& bar, const std::string& index) {
    for (const std::string& each : names_in(element)) {
      const Expression part = times(bar, value_at(chained(number(1), element, each), index));
      if (symbolic::is_number(part, 0)) continue;
      if (Adjoint* to = per_neuron_adjoint(each))
        to->points.emplace_back(index, part);
      else if (is_node(each))
        add_to(each, part);
    }
  }

  bool is_node(const std::string& name) const {
    return std::any_of(nodes_.begin(), nodes_.end(), [&](const Node& each) { return each.name == name; });
  }

  void go_back(const Node& node) {
    if (node.kind == Node::Kind::cost) return go_back_from_cost(node);
    const auto found = scalars_.find(node.name);
    if (found == scalars_.end()) return;
    const Expression bar = found->second;
    if (node.kind == Node::Kind::log_sum_exp) return spread(node.element, unless_silent(times(bar, node.share)));
    const LossReduction reduction = reductions_[node.reduction];
    switch (reduction.kind) {
      case Kind::sum: return spread(reduction.element, bar);
      case Kind::at: return spread_at(reduction.element, bar, reduction.index);
      case Kind::largest: {
        const Expression is_largest = binary(BinaryOperator::equal, reduction.element, name(reduction.name));
        return spread_at(reduction.element, bar, reduce(Kind::first, "first", is_largest));
      }
      case Kind::first: return;
    }
  }

  // A change of one exponent changes all costs: by its share, and its own by −1.
  void go_back_from_cost(const Node& node) {
    const auto found = of_costs_.find(node.name);
    if (found == of_costs_.end()) return;
    const Adjoint adjoint = found->second;
    const Expression silent = is_silent(name("v"));
    Expression all = sum_over_neurons(chosen(silent, number(0), adjoint.dense));
    for (const auto& [index, bar] : adjoint.points)
      all = sum(all, chosen(is_silent(value_at_if_silent(index)), number(0), bar));
    spread(node.element, unless_silent(difference(times(node.share, all), total(adjoint))));
  }

  Expression value_at_if_silent(const std::string& index) {
    return spike_times_ ? value_at(name("v"), index) : name("v");
  }

  // The derivative is set to 0 for silent neurons in the end; until then their shares must not count in sums.
  Expression unless_silent(const Expression& bar) const { return chosen(is_silent(name("v")), number(0), bar); }

  std::uint32_t neurons_;
  bool spike_times_;
  std::vector<LossReduction> reductions_;
  std::vector<Node> nodes_;
  std::set<std::string> names_;
  symbolic::Substitution costs_;  // and sums of exponentials: what their names stand for
  Adjoint values_;
  std::map<std::string, Adjoint> of_costs_;
  std::map<std::string, Expression> scalars_;
};

}  // namespace

DerivedLoss derive(const Loss& loss, std::uint32_t neurons, double dt, bool spike_times) {
  const Expression text = symbolic::substitute(loss.text, {{"n", number(neurons)}, {"dt", number(dt)}});
  return LossDeriver(neurons, spike_times).run(text);
}

Expression step_derivative(const StepText& text) {
  return scaled(text.factor, symbolic::differentiate(text.element, "v"));
}

std::string index_of_condition(const std::string& name) {
  return name.starts_with(is_index) ? name.substr(is_index.size()) : std::string{};
}

std::string name_of_silent(const std::string& name) {
  return name.starts_with(is_below) ? name.substr(is_below.size()) : std::string{};
}

}  // namespace synfire::codegen
