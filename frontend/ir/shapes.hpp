// SPDX-License-Identifier: Apache-2.0
// Shapes of populations and of the arrays that belong to them.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "synfire/network.hpp"

namespace synfire::ir {

// Neurons are counted in 32-bit integers.
inline constexpr std::size_t most_neurons = 0x7FFFFFFF;

// The number of neurons; nothing if the shape is unset or invalid.
std::optional<std::size_t> size_of(const Shape& shape);

// The allowed shapes of an array with one element per neuron, the preferred one first; none if the shape is unknown.
std::vector<Extents> neuron_array_forms(const Shape& shape);

// The same for an array with one element per pair of neurons.
std::vector<Extents> matrix_forms(const Shape& source, const Shape& target);

// For a valid network with all shapes set: arrays of Dense become source × target, those of kernels get their shape
// (PatchGeometry::kernel_shape), all others become flat. Weights of pools are frozen.
void normalize_arrays(Network& network);

}  // namespace synfire::ir
