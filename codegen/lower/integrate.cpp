// SPDX-License-Identifier: Apache-2.0
#include "lower/integrate.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>

#include "lower/matrix_elements.hpp"
#include "lower/symbolic.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using namespace language;
using namespace symbolic;
using NameSet = std::set<std::string, std::less<>>;

[[noreturn]] void refuse(const IntegrationOptions& options, const std::string& message, const std::string& hint) {
  throw ModelError({.kind = ProblemKind::unsupported, .path = options.path, .message = message, .hint = hint});
}

// scale · what
struct Change {
  Expression scale, what;
  Expression expression() const { return product(scale, what); }
};

// One equation, with the jumps at the end of the step split off.
struct Part {
  std::string variable;
  Expression derivative;
  Expression jump;              // added once per step; 0: none
  Expression jump_of_arriving;  // the same, from the arriving current
  Change change;                // of the derivative, from that current
};
using System = std::vector<Part>;

// How the variables of a system flow.
struct Solution {
  Integrator integrator;
  std::vector<Flow::Definition> locals = {};
  std::vector<Expression> flowed = {};  // in the order of the system
  std::optional<Flow::LinearPart> linear = std::nullopt;
};

class Integration {
 public:
  Integration(const NameSet& constants, const IntegrationOptions& options) : constants_(constants), options_(options) {}

  Flow run(const std::vector<Equation>& equations) {
    System parts;
    parts.reserve(equations.size());
    for (const Equation& equation : equations) parts.push_back(split(equation));
    for (System& system : systems(parts)) integrate_system(system);
    return std::move(flow_);
  }

 private:
  // Draws are held over the step, however often an integrator evaluates the derivative.
  Expression hold_draws(Expression expression) {
    for (const char* function : {"uniform", "normal"}) {
      expression = replace_calls(expression, function, [&](const Call& draw) {
        const std::string name = "draw " + std::to_string(++draws_);
        flow_.locals.push_back({name, call(draw.function, {})});
        return language::name(name);
      });
    }
    return expression;
  }

  // What per_step adds to a derivative's variable in one step: `addition_of` its argument. It may be inside a choice.
  template <class AdditionOf>
  Expression jump_of(const Expression& derivative, const AdditionOf& addition_of) const {
    Expression jump = number(0);
    for (const Term& term : terms(derivative, constants_)) {
      if (!calls(term.factor, "per_step")) continue;
      Expression addition;
      if (const auto* node = std::get_if<Call>(&term.factor->node)) {
        addition = addition_of(node->arguments[0]);
      } else {
        const auto& choice = std::get<Conditional>(term.factor->node);
        addition = fold(
            conditional(choice.condition, jump_of(choice.then, addition_of), jump_of(choice.otherwise, addition_of)));
      }
      jump = sum(jump, product(term.coefficient, addition));
    }
    return jump;
  }

  Part split(const Equation& equation) {
    const Expression held = hold_draws(equation.derivative);
    const Expression derivative = replace_calls(held, "per_step", [](const Call&) { return number(0); });
    const auto over_step = [&](const Expression& each) {
      return product(number(options_.dt / options_.nominal_dt), each);
    };
    const auto at_once = [&](const Expression& each) { return change_of(each).expression(); };
    const Change change = change_of(derivative);
    return {equation.variable,
            with_held(derivative),
            with_held(jump_of(held, over_step)),
            with_held(jump_of(held, at_once)),
            {with_held(change.scale), with_held(change.what)}};
  }

  // ---- The current that arrives at once

  Expression with_held(const Expression& expression) const {
    return options_.only_arrives ? substitute(expression, {{"I", number(0)}}) : expression;
  }

  // The change that the arriving current makes to an expression in the held one.
  Change change_of(const Expression& expression) const {
    const NameSet current{"I"};
    if (options_.arriving.empty() || !mentions(expression, current)) return {number(0), number(0)};
    const Expression arriving = name(options_.arriving);
    if (const auto form = linear_form(expression, current)) {
      const auto slope = form->coefficients.find("I");
      return {slope == form->coefficients.end() ? number(0) : slope->second, arriving};
    }
    const Expression with = substitute(expression, {{"I", binary(BinaryOperator::add, name("I"), arriving)}});
    return {number(1), difference(with, expression)};
  }

  // φ₁(A, dt₀)·Δf if the equations are linear, otherwise dt₀·Δf, plus what per_step adds.
  Expression arrival_of(const System& system, const std::optional<MatrixElements>& elements, std::size_t i) const {
    const Expression nominal = number(options_.nominal_dt);
    const auto response = [&](const Expression& phi, const Change& change) {
      if (is_constant(change.scale, constants_)) return product(product(phi, change.scale), change.what);
      return product(phi, change.expression());
    };
    if (!elements) return sum(response(nominal, system[i].change), system[i].jump_of_arriving);
    const int n = static_cast<int>(system.size());
    const int row = static_cast<int>(i);
    Expression total = number(0);
    for (int j = 0; j < n; ++j) {
      if (elements->reaches(row, j)) total = sum(total, response(elements->phi(row, j), system[j].change));
    }
    return sum(total, system[i].jump_of_arriving);
  }

  void add_arrivals(System& system, const std::optional<Flow::LinearPart>& linear) {
    if (options_.arriving.empty()) return;
    std::optional<MatrixElements> elements;
    if (linear) elements.emplace(linear->matrix, static_cast<int>(system.size()), number(options_.nominal_dt));
    for (std::size_t i = 0; i < system.size(); ++i) {
      const Expression arrival = arrival_of(system, elements, i);
      flow_.arrivals.push_back({system[i].variable, arrival});
      system[i].jump = sum(system[i].jump, arrival);
    }
  }

  // Groups equations that depend on one another.
  static std::vector<System> systems(const System& parts) {
    std::vector<std::size_t> group(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) group[i] = i;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      for (std::size_t j = 0; j < parts.size(); ++j) {
        if (!mentions(parts[i].derivative, {parts[j].variable})) continue;
        const std::size_t from = std::max(group[i], group[j]);
        std::replace(group.begin(), group.end(), from, std::min(group[i], group[j]));
      }
    }
    std::map<std::size_t, System> grouped;
    for (std::size_t i = 0; i < parts.size(); ++i) grouped[group[i]].push_back(parts[i]);
    std::vector<System> result;
    result.reserve(grouped.size());
    for (auto& [first, members] : grouped) result.push_back(std::move(members));
    return result;
  }

  bool has_substeps() const { return options_.substeps > 1; }

  void integrate_system(System& system) {
    Solution solution = solve(system, options_.dt, "");
    const bool in_one_go = !has_substeps() || solution.integrator == Integrator::exact;
    const double step = in_one_go ? options_.dt : options_.dt / options_.substeps;
    if (!in_one_go) solution = solve(system, step, "");
    note(system, solution.integrator);
    if (solution.linear) flow_.linear_parts.push_back(*solution.linear);
    add_arrivals(system, solution.linear);
    if (solution.integrator == Integrator::euler || solution.integrator == Integrator::rk4) {
      for (const Part& part : system) flow_.explicit_variables.push_back({part.variable, solution.integrator, step});
    }
    const std::map<std::string, Expression> resting = solve_resting(system, step, solution.locals);
    std::vector<Flow::Definition>& locals = in_one_go ? flow_.locals : flow_.part.locals;
    locals.insert(locals.end(), solution.locals.begin(), solution.locals.end());
    for (std::size_t i = 0; i < system.size(); ++i) {
      const auto found = resting.find(system[i].variable);
      add_update(system[i], solution.flowed[i], found == resting.end() ? nullptr : found->second, in_one_go);
    }
  }

  void add_update(const Part& part, const Expression& flowed, const Expression& resting, bool in_one_go) {
    // Sub-steps change the states that a jump reads, so it is evaluated before them.
    const Expression jump = has_substeps() ? hold_jump(part) : part.jump;
    if (in_one_go) {
      flow_.updates.push_back({part.variable, sum(flowed, jump), resting ? sum(resting, jump) : nullptr});
      return;
    }
    flow_.parts = options_.substeps;
    flow_.part.updates.push_back({part.variable, flowed, resting});
    if (!is_number(jump, 0)) flow_.updates.push_back({part.variable, sum(name(part.variable), jump)});
  }

  Expression hold_jump(const Part& part) {
    if (is_constant(part.jump, constants_)) return part.jump;
    const std::string held = "jump of " + part.variable;
    flow_.locals.push_back({held, part.jump});
    return name(held);
  }

  // How the other states flow while those in `held` stand still. Empty if none depends on a held state: then all flow
  // as usual.
  std::map<std::string, Expression> solve_resting(const System& system, double step,
                                                  std::vector<Flow::Definition>& locals) const {
    System flowing;
    NameSet still;
    for (const Part& part : system) {
      if (options_.held.count(part.variable) != 0)
        still.insert(part.variable);
      else
        flowing.push_back(part);
    }
    std::map<std::string, Expression> result;
    if (std::none_of(flowing.begin(), flowing.end(),
                     [&](const Part& part) { return mentions(part.derivative, still); }))
      return result;
    for (const System& each : systems(flowing)) {
      const Solution solution = solve(each, step, "resting ");
      locals.insert(locals.end(), solution.locals.begin(), solution.locals.end());
      for (std::size_t i = 0; i < each.size(); ++i) result[each[i].variable] = solution.flowed[i];
    }
    return result;
  }

  // `prefix`: of the names of locals.
  Solution solve(const System& system, double step, const std::string& prefix) const {
    const Integrator asked = options_.integrator;
    if (asked == Integrator::automatic || asked == Integrator::exact) {
      if (auto solution = exact(system, step)) return *solution;
    }
    if (asked == Integrator::exact) {
      refuse(options_, "the equation of " + system.front().variable + " has no exact solution",
             "exact integration needs equations that are linear in the state with constant coefficients; leave the "
             "integrator automatic, or use exponential_euler or rk4");
    }
    if (asked == Integrator::automatic || asked == Integrator::exponential_euler) {
      if (auto solution = exponential_euler(system, step, prefix)) return *solution;
    }
    if (asked == Integrator::exponential_euler) {
      refuse(options_, "an equation in the system of " + system.front().variable + " is not linear in its own variable",
             "use the integrator rk4 or euler");
    }
    return asked == Integrator::euler ? euler(system, step) : rk4(system, step, prefix);
  }

  void note(const System& system, Integrator integrator) {
    std::string text;
    for (const Part& part : system) text += (text.empty() ? "" : ", ") + part.variable;
    text += ": " + std::string(to_string(integrator));
    if (has_substeps()) {
      text += integrator == Integrator::exact ? ", in one step (sub-steps would change nothing)"
                                              : ", " + std::to_string(options_.substeps) + " sub-steps";
    }
    flow_.notes.push_back(text);
  }

  // x ← exp(A·dt)·x + φ₁·b, where b is held.
  std::optional<Solution> exact(const System& system, double step) const {
    const int n = static_cast<int>(system.size());
    NameSet variables;
    for (const Part& part : system) variables.insert(part.variable);
    std::vector<Expression> matrix;
    std::vector<std::vector<Term>> forcing;
    bool forced = false;
    for (const Part& part : system) {
      const auto form = linear_form(part.derivative, variables);
      if (!form) return std::nullopt;
      for (const Part& column : system) {
        const auto found = form->coefficients.find(column.variable);
        matrix.push_back(found == form->coefficients.end() ? number(0) : found->second);
        if (!is_constant(matrix.back(), constants_)) return std::nullopt;
        if (!std::isfinite(as_number(matrix.back()).value_or(0))) refuse_infinite(part);
      }
      forcing.push_back(terms(form->rest, constants_));
      forced = forced || !forcing.back().empty();
    }
    Solution solution{Integrator::exact};
    solution.linear = Flow::LinearPart{{}, matrix, forced};
    for (const Part& part : system) solution.linear->variables.push_back(part.variable);
    const MatrixElements elements(matrix, n, number(step));
    for (int i = 0; i < n; ++i) solution.flowed.push_back(exact_row(system, elements, forcing, i));
    return solution;
  }

  [[noreturn]] void refuse_infinite(const Part& part) const {
    throw ModelError({.kind = ProblemKind::invalid_value,
                      .path = options_.path,
                      .message = "the derivative of " + part.variable + " is infinite with these parameters",
                      .hint = "check for a division by 0, such as a time constant of 0"});
  }

  static Expression exact_row(const System& system, const MatrixElements& elements,
                              const std::vector<std::vector<Term>>& forcing, int row) {
    const int n = static_cast<int>(system.size());
    Expression result = product(elements.exponential(row, row), name(system[row].variable));
    for (int j = 0; j < n; ++j) {
      if (j == row || !elements.reaches(row, j)) continue;
      result = sum(result, product(elements.exponential(row, j), name(system[j].variable)));
    }
    for (int j = 0; j < n; ++j) {
      if (!elements.reaches(row, j)) continue;
      for (const Term& term : forcing[j]) {
        const Expression coefficient = product(elements.phi(row, j), term.coefficient);
        result = sum(result, product(coefficient, term.factor));
      }
    }
    return result;
  }

  // x ← x·exp(a·dt) + b·(exp(a·dt) − 1)/a, where a and b are held.
  std::optional<Solution> exponential_euler(const System& system, double step, const std::string& prefix) const {
    std::vector<LinearForm> forms;
    for (const Part& part : system) {
      const auto form = linear_form(part.derivative, {part.variable});
      if (!form) return std::nullopt;
      forms.push_back(*form);
    }
    Solution solution{Integrator::exponential_euler};
    const Expression dt = number(step);
    for (std::size_t i = 0; i < system.size(); ++i) {
      const std::string& variable = system[i].variable;
      const auto found = forms[i].coefficients.find(variable);
      const Expression& rest = forms[i].rest;
      if (found == forms[i].coefficients.end()) {
        solution.flowed.push_back(sum(name(variable), product(dt, rest)));
      } else if (is_constant(found->second, constants_)) {
        const std::vector<Expression> rate{found->second};
        solution.flowed.push_back(sum(product(matrix_exponential(0, 0, 1, rate, dt), name(variable)),
                                      product(matrix_phi(0, 0, 1, rate, dt), rest)));
      } else {
        const std::string rate_name = prefix + "rate of " + variable;
        const Expression rate = name(rate_name);
        solution.locals.push_back({rate_name, found->second});
        const Expression exponent = product(rate, dt);
        const Expression phi =
            conditional(binary(BinaryOperator::equal, rate, number(0)), dt, quotient(call("expm1", {exponent}), rate));
        solution.flowed.push_back(sum(product(call("exp", {exponent}), name(variable)), product(phi, rest)));
      }
    }
    return solution;
  }

  static Solution euler(const System& system, double step) {
    Solution solution{Integrator::euler};
    for (const Part& part : system)
      solution.flowed.push_back(sum(name(part.variable), product(number(step), part.derivative)));
    return solution;
  }

  // Kutta's classical method (1901) on the whole system at once. Names with spaces cannot collide with model names.
  static Solution rk4(const System& system, double step, const std::string& prefix) {
    Solution solution{Integrator::rk4};
    const double fraction[] = {0, 0.5, 0.5, 1.0};
    const auto slope_name = [&](const Part& part, int stage) {
      return prefix + "slope " + std::to_string(stage) + " of " + part.variable;
    };
    for (int stage = 1; stage <= 4; ++stage) {
      const std::string suffix = std::to_string(stage);
      Substitution at_stage;
      if (stage > 1) {
        for (const Part& part : system) {
          const std::string at = prefix + part.variable + " at " + suffix;
          const Expression slope = name(slope_name(part, stage - 1));
          solution.locals.push_back({at, sum(name(part.variable), product(number(fraction[stage - 1] * step), slope))});
          at_stage[part.variable] = name(at);
        }
      }
      for (const Part& part : system)
        solution.locals.push_back({slope_name(part, stage), substitute(part.derivative, at_stage)});
    }
    for (const Part& part : system) {
      const auto slope = [&](int stage) { return name(slope_name(part, stage)); };
      const Expression middle = product(number(2), sum(slope(2), slope(3)));
      const Expression total = sum(sum(slope(1), middle), slope(4));
      solution.flowed.push_back(sum(name(part.variable), product(number(step / 6), total)));
    }
    return solution;
  }

  const NameSet& constants_;
  const IntegrationOptions& options_;
  Flow flow_;
  int draws_ = 0;
};

NameSet flowing_states(const Flow& flow) {
  NameSet states;
  for (const auto* updates : {&flow.part.updates, &flow.updates}) {
    for (const Flow::Definition& update : *updates) states.insert(update.name);
  }
  return states;
}

// Mean of one variable over the step: Σ_j φ₁[row, j]·x_j / dt.
Expression mean_of(const std::string& variable, const Flow& flow, const IntegrationOptions& options) {
  for (const Flow::LinearPart& part : flow.linear_parts) {
    const auto place = std::find(part.variables.begin(), part.variables.end(), variable);
    if (place == part.variables.end()) continue;
    if (part.forced) break;
    const int n = static_cast<int>(part.variables.size());
    const int row = static_cast<int>(place - part.variables.begin());
    const MatrixElements elements(part.matrix, n, number(options.dt));
    Expression mean = number(0);
    for (int j = 0; j < n; ++j) {
      const Expression weight = quotient(elements.phi(row, j), number(options.dt));
      mean = sum(mean, product(weight, name(part.variables[j])));
    }
    return mean;
  }
  if (flowing_states(flow).count(variable) == 0) return name(variable);
  refuse(options, "the mean of " + variable + " over a step has no known closed form",
         "step_mean needs a variable whose equations are linear with constant coefficients and no other input");
}

bool are_equal_but_for_path(const IntegrationOptions& a, const IntegrationOptions& b) {
  return a.integrator == b.integrator && a.dt == b.dt && a.nominal_dt == b.nominal_dt && a.substeps == b.substeps &&
         a.held == b.held && a.arriving == b.arriving && a.only_arrives == b.only_arrives;
}

}  // namespace

Flow integrate(const std::vector<Equation>& equations, const NameSet& constants, const IntegrationOptions& options) {
  return Integration(constants, options).run(equations);
}

Flow FlowMemo::integrate(const std::vector<Equation>& equations, const NameSet& constants,
                         const IntegrationOptions& options) {
  constexpr std::size_t most_entries = 32;
  const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return are_equal_but_for_path(entry.options, options) && entry.constants == constants &&
           std::equal(entry.equations.begin(), entry.equations.end(), equations.begin(), equations.end(),
                      [](const Equation& a, const Equation& b) {
                        return a.variable == b.variable && language::equal(a.derivative, b.derivative);
                      });
  });
  if (known != entries_.end()) return known->flow;
  Flow flow = codegen::integrate(equations, constants, options);
  if (entries_.size() < most_entries) entries_.push_back({equations, constants, options, flow});
  return flow;
}

Expression expand_step_mean(const Expression& expression, const Flow& flow, const NameSet& constants,
                            const IntegrationOptions& options) {
  const NameSet states = flowing_states(flow);
  return replace_calls(expression, "step_mean", [&](const Call& mean) {
    const auto form = linear_form(mean.arguments[0], states);
    Expression result = form ? form->rest : nullptr;
    for (const auto& [variable, coefficient] : form ? form->coefficients : decltype(form->coefficients){}) {
      if (!is_constant(coefficient, constants)) result = nullptr;
      if (result) result = sum(result, product(coefficient, mean_of(variable, flow, options)));
    }
    if (!result) {
      refuse(options, "step_mean(" + language::to_string(mean.arguments[0]) + ") is not linear in the state",
             "apply step_mean to state variables and combine the results");
    }
    return result;
  });
}

SplitCurrent split_current(const Expression& current) {
  const Expression held = substitute(current, {{"arriving", number(0)}});
  if (const auto form = linear_form(current, {"arriving"})) {
    const auto slope = form->coefficients.find("arriving");
    return {held, slope == form->coefficients.end() ? number(0) : product(slope->second, name("arriving"))};
  }
  return {held, difference(current, held)};
}

}  // namespace synfire::codegen
