// SPDX-License-Identifier: Apache-2.0
// Linear nodes as sparse matrices, and their products.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "synfire/nir.hpp"

namespace synfire::nir {

struct Entry {
  std::uint32_t target = 0;
  double weight = 0;
};

// Row i holds the entries of source i, by ascending target, each target at most once.
struct Matrix {
  std::size_t targets = 0;
  std::vector<std::size_t> offsets{0};
  std::vector<Entry> entries = {};

  std::size_t sources() const { return offsets.size() - 1; }
};

// More entries than allowed would be needed.
struct TooLarge {
  double entries = 0;
};

Matrix identity(std::size_t size);
// What a linear node other than Delay does to its input, without its bias. Throws TooLarge.
Matrix matrix_of(const Node& node, std::size_t most);
// The bias of the node for every element of its output; empty if it has none or only zeros.
std::vector<double> bias_of(const Node& node);

// `second` after `first`. Throws TooLarge.
Matrix product(const Matrix& first, const Matrix& second, std::size_t most);
Matrix sum(const Matrix& a, const Matrix& b);
// Only the entries to targets that are kept.
Matrix columns(const Matrix& matrix, const std::vector<bool>& keep);
// Row k is the row `sources[k]`, column k the column `targets[k]`. An empty list changes nothing.
Matrix permuted(const Matrix& matrix, const std::vector<std::uint32_t>& sources,
                const std::vector<std::uint32_t>& targets);
// The matrix applied to one vector.
std::vector<double> applied(const Matrix& matrix, const std::vector<double>& values);

}  // namespace synfire::nir
