// SPDX-License-Identifier: Apache-2.0
// The adjoint of a hybrid system: its partial derivatives and the terms composed from them.
#include <utility>

#include "lower/symbolic.hpp"
#include "synfire/codegen/adjoint.hpp"

namespace synfire::codegen {
namespace {

using namespace language;
using symbolic::product;
using symbolic::sum;

std::size_t size_of(const Expression& expression) { return language::to_string(expression).size(); }

// The normal form unless it is longer: expanding a power of a sum would lose precision.
Expression tidy(const Expression& expression) {
  Expression simple = symbolic::simplify(expression);
  return size_of(simple) <= size_of(expression) ? simple : expression;
}

class Derivation {
 public:
  explicit Derivation(HybridSystem system) { result_.system = std::move(system); }

  Adjoint run() {
    const HybridSystem& system = result_.system;
    result_.f_x = by_variable(system.flow);
    result_.f_p = by_parameter(system.flow);
    result_.r_x = by_variable(system.reset);
    result_.r_p = by_parameter(system.reset);
    for (const Expression& r : system.reset) result_.r_t.push_back(by(r, "t"));
    if (system.threshold) {
      result_.g_x = by_variable(system.threshold);
      result_.g_p = by_parameter(system.threshold);
      result_.g_t = by(system.threshold, "t");
    }
    if (system.refractory_period) result_.period_p = by_parameter(system.refractory_period);
    for (const HybridArrival& arrival : system.arrivals) result_.arrivals.push_back(derive_arrival(arrival));
    for (const RunningExtremum& extremum : system.extrema) {
      result_.extremum_x.push_back(by_variable(extremum.of));
      result_.extremum_p.push_back(by_parameter(extremum.of));
      result_.extremum_t.push_back(by(extremum.of, "t"));
    }
    for (const LastValue& last : system.last_values) {
      result_.last_x.push_back(by_variable(last.of));
      result_.last_p.push_back(by_parameter(last.of));
    }
    if (system.value) {
      result_.value_x = by_variable(system.value);
      result_.value_p = by_parameter(system.value);
    }
    compose();
    return std::move(result_);
  }

 private:
  static Expression by(const Expression& expression, const std::string& name) {
    return tidy(symbolic::differentiate(expression, name));
  }

  std::vector<Expression> by_variable(const Expression& expression) const {
    std::vector<Expression> row;
    for (const HybridVariable& variable : result_.system.variables) row.push_back(by(expression, variable.name));
    return row;
  }

  std::vector<Expression> by_parameter(const Expression& expression) const {
    std::vector<Expression> row;
    for (const HybridParameter& parameter : result_.system.parameters) row.push_back(by(expression, parameter.name));
    return row;
  }

  ExpressionMatrix by_variable(const std::vector<Expression>& expressions) const {
    ExpressionMatrix matrix;
    for (const Expression& each : expressions) matrix.push_back(by_variable(each));
    return matrix;
  }

  ExpressionMatrix by_parameter(const std::vector<Expression>& expressions) const {
    ExpressionMatrix matrix;
    for (const Expression& each : expressions) matrix.push_back(by_parameter(each));
    return matrix;
  }

  Expression lambda(std::size_t k) const { return name(adjoint_name(result_.system.variables[k].name)); }
  std::size_t variables() const { return result_.system.variables.size(); }

  // λ · column k of the matrix.
  Expression transposed(const ExpressionMatrix& matrix, std::size_t k) const {
    Expression total = number(0);
    for (std::size_t i = 0; i < variables(); ++i) total = sum(total, product(matrix[i][k], lambda(i)));
    return total;
  }

  void compose() {
    for (std::size_t k = 0; k < variables(); ++k)
      result_.minus_lambda_rate.push_back(symbolic::simplify(transposed(result_.f_x, k)));
    for (std::size_t m = 0; m < result_.system.parameters.size(); ++m)
      result_.parameter_rate.push_back(symbolic::simplify(transposed(result_.f_p, m)));
    if (!result_.system.threshold) return;
    compose_threshold_rate();
    compose_event_time();
    for (std::size_t k = 0; k < variables(); ++k) {
      const Expression by_threshold = product(result_.g_x[k], name("κ"));
      result_.lambda_before.push_back(
          symbolic::simplify(symbolic::difference(transposed(result_.r_x, k), by_threshold)));
    }
  }

  ArrivalDerivatives derive_arrival(const HybridArrival& arrival) const {
    const HybridSystem& system = result_.system;
    ArrivalDerivatives result{by_variable(arrival.jump), by_parameter(arrival.jump), {}, number(0), number(0)};
    for (const Expression& jump : arrival.jump) result.jump_t.push_back(by(jump, "t"));
    symbolic::Substitution after;
    for (std::size_t k = 0; k < variables(); ++k) {
      const std::string& own = system.variables[k].name;
      after[own] = sum(name(own), product(name("w"), arrival.jump[k]));
    }
    for (std::size_t i = 0; i < variables(); ++i) {
      result.by_weight = sum(result.by_weight, product(lambda(i), arrival.jump[i]));
      Expression change = symbolic::difference(system.flow[i], symbolic::substitute(system.flow[i], after));
      for (std::size_t k = 0; k < variables(); ++k)
        change = sum(change, product(product(name("w"), result.jump_x[i][k]), system.flow[k]));
      change = sum(change, product(name("w"), result.jump_t[i]));
      result.event_time = sum(result.event_time, product(lambda(i), change));
    }
    result.by_weight = symbolic::simplify(result.by_weight);
    result.event_time = symbolic::simplify(result.event_time);
    return result;
  }

  void compose_threshold_rate() {
    Expression rate = result_.g_t;
    for (std::size_t k = 0; k < variables(); ++k) rate = sum(rate, product(result_.g_x[k], result_.system.flow[k]));
    result_.threshold_rate = symbolic::simplify(rate);
  }

  // λ⁺·(r_x f⁻ + r_t − f⁺) + Ση
  void compose_event_time() {
    const HybridSystem& system = result_.system;
    symbolic::Substitution after;
    for (std::size_t k = 0; k < variables(); ++k) after[system.variables[k].name] = system.reset[k];
    Expression total = number(0);
    for (std::size_t i = 0; i < variables(); ++i) {
      Expression change = result_.r_t[i];
      for (std::size_t k = 0; k < variables(); ++k) change = sum(change, product(result_.r_x[i][k], system.flow[k]));
      if (!system.variables[i].held) change = symbolic::difference(change, symbolic::substitute(system.flow[i], after));
      total = sum(total, product(lambda(i), change));
    }
    result_.event_time = sum(symbolic::simplify(total), name("Ση"));
  }

  Adjoint result_;
};

}  // namespace

std::string adjoint_name(const std::string& variable) { return "λ_" + variable; }

Adjoint adjoint_of(HybridSystem system) { return Derivation(std::move(system)).run(); }

}  // namespace synfire::codegen
