// SPDX-License-Identifier: Apache-2.0
// Small dense matrices in double: the exponential that exact integration needs.
#pragma once

#include <cstddef>
#include <vector>

namespace synfire::codegen {

// exp(A) of an n×n row-major matrix, by scaling and squaring of a Taylor series (Moler & Van Loan 2003, method 3); the
// relative error of well-scaled matrices is a few ulp of double.
std::vector<double> matrix_exponential(const std::vector<double>& matrix, std::size_t n);

// ∫₀^dt exp(A·s) ds, from the exponential of the augmented matrix [[A, 1], [0, 0]] (Van Loan 1978).
std::vector<double> matrix_phi(const std::vector<double>& matrix, std::size_t n, double dt);

}  // namespace synfire::codegen
