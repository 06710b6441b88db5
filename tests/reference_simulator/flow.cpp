// SPDX-License-Identifier: Apache-2.0
#include "reference_simulator/flow.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace synfire::testing::reference {
namespace {

using namespace language;

Quantity negated_if(bool negative, const Quantity& a) { return negative ? negate(a) : a; }

const Binary* binary_of(const Expression& expression) { return std::get_if<Binary>(&expression->node); }

const Expression* operand_of_minus(const Expression& expression) {
  const auto* node = std::get_if<Unary>(&expression->node);
  return node != nullptr && node->operation == UnaryOperator::negate ? &node->operand : nullptr;
}

bool is_sum(const Binary& node) {
  return node.operation == BinaryOperator::add || node.operation == BinaryOperator::subtract;
}

// The change of an expression of the held current by the arriving one: scale · what.
struct Change {
  Quantity scale, what;
};

Change change_of(const Expression& expression, const Names& names) {
  if (!mentions(expression, {"I"})) return {number(0), number(0)};
  const Quantity& arriving = names["arriving current"];
  if (is_linear(expression, {"I"})) return {slope(expression, "I", names), arriving};
  Names with = names;
  with.set("I", sum(names["I"], arriving));
  return {number(1),
          apply(BinaryOperator::subtract, evaluate(expression, with, nullptr), evaluate(expression, names, nullptr))};
}

// A linear expression with the variables set to 0.
Expression rest(const Expression& expression, const NameSet& variables) {
  Numbers zeros;
  for (const std::string& variable : variables) zeros[variable] = language::number(0);
  return specialize(expression, zeros);
}

using Matrix = std::vector<std::vector<long double>>;

Matrix multiplied(const Matrix& a, const Matrix& b) {
  const std::size_t n = a.size();
  Matrix result(n, std::vector<long double>(n));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) result[i][j] += a[i][k] * b[k][j];
    }
  }
  return result;
}

// By its series, of the matrix halved until it converges quickly; then squared as often.
Matrix exponential(Matrix matrix) {
  long double largest = 0;
  for (const auto& row : matrix) {
    for (const long double value : row) largest = std::max(largest, std::fabs(value));
  }
  int halvings = 0;
  for (; largest > 0.01L; largest /= 2) ++halvings;
  const std::size_t n = matrix.size();
  Matrix result(n, std::vector<long double>(n)), power;
  for (std::size_t i = 0; i < n; ++i) result[i][i] = 1;
  power = result;
  for (auto& row : matrix) {
    for (long double& value : row) value = std::ldexp(value, -halvings);
  }
  for (int k = 1; k <= 15; ++k) {
    power = multiplied(power, matrix);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) result[i][j] += power[i][j] /= k;
    }
  }
  for (; halvings > 0; --halvings) result = multiplied(result, result);
  return result;
}

// exp(A·dt) and φ₁ = ∫₀^dt exp(A·s) ds.
struct Propagator {
  Matrix exponential, phi;
};

Propagator propagate(const Matrix& a, double dt) {
  const std::size_t n = a.size();
  if (n == 1) {
    const long double rate = a[0][0];
    return {{{std::exp(rate * dt)}}, {{rate == 0 ? dt : std::expm1(rate * dt) / rate}}};
  }
  Matrix both(2 * n, std::vector<long double>(2 * n));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) both[i][j] = a[i][j] * dt;
    both[i][n + i] = dt;
  }
  both = exponential(both);
  Propagator result{Matrix(n), Matrix(n)};
  for (std::size_t i = 0; i < n; ++i) {
    result.exponential[i].assign(both[i].begin(), both[i].begin() + static_cast<std::ptrdiff_t>(n));
    result.phi[i].assign(both[i].begin() + static_cast<std::ptrdiff_t>(n), both[i].end());
  }
  return result;
}

// Which variables drive which, directly or through others: [i][j] where j drives i.
std::vector<std::vector<bool>> reachable(const std::vector<std::vector<Quantity>>& matrix) {
  const std::size_t n = matrix.size();
  std::vector<std::vector<bool>> drives(n, std::vector<bool>(n));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) drives[i][j] = i == j || !matrix[i][j].is_number(0);
  }
  for (std::size_t through = 0; through < n; ++through) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) drives[i][j] = drives[i][j] || (drives[i][through] && drives[through][j]);
    }
  }
  return drives;
}

}  // namespace

bool is_linear(const Expression& expression, const NameSet& variables) {
  if (!mentions(expression, variables) || std::holds_alternative<Name>(expression->node)) return true;
  if (const Expression* operand = operand_of_minus(expression)) return is_linear(*operand, variables);
  const Binary* node = binary_of(expression);
  if (node == nullptr) return false;
  const bool left = is_linear(node->left, variables), right = is_linear(node->right, variables);
  const bool left_free = !mentions(node->left, variables), right_free = !mentions(node->right, variables);
  if (is_sum(*node)) return left && right;
  if (node->operation == BinaryOperator::multiply) return (left && right_free) || (left_free && right);
  return node->operation == BinaryOperator::divide && left && right_free;
}

Quantity slope(const Expression& expression, const std::string& variable, const Names& names) {
  if (!mentions(expression, {variable})) return number(0);
  if (std::holds_alternative<Name>(expression->node)) return number(1);
  if (const Expression* operand = operand_of_minus(expression)) return negate(slope(*operand, variable, names));
  const Binary& node = *binary_of(expression);
  if (is_sum(node)) return apply(node.operation, slope(node.left, variable, names), slope(node.right, variable, names));
  if (node.operation == BinaryOperator::divide)
    return quotient(slope(node.left, variable, names), evaluate(node.right, names, nullptr));
  const bool in_left = mentions(node.left, {variable});
  const Expression& other = in_left ? node.right : node.left;
  return product(slope(in_left ? node.left : node.right, variable, names), evaluate(other, names, nullptr));
}

// ---- One group

FlowGroup::FlowGroup(std::vector<FlowEquation> equations, NameSet elements)
    : equations_(std::move(equations)), elements_(std::move(elements)) {}

NameSet FlowGroup::variables() const {
  NameSet result;
  for (const FlowEquation& equation : equations_) result.insert(equation.variable);
  return result;
}

Integrator FlowGroup::choose(Integrator asked, const Names& names) {
  const auto all = [&](const auto& condition) { return std::all_of(equations_.begin(), equations_.end(), condition); };
  const NameSet together = variables();
  const bool exact = all([&](const FlowEquation& equation) {
    return is_linear(equation.derivative, together) && all([&](const FlowEquation& of) {
             return slope(equation.derivative, of.variable, names).kind != Quantity::Kind::runtime;
           });
  });
  const bool own = all([&](const FlowEquation& each) { return is_linear(each.derivative, {each.variable}); });
  method_ = asked != Integrator::automatic ? asked
            : exact                        ? Integrator::exact
            : own                          ? Integrator::exponential_euler
                                           : Integrator::rk4;
  if ((method_ == Integrator::exact && !exact) || (method_ == Integrator::exponential_euler && !own)) {
    throw std::logic_error("the integrator does not apply");
  }
  return method_;
}

void FlowGroup::add_neuron(const Names& names) {
  if (method_ == Integrator::exact) solutions_.push_back(solve(names));
}

bool FlowGroup::is_constant(const Expression& expression) const {
  const std::vector<std::string> used = names_in(expression);
  return std::all_of(used.begin(), used.end(), [&](const std::string& name) { return elements_.contains(name); });
}

// A sum's terms, constant factors gathered in front of each.
void FlowGroup::collect_terms(const Expression& expression, const Quantity& coefficient, const Names& names,
                              std::vector<Term>& terms) const {
  if (is_constant(expression)) {
    const Quantity value = evaluate(expression, names, nullptr);
    if (!value.is_number(0)) terms.push_back({product(coefficient, value), language::number(1)});
    return;
  }
  if (const Expression* operand = operand_of_minus(expression))
    return collect_terms(*operand, negate(coefficient), names, terms);
  const Binary* node = binary_of(expression);
  if (node != nullptr && is_sum(*node)) {
    collect_terms(node->left, coefficient, names, terms);
    const bool minus = node->operation == BinaryOperator::subtract;
    return collect_terms(node->right, negated_if(minus, coefficient), names, terms);
  }
  const bool multiplies = node != nullptr && node->operation == BinaryOperator::multiply;
  const bool divides = node != nullptr && node->operation == BinaryOperator::divide;
  const auto constant = [&](const Expression& factor) { return evaluate(factor, names, nullptr); };
  if (multiplies && is_constant(node->left))
    return collect_terms(node->right, product(coefficient, constant(node->left)), names, terms);
  if (multiplies && is_constant(node->right))
    return collect_terms(node->left, product(coefficient, constant(node->right)), names, terms);
  if (divides && is_constant(node->right))
    return collect_terms(node->left, quotient(coefficient, constant(node->right)), names, terms);
  terms.push_back({coefficient, expression});
}

// x ← exp(A·dt)·x + φ₁·b with b held: its own share first, then the other variables', then the drive.
FlowGroup::Solution FlowGroup::solve(const Names& names) const {
  const std::size_t n = equations_.size();
  const NameSet together = variables();
  std::vector<std::vector<Quantity>> matrix(n);
  Matrix rates(n);
  std::vector<std::vector<Term>> drives(n);
  Quantity::Kind kind = Quantity::Kind::number;
  Solution solution;
  for (std::size_t i = 0; i < n; ++i) {
    for (const FlowEquation& column : equations_) {
      matrix[i].push_back(slope(equations_[i].derivative, column.variable, names));
      rates[i].push_back(matrix[i].back().constant);
      kind = std::max(kind, matrix[i].back().kind);
    }
    collect_terms(rest(equations_[i].derivative, together), number(1), names, drives[i]);
    solution.forced = solution.forced || !drives[i].empty();
  }
  const Propagator propagator = propagate(rates, step_);
  const auto constant = [&](long double value) { return Quantity{kind, static_cast<double>(value)}; };
  const auto reach = reachable(matrix);
  const Propagator nominal = propagate(rates, nominal_step_);
  solution.reach = reach;
  solution.rows.resize(n);
  solution.phi.resize(n);
  solution.nominal_phi.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<Term>& row = solution.rows[i];
    const auto share = [&](std::size_t j) {
      row.push_back({constant(propagator.exponential[i][j]), language::name(equations_[j].variable)});
    };
    share(i);
    for (std::size_t j = 0; j < n; ++j) {
      if (j != i && reach[i][j]) share(j);
    }
    for (std::size_t j = 0; j < n; ++j) {
      solution.phi[i].push_back(constant(propagator.phi[i][j]));
      solution.nominal_phi[i].push_back(constant(nominal.phi[i][j]));
      if (!reach[i][j]) continue;
      for (const Term& term : drives[j]) {
        row.push_back({product(constant(propagator.phi[i][j]), term.coefficient), term.factor});
      }
    }
  }
  return solution;
}

std::vector<Quantity> FlowGroup::step(std::size_t neuron, Names& names) const {
  switch (method_) {
    case Integrator::exact: return step_exactly(neuron, names);
    case Integrator::exponential_euler: return step_exponential_euler(names);
    case Integrator::euler: return step_euler(names);
    case Integrator::rk4: return step_rk4(names);
    case Integrator::automatic: break;
  }
  throw std::logic_error("no integrator has been chosen");
}

std::vector<Quantity> FlowGroup::step_exactly(std::size_t neuron, const Names& names) const {
  std::vector<Quantity> result;
  for (const std::vector<Term>& row : solutions_[neuron].rows) {
    Quantity total = number(0);
    for (const Term& term : row) total = sum(total, product(term.coefficient, evaluate(term.factor, names, nullptr)));
    result.push_back(total);
  }
  return result;
}

// x ← x·exp(a·dt) + b·(exp(a·dt) − 1)/a with a and b held.
std::vector<Quantity> FlowGroup::step_exponential_euler(const Names& names) const {
  const Quantity dt = number(step_);
  std::vector<Quantity> result;
  for (const FlowEquation& equation : equations_) {
    const Quantity rate = slope(equation.derivative, equation.variable, names);
    const Quantity drive = evaluate(rest(equation.derivative, {equation.variable}), names, nullptr);
    const Quantity& x = names[equation.variable];
    if (rate.is_number(0)) {
      result.push_back(sum(x, product(dt, drive)));
      continue;
    }
    const Quantity exponent = product(rate, dt);
    const Quantity phi = rate.holds() ? quotient(call("expm1", {exponent}), rate) : dt;
    result.push_back(sum(product(call("exp", {exponent}), x), product(phi, drive)));
  }
  return result;
}

std::vector<Quantity> FlowGroup::step_euler(const Names& names) const {
  std::vector<Quantity> result;
  for (const FlowEquation& equation : equations_) {
    const Quantity change = product(number(step_), evaluate(equation.derivative, names, nullptr));
    result.push_back(sum(names[equation.variable], change));
  }
  return result;
}

// Kutta's classical method: slopes at the start, twice in the middle and at the end.
std::vector<Quantity> FlowGroup::step_rk4(Names& names) const {
  const std::size_t n = equations_.size();
  std::vector<Quantity> start, slopes[4], result;
  for (const FlowEquation& equation : equations_) start.push_back(names[equation.variable]);
  const double reach[] = {0, 0.5 * step_, 0.5 * step_, step_};
  for (int stage = 0; stage < 4; ++stage) {
    for (std::size_t i = 0; stage > 0 && i < n; ++i) {
      const Quantity way = product(number(reach[stage]), slopes[stage - 1][i]);
      names.set(equations_[i].variable, runtime(sum(start[i], way).single()));
    }
    for (const FlowEquation& equation : equations_)
      slopes[stage].push_back(runtime(evaluate(equation.derivative, names, nullptr).single()));
  }
  for (std::size_t i = 0; i < n; ++i) {
    const Quantity middle = product(number(2), sum(slopes[1][i], slopes[2][i]));
    const Quantity total = sum(sum(slopes[0][i], middle), slopes[3][i]);
    names.set(equations_[i].variable, start[i]);
    result.push_back(sum(start[i], product(number(step_ / 6), total)));
  }
  return result;
}

Quantity FlowGroup::arrival(std::size_t i, std::size_t neuron, const Names& names) const {
  const auto response = [&](const Quantity& phi, const Expression& derivative) {
    const Change change = change_of(derivative, names);
    if (change.scale.kind != Quantity::Kind::runtime) return product(product(phi, change.scale), change.what);
    return product(phi, product(change.scale, change.what));
  };
  if (method_ != Integrator::exact) return response(number(nominal_step_), equations_[i].derivative);
  const Solution& solution = solutions_[neuron];
  Quantity total = number(0);
  for (std::size_t j = 0; j < equations_.size(); ++j) {
    if (solution.reach[i][j]) total = sum(total, response(solution.nominal_phi[i][j], equations_[j].derivative));
  }
  return total;
}

Quantity FlowGroup::mean(std::size_t i, std::size_t neuron, const Names& names) const {
  if (method_ != Integrator::exact || solutions_[neuron].forced)
    throw std::logic_error("the mean of " + equations_[i].variable + " has no closed form");
  Quantity total = number(0);
  for (std::size_t j = 0; j < equations_.size(); ++j) {
    const Quantity weight = quotient(solutions_[neuron].phi[i][j], number(step_));
    total = sum(total, product(weight, names[equations_[j].variable]));
  }
  return total;
}

// ---- All groups of a model

Flow::Flow(const std::vector<Equation>& equations, const NameSet& elements, FlowOptions options)
    : options_(std::move(options)) {
  std::vector<FlowEquation> taken_apart;
  for (const Equation& equation : equations) {
    const Expression named = name_draws(equation.derivative);
    const Expression smooth =
        rewrite(named, [](const Expression& e) { return is_call(e, "per_step") ? language::number(0) : Expression{}; });
    taken_apart.push_back({equation.variable, specialize(smooth, {}), named});
  }
  for (FlowGroup& group : groups_of(taken_apart, elements)) {
    const std::vector<FlowEquation> flowing = not_held(group.equations());
    NameSet held;
    for (const FlowEquation& equation : group.equations()) {
      if (options_.held.contains(equation.variable)) held.insert(equation.variable);
    }
    const bool differs = std::any_of(flowing.begin(), flowing.end(),
                                     [&](const FlowEquation& equation) { return mentions(equation.derivative, held); });
    Group& added = groups_.emplace_back(Group{std::move(group), {}, true});
    if (differs) added.resting = groups_of(flowing, elements);
  }
}

// A draw is made once per step and held: first the uniform ones of an equation, then the Gaussian ones.
Expression Flow::name_draws(const Expression& expression) {
  Expression result = expression;
  for (const std::string function : {"uniform", "normal"}) {
    result = rewrite(result, [&](const Expression& e) -> Expression {
      if (!is_call(e, function)) return nullptr;
      draws_.emplace_back("draw " + std::to_string(draws_.size()), function);
      return language::name(draws_.back().first);
    });
  }
  return result;
}

// Equations that read one another's variables, in whatever direction, are one group.
std::vector<FlowGroup> Flow::groups_of(const std::vector<FlowEquation>& equations, const NameSet& elements) const {
  const std::size_t n = equations.size();
  const auto joined = [&](std::size_t i, std::size_t j) {
    return mentions(equations[i].derivative, {equations[j].variable}) ||
           mentions(equations[j].derivative, {equations[i].variable});
  };
  std::vector<FlowGroup> groups;
  std::vector<bool> placed(n);
  for (std::size_t first = 0; first < n; ++first) {
    if (placed[first]) continue;
    std::vector<bool> member(n);
    member[first] = true;
    for (bool grows = true; grows;) {
      grows = false;
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          if (member[i] && !member[j] && joined(i, j)) member[j] = grows = true;
        }
      }
    }
    std::vector<FlowEquation> members;
    for (std::size_t i = 0; i < n; ++i) {
      if (!member[i]) continue;
      placed[i] = true;
      members.push_back(equations[i]);
    }
    groups.emplace_back(std::move(members), elements);
  }
  return groups;
}

std::vector<FlowEquation> Flow::not_held(const std::vector<FlowEquation>& equations) const {
  std::vector<FlowEquation> result;
  for (const FlowEquation& equation : equations) {
    if (!options_.held.contains(equation.variable)) result.push_back(equation);
  }
  return result;
}

void Flow::choose(Group& group, const Names& names) const {
  group.in_one_go = group.all.choose(options_.integrator, names) == Integrator::exact || options_.substeps == 1;
  const double step = group.in_one_go ? options_.dt : options_.dt / options_.substeps;
  group.all.set_step(step, options_.nominal_dt);
  for (FlowGroup& resting : group.resting) {
    resting.choose(options_.integrator, names);
    resting.set_step(step, options_.nominal_dt);
  }
}

void Flow::add_neuron(const Names& names) {
  Names all = names;
  for (const auto& [name, function] : draws_) all.set(name, runtime(0));
  for (Group& group : groups_) {
    if (group.all.method() == Integrator::automatic) choose(group, all);
    group.all.add_neuron(all);
    for (FlowGroup& resting : group.resting) resting.add_neuron(all);
  }
}

void Flow::step(std::size_t neuron, Names& names, Draws* draws, bool resting) const {
  for (const auto& [name, function] : draws_) {
    names.set(name, runtime(function == "uniform" ? draws->uniform() : draws->normal()));
  }
  // Jumps at the end of the step have their value from before the step.
  std::map<std::string, Quantity> jumps;
  const auto over_step = [&](const Expression& each) {
    return product(number(options_.dt / options_.nominal_dt), evaluate(each, names, nullptr));
  };
  const auto at_once = [&](const Expression& each) {
    const Change change = change_of(each, names);
    return product(change.scale, change.what);
  };
  for (const Group& group : groups_) {
    const std::vector<FlowEquation>& equations = group.all.equations();
    for (std::size_t i = 0; i < equations.size(); ++i) {
      Quantity& total = jumps[equations[i].variable] = jump(equations[i].with_jumps, names, over_step);
      if (!options_.arrives) continue;
      const Quantity arrival = sum(group.all.arrival(i, neuron, names), jump(equations[i].with_jumps, names, at_once));
      total = sum(total, arrival);
    }
  }
  for (std::uint32_t part = 0; part < options_.substeps; ++part) move(false, neuron, names, resting, {});
  move(true, neuron, names, resting, jumps);
}

// Advances the groups that move in one step, or else those in sub-steps, by one of theirs; then applies the jumps.
void Flow::move(bool in_one_go, std::size_t neuron, Names& names, bool resting,
                const std::map<std::string, Quantity>& jumps) const {
  std::map<std::string, Quantity> moved;
  const auto take = [&](const FlowGroup& group) {
    const std::vector<Quantity> values = group.step(neuron, names);
    for (std::size_t i = 0; i < values.size(); ++i) moved[group.equations()[i].variable] = values[i];
  };
  for (const Group& group : groups_) {
    if (group.in_one_go != in_one_go) continue;
    take(group.all);
    if (!resting) continue;
    for (const FlowGroup& each : group.resting) take(each);
  }
  for (const auto& [variable, jump] : jumps) {
    const auto found = moved.find(variable);
    moved[variable] = sum(found == moved.end() ? names[variable] : found->second, jump);
  }
  for (const auto& [variable, value] : moved) {
    if (!resting || !options_.held.contains(variable)) names.set(variable, runtime(value.single()));
  }
}

// The contribution of the terms per_step(x) of a derivative in one step, each by `addition_of(x)`.
template <class AdditionOf>
Quantity Flow::jump(const Expression& derivative, const Names& names, const AdditionOf& addition_of) const {
  std::vector<std::pair<bool, Expression>> pending{{false, derivative}};  // whether subtracted; next one last
  Quantity total = number(0);
  while (!pending.empty()) {
    const auto [minus, term] = pending.back();
    pending.pop_back();
    if (!calls(term, "per_step")) continue;
    Quantity addition;
    if (const Expression* operand = operand_of_minus(term)) {
      pending.emplace_back(!minus, *operand);
      continue;
    }
    if (const Binary* node = binary_of(term)) {
      pending.emplace_back(minus != (node->operation == BinaryOperator::subtract), node->right);
      pending.emplace_back(minus, node->left);
      continue;
    }
    if (const auto* node = std::get_if<Conditional>(&term->node)) {
      addition = select(evaluate(node->condition, names, nullptr), jump(node->then, names, addition_of),
                        jump(node->otherwise, names, addition_of));
    } else {
      addition = addition_of(std::get<Call>(term->node).arguments[0]);
    }
    total = sum(total, negated_if(minus, addition));
  }
  return total;
}

Quantity Flow::mean(const Expression& expression, std::size_t neuron, const Names& names) const {
  NameSet flowing;
  for (const Group& group : groups_) flowing.merge(group.all.variables());
  Quantity total = evaluate(rest(expression, flowing), names, nullptr);
  for (const std::string& variable : flowing) {  // by name
    const Quantity coefficient = slope(expression, variable, names);
    if (coefficient.is_number(0)) continue;
    total = sum(total, product(coefficient, mean_of(variable, neuron, names)));
  }
  return total;
}

Quantity Flow::mean_of(const std::string& variable, std::size_t neuron, const Names& names) const {
  for (const Group& group : groups_) {
    const std::vector<FlowEquation>& equations = group.all.equations();
    for (std::size_t i = 0; i < equations.size(); ++i) {
      if (equations[i].variable == variable) return group.all.mean(i, neuron, names);
    }
  }
  throw std::logic_error(variable + " does not flow");
}

}  // namespace synfire::testing::reference
