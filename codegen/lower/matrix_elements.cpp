// SPDX-License-Identifier: Apache-2.0
#include "lower/matrix_elements.hpp"

#include <utility>

#include "lower/matrix.hpp"

namespace synfire::codegen {
namespace {

std::optional<std::vector<double>> numbers_of(const std::vector<symbolic::Expression>& matrix) {
  std::vector<double> numbers;
  numbers.reserve(matrix.size());
  for (const symbolic::Expression& element : matrix) {
    const std::optional<double> number = symbolic::as_number(element);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

MatrixElements::MatrixElements(const std::vector<symbolic::Expression>& matrix, int n, symbolic::Expression dt)
    : matrix_(matrix), n_(n), dt_(std::move(dt)), step_(symbolic::as_number(dt_)), numbers_(numbers_of(matrix)) {
  find_paths();
}

// Warshall's algorithm.
void MatrixElements::find_paths() {
  for (const symbolic::Expression& element : matrix_) reaches_.push_back(!symbolic::is_number(element, 0));
  for (int i = 0; i < n_; ++i) reaches_[index(i, i)] = true;
  for (int through = 0; through < n_; ++through) {
    for (int row = 0; row < n_; ++row) {
      if (!reaches_[index(row, through)]) continue;
      for (int column = 0; column < n_; ++column) {
        if (reaches_[index(through, column)]) reaches_[index(row, column)] = true;
      }
    }
  }
}

symbolic::Expression MatrixElements::exponential(int row, int column) const {
  if (!numbers_ || !step_) return symbolic::matrix_exponential(row, column, n_, matrix_, dt_);
  if (exponential_.empty()) {
    std::vector<double> scaled = *numbers_;
    for (double& each : scaled) each *= *step_;
    exponential_ = matrix_exponential(scaled, static_cast<std::size_t>(n_));
  }
  return language::number(exponential_[index(row, column)]);
}

symbolic::Expression MatrixElements::phi(int row, int column) const {
  if (!numbers_ || !step_) return symbolic::matrix_phi(row, column, n_, matrix_, dt_);
  if (phi_.empty()) phi_ = matrix_phi(*numbers_, static_cast<std::size_t>(n_), *step_);
  return language::number(phi_[index(row, column)]);
}

}  // namespace synfire::codegen
