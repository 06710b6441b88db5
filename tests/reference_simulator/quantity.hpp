// SPDX-License-Identifier: Apache-2.0
// Values of the simulator. By the language, constants are computed in double and rounded to single precision when
// combined with a changing value; everything else is in single precision.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "synfire/language/expression.hpp"

namespace synfire::testing::reference {

// A value of an expression; a condition is 1 or 0.
struct Quantity {
  enum class Kind {
    number,   // a constant that all neurons share
    element,  // a constant of one neuron: a per-neuron parameter, or derived from one
    runtime,  // changes from step to step
  };
  Kind kind = Kind::number;
  double constant = 0.0;  // number, element
  float changing = 0.0F;  // runtime

  float single() const { return kind == Kind::runtime ? changing : static_cast<float>(constant); }
  bool holds() const { return kind == Kind::runtime ? changing != 0.0F : constant != 0.0; }
  bool is_number(double value) const { return kind == Kind::number && constant == value; }
};

Quantity number(double value);
Quantity element(double value);
Quantity runtime(float value);

// The simplified result of an operation with a trivial operand: 0 + x is x, 0 · x is 0, and so on.
enum class Shortcut { none, left, right, negated_right, zero, one };
Shortcut shortcut(language::BinaryOperator operation, std::optional<double> left, std::optional<double> right);

Quantity negate(const Quantity& a);
Quantity logical_not(const Quantity& a);
Quantity apply(language::BinaryOperator operation, const Quantity& a, const Quantity& b);
Quantity select(const Quantity& condition, const Quantity& then, const Quantity& otherwise);
// A function of the language, except `uniform`, `normal` and those only integrators interpret.
Quantity call(const std::string& function, const std::vector<Quantity>& arguments);

Quantity sum(const Quantity& a, const Quantity& b);
Quantity product(const Quantity& a, const Quantity& b);
Quantity quotient(const Quantity& a, const Quantity& b);

}  // namespace synfire::testing::reference
