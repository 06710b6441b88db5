// SPDX-License-Identifier: Apache-2.0
// Expressions of the model language as a list of operations in double, for the interpreter: they can be evaluated,
// differentiated in reverse mode, or expanded into Taylor series along a flow (series.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "lower/symbolic.hpp"

namespace synfire::codegen::reference {

enum class TapeOperation : std::uint8_t {
  input,   // value number `a`
  number,  // `value`
  add,
  subtract,
  multiply,
  divide,
  negate,
  power,  // with a constant exponent
  exponential,
  exponential_minus_one,
  logarithm,
  logarithm_one_plus,
  square_root,
  sine,
  cosine,
  hyperbolic_tangent,
  sigmoid,
  absolute,
  maximum,
  minimum,
  select,  // `b` if `a` is not 0, else `c`
  step,    // piecewise constant: comparisons, logic, sign, floor, ceil, round
  matrix,  // element of a matrix function of constants
};

struct TapeNode {
  TapeOperation operation = TapeOperation::number;
  // Earlier nodes; select: condition, then, otherwise.
  int a = -1, b = -1, c = -1;
  int partner = -1;      // sine ↔ cosine; tanh → 1 − tanh², sigmoid → sigmoid·(1 − sigmoid)
  double value = 0;      // number
  bool constant = true;  // does not change along a flow
  language::Expression expression = nullptr;            // step and matrix: the expression …
  std::vector<std::pair<std::string, int>> reads = {};  // … and the nodes of its names
};

class Tape {
 public:
  // `names`: of the inputs, in order; `constants`: which of them do not change along a flow.
  Tape(std::vector<std::string> names, const std::vector<bool>& constants);

  // The node of an expression; equal ones share nodes. Bindings map names to nodes (for locals).
  int add(const language::Expression& expression);
  // From now on the name refers to that node.
  void bind(const std::string& name, int node) { bindings_[name] = node; }

  const std::vector<TapeNode>& nodes() const { return nodes_; }
  const std::vector<std::string>& names() const { return names_; }

  // Values of all nodes; `values` is resized.
  void evaluate(const double* inputs, std::vector<double>& values) const;
  // As `evaluate`, for nodes that are constant, or for those that are not.
  void evaluate_constants(const double* inputs, std::vector<double>& values) const;
  void evaluate_rest(const double* inputs, std::vector<double>& values) const;
  // For each node: its value if all terms of sums had the same sign. A value far below it suffers from cancellation.
  std::vector<double> sizes(const std::vector<double>& values) const;
  // Equal if max, min, abs and conditions take the same sides.
  std::uint64_t sides(const std::vector<double>& values) const;
  // Propagates `node_adjoints` back and adds the result to `input_adjoints`; node adjoints are cleared, except those of
  // matrix nodes, which are not differentiated further. `passed`, if given, receives the adjoints of all nodes; nothing
  // propagates past nodes in `stops`.
  void reverse(const std::vector<double>& values, std::vector<double>& node_adjoints, double* input_adjoints,
               std::vector<double>* passed = nullptr, const std::vector<int>& stops = {}) const;

  double value_of(const TapeNode& node, const double* inputs, const std::vector<double>& values) const;

 private:
  int push(TapeNode node, const std::string& key);
  int push_unary(TapeOperation operation, int a);
  int push_binary(TapeOperation operation, int a, int b);
  int add_name(const std::string& name);
  int add_binary(const language::Binary& node, const language::Expression& expression);
  int add_power(const language::Expression& base, const language::Expression& exponent);
  int add_call(const language::Call& node, const language::Expression& expression);
  int add_opaque(TapeOperation operation, const language::Expression& expression);
  int add_trigonometric(TapeOperation operation, int a);

  std::vector<std::string> names_;
  std::vector<bool> constants_;
  std::map<std::string, int, std::less<>> inputs_;
  std::map<std::string, int, std::less<>> bindings_;
  std::vector<TapeNode> nodes_;
  std::vector<std::size_t> sided_;  // nodes that take sides along a flow
  std::unordered_map<std::string, int> known_;
};

}  // namespace synfire::codegen::reference
