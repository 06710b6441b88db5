// SPDX-License-Identifier: Apache-2.0
// Finds populations that only an arrival can push over their threshold, from the code of their models.
#include <algorithm>
#include <optional>
#include <set>

#include "adjoint/sign.hpp"
#include "lower/symbolic.hpp"
#include "synfire/codegen/adjoint.hpp"

namespace synfire::codegen {
namespace {

using language::Expression;
using Ranges = std::map<std::string, Interval, std::less<>>;

Interval range_of(const Value& value) {
  if (value.is_number()) return {value.number(), value.number()};
  if (value.is_array() && value.array().size() > 0) {
    const auto [least, most] = std::minmax_element(value.array().begin(), value.array().end());
    return {*least, *most};
  }
  if (value.is_initializer()) {
    if (const auto* uniform = std::get_if<Uniform>(&value.initializer())) return {uniform->min, uniform->max};
    if (const auto* normal = std::get_if<Normal>(&value.initializer())) return {normal->min, normal->max};
  }
  return {};
}

class ArrivalOnly {
 public:
  ArrivalOnly(const HybridSystem& system, const ir::Network& network) : system_(system) {
    for (const HybridParameter& parameter : system.parameters) read_parameter(parameter, network);
    for (const HybridVariable& variable : system.variables) read_initial(variable, network);
  }

  bool run() {
    if (!system_.threshold || !has_direct_arrivals()) return false;
    find_states_that_stay_positive();
    const auto surface = solve_threshold();
    if (!surface) return false;
    Expression rate = put_in(symbolic::differentiate(system_.threshold, "t"));
    for (const HybridVariable& variable : system_.variables) {
      const Expression slope = symbolic::differentiate(system_.threshold, variable.name);
      rate = symbolic::sum(rate, symbolic::product(slope, system_.flow[system_.index_of(variable.name)]));
    }
    // On the threshold itself, the flow must not lead upward.
    const Expression there = symbolic::simplify(symbolic::substitute(put_in(rate), *surface));
    return bounds_of(there, ranges_).most <= 0;
  }

 private:
  static const NeuronModel& neuron_of(const HybridSystem& system, const ir::Network& network) {
    return std::find_if(network.populations.begin(), network.populations.end(),
                        [&](const ir::Population& each) { return each.name == system.population; })
        ->neuron;
  }

  void read_parameter(const HybridParameter& parameter, const ir::Network& network) {
    const auto& parameters = parameter.owner == HybridOwner::synapse
                                 ? network.connections[parameter.connection].synapse.parameters
                                 : neuron_of(system_, network).parameters;
    for (const Parameter& each : parameters) {
      if (each.name != parameter.parameter || parameter.owner == HybridOwner::readout) continue;
      if (each.value.is_number()) numbers_[parameter.name] = language::number(each.value.number());
      ranges_[parameter.name] = range_of(each.value);
    }
  }

  void read_initial(const HybridVariable& variable, const ir::Network& network) {
    if (variable.owner != HybridOwner::neuron) return;
    for (const StateVariable& each : neuron_of(system_, network).state) {
      if (each.name == variable.variable) initial_[variable.name] = range_of(each.initial);
    }
  }

  Expression put_in(const Expression& expression) const {
    return symbolic::simplify(symbolic::substitute(expression, numbers_));
  }

  bool has_direct_arrivals() const {
    for (const HybridArrival& arrival : system_.arrivals) {
      for (const Expression& jump : arrival.direct) {
        if (!symbolic::is_number(jump, 0)) return true;
      }
    }
    return false;
  }

  // States that start at 0 or above and that nothing takes below 0: no arrival, no reset, and no flow at 0.
  void find_states_that_stay_positive() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const HybridVariable& variable : system_.variables) {
      const auto initial = initial_.find(variable.name);
      if (initial == initial_.end() || initial->second.least < 0) continue;
      const std::size_t k = system_.index_of(variable.name);
      Ranges assumed = ranges_;
      assumed[variable.name] = {0, infinity};
      const Expression at_zero = put_in(symbolic::substitute(system_.flow[k], {{variable.name, language::number(0)}}));
      bool stays = bounds_of(at_zero, assumed).least >= 0 && bounds_of(put_in(system_.reset[k]), assumed).least >= 0;
      for (const HybridArrival& arrival : system_.arrivals) stays = stays && symbolic::is_number(arrival.jump[k], 0);
      if (stays) ranges_[variable.name] = {0, infinity};
    }
  }

  // One state as a function of the others where g = 0, if g is linear in it.
  std::optional<symbolic::Substitution> solve_threshold() const {
    const Expression g = put_in(system_.threshold);
    for (const HybridVariable& variable : system_.variables) {
      const Expression slope = symbolic::simplify(symbolic::differentiate(g, variable.name));
      if (symbolic::is_number(slope, 0) || symbolic::mentions(slope, {variable.name})) continue;
      const Expression rest = symbolic::substitute(g, {{variable.name, language::number(0)}});
      const Expression solution = symbolic::quotient(symbolic::difference(language::number(0), rest), slope);
      return symbolic::Substitution{{variable.name, symbolic::simplify(solution)}};
    }
    return std::nullopt;
  }

  const HybridSystem& system_;
  symbolic::Substitution numbers_;
  Ranges ranges_;
  Ranges initial_;
};

}  // namespace

bool reaches_threshold_only_at_arrivals(const HybridSystem& system, const ir::Network& network) {
  return ArrivalOnly(system, network).run();
}

}  // namespace synfire::codegen
