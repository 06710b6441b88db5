// SPDX-License-Identifier: Apache-2.0
// Model texts: substituting numbers, and evaluation.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reference_simulator/quantity.hpp"
#include "synfire/language/expression.hpp"

namespace synfire::testing::reference {

using language::Expression;
using language::Statement;
using NameSet = std::set<std::string>;
using Numbers = std::map<std::string, Expression>;  // names that stand for a number or a flag

// The expression with names substituted and the consequences simplified: constants, dead branches.
Expression specialize(const Expression& expression, const Numbers& numbers);
std::vector<Statement> specialize(const std::vector<Statement>& statements, const Numbers& numbers);
std::vector<language::Equation> specialize(const std::vector<language::Equation>& equations, const Numbers& numbers);

// The expression with every node replaced for which `replacement` returns one (null: descend).
Expression rewrite(const Expression& expression, const std::function<Expression(const Expression&)>& replacement);

bool mentions(const Expression& expression, const NameSet& names);
// Whether a call of `function` occurs.
bool is_call(const Expression& expression, const std::string& function);

// The random numbers of one neuron in one step.
class Draws {
 public:
  Draws(std::uint64_t key, std::uint32_t neuron, std::uint32_t example, std::uint32_t step)
      : key_(key), neuron_(neuron), example_(example), step_(step) {}
  float uniform();
  float normal();

 private:
  std::uint64_t key_;
  std::uint32_t neuron_, example_, step_;
  std::uint32_t words_ = 0;  // used up
};

// The current values of names.
class Names {
 public:
  const Quantity& operator[](const std::string& name) const;
  void set(const std::string& name, const Quantity& value);

 private:
  std::vector<std::pair<std::string, Quantity>> values_;
};

// `draws` may be null if texts cannot draw.
Quantity evaluate(const Expression& expression, const Names& names, Draws* draws);
// Executes the statements in order. Everything is computed, but if `done` is false nothing is assigned.
void execute(const std::vector<Statement>& statements, Names& names, Draws* draws, bool done = true);

}  // namespace synfire::testing::reference
