// SPDX-License-Identifier: Apache-2.0
// What arrives at neurons: all linear nodes between two populations, composed into one matrix and one bias.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "matrix.hpp"
#include "synfire/nir.hpp"

namespace synfire::nir {

// A convolution, a pool, or a pool and a convolution after it; and the number that a Scale after the pool multiplies
// by.
struct Kernels {
  std::vector<std::size_t> nodes = {};  // empty: something else
  double factor = 1;
};

struct Term {
  Matrix matrix;  // not made for kernels
  bool is_identity = false;
  Kernels kernels = {};
  std::vector<std::size_t> path = {};  // the linear nodes that are part of it, ascending
};

// Σ matrix · (output of a node, `delay` steps ago) + bias.
struct LinearForm {
  std::map<std::pair<std::size_t, std::uint32_t>, Term> terms = {};  // by node and delay
  std::vector<double> bias = {};                                     // empty: zeros
};

// The input of every node that is not linear (Input, Output, neurons), over the outputs of such nodes; by index of the
// graph's nodes. Rounded delays are added to `warnings`. Throws DataError with all problems.
std::vector<LinearForm> linear_forms(const Graph& graph, double dt, std::size_t most_synapses,
                                     std::vector<Problem>& warnings);

// The matrix of kernels. Throws TooLarge.
Matrix expanded(const Graph& graph, const Kernels& kernels, std::size_t most);

}  // namespace synfire::nir
