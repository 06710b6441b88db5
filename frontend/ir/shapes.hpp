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

// The number of neurons; nothing where the shape is unset or makes no sense.
std::optional<std::size_t> size_of(const Shape& shape);

// The forms that an array with one element for each neuron may have, the preferred one first; none where the
// shape is not known.
std::vector<Extents> neuron_array_forms(const Shape& shape);

// The same for an array with one element for each pair of neurons.
std::vector<Extents> matrix_forms(const Shape& source, const Shape& target);

// For a valid network with all shapes set: arrays of Dense become source × target, all others flat.
void normalize_arrays(Network& network);

}  // namespace synfire::ir
