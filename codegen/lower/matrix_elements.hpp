// SPDX-License-Identifier: Apache-2.0
// Elements of exp(A·dt) and φ₁(A, dt) as expressions. If A is numeric, each matrix is computed once for all of its
// elements; otherwise an element is a function, evaluated once its names have values.
#pragma once

#include <optional>
#include <vector>

#include "lower/symbolic.hpp"

namespace synfire::codegen {

class MatrixElements {
 public:
  // `matrix`: A, row by row, of constant expressions.
  MatrixElements(const std::vector<symbolic::Expression>& matrix, int n, symbolic::Expression dt);

  symbolic::Expression exponential(int row, int column) const;
  symbolic::Expression phi(int row, int column) const;
  // Whether variable `column` drives variable `row`, directly or through others: otherwise their elements are 0.
  bool reaches(int row, int column) const { return reaches_[index(row, column)]; }

 private:
  std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(n_) + static_cast<std::size_t>(column);
  }
  void find_paths();

  const std::vector<symbolic::Expression>& matrix_;
  int n_;
  symbolic::Expression dt_;
  std::optional<double> step_;
  std::optional<std::vector<double>> numbers_;  // A
  std::vector<bool> reaches_;
  mutable std::vector<double> exponential_, phi_;  // empty: not computed yet
};

}  // namespace synfire::codegen
