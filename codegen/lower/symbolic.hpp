// SPDX-License-Identifier: Apache-2.0
// Algebra over expressions of the model language: what lowering needs to turn equations into updates. Everything here
// treats expressions as real-valued; rounding starts when they become a program.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "synfire/language/expression.hpp"

namespace synfire::codegen::symbolic {

using language::Expression;
using Substitution = std::map<std::string, Expression, std::less<>>;

// Replaces names, then folds constants: numbers, flags, choices with a known condition, and neutral elements.
Expression substitute(const Expression& expression, const Substitution& values);
// The innermost subexpression that is infinite or NaN with these values; null: none.
Expression non_finite_part(const Expression& expression, const Substitution& values);
Expression fold(const Expression& expression);

// Shorthands that fold as they build.
Expression sum(const Expression& a, const Expression& b);
Expression difference(const Expression& a, const Expression& b);
Expression product(const Expression& a, const Expression& b);
Expression quotient(const Expression& a, const Expression& b);

// `expression` with every call of `function` replaced, in source order (a replacement may count them) but calls in
// arguments first; then folded.
Expression replace_calls(const Expression& expression, std::string_view function,
                         const std::function<Expression(const language::Call&)>& replacement);

bool is_number(const Expression& expression, double value);
std::optional<double> as_number(const Expression& expression);
std::optional<bool> as_boolean(const Expression& expression);

// Whether any of `names` occurs.
bool mentions(const Expression& expression, const std::set<std::string, std::less<>>& names);

// The value in double; `value_of` gives that of a name. Booleans are 0 and 1.
double evaluate(const Expression& expression, const std::function<double(const std::string&)>& value_of);

// expression = Σ coefficient[v]·v + rest, where neither coefficients nor rest mention a variable; nullopt if it is not
// linear in `variables`. Zero coefficients are omitted.
struct LinearForm {
  std::map<std::string, Expression, std::less<>> coefficients;
  Expression rest;
};
std::optional<LinearForm> linear_form(const Expression& expression,
                                      const std::set<std::string, std::less<>>& variables);

// expression = Σ coefficient·factor, with constant coefficients (made of numbers and names in `constants`) and factors
// that are not constant, in order of appearance. A constant term has the factor 1.
struct Term {
  Expression coefficient;
  Expression factor;
};
std::vector<Term> terms(const Expression& expression, const std::set<std::string, std::less<>>& constants);
// Whether it contains only numbers and names in `constants`, and no draws or calls for the integrator.
bool is_constant(const Expression& expression, const std::set<std::string, std::less<>>& constants);

// The partial derivative with respect to `variable`, folded. Choices, max, min and abs are differentiated piecewise,
// steps (sign, floor, comparisons) have the derivative 0, draws depend on nothing.
Expression differentiate(const Expression& expression, std::string_view variable);

// An equal expression in normal form: a sum of products of powers, like terms collected, common factors in front. Two
// expressions that are equal as polynomials in their names and non-polynomial parts (functions, choices) have equal
// normal forms, up to 200 terms; longer expressions are only folded. For output, proofs and derived expressions: it
// reorders terms, so lowering never applies it to a user's expressions.
Expression simplify(const Expression& expression);

// Functions that occur only in derived expressions, evaluated in double when the network is compiled: element (row,
// column) of exp(A·dt) and of φ₁ = ∫₀^dt exp(A·s) ds, for an n×n matrix A of constant expressions (row-major).
Expression matrix_exponential(int row, int column, int n, const std::vector<Expression>& matrix, Expression dt);
Expression matrix_phi(int row, int column, int n, const std::vector<Expression>& matrix, Expression dt);

}  // namespace synfire::codegen::symbolic
