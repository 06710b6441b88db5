// SPDX-License-Identifier: Apache-2.0
// The dynamics of one model over one step, as docs/model-language.md states them: number by number, without algebra on
// texts. Coefficients come from evaluating slopes, their exponentials from series in extended precision.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reference_simulator/expression.hpp"
#include "synfire/model.hpp"

namespace synfire::testing::reference {

struct FlowOptions {
  Integrator integrator = Integrator::automatic;
  double dt = 1.0;             // ms
  double nominal_dt = 1.0;     // ms
  std::uint32_t substeps = 1;  // parts of dt, for equations without an exact solution
  NameSet held = {};           // states held while the neuron rests
  bool arrives = false;        // the name `arriving current` is an immediate current, beside `I`
};

// One equation: its derivative without the terms of per_step, and the text with them.
struct FlowEquation {
  std::string variable;
  Expression derivative;
  Expression with_jumps;
};

// Interdependent equations, advanced by one method with one step length.
class FlowGroup {
 public:
  // `elements` are the parameters that differ from neuron to neuron.
  FlowGroup(std::vector<FlowEquation> equations, NameSet elements);

  // The method chosen for the user's setting; `names` are those of any neuron.
  Integrator choose(Integrator asked, const Names& names);
  void set_step(double milliseconds, double nominal) { step_ = milliseconds, nominal_step_ = nominal; }
  // For neuron 0, 1, … in order: computes its coefficients.
  void add_neuron(const Names& names);

  Integrator method() const { return method_; }
  const std::vector<FlowEquation>& equations() const { return equations_; }
  NameSet variables() const;
  // The variables after the step, in the order of the equations, all computed from their values in `names`, which are
  // unchanged afterwards.
  std::vector<Quantity> step(std::size_t neuron, Names& names) const;
  // The contribution of the arriving current to variable i in a nominal step.
  Quantity arrival(std::size_t i, std::size_t neuron, const Names& names) const;
  // The mean of variable i over the step.
  Quantity mean(std::size_t i, std::size_t neuron, const Names& names) const;

 private:
  // coefficient · factor, a term of a sum.
  struct Term {
    Quantity coefficient;
    Expression factor;
  };
  // The constants of one neuron for exactly solved equations.
  struct Solution {
    std::vector<std::vector<Term>> rows;     // for each variable, its value after the step
    std::vector<std::vector<Quantity>> phi;  // φ₁, the integral of the exponential
    std::vector<std::vector<Quantity>> nominal_phi;
    std::vector<std::vector<bool>> reach;  // which variables drive which
    bool forced = false;                   // driven by something other than its own variables
  };

  Solution solve(const Names& names) const;
  void collect_terms(const Expression& expression, const Quantity& coefficient, const Names& names,
                     std::vector<Term>& terms) const;
  bool is_constant(const Expression& expression) const;

  std::vector<Quantity> step_exactly(std::size_t neuron, const Names& names) const;
  std::vector<Quantity> step_exponential_euler(const Names& names) const;
  std::vector<Quantity> step_euler(const Names& names) const;
  std::vector<Quantity> step_rk4(Names& names) const;

  std::vector<FlowEquation> equations_;
  NameSet elements_;
  Integrator method_ = Integrator::automatic;
  double step_ = 0.0, nominal_step_ = 0.0;  // ms
  std::vector<Solution> solutions_;         // by neuron; exact
};

class Flow {
 public:
  // `equations` are specialized.
  Flow(const std::vector<language::Equation>& equations, const NameSet& elements, FlowOptions options);

  // For neuron 0, 1, … in order. `names` has all names, including states.
  void add_neuron(const Names& names);

  // One step of dt. While the neuron rests, held states stay constant, also for equations that read them.
  void step(std::size_t neuron, Names& names, Draws* draws, bool resting) const;

  // The mean over the step of an expression linear in the states.
  Quantity mean(const Expression& expression, std::size_t neuron, const Names& names) const;

 private:
  struct Group {
    FlowGroup all;
    std::vector<FlowGroup> resting;  // of states not held, if any reads a held one
    bool in_one_go = true;           // not in sub-steps
  };

  Expression name_draws(const Expression& expression);
  std::vector<FlowGroup> groups_of(const std::vector<FlowEquation>& equations, const NameSet& elements) const;
  std::vector<FlowEquation> not_held(const std::vector<FlowEquation>& equations) const;
  void choose(Group& group, const Names& names) const;
  template <class AdditionOf>
  Quantity jump(const Expression& derivative, const Names& names, const AdditionOf& addition_of) const;
  void move(bool in_one_go, std::size_t neuron, Names& names, bool resting,
            const std::map<std::string, Quantity>& jumps) const;
  Quantity mean_of(const std::string& variable, std::size_t neuron, const Names& names) const;

  FlowOptions options_;
  std::vector<Group> groups_;
  std::vector<std::pair<std::string, std::string>> draws_;  // the name of each and its function, in order
};

// Whether the expression is linear in the variables together.
bool is_linear(const Expression& expression, const NameSet& variables);
// The slope of a linear expression in one variable.
Quantity slope(const Expression& expression, const std::string& variable, const Names& names);

}  // namespace synfire::testing::reference
