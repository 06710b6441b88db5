// SPDX-License-Identifier: Apache-2.0
// Evaluates losses in double, with derivatives that are carried along: each value is a number and its derivative with
// respect to the readout of each neuron.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "lower/symbolic.hpp"
#include "synfire/codegen/losses.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using namespace language;

struct Dual {
  double value = 0;
  std::vector<double> slope;  // by neuron; empty if no derivative is asked for
};

class Evaluation {
 public:
  Evaluation(std::span<const double> values, const LossTarget& target, double duration, double dt, bool with_slopes)
      : values_(values), target_(target), duration_(duration), dt_(dt), with_slopes_(with_slopes) {}

  // `k`: the neuron, in a reduction.
  Dual of(const Expression& e, std::size_t k) {
    if (const auto* node = std::get_if<Number>(&e->node)) return constant(node->value);
    if (const auto* node = std::get_if<Boolean>(&e->node)) return constant(node->value ? 1 : 0);
    if (const auto* node = std::get_if<Name>(&e->node)) return of_name(node->name, k);
    if (const auto* node = std::get_if<Unary>(&e->node)) {
      const Dual operand = of(node->operand, k);
      return node->operation == UnaryOperator::negate ? scaled(operand, -operand.value, -1)
                                                      : constant(operand.value == 0 ? 1 : 0);
    }
    if (const auto* node = std::get_if<Binary>(&e->node)) return of_binary(*node, k);
    if (const auto* node = std::get_if<Conditional>(&e->node))
      return of(of(node->condition, k).value != 0 ? node->then : node->otherwise, k);
    return of_call(e, std::get<Call>(e->node), k);
  }

 private:
  std::size_t count() const { return values_.size(); }
  bool is_silent(std::size_t k) const { return values_[k] < silent_below; }
  Dual constant(double value) const { return {value, std::vector<double>(with_slopes_ ? count() : 0, 0.0)}; }

  static Dual scaled(Dual x, double value, double by) {
    for (double& each : x.slope) each = by == 0 || each == 0 ? 0 : by * each;
    return {value, std::move(x.slope)};
  }
  static Dual sum(double value, const Dual& a, double by_a, const Dual& b, double by_b) {
    Dual result = scaled(a, value, by_a);
    const Dual other = scaled(b, value, by_b);
    for (std::size_t j = 0; j < result.slope.size(); ++j) result.slope[j] += other.slope[j];
    return result;
  }

  Dual of_name(const std::string& name, std::size_t k) const {
    if (name == "v") {
      Dual result = constant(values_[k]);
      if (with_slopes_ && !is_silent(k)) result.slope[k] = 1;
      return result;
    }
    if (name == "y") return constant(target_.values[k]);
    if (name == "k") return constant(static_cast<double>(k));
    if (name == "n") return constant(static_cast<double>(count()));
    if (name == "label") return constant(target_.label);
    return constant(name == "duration" ? duration_ : dt_);
  }

  Dual of_binary(const Binary& node, std::size_t k) {
    const Dual a = of(node.left, k), b = of(node.right, k);
    const double x = a.value, y = b.value;
    switch (node.operation) {
      case BinaryOperator::add: return sum(x + y, a, 1, b, 1);
      case BinaryOperator::subtract: return sum(x - y, a, 1, b, -1);
      case BinaryOperator::multiply: return sum(x * y, a, y, b, x);
      case BinaryOperator::divide: return sum(x / y, a, 1 / y, b, -x / (y * y));
      case BinaryOperator::power: return power(a, b);
      case BinaryOperator::less: return constant(x < y);
      case BinaryOperator::less_equal: return constant(x <= y);
      case BinaryOperator::greater: return constant(x > y);
      case BinaryOperator::greater_equal: return constant(x >= y);
      case BinaryOperator::equal: return constant(x == y);
      case BinaryOperator::not_equal: return constant(x != y);
      case BinaryOperator::logical_and: return constant(x != 0 && y != 0);
      case BinaryOperator::logical_or: return constant(x != 0 || y != 0);
    }
    return {};
  }

  Dual power(const Dual& a, const Dual& b) const {
    const double value = std::pow(a.value, b.value);
    const bool varies = std::any_of(b.slope.begin(), b.slope.end(), [](double each) { return each != 0; });
    return sum(value, a, b.value * std::pow(a.value, b.value - 1), b, varies ? value * std::log(a.value) : 0);
  }

  Dual of_call(const Expression& e, const Call& call, std::size_t k) {
    const std::string& function = call.function;
    if (function == "silent") return constant(of(call.arguments[0], k).value < silent_below);
    if (function == "at") return of(call.arguments[0], place_of(call.arguments[1]));
    if (function == "log_softmax") return softmax(e, call)[k];
    if (function == "pow") return power(of(call.arguments[0], k), of(call.arguments[1], k));
    const bool reduces = function == "sum" || function == "mean" || function == "log_sum_exp" ||
                         (function == "max" && call.arguments.size() == 1);
    if (reduces) return reduced(e, call);
    if (call.arguments.size() == 2) {
      const Dual a = of(call.arguments[0], k), b = of(call.arguments[1], k);
      // Of equals the first, as symbolic::differentiate has it.
      return (function == "max" ? a.value >= b.value : a.value <= b.value) ? a : b;
    }
    return of_function(function, of(call.arguments[0], k));
  }

  static Dual of_function(const std::string& f, const Dual& a) {
    const double x = a.value;
    if (f == "abs") return scaled(a, std::abs(x), x > 0 ? 1 : x < 0 ? -1 : 0);
    if (f == "cos") return scaled(a, std::cos(x), -std::sin(x));
    if (f == "exp") return scaled(a, std::exp(x), std::exp(x));
    if (f == "expm1") return scaled(a, std::expm1(x), std::exp(x));
    if (f == "log") return scaled(a, std::log(x), 1 / x);
    if (f == "log1p") return scaled(a, std::log1p(x), 1 / (1 + x));
    if (f == "sin") return scaled(a, std::sin(x), std::cos(x));
    if (f == "sqrt") return scaled(a, std::sqrt(x), 0.5 / std::sqrt(x));
    if (f == "tanh") return scaled(a, std::tanh(x), 1 - std::tanh(x) * std::tanh(x));
    const double s = 1 / (1 + std::exp(-x));
    if (f == "sigmoid") return scaled(a, s, s * (1 - s));
    const Expression step = language::call(f, {number(x)});  // ceil, floor, round, sign
    return scaled(a, symbolic::as_number(symbolic::fold(step)).value_or(0), 0);
  }

  // As programs take them: the label, or a whole number.
  std::size_t place_of(const Expression& index) const {
    const auto* name = std::get_if<Name>(&index->node);
    const std::optional<double> place =
        name != nullptr && name->name == "label" ? target_.label : symbolic::as_number(index);
    if (place && *place >= 0 && *place < static_cast<double>(count()) && *place == std::floor(*place))
      return static_cast<std::size_t>(*place);
    throw ModelError({.kind = ProblemKind::invalid_value,
                      .path = "at",
                      .message = "the index of at() in the loss is not one of the neurons",
                      .expected = "label, or 0 to " + std::to_string(count() - 1),
                      .given = to_string(index)});
  }

  // The argument of a reduction, for each neuron.
  std::vector<Dual> of_all(const Call& call) {
    std::vector<Dual> all;
    for (std::size_t k = 0; k < count(); ++k) all.push_back(of(call.arguments[0], k));
    return all;
  }

  Dual reduced(const Expression& e, const Call& call) {
    if (const auto found = reduced_.find(e.get()); found != reduced_.end()) return found->second;
    const std::vector<Dual> all = of_all(call);
    Dual result = constant(0);
    if (call.function == "max") {
      result =
          *std::max_element(all.begin(), all.end(), [](const Dual& a, const Dual& b) { return a.value < b.value; });
    } else if (call.function == "log_sum_exp") {
      result = log_sum_exp(all);
    } else {
      for (const Dual& each : all) result = sum(result.value + each.value, result, 1, each, 1);
      if (call.function == "mean") {
        const auto n = static_cast<double>(count());
        result = scaled(result, result.value / n, 1 / n);
      }
    }
    return reduced_[e.get()] = result;
  }

  Dual log_sum_exp(const std::vector<Dual>& all) const {
    double largest = -std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < count(); ++k) {
      if (!is_silent(k)) largest = std::max(largest, all[k].value);
    }
    Dual total = constant(0);
    for (std::size_t k = 0; k < count(); ++k) {
      if (is_silent(k)) continue;
      const double share = std::exp(all[k].value - largest);
      total = sum(total.value + share, total, 1, all[k], share);
    }
    if (total.value == 0) return constant(silent_log_share);
    return scaled(total, largest + std::log(total.value), 1 / total.value);
  }

  const std::vector<Dual>& softmax(const Expression& e, const Call& call) {
    const auto [found, is_new] = softmaxes_.try_emplace(e.get());
    if (!is_new) return found->second;
    const std::vector<Dual> all = of_all(call);
    const Dual total = log_sum_exp(all);
    std::vector<Dual> result;
    for (std::size_t k = 0; k < count(); ++k)
      result.push_back(is_silent(k) ? constant(silent_log_share)
                                    : sum(all[k].value - total.value, all[k], 1, total, -1));
    return softmaxes_[e.get()] = std::move(result);
  }

  std::span<const double> values_;
  const LossTarget& target_;
  double duration_, dt_;
  bool with_slopes_;
  std::map<const ExpressionNode*, Dual> reduced_;
  std::map<const ExpressionNode*, std::vector<Dual>> softmaxes_;
};

}  // namespace

LossValue evaluate(const Loss& loss, std::span<const double> values, const LossTarget& target, double duration,
                   double dt) {
  Dual result = Evaluation(values, target, duration, dt, true).of(loss.text, 0);
  return {result.value, std::move(result.slope)};
}

double value_of(const Loss& loss, std::span<const double> values, const LossTarget& target, double duration,
                double dt) {
  return Evaluation(values, target, duration, dt, false).of(loss.text, 0).value;
}

LossValue evaluate_steps(const Loss& loss, std::span<const double> values, const LossTarget& target,
                         std::uint32_t neurons, double dt) {
  const std::size_t steps = values.size() / neurons;
  LossValue mean;
  for (std::size_t first = 0; first < values.size(); first += neurons) {
    LossTarget of_step{.label = target.label};
    const auto row = target.values.begin() + static_cast<std::ptrdiff_t>(first);
    if (!target.values.empty()) of_step.values.assign(row, row + neurons);
    const LossValue each = evaluate(loss, values.subspan(first, neurons), of_step, static_cast<double>(steps) * dt, dt);
    mean.value += each.value / static_cast<double>(steps);
    for (const double slope : each.derivative) mean.derivative.push_back(slope / static_cast<double>(steps));
  }
  return mean;
}

}  // namespace synfire::codegen
