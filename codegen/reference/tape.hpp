// SPDX-License-Identifier: Apache-2.0
// Expressions of the model language as a list of operations in double, for the interpreter: evaluated, differentiated
// backwards, or expanded into Taylor series along a flow (series.hpp).
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
  power,  // of a constant exponent
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
  select,  // `c` where `a` is not 0, else `b`… see operands
  step,    // piecewise constant: comparisons, logic, sign, floor, ceil, round
  matrix,  // element of a matrix function of constants
};

struct TapeNode {
  TapeOperation operation = TapeOperation::number;
  // Nodes before this one; select: condition, then, otherwise. Of sine and cosine, tanh and sigmoid: `partner`.
  int a = -1, b = -1, c = -1;
  int partner = -1;      // sine ↔ cosine; tanh → 1 − tanh², sigmoid → sigmoid·(1 − sigmoid)
  double value = 0;      // number
  bool constant = true;  // does not change along a flow
  language::Expression expression = nullptr;            // step and matrix: what it is …
  std::vector<std::pair<std::string, int>> reads = {};  // … and the nodes of its names
};

class Tape {
 public:
  // `names`: of the inputs, in their order; `constants`: those of them that do not change along a flow.
  Tape(std::vector<std::string> names, const std::vector<bool>& constants);

  // The node of an expression; equal ones share nodes. Bindings give names a node (for locals).
  int add(const language::Expression& expression);
  // From now on the name means that node.
  void bind(const std::string& name, int node) { bindings_[name] = node; }

  const std::vector<TapeNode>& nodes() const { return nodes_; }
  const std::vector<std::string>& names() const { return names_; }

  // Values of all nodes; `values` is resized.
  void evaluate(const double* inputs, std::vector<double>& values) const;
  // As `evaluate`, for nodes that are constant, or for those that are not.
  void evaluate_constants(const double* inputs, std::vector<double>& values) const;
  void evaluate_rest(const double* inputs, std::vector<double>& values) const;
  // Of each node: what its value would be if all terms of sums had one sign. Cancellation is where a value is far below it.
  std::vector<double> sizes(const std::vector<double>& values) const;
  // Equal where max, min, abs and conditions take the same sides.
  std::uint64_t sides(const std::vector<double>& values) const;
  // Adds to `adjoints` of inputs what those of the nodes imply; those of nodes are used up. Operations on constants whose
  // derivative is not followed further (matrix) keep theirs. `passed`, if given, receives those of all nodes; nothing goes
  // on from nodes in `stops`.
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
